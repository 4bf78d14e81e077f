"""ProGAN: Karras, Aila, Laine, Lehtinen, "Progressive Growing of GANs for Improved Quality,
Stability, and Variation", ICLR 2018.

The discriminator serves StyleGAN too. The generator is the "traditional" one to which Karras et
al. 2019 compare theirs (figure 1a; configurations A and B of table 1). Both networks grow: `lod` is
the number of doublings left out, 0 is the full resolution, a fraction cross-fades two sizes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from torch import Tensor, nn

from stylegan_core.networks import ops
from stylegan_core.networks.checks import (
    LARGEST,
    check_deviation,
    check_fields,
    check_flags,
    check_resolution,
)
from stylegan_core.networks.contract import LayerInfo, check_start, required
from stylegan_core.networks.levels import doublings, size_in_use
from stylegan_core.networks.mapping import MappedGenerator, MappingNetwork, check_mapping
from stylegan_core.networks.ops import SQRT2
from stylegan_core.networks.trainable import TrainableConfig

if TYPE_CHECKING:
    from typing import Self


@dataclass(frozen=True)
class ProGANConfig(TrainableConfig):
    """The sizes of both networks; the defaults are the published ones at 1024 x 1024."""

    resolution: int = 1024  # width and height of a picture
    fmap_base: int = 8192  # feature maps at 2 x 2, halved with each doubling; see `channels`
    fmap_max: int = 512  # the most feature maps at any resolution
    z_dim: int = 512  # width of the latent
    w_dim: int = 512  # width of a style
    mapping_width: int = 512  # width of the mapping network's hidden layers
    mapping_depth: int = 0  # layers of the mapping network; 0: w is the normalised z
    mapping_lr_multiplier: float = 0.01  # factor of the learning rate of the mapping network
    c_dim: int = 0  # classes
    image_channels: int = 3  # colours
    fused_resolution: int = 128  # from here up, `ops.upsample_conv` is fused
    mbstd_group_size: int = 4  # samples that share a standard deviation; 0 or 1: none
    mbstd_features: int = 1  # channels with that minibatch standard deviation
    blur: bool = True  # a binomial filter with each resampling (configuration B), or none (A)

    def __post_init__(self) -> None:
        check_flags(self, ("blur",))
        check_resolution(self.resolution)
        check_fields(self, ("fmap_base", "fused_resolution"), 1, LARGEST)
        check_fields(self, ("fmap_max", "z_dim", "w_dim", "mapping_width", "image_channels"), 1)
        check_fields(self, ("c_dim", "mbstd_group_size"), 0)
        check_fields(self, ("mbstd_features",), 1)
        check_deviation(self.mbstd_features, self.channels(4))
        check_mapping(self)

    @classmethod
    def smallest(cls) -> Self:
        """See `NetworkConfig`."""
        return cls(resolution=16, fmap_base=64, fmap_max=8, z_dim=8, w_dim=8, mapping_width=8)

    @property
    def grows(self) -> bool:
        """True: every resolution has its own picture."""
        return True

    def at_resolution(self, resolution: int) -> Self:
        """Return the configuration with more or fewer doublings."""
        return replace(self, resolution=resolution)

    def with_classes(self, count: int) -> Self:
        """Return the configuration for classes; without a mapping network they widen w."""
        if self.mapping_depth:
            return replace(self, c_dim=count)
        return replace(self, c_dim=count, w_dim=self.z_dim * (2 if count else 1))

    @property
    def samples_compared(self) -> int | None:
        """See `TrainableConfig`."""
        return max(1, self.mbstd_group_size)

    def sizes(self) -> Mapping[str, Any]:
        """Return the fields, with the feature maps under StyleGAN 2's names too."""
        maps = {"channel_base": 2 * self.fmap_base, "channel_max": self.fmap_max}
        return {**super().sizes(), **maps}

    @property
    def resolutions(self) -> tuple[int, ...]:
        """4, 8, ... up to the full resolution."""
        return doublings(self.resolution)

    @property
    def mapping_input(self) -> int:
        """Width of what enters the mapping network: z, with an embedded class of the same width."""
        return self.z_dim * (2 if self.c_dim else 1)

    def channels(self, resolution: int) -> int:
        """Return the feature maps at a resolution 2^r: min(fmap_base / 2^(r-1), fmap_max)."""
        return max(1, min(self.fmap_base * 2 // resolution, self.fmap_max))


# ---------------------------------------------------------------------------------------------
# The traditional generator


class State(NamedTuple):
    """The features after the step, and the lower-resolution picture that fades out."""

    lod: float
    x: Tensor | None = None  # [N, C, h, w]; None before the step
    faded: Tensor | None = None  # [N, 3, h/2, w/2]


class Generator(MappedGenerator):
    """A generator whose latent enters at 4 x 4 only, so that all of it is one layer.

    `contract.Generator` documents its members.
    """

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

    def weights_at(self, resolution: int) -> Iterator[nn.Parameter]:
        """Yield the weights of one resolution's layers."""
        k = resolution.bit_length() - 3
        first = [self.dense] if k == 0 else []
        for layer in (*first, *self.convs[max(0, 2 * k - 1) : 2 * k + 1], self.to_rgb[k]):
            yield from layer.parameters()

    def start(self, n: int, lod: float = 0.0, transform: Tensor | None = None) -> State:
        """Return the state before the latent has entered. Raises ValueError for a transform."""
        check_start(self.config, lod, transform)
        return State(lod)

    def step(self, i: int, state: State, w: Tensor | None, noise: Tensor | None = None) -> State:
        """Run the whole network on w [N, D]."""
        assert w is not None
        size, fade = size_in_use(self.resolution, state.lod)
        x = _activated(self.dense(w).view(len(w), -1, 4, 4))
        x = self._convolved(0, x, up=False)
        faded = None
        for k in range(1, size.bit_length() - 2):
            if fade and 4 << k == size:
                faded = self.to_rgb[k - 1](x)
            x = self._convolved(2 * k - 1, x, up=True, fused=4 << k >= self.config.fused_resolution)
            x = self._convolved(2 * k, x, up=False)
        return State(state.lod, x, faded)

    def to_image(self, state: State, w_next: Tensor | None = None) -> Tensor | None:
        """Return the picture [N, 3, h, w], or None before the step."""
        if state.x is None:
            return None
        size, fade = size_in_use(self.resolution, state.lod)
        image: Tensor = self.to_rgb[size.bit_length() - 3](state.x)
        if state.faded is not None:
            image = image.lerp(ops.upsample_nearest(state.faded), fade)
        return image

    def _convolved(self, i: int, x: Tensor, up: bool, fused: bool = False) -> Tensor:
        conv = self.convs[i]
        assert isinstance(conv, ops.EqualConv2d)
        if not up:
            return _activated(conv(x))
        assert conv.bias is not None
        x = ops.upsample_conv(x, conv.scaled_weight(), fused)
        x = ops.blur(x) if self.config.blur else x
        return _activated(x + conv.bias.view(1, -1, 1, 1))


def _convolutions(config: ProGANConfig) -> list[ops.EqualConv2d]:
    """Make one convolution at 4 x 4, then two for each further resolution."""
    sizes = config.resolutions
    channels = [config.channels(4)] * 2 + [config.channels(r) for r in sizes[1:] for _ in (0, 1)]
    return [ops.EqualConv2d(a, b, 3, SQRT2) for a, b in pairwise(channels)]


def _activated(x: Tensor) -> Tensor:
    """Apply leaky ReLU, then scale each pixel's features to unit mean square (section 4.2)."""
    return ops.normalize_2nd_moment(ops.leaky_relu(x))


# ---------------------------------------------------------------------------------------------
# Discriminator


class DiscriminatorBlock(nn.Module):
    """Two convolutions, the second of which halves the size: [N, C, H, W] -> [N, C', H/2, W/2]."""

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
    """A network from images to scores, which are higher for real ones."""

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
        self.compares_samples = config.samples_compared != 1
        extra = config.mbstd_features if self.compares_samples else 0
        self.conv = ops.EqualConv2d(channels + extra, channels, 3, SQRT2)
        self.dense = ops.EqualLinear(channels * 16, config.channels(2), SQRT2)
        self.score = ops.EqualLinear(config.channels(2), max(config.c_dim, 1), gain=1.0)

    def forward(self, images: Tensor, c: Tensor | None = None, lod: float = 0.0) -> Tensor:
        """Score images [N, 3, h, w] at the resolution in use, with c [N, c_dim]: [N, 1]."""
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
        """Yield the weights of one resolution's layers."""
        k = resolution.bit_length() - 3
        layers = [self.blocks[k - 1]] if k else [self.conv, self.dense, self.score]
        for layer in (self.from_rgb[k], *layers):
            yield from layer.parameters()

    def _features(self, images: Tensor, k: int) -> Tensor:
        return ops.leaky_relu(self.from_rgb[k](images))

    def _head(self, x: Tensor, c: Tensor | None) -> Tensor:  # [N, C, 4, 4] -> [N, 1]
        if self.compares_samples:
            x = ops.minibatch_stddev(x, self.config.mbstd_group_size, self.config.mbstd_features)
        x = ops.leaky_relu(self.conv(x))
        scores: Tensor = self.score(ops.leaky_relu(self.dense(x.flatten(1))))
        return (scores * required(c)).sum(dim=1, keepdim=True) if self.config.c_dim else scores
