"""StyleGAN 2's generator with the arithmetic of lucidrains' PyTorch code, the package
stylegan2_pytorch (github.com/lucidrains/stylegan2-pytorch), which is not the official one.

Features are enlarged bilinearly before a convolution, pictures bilinearly with a blur; leaky ReLU
has no gain; noise is even between 0 and 1 and has a strength for each feature map. In that code a
resolution has one style, and all layers take their noise from the corner of one image. Here each
layer has a row of W+ and a map of its own, normal as everywhere; equal ones give the pictures of
that code. ToRGB takes the row of the layer before it.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stylegan_core.networks import ops
from stylegan_core.networks.contract import LayerInfo, layer_by_layer, style_group
from stylegan_core.networks.mapping import MappedGenerator, MappingNetwork, check_mapping
from stylegan_core.networks.stylegan2.generator import style_layer

EPSILON = 1e-8
MAX_WIDTH = 2**16


@dataclass(frozen=True)
class LucidrainsConfig:
    """Every size of the generator; the defaults are those of the package at 128 x 128.

    `widths` are the feature maps at 4, 8, ... pixels. W is as wide as Z, and so is the mapping.
    """

    widths: tuple[int, ...] = (512, 512, 256, 128, 64, 32)
    z_dim: int = 512
    mapping_depth: int = 8
    mapping_lr_multiplier: float = 0.1

    def __post_init__(self) -> None:
        object.__setattr__(self, "widths", tuple(self.widths))  # JSON has lists only
        sizes = (*self.widths, self.z_dim)
        if not all(isinstance(n, int) and 1 <= n <= MAX_WIDTH for n in sizes):
            raise ValueError(f"widths must be whole numbers from 1 to {MAX_WIDTH}")
        if not 1 <= len(self.widths) <= 9:
            raise ValueError(f"there must be from 1 to 9 resolutions, not {len(self.widths)}")
        check_mapping(self)

    @property
    def resolution(self) -> int:
        """The width of the picture: 4, doubled from one width to the next."""
        return 2 << len(self.widths)

    @property
    def w_dim(self) -> int:
        """The width of W."""
        return self.z_dim

    @property
    def mapping_width(self) -> int:
        """The width of the mapping's layers."""
        return self.z_dim

    @property
    def c_dim(self) -> int:
        """There are no classes."""
        return 0


class ModulatedConv(nn.Module):
    """A convolution whose weights the style scales; demodulated where they are 3 x 3.

    The input is scaled in place of the weights, as in `stylegan2.SynthesisLayer`.
    """

    def __init__(self, w_dim: int, channels_in: int, channels: int, kernel: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(channels, channels_in, kernel, kernel))
        self.affine = style_layer(w_dim, channels_in)

    def forward(self, x: Tensor, w: Tensor) -> Tensor:  # [N, I, h, w] -> [N, O, h, w]
        style: Tensor = self.affine(w)  # [N, I]
        kernel = self.weight.shape[-1]
        x = F.conv2d(x * style[:, :, None, None], self.weight, padding=kernel // 2)
        if kernel == 1:
            return x
        energy = style.square() @ self.weight.square().sum(dim=(2, 3)).T  # [N, O]
        return x * torch.rsqrt(energy + EPSILON)[:, :, None, None]


class SynthesisLayer(nn.Module):
    """Doubling where a resolution begins, modulated convolution, noise and bias, leaky ReLU."""

    def __init__(self, w_dim: int, channels_in: int, channels: int, up: bool) -> None:
        super().__init__()
        self.conv = ModulatedConv(w_dim, channels_in, channels, 3)
        self.noise_strength = nn.Parameter(torch.zeros(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.up = up

    def forward(self, x: Tensor, w: Tensor, noise: Tensor | None) -> Tensor:
        x = self.conv(upsample_bilinear(x) if self.up else x, w)
        strength, bias = self.noise_strength.view(1, -1, 1, 1), self.bias.view(1, -1, 1, 1)
        silent = 0.5  # what even noise is on average
        x = x + strength * (silent if noise is None else even(noise)) + bias
        return ops.leaky_relu(x)


def even(noise: Tensor) -> Tensor:
    """Normal noise as noise that is even between 0 and 1, by its distribution function."""
    return (1 + torch.erf(noise / math.sqrt(2))) / 2


def upsample_bilinear(x: Tensor) -> Tensor:
    """[N, C, h, w] -> [N, C, 2h, 2w]."""
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)


def upsample_image(image: Tensor) -> Tensor:
    """Bilinear doubling, then the filter [1 2 1] x [1 2 1] / 16 with mirrored edges."""
    padded = F.pad(upsample_bilinear(image), (1, 1, 1, 1), mode="reflect")
    channels = image.shape[1]
    return F.conv2d(padded, ops.blur_kernel(channels, image), groups=channels)


class SynthesisState(NamedTuple):
    """The features, and the picture of the last resolution that is finished, in [0, 1]."""

    x: Tensor  # [N, C, h, w]
    image: Tensor | None = None  # [N, 3, h, w], or half of that inside a resolution


class Generator(MappedGenerator):
    """The generator; see `contract.Generator` for what its members mean."""

    def __init__(self, config: LucidrainsConfig, card: Mapping[str, Any] | None = None) -> None:
        super().__init__(config, MappingNetwork(config))
        self.config = config
        self.card: Mapping[str, Any] = card or {}
        self.resolution = config.resolution
        first = config.widths[0]
        self.const = nn.Parameter(torch.randn(1, first, 4, 4))
        self.first = ops.EqualConv2d(first, first, 3, gain=1.0)
        self.synthesis_layers = nn.ModuleList(_synthesis_layers(config))
        self.to_rgb = nn.ModuleList(
            ModulatedConv(config.w_dim, width, 3, 1) for width in config.widths
        )
        self.layers: Sequence[LayerInfo] = _layer_infos(config)
        self.num_layers = len(self.layers)
        self.store_noise()

    def start(self, n: int, lod: float = 0.0, transform: Tensor | None = None) -> SynthesisState:
        """The learned constant for n images. ValueError for a transform or a level of detail."""
        if transform is not None:
            raise ValueError("StyleGAN 2 cannot move its input: it has no transform")
        if lod:
            raise ValueError("lucidrains' StyleGAN 2 does not grow: its level of detail is 0")
        return SynthesisState(self.first(self.const).expand(n, -1, -1, -1))

    def step(
        self, i: int, state: SynthesisState, w: Tensor | None, noise: Tensor | None
    ) -> SynthesisState:
        """Run layer i: w [N, D], noise [N or 1, 1, h, w] or None."""
        assert w is not None
        x = self.synthesis_layers[i](state.x, w, noise)
        if i % 2 == 0:
            return SynthesisState(x, state.image)
        image: Tensor = self.to_rgb[i // 2](x, w)
        if state.image is not None:
            image = image + upsample_image(state.image)
        return SynthesisState(x, image)

    def to_image(self, state: SynthesisState, w_next: Tensor | None = None) -> Tensor | None:
        """The picture so far, [N, 3, h, w]; None inside a resolution."""
        if state.image is None or state.image.shape[-1] < state.x.shape[-1]:
            return None
        return 2 * state.image - 1

    def synthesis(
        self, ws: Tensor, noise: Sequence[Tensor | None] | None = None, lod: float = 0.0
    ) -> Tensor:
        """ws [N, L, D] -> images [N, 3, H, W]; no noise where None."""
        return layer_by_layer(self, ws, noise, lod)


def _synthesis_layers(config: LucidrainsConfig) -> list[SynthesisLayer]:
    layers, before = [], config.widths[0]
    for k, width in enumerate(config.widths):
        layers.append(SynthesisLayer(config.w_dim, before, width, up=k > 0))
        layers.append(SynthesisLayer(config.w_dim, width, width, up=False))
        before = width
    return layers


def _layer_infos(config: LucidrainsConfig) -> tuple[LayerInfo, ...]:
    return tuple(
        LayerInfo(f"{size}x{size} {half}", size, width, style_group(size))
        for k, width in enumerate(config.widths)
        for size in (4 << k,)
        for half in (0, 1)
    )
