"""R3GAN: Huang, Gokaslan, Kuleshov, Tompkin, "The GAN is dead; long live the GAN! A Modern Baseline
GAN", NeurIPS 2024.

The generator has no styles: z, with the embedded class, makes the 4 x 4 features, and stages of
residual blocks do the rest. W is therefore z with the embedded class, used by layer 0 alone; a
layer of the contract is a stage. The discriminator is the generator's mirror image (section 4).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stylegan_core.networks import ops
from stylegan_core.networks.contract import LayerInfo, layer_by_layer, style_group

MAX_WIDTH = 2**16
MAX_BLOCKS = 64


@dataclass(frozen=True)
class R3GANConfig:
    """Every size of the two networks, stage by stage from 4 x 4 up; the defaults are at 32 x 32.

    `cardinalities` are the groups of the 3 x 3 convolutions, `blocks` the residual blocks; inside
    a block maps are `expansion` times as many.
    """

    z_dim: int = 64
    c_dim: int = 0
    embedding_dim: int = 0
    widths: tuple[int, ...] = (768, 768, 768, 768)
    cardinalities: tuple[int, ...] = (96, 96, 96, 96)
    blocks: tuple[int, ...] = (2, 2, 2, 2)
    expansion: int = 2
    image_channels: int = 3

    def __post_init__(self) -> None:
        for name in ("widths", "cardinalities", "blocks"):
            object.__setattr__(self, name, tuple(getattr(self, name)))  # JSON has lists only
        stages = (*self.widths, *self.cardinalities, *self.blocks)
        numbers = (self.z_dim, self.c_dim, self.embedding_dim, self.expansion, self.image_channels)
        if not all(isinstance(n, int) and 0 <= n <= MAX_WIDTH for n in (*stages, *numbers)):
            raise ValueError(f"all sizes must be whole numbers up to {MAX_WIDTH}")
        if not 1 <= len(self.widths) == len(self.cardinalities) == len(self.blocks) <= 9:
            raise ValueError("there must be from 1 to 9 stages, each with all its sizes")
        if min(*stages, self.z_dim, self.expansion, self.image_channels) < 1:
            raise ValueError("sizes must be 1 or more")
        if max(self.blocks) > MAX_BLOCKS:
            raise ValueError(f"a stage must have at most {MAX_BLOCKS} blocks")
        if (self.c_dim == 0) != (self.embedding_dim == 0):
            raise ValueError("classes need a width of their embedding, and only they")
        for width, groups in zip(self.widths, self.cardinalities, strict=True):
            if width * self.expansion % groups:
                raise ValueError(f"{groups} groups do not divide {width * self.expansion} maps")

    @property
    def resolution(self) -> int:
        """The width of the picture: 4, doubled from stage to stage."""
        return 4 << (len(self.widths) - 1)


LEAKY_GAIN = math.sqrt(2 / (1 + ops.LEAK**2))


def _random(*shape: int, gain: float = 1.0) -> nn.Parameter:
    """Weights [out, in, ..] of deviation gain / sqrt(fan-in): nothing is scaled in use."""
    return nn.Parameter(torch.randn(shape) * (gain / math.sqrt(math.prod(shape[1:]))))


class ResidualBlock(nn.Module):
    """1 x 1, grouped 3 x 3, 1 x 1, added to what came in; biases before the leaky ReLUs."""

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
    """Twice or half the size by a 4 x 4 filter; a 1 x 1 convolution where the width changes."""

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
        return self._filtered(self._projected(x))  # at the smaller size either way

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
    """The features after `stages` stages; before them, the basis of the first."""

    x: Tensor  # [N, C, h, w]
    stages: int


class Generator(nn.Module):
    """The generator; see `contract.Generator` for what its members mean."""

    def __init__(self, config: R3GANConfig, card: Mapping[str, Any] | None = None) -> None:
        super().__init__()
        self.config = config
        self.card: Mapping[str, Any] = card or {}
        self.z_dim, self.c_dim = config.z_dim, config.c_dim
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
        """One None for each layer: there is no noise."""
        return [None] * self.num_layers

    def w_avg(self, c: Tensor | None = None) -> None:
        """None: without a space W there is no centre to truncate towards."""

    def mapping(self, z: Tensor, c: Tensor | None = None) -> Tensor:
        """z [N, z_dim], c [N, c_dim] -> z with the embedded class [N, D]. ValueError without c."""
        if self.embed is None:
            return z
        if c is None:
            raise ValueError("this network is conditional: it needs a class vector c")
        return torch.cat([z, c @ self.embed.T], dim=1)

    def start(self, n: int, lod: float = 0.0, transform: Tensor | None = None) -> SynthesisState:
        """The basis for n images. R3GAN has no input transform to set, and does not grow."""
        if transform is not None:
            raise ValueError("R3GAN cannot move its input: it has no transform")
        if lod:
            raise ValueError("R3GAN does not grow: it has its full resolution only")
        return SynthesisState(self.basis.expand(n, -1, -1, -1), 0)

    def step(
        self, i: int, state: SynthesisState, w: Tensor | None, noise: Tensor | None
    ) -> SynthesisState:
        """Run stage i; w [N, D] weighs the basis in stage 0. There is no noise to add."""
        if i == 0:
            assert w is not None
            x = state.x * (w @ self.project.T)[:, :, None, None]
        else:
            x = self.resamplers[i - 1](state.x)
        return SynthesisState(self.stages[i](x), i + 1)

    def to_image(self, state: SynthesisState, w_next: Tensor | None = None) -> Tensor | None:
        """The picture [N, 3, H, W] once all stages have run, else None."""
        return F.conv2d(state.x, self.to_rgb) if state.stages == self.num_layers else None

    def synthesis(
        self, ws: Tensor, noise: Sequence[Tensor | None] | None = None, lod: float = 0.0
    ) -> Tensor:
        """ws [N, L, D], of which row 0 counts -> images [N, 3, H, W]."""
        return layer_by_layer(self, ws, noise, lod)


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
    """Images to scores, higher for real: the generator's stages in the other direction."""

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
        """images [N, 3, H, W], c [N, c_dim] -> scores [N, 1]."""
        x = F.conv2d(images, self.from_rgb)
        for i in reversed(range(len(self.stages))):
            x = self.stages[i](x)
            if i:
                x = self.resamplers[i - 1](x)
        x = F.conv2d(x, self.basis, groups=x.shape[1]).flatten(1) @ self.project.T
        if self.embed is None:
            return x
        if c is None:
            raise ValueError("this network is conditional: it needs a class vector c")
        return (x * (c @ self.embed.T)).sum(dim=1, keepdim=True)
