"""ProGAN: Karras, Aila, Laine, Lehtinen, "Progressive Growing of GANs for Improved Quality,
Stability, and Variation", ICLR 2018.

Its discriminator serves StyleGAN too; its generator is the "traditional" one to which Karras et
al. 2019 compare theirs (figure 1a; configurations A and B of table 1). Both networks grow: `lod` is
the number of doublings left out, 0 is the full resolution, its fraction cross-fades two sizes.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

from torch import Tensor, nn

from stylegan_core.networks import ops
from stylegan_core.networks.contract import LayerInfo
from stylegan_core.networks.mapping import SQRT2, MappedGenerator, MappingNetwork, check_mapping

MAX_WIDTH = 2**16


@dataclass(frozen=True)
class ProGANConfig:
    """Every size of the two networks; the defaults are the published ones at 1024 x 1024."""

    resolution: int = 1024
    fmap_base: int = 8192
    fmap_max: int = 512
    z_dim: int = 512
    w_dim: int = 512
    mapping_width: int = 512
    mapping_depth: int = 0
    mapping_lr_multiplier: float = 0.01
    c_dim: int = 0
    image_channels: int = 3
    fused_resolution: int = 128
    mbstd_group_size: int = 4
    mbstd_features: int = 1
    blur: bool = True  # a binomial filter with each resampling (configuration B), or none (A)

    def __post_init__(self) -> None:
        check_kinds(self)
        widths = (self.fmap_max, self.z_dim, self.w_dim, self.mapping_width, self.image_channels)
        if not 8 <= self.resolution <= 1024 or self.resolution & (self.resolution - 1):
            raise ValueError(
                f"resolution must be a power of two from 8 to 1024, not {self.resolution}"
            )
        if min(*widths, self.fmap_base) < 1 or max(*widths, self.c_dim) > MAX_WIDTH:
            raise ValueError(f"widths must be from 1 to {MAX_WIDTH}")
        if self.c_dim < 0:
            raise ValueError("there is no negative number of labels")
        if self.mbstd_group_size < 0:
            raise ValueError(f"mbstd_group_size must be 0 or more, not {self.mbstd_group_size}")
        if self.mbstd_features < 1 or self.channels(4) % self.mbstd_features:
            raise ValueError(f"minibatch features must divide the {self.channels(4)} maps at 4 px")
        check_mapping(self)

    @property
    def resolutions(self) -> tuple[int, ...]:
        """4, 8, ... up to the full resolution."""
        return tuple(2**r for r in range(2, self.resolution.bit_length()))

    def channels(self, resolution: int) -> int:
        """Feature maps at a resolution 2^r: min(fmap_base / 2^(r-1), fmap_max)."""
        return max(1, min(self.fmap_base * 2 // resolution, self.fmap_max))


def check_kinds(config: ProGANConfig) -> None:
    """Raise ValueError for a setting of another kind than its default."""
    for name, value in vars(config).items():
        kind = type(getattr(type(config), name))
        if kind is bool and not isinstance(value, bool):
            raise ValueError(f"{name} must be true or false, not {value!r}")
        if kind is not bool and (isinstance(value, bool) or not isinstance(value, (int, kind))):
            raise ValueError(f"{name} must be a number, not {value!r}")


def size_in_use(full: int, lod: float) -> tuple[int, float]:
    """The highest resolution in use at a level of detail, and the share of the next lower one."""
    whole = math.floor(lod)
    return full >> whole, lod - whole


# ---------------------------------------------------------------------------------------------
# The traditional generator


class State(NamedTuple):
    """Features [N, C, h, w] once there are any, and the lower-resolution picture to fade from."""

    lod: float
    x: Tensor | None = None
    faded: Tensor | None = None  # [N, 3, h/2, w/2]


class Generator(MappedGenerator):
    """The latent enters once, at the bottom: one row of W+. See `contract.Generator`."""

    def __init__(self, config: ProGANConfig, card: Mapping[str, Any] | None = None) -> None:
        super().__init__(config, MappingNetwork(config))
        self.config = config
        self.card: Mapping[str, Any] = card or {}
        self.resolution = config.resolution
        sizes = config.resolutions
        self.dense = ops.EqualLinear(config.w_dim, config.channels(4) * 16, SQRT2 / 4)
        self.convs = nn.ModuleList(_convolutions(config))
        self.to_rgb = nn.ModuleList(
            ops.EqualConv2d(config.channels(r), config.image_channels, 1, gain=1.0) for r in sizes
        )
        top = config.channels(config.resolution)
        info = LayerInfo("latent", config.resolution, top, "coarse", takes_noise=False)
        self.layers: Sequence[LayerInfo] = (info,)
        self.num_layers = 1

    def layers_at(self, lod: float) -> int:
        """How many rows of W+ are in use at a level of detail: always the one."""
        return 1

    def weights_at(self, resolution: int) -> Iterator[nn.Parameter]:
        """The weights of one resolution's layers."""
        k = resolution.bit_length() - 3
        first = [self.dense] if k == 0 else []
        for part in (*first, *self.convs[max(0, 2 * k - 1) : 2 * k + 1], self.to_rgb[k]):
            yield from part.parameters()

    def start(self, n: int, lod: float = 0.0, transform: Tensor | None = None) -> State:
        """Before the latent. This generator has no input transform to set."""
        if transform is not None:
            raise ValueError("ProGAN cannot move its input: it has no transform")
        return State(lod)

    def step(self, i: int, state: State, w: Tensor | None, noise: Tensor | None = None) -> State:
        """The whole network: w [N, D]."""
        assert w is not None
        size, fade = size_in_use(self.resolution, state.lod)
        x = _normalised(self.dense(w).view(len(w), -1, 4, 4))
        x = self._convolved(0, x, up=False)
        faded = None
        for k in range(1, size.bit_length() - 2):
            if fade and 4 << k == size:
                faded = self.to_rgb[k - 1](x)
            x = self._convolved(2 * k - 1, x, up=True, fused=4 << k >= self.config.fused_resolution)
            x = self._convolved(2 * k, x, up=False)
        return State(state.lod, x, faded)

    def to_image(self, state: State, w_next: Tensor | None = None) -> Tensor | None:
        """The picture [N, 3, h, w]; None before the step."""
        if state.x is None:
            return None
        size, fade = size_in_use(self.resolution, state.lod)
        image: Tensor = self.to_rgb[size.bit_length() - 3](state.x)
        if state.faded is not None:
            image = image.lerp(ops.upsample_nearest(state.faded), fade)
        return image

    def synthesis(
        self, ws: Tensor, noise: Sequence[Tensor | None] | None = None, lod: float = 0.0
    ) -> Tensor:
        """ws [N, 1, D] -> images [N, 3, h, w] at the resolution in use."""
        image = self.to_image(self.step(0, self.start(len(ws), lod), ws[:, 0]))
        assert image is not None
        return image

    def _convolved(self, i: int, x: Tensor, up: bool, fused: bool = False) -> Tensor:
        conv = self.convs[i]
        assert isinstance(conv, ops.EqualConv2d)
        if not up:
            return _normalised(conv(x))
        assert conv.bias is not None
        x = ops.upsample_conv(x, conv.scaled_weight(), fused)
        x = ops.blur(x) if self.config.blur else x
        return _normalised(x + conv.bias.view(1, -1, 1, 1))


def _convolutions(config: ProGANConfig) -> list[ops.EqualConv2d]:
    """One at 4 x 4, then two for each resolution."""
    sizes = config.resolutions
    channels = [config.channels(4)] * 2 + [config.channels(r) for r in sizes[1:] for _ in (0, 1)]
    return [ops.EqualConv2d(a, b, 3, SQRT2) for a, b in pairwise(channels)]


def _normalised(x: Tensor) -> Tensor:
    """Leaky ReLU, then each pixel's vector of features to unit mean square (section 4.2)."""
    return ops.normalize_2nd_moment(ops.leaky_relu(x))


# ---------------------------------------------------------------------------------------------
# Discriminator


class DiscriminatorBlock(nn.Module):
    """Two convolutions, the second with an average: [N, C, H, W] -> [N, C', H/2, W/2]."""

    def __init__(self, channels_in: int, channels_out: int, blur: bool) -> None:
        super().__init__()
        self.conv0 = ops.EqualConv2d(channels_in, channels_in, 3, SQRT2)
        self.conv1 = ops.EqualConv2d(channels_in, channels_out, 3, SQRT2)
        self.blur = blur

    def forward(self, x: Tensor) -> Tensor:
        x = ops.leaky_relu(self.conv0(x))
        assert self.conv1.bias is not None
        x = ops.blur(x) if self.blur else x
        return ops.leaky_relu(ops.conv_downsample(x, self.conv1.scaled_weight(), self.conv1.bias))


class Discriminator(nn.Module):
    """Images to scores, higher for real."""

    def __init__(self, config: ProGANConfig) -> None:
        super().__init__()
        self.config = config
        sizes = config.resolutions
        self.from_rgb = nn.ModuleList(
            ops.EqualConv2d(config.image_channels, config.channels(r), 1, SQRT2) for r in sizes
        )
        self.blocks = nn.ModuleList(  # blocks[k] halves sizes[k + 1]
            DiscriminatorBlock(config.channels(r), config.channels(r // 2), config.blur)
            for r in sizes[1:]
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

    def weights_at(self, resolution: int) -> Iterator[nn.Parameter]:
        """The weights of one resolution's layers."""
        k = resolution.bit_length() - 3
        own = [self.blocks[k - 1]] if k else [self.conv, self.dense, self.score]
        for part in (self.from_rgb[k], *own):
            yield from part.parameters()

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
