"""StyleGAN: Karras, Laine, Aila, "A Style-Based Generator Architecture for Generative Adversarial
Networks", CVPR 2019.

The generator follows the contract of `contract.py`; the discriminator is that of Karras et al.,
"Progressive Growing of GANs", 2018, with blurred resampling. Both grow progressively: `lod` is the
number of doublings left out, 0 is the full resolution, and its fraction cross-fades two sizes.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from stylegan_core.networks import ops
from stylegan_core.networks.contract import LayerInfo, style_group

SQRT2 = math.sqrt(2)
MAX_WIDTH = 2**16


@dataclass(frozen=True)
class StyleGAN1Config:
    """Every size of the two networks; the defaults are the paper's at 1024 x 1024."""

    resolution: int = 1024
    fmap_base: int = 8192
    fmap_max: int = 512
    z_dim: int = 512
    w_dim: int = 512
    mapping_width: int = 512
    mapping_depth: int = 8
    mapping_lr_multiplier: float = 0.01
    c_dim: int = 0
    image_channels: int = 3
    fused_resolution: int = 128
    mbstd_group_size: int = 4
    mbstd_features: int = 1

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not isinstance(value, (int, float) if name == "mapping_lr_multiplier" else int):
                raise ValueError(f"{name} must be a number, not {value!r}")
        widths = (self.fmap_max, self.z_dim, self.w_dim, self.mapping_width, self.image_channels)
        if not 8 <= self.resolution <= 1024 or self.resolution & (self.resolution - 1):
            raise ValueError(
                f"resolution must be a power of two from 8 to 1024, not {self.resolution}"
            )
        if min(*widths, self.fmap_base) < 1 or max(*widths, self.c_dim) > MAX_WIDTH:
            raise ValueError(f"widths must be from 1 to {MAX_WIDTH}")
        if self.c_dim < 0 or not self.mapping_lr_multiplier > 0:
            raise ValueError("no negative number of labels; a learning-rate multiplier above zero")
        if not 0 <= self.mapping_depth <= 64:
            raise ValueError(f"mapping depth must be from 0 to 64, not {self.mapping_depth}")
        if self.mbstd_features < 1 or self.channels(4) % self.mbstd_features:
            raise ValueError(f"minibatch features must divide the {self.channels(4)} maps at 4 px")
        if self.mapping_depth == 0 and self.w_dim != self.z_dim * (2 if self.c_dim else 1):
            raise ValueError("without a mapping network w is z, so w_dim must equal its width")

    @property
    def resolutions(self) -> tuple[int, ...]:
        """4, 8, ... up to the full resolution."""
        return tuple(2**r for r in range(2, self.resolution.bit_length()))

    def channels(self, resolution: int) -> int:
        """Feature maps at a resolution 2^r: min(fmap_base / 2^(r-1), fmap_max)."""
        return max(1, min(self.fmap_base * 2 // resolution, self.fmap_max))


def size_in_use(full: int, lod: float) -> tuple[int, float]:
    """The highest resolution in use at a level of detail, and the share of the next lower one."""
    whole = math.floor(lod)
    return full >> whole, lod - whole


# ---------------------------------------------------------------------------------------------
# Generator


class MappingNetwork(nn.Module):
    """f: Z -> W. Labels, if any, are embedded and joined to z before it is normalised."""

    def __init__(self, config: StyleGAN1Config) -> None:
        super().__init__()
        self.label = nn.Parameter(torch.randn(config.c_dim, config.z_dim)) if config.c_dim else None
        width_in = config.z_dim * (2 if config.c_dim else 1)
        widths = [width_in] + [config.mapping_width] * config.mapping_depth
        if config.mapping_depth:
            widths[-1] = config.w_dim
        self.dense = nn.ModuleList(
            ops.EqualLinear(a, b, SQRT2, config.mapping_lr_multiplier) for a, b in pairwise(widths)
        )

    def forward(self, z: Tensor, c: Tensor | None = None) -> Tensor:  # [N, z_dim] -> [N, w_dim]
        if self.label is not None:
            if c is None:
                raise ValueError("this network is conditional: it needs a class vector c")
            z = torch.cat([z, c @ self.label], dim=1)
        w = ops.normalize_2nd_moment(z)
        for dense in self.dense:
            w = ops.leaky_relu(dense(w))
        return w


class SynthesisLayer(nn.Module):
    """One layer of figure 1b: convolution, noise, bias, leaky ReLU, AdaIN.

    The first layer of all has no convolution, the first of every further resolution upsamples.
    """

    def __init__(self, channels_in: int, channels: int, w_dim: int, up: bool, fused: bool) -> None:
        super().__init__()
        self.conv = (
            ops.EqualConv2d(channels_in, channels, 3, SQRT2, bias=False) if channels_in else None
        )
        self.up = up
        self.fused = fused
        self.noise_strength = nn.Parameter(torch.zeros(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.affine = ops.EqualLinear(w_dim, 2 * channels, gain=1.0)

    def forward(self, x: Tensor, w: Tensor, noise: Tensor | None) -> Tensor:
        if self.conv is not None and self.up:
            x = ops.blur(ops.upsample_conv(x, self.conv.scaled_weight(), self.fused))
        elif self.conv is not None:
            x = self.conv(x)
        x = x + self.bias.view(1, -1, 1, 1)
        if noise is not None:
            x = torch.addcmul(x, self.noise_strength.view(1, -1, 1, 1), noise)
        return ops.adaptive_instance_norm(ops.leaky_relu(x), self.affine(w))


class SynthesisState(NamedTuple):
    """Where synthesis stands: the features, and the lower-resolution picture to fade from."""

    x: Tensor  # [N, C, h, w]
    lod: float
    faded: Tensor | None = None  # [N, 3, h/2, w/2]


class Generator(nn.Module):
    """The style-based generator; see `contract.Generator` for what its members mean."""

    def __init__(self, config: StyleGAN1Config, card: Mapping[str, Any] | None = None) -> None:
        super().__init__()
        self.config = config
        self.card: Mapping[str, Any] = card or {}
        self.z_dim, self.c_dim, self.w_dim = config.z_dim, config.c_dim, config.w_dim
        self.resolution = config.resolution
        self.mapping_network = MappingNetwork(config)
        self.const = nn.Parameter(torch.ones(1, config.channels(4), 4, 4))
        self.synthesis_layers = nn.ModuleList(_synthesis_layers(config))
        self.to_rgb = nn.ModuleList(
            ops.EqualConv2d(config.channels(r), config.image_channels, 1, gain=1.0)
            for r in config.resolutions
        )
        self.layers: Sequence[LayerInfo] = _layer_infos(config)
        self.num_layers = len(self.layers)
        self.register_buffer("w_average", torch.zeros(config.w_dim))
        for i, layer in enumerate(self.layers):
            size = layer.resolution
            self.register_buffer(f"noise_{i}", torch.randn(1, 1, size, size))

    @property
    def stored_noise(self) -> Sequence[Tensor]:
        """The noise maps of the file, one [1, 1, h, w] for each layer."""
        return [self.get_buffer(f"noise_{i}") for i in range(self.num_layers)]

    def w_avg(self, c: Tensor | None = None) -> Tensor:
        """The running mean of f(z), [1, D]; one for all classes."""
        return self.get_buffer("w_average").unsqueeze(0)

    @torch.no_grad()
    def update_w_avg(self, w: Tensor, beta: float = 0.995) -> None:
        """Move the running mean towards the mean of w [N, D]."""
        self.get_buffer("w_average").lerp_(w.mean(dim=0), 1 - beta)

    def mapping(self, z: Tensor, c: Tensor | None = None) -> Tensor:
        """z [N, z_dim], c [N, c_dim] -> w [N, D]. ValueError if a class vector is missing."""
        w: Tensor = self.mapping_network(z, c)
        return w

    def layers_at(self, lod: float) -> int:
        """How many layers are in use at a level of detail."""
        size, _ = size_in_use(self.resolution, lod)
        return 2 * (size.bit_length() - 2)

    def start(self, n: int, lod: float = 0.0, transform: Tensor | None = None) -> SynthesisState:
        """The learned constant for n images. StyleGAN 1 has no input transform to set."""
        if transform is not None:
            raise ValueError("StyleGAN 1 cannot move its input: it has no transform")
        return SynthesisState(self.const.expand(n, -1, -1, -1), lod)

    def step(
        self, i: int, state: SynthesisState, w: Tensor | None, noise: Tensor | None
    ) -> SynthesisState:
        """Run layer i: w [N, D], noise [N or 1, 1, h, w] or None."""
        size, fade = size_in_use(self.resolution, state.lod)
        faded = state.faded
        if fade and i % 2 == 0 and self.layers[i].resolution == size > 4:
            faded = self.to_rgb[i // 2 - 1](state.x)
        x = self.synthesis_layers[i](state.x, w, noise)
        return SynthesisState(x, state.lod, faded)

    def to_image(self, state: SynthesisState, w_next: Tensor | None = None) -> Tensor:
        """The picture at the state's own resolution, [N, 3, h, w]."""
        size = state.x.shape[-1]
        image: Tensor = self.to_rgb[size.bit_length() - 3](state.x)
        top, fade = size_in_use(self.resolution, state.lod)
        if state.faded is not None and size == top:
            image = image.lerp(ops.upsample_nearest(state.faded), fade)
        return image

    def synthesis(
        self, ws: Tensor, noise: Sequence[Tensor | None] | None = None, lod: float = 0.0
    ) -> Tensor:
        """ws [N, L, D] -> images [N, 3, h, w] at the resolution in use; no noise where None."""
        state = self.start(len(ws), lod)
        for i in range(self.layers_at(lod)):
            state = self.step(i, state, ws[:, i], noise[i] if noise is not None else None)
        return self.to_image(state)


def _synthesis_layers(config: StyleGAN1Config) -> list[SynthesisLayer]:
    layers = []
    previous = 0
    for resolution in config.resolutions:
        channels = config.channels(resolution)
        fused = resolution >= config.fused_resolution
        first = SynthesisLayer(previous, channels, config.w_dim, up=resolution > 4, fused=fused)
        second = SynthesisLayer(channels, channels, config.w_dim, up=False, fused=False)
        layers += [first, second]
        previous = channels
    return layers


def _layer_infos(config: StyleGAN1Config) -> tuple[LayerInfo, ...]:
    return tuple(
        LayerInfo(f"{r}x{r} {half}", r, config.channels(r), style_group(r))
        for r in config.resolutions
        for half in (0, 1)
    )


# ---------------------------------------------------------------------------------------------
# Discriminator


class DiscriminatorBlock(nn.Module):
    """Two convolutions, the second with blur and average: [N, C, H, W] -> [N, C', H/2, W/2]."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.conv0 = ops.EqualConv2d(channels_in, channels_in, 3, SQRT2)
        self.conv1 = ops.EqualConv2d(channels_in, channels_out, 3, SQRT2)

    def forward(self, x: Tensor) -> Tensor:
        x = ops.leaky_relu(self.conv0(x))
        assert self.conv1.bias is not None
        x = ops.conv_downsample(ops.blur(x), self.conv1.scaled_weight(), self.conv1.bias)
        return ops.leaky_relu(x)


class Discriminator(nn.Module):
    """Images to scores, higher for real."""

    def __init__(self, config: StyleGAN1Config) -> None:
        super().__init__()
        self.config = config
        sizes = config.resolutions
        self.from_rgb = nn.ModuleList(
            ops.EqualConv2d(config.image_channels, config.channels(r), 1, SQRT2) for r in sizes
        )
        self.blocks = nn.ModuleList(  # blocks[k] halves sizes[k + 1]
            DiscriminatorBlock(config.channels(r), config.channels(r // 2)) for r in sizes[1:]
        )
        channels = config.channels(4)
        extra = config.mbstd_features if config.mbstd_group_size > 1 else 0
        self.conv = ops.EqualConv2d(channels + extra, channels, 3, SQRT2)
        self.dense = ops.EqualLinear(channels * 16, config.channels(2), SQRT2)
        self.score = ops.EqualLinear(config.channels(2), max(config.c_dim, 1), gain=1.0)

    def forward(self, images: Tensor, c: Tensor | None = None, lod: float = 0.0) -> Tensor:
        """images [N, 3, h, w] at the resolution in use, c [N, c_dim] -> scores [N, 1]."""
        size, fade = size_in_use(self.config.resolution, lod)
        if images.shape[-1] != size:
            raise ValueError(f"at lod {lod} images are {size} px wide, not {images.shape[-1]}")
        top = size.bit_length() - 3
        x = self._features(images, top)
        for k in range(top, 0, -1):
            x = self.blocks[k - 1](x)
            if fade and k == top:
                x = x.lerp(self._features(ops.downsample_mean(images), k - 1), fade)
        return self._head(x, c)

    def _features(self, images: Tensor, k: int) -> Tensor:
        return ops.leaky_relu(self.from_rgb[k](images))

    def _head(self, x: Tensor, c: Tensor | None) -> Tensor:  # [N, C, 4, 4] -> [N, 1]
        if self.config.mbstd_group_size > 1:
            x = ops.minibatch_stddev(x, self.config.mbstd_group_size, self.config.mbstd_features)
        x = ops.leaky_relu(self.conv(x))
        scores: Tensor = self.score(ops.leaky_relu(self.dense(x.flatten(1))))
        if self.config.c_dim:
            if c is None:
                raise ValueError("this network is conditional: it needs a class vector c")
            scores = (scores * c).sum(dim=1, keepdim=True)
        return scores
