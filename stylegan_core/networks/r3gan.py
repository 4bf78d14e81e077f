"""R3GAN: Huang, Gokaslan, Kuleshov, Tompkin, "The GAN is dead; long live the GAN! A Modern Baseline
GAN", NeurIPS 2024.

The generator has no styles: z, with the embedded class, makes the 4 x 4 features, and stages of
residual blocks do the rest. W is therefore z with the embedded class, and only layer 0 uses it.
Each layer is a stage. The discriminator is the generator's mirror image (section 4).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stylegan_core.networks import ops
from stylegan_core.networks.checks import check_embedding, check_fields, check_whole
from stylegan_core.networks.contract import (
    LayerByLayer,
    LayerInfo,
    NetworkConfig,
    check_start,
    required,
    style_group,
)

if TYPE_CHECKING:
    from typing import Self

MAX_STAGES = 9
MAX_BLOCKS = 64  # of a stage


@dataclass(frozen=True)
class R3GANConfig(NetworkConfig):
    """The sizes of both networks, from the stage at 4 x 4 up; the defaults are those at 32 x 32."""

    z_dim: int = 64  # width of the latent
    c_dim: int = 0  # classes
    embedding_dim: int = 0  # width of an embedded class; 0 without classes
    widths: tuple[int, ...] = (768, 768, 768, 768)  # feature maps of each stage
    cardinalities: tuple[int, ...] = (96, 96, 96, 96)  # groups of its 3 x 3 convolutions
    blocks: tuple[int, ...] = (2, 2, 2, 2)  # its residual blocks
    expansion: int = 2  # feature maps inside a block / those outside
    image_channels: int = 3  # colours

    def __post_init__(self) -> None:
        for name in ("widths", "cardinalities", "blocks"):
            object.__setattr__(self, name, tuple(getattr(self, name)))  # JSON has lists only
        if not 1 <= len(self.widths) == len(self.cardinalities) == len(self.blocks) <= MAX_STAGES:
            raise ValueError(f"there must be 1 to {MAX_STAGES} stages, each with all its sizes")
        for size in (*self.widths, *self.cardinalities):
            check_whole("each of widths and cardinalities", size, 1)
        for count in self.blocks:
            check_whole("each of blocks", count, 1, MAX_BLOCKS)
        check_fields(self, ("z_dim", "expansion", "image_channels"), 1)
        check_whole("c_dim", self.c_dim, 0)
        check_embedding(self.c_dim, self.embedding_dim)
        for width, groups in zip(self.widths, self.cardinalities, strict=True):
            if width * self.expansion % groups:
                raise ValueError(f"{groups} groups do not divide {width * self.expansion} maps")

    @classmethod
    def smallest(cls) -> Self:
        """See `NetworkConfig`."""
        return cls(z_dim=8, widths=(8, 8, 6), cardinalities=(2, 4, 2), blocks=(1, 2, 1))

    @property
    def resolution(self) -> int:
        """Width of the picture: 4, doubled from stage to stage."""
        return 4 << (len(self.widths) - 1)

    def with_classes(self, count: int) -> Self:
        """Return the configuration for classes; a new embedding is as wide as z."""
        width = (self.embedding_dim or self.z_dim) if count else 0
        return replace(self, c_dim=count, embedding_dim=width)


LEAKY_GAIN = math.sqrt(2 / (1 + ops.LEAK**2))


def _random(*shape: int, gain: float = 1.0) -> nn.Parameter:
    """Draw weights [out, in, ..] of deviation gain / sqrt(fan-in), which are used unscaled."""
    return nn.Parameter(torch.randn(shape) * (gain / math.sqrt(math.prod(shape[1:]))))


class ResidualBlock(nn.Module):
    """Convolutions 1 x 1, grouped 3 x 3 and 1 x 1, whose result is added to their input."""

    def __init__(self, channels: int, hidden: int, groups: int) -> None:
        super().__init__()
        self.groups = groups
        self.expand = _random(hidden, channels, 1, 1, gain=LEAKY_GAIN)
        self.bias0 = nn.Parameter(torch.zeros(hidden))
        self.convolve = _random(hidden, hidden // groups, 3, 3, gain=LEAKY_GAIN)
        self.bias1 = nn.Parameter(torch.zeros(hidden))
        self.reduce = nn.Parameter(torch.zeros(channels, hidden, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        y = ops.leaky_relu(F.conv2d(x, self.expand, self.bias0))
        y = ops.leaky_relu(F.conv2d(y, self.convolve, self.bias1, padding=1, groups=self.groups))
        return x + F.conv2d(y, self.reduce)


class Resampler(nn.Module):
    """Doubling or halving by a 4 x 4 filter, with a 1 x 1 convolution where the width changes."""

    kernel: Tensor

    def __init__(self, channels_in: int, channels: int, up: bool) -> None:
        super().__init__()
        self.up = up
        self.project = _random(channels, channels_in, 1, 1) if channels != channels_in else None
        taps = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 8
        self.register_buffer("kernel", taps * taps[:, None])

    def forward(self, x: Tensor) -> Tensor:
        if not self.up:
            return self._projected(self._filtered(x))
        return self._filtered(self._projected(x))  # either way the smaller size is projected

    def _projected(self, x: Tensor) -> Tensor:
        return x if self.project is None else F.conv2d(x, self.project)

    def _filtered(self, x: Tensor) -> Tensor:
        c = x.shape[1]
        if self.up:
            kernel = (self.kernel * 4).expand(c, 1, -1, -1)
            return F.conv_transpose2d(x, kernel, stride=2, padding=1, groups=c)
        kernel = self.kernel.flip(0, 1).expand(c, 1, -1, -1)
        return F.conv2d(x, kernel, stride=2, padding=1, groups=c)


def _blocks(config: R3GANConfig, stage: int) -> nn.Sequential:
    width = config.widths[stage]
    hidden, groups = width * config.expansion, config.cardinalities[stage]
    return nn.Sequential(
        *(ResidualBlock(width, hidden, groups) for _ in range(config.blocks[stage]))
    )


class SynthesisState(NamedTuple):
    """The features after some stages; before the first, the learned 4 x 4 basis."""

    x: Tensor  # [N, C, h, w]
    stages: int  # that have run


class Generator(LayerByLayer, nn.Module):
    """The generator; `contract.Generator` documents its members."""

    def __init__(self, config: R3GANConfig, card: Mapping[str, Any] | None = None) -> None:
        super().__init__()
        self.config = config
        self.card: Mapping[str, Any] = card or {}
        self.z_dim = config.z_dim
        self.c_dim = config.c_dim
        self.w_dim = config.z_dim + config.embedding_dim
        self.resolution = config.resolution
        self.embed = _random(config.embedding_dim, config.c_dim) if config.c_dim else None
        self.basis = nn.Parameter(torch.randn(config.widths[0], 4, 4))
        self.project = _random(config.widths[0], self.w_dim)
        self.resamplers = nn.ModuleList(
            Resampler(a, b, up=True) for a, b in pairwise(config.widths)
        )
        self.stages = nn.ModuleList(_blocks(config, i) for i in range(len(config.widths)))
        self.to_rgb = _random(config.image_channels, config.widths[-1], 1, 1)
        self.layers: Sequence[LayerInfo] = _layer_infos(config)
        self.num_layers = len(self.layers)

    @property
    def stored_noise(self) -> Sequence[None]:
        """None for each layer: there is no noise."""
        return [None] * self.num_layers

    def w_avg(self, c: Tensor | None = None) -> Tensor | None:
        """Return None: without a space W there is no centre to truncate towards."""
        return None

    def mapping(self, z: Tensor, c: Tensor | None = None) -> Tensor:
        """Join the embedded class of c [N, c_dim] to z [N, z_dim]: [N, D].

        Raises ValueError for a missing class.
        """
        if self.embed is None:
            return z
        return torch.cat([z, required(c) @ self.embed.T], dim=1)

    def start(self, n: int, lod: float = 0.0, transform: Tensor | None = None) -> SynthesisState:
        """Return the basis for n images. Raises ValueError for a transform or a lod."""
        check_start(self.config, lod, transform)
        return SynthesisState(self.basis.expand(n, -1, -1, -1), 0)

    def step(
        self, i: int, state: SynthesisState, w: Tensor | None, noise: Tensor | None
    ) -> SynthesisState:
        """Run stage i; in stage 0, w [N, D] scales the basis. There is no noise."""
        if i == 0:
            assert w is not None
            x = state.x * (w @ self.project.T)[:, :, None, None]
        else:
            x = self.resamplers[i - 1](state.x)
        return SynthesisState(self.stages[i](x), i + 1)

    def to_image(self, state: SynthesisState, w_next: Tensor | None = None) -> Tensor | None:
        """Return the picture [N, 3, H, W] once all stages have run, else None."""
        return F.conv2d(state.x, self.to_rgb) if state.stages == self.num_layers else None


def _layer_infos(config: R3GANConfig) -> tuple[LayerInfo, ...]:
    return tuple(
        LayerInfo(
            f"{4 << i}x{4 << i}",
            4 << i,
            width,
            style_group(4 << i),
            takes_style=i == 0,
            takes_noise=False,
        )
        for i, width in enumerate(config.widths)
    )


class Discriminator(nn.Module):
    """A network from images to scores, which are higher for real ones: the generator reversed."""

    def __init__(self, config: R3GANConfig) -> None:
        super().__init__()
        self.config = config
        self.from_rgb = _random(config.widths[-1], config.image_channels, 1, 1)
        self.stages = nn.ModuleList(  # stages[i] works at 4 * 2^i, resamplers[i] leads to it
            _blocks(config, i) for i in range(len(config.widths))
        )
        self.resamplers = nn.ModuleList(
            Resampler(b, a, up=False) for a, b in pairwise(config.widths)
        )
        self.basis = _random(config.widths[0], 1, 4, 4)
        self.project = _random(max(config.embedding_dim, 1), config.widths[0])
        self.embed = _random(config.embedding_dim, config.c_dim) if config.c_dim else None

    def forward(self, images: Tensor, c: Tensor | None = None) -> Tensor:
        """Score images [N, 3, H, W], with c [N, c_dim]: [N, 1]. ValueError for a missing class."""
        x = F.conv2d(images, self.from_rgb)
        for i in reversed(range(len(self.stages))):
            x = self.stages[i](x)
            if i:
                x = self.resamplers[i - 1](x)
        x = F.conv2d(x, self.basis, groups=x.shape[1]).flatten(1) @ self.project.T
        if self.embed is None:
            return x
        return (x * (required(c) @ self.embed.T)).sum(dim=1, keepdim=True)
