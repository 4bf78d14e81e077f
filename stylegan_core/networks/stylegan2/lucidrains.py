"""StyleGAN 2's generator with the arithmetic of lucidrains' PyTorch code, the package
stylegan2_pytorch (github.com/lucidrains/stylegan2-pytorch), which is not the official one.

Features are enlarged bilinearly before a convolution, pictures bilinearly with a blur. Leaky ReLU
has no gain. Noise is uniform between 0 and 1 and has a strength for each feature map. ToRGB takes
the row of the layer before it.

In that code a resolution has one style, and all layers take their noise from the corner of one
image. Here each layer has its own row of W+ and its own map of normal noise; equal rows and maps
give the pictures of that code.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stylegan_core.networks import ops
from stylegan_core.networks.checks import check_whole
from stylegan_core.networks.contract import LayerInfo, NetworkConfig, check_start, style_group
from stylegan_core.networks.mapping import MappedGenerator, MappingNetwork, check_mapping
from stylegan_core.networks.stylegan2.generator import EPSILON, style_layer

if TYPE_CHECKING:
    from typing import Self

SILENCE = 0.5  # the mean of uniform noise, which replaces it where there is none


@dataclass(frozen=True)
class LucidrainsConfig(NetworkConfig):
    """The sizes of the generator; the defaults are those of the package at 128 x 128."""

    widths: tuple[int, ...] = (512, 512, 256, 128, 64, 32)  # feature maps at 4, 8, ... pixels
    z_dim: int = 512  # width of the latent, of W and of the mapping network
    mapping_depth: int = 8  # layers of the mapping network
    mapping_lr_multiplier: float = 0.1  # factor of the learning rate of the mapping network
    image_channels: int = 3  # 4 with transparency

    def __post_init__(self) -> None:
        object.__setattr__(self, "widths", tuple(self.widths))  # JSON has lists only
        if not 1 <= len(self.widths) <= 9:
            raise ValueError(f"there must be from 1 to 9 resolutions, not {len(self.widths)}")
        for width in self.widths:
            check_whole("each of widths", width, 1)
        check_whole("z_dim", self.z_dim, 1)
        check_whole("image_channels", self.image_channels, 1)
        check_mapping(self)

    @classmethod
    def smallest(cls) -> Self:
        """See `NetworkConfig`."""
        return cls(widths=(8, 8, 6), z_dim=8, mapping_depth=2)

    @property
    def takes_noise(self) -> bool:
        """True: every layer adds noise."""
        return True

    @property
    def shows_early(self) -> bool:
        """True: every resolution has its own ToRGB."""
        return True

    @property
    def resolution(self) -> int:
        """Width of the picture: 4 for the first of `widths`, doubled with each further one."""
        return 2 << len(self.widths)

    @property
    def w_dim(self) -> int:
        """Width of W."""
        return self.z_dim

    @property
    def mapping_input(self) -> int:
        """Width of what enters the mapping network: z."""
        return self.z_dim

    @property
    def mapping_width(self) -> int:
        """Width of the mapping network's hidden layers."""
        return self.z_dim

    @property
    def c_dim(self) -> int:
        """No classes."""
        return 0


class ModulatedConv(nn.Module):
    """A convolution whose weights the style scales; a 3 x 3 one is demodulated.

    The style scales the input in place of the weights, as in `stylegan2.SynthesisLayer`.
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
    """Doubling if a resolution begins, then modulated convolution, noise, bias and leaky ReLU."""

    def __init__(self, w_dim: int, channels_in: int, channels: int, up: bool) -> None:
        super().__init__()
        self.conv = ModulatedConv(w_dim, channels_in, channels, 3)
        self.noise_strength = nn.Parameter(torch.zeros(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.up = up

    def forward(self, x: Tensor, w: Tensor, noise: Tensor | None) -> Tensor:
        x = self.conv(upsample_bilinear(x) if self.up else x, w)
        strength, bias = self.noise_strength.view(1, -1, 1, 1), self.bias.view(1, -1, 1, 1)
        x = x + strength * (SILENCE if noise is None else uniform(noise)) + bias
        return ops.leaky_relu(x)


def uniform(noise: Tensor) -> Tensor:
    """Turn normal noise into uniform noise between 0 and 1, by its distribution function."""
    return (1 + torch.erf(noise / math.sqrt(2))) / 2


def upsample_bilinear(x: Tensor) -> Tensor:
    """Double the size bilinearly: [N, C, h, w] -> [N, C, 2h, 2w]."""
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)


def upsample_image(image: Tensor) -> Tensor:
    """Double bilinearly, then filter by [1 2 1] x [1 2 1] / 16 with mirrored edges."""
    padded = F.pad(upsample_bilinear(image), (1, 1, 1, 1), mode="reflect")
    channels = image.shape[1]
    return F.conv2d(padded, ops.blur_kernel(channels, image), groups=channels)


class SynthesisState(NamedTuple):
    """The features, and the picture at the last finished resolution, in [0, 1]."""

    x: Tensor  # [N, C, h, w]
    image: Tensor | None = None  # [N, 3, h, w], or half that size inside a resolution


class Generator(MappedGenerator):
    """The generator; `contract.Generator` documents its members."""

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
            ModulatedConv(config.w_dim, width, config.image_channels, 1) for width in config.widths
        )
        self.layers: Sequence[LayerInfo] = _layer_infos(config)
        self.num_layers = len(self.layers)
        self.store_noise()

    def start(self, n: int, lod: float = 0.0, transform: Tensor | None = None) -> SynthesisState:
        """Return the convolved constant for n images. ValueError for a transform or a lod."""
        check_start(self.config, lod, transform)
        return SynthesisState(self.first(self.const).expand(n, -1, -1, -1))

    def step(
        self, i: int, state: SynthesisState, w: Tensor | None, noise: Tensor | None
    ) -> SynthesisState:
        """Run layer i with w [N, D], and noise [N or 1, 1, h, w] or None."""
        assert w is not None
        x = self.synthesis_layers[i](state.x, w, noise)
        if i % 2 == 0:
            return SynthesisState(x, state.image)
        image: Tensor = self.to_rgb[i // 2](x, w)
        if state.image is not None:
            image = image + upsample_image(state.image)
        return SynthesisState(x, image)

    def to_image(self, state: SynthesisState, w_next: Tensor | None = None) -> Tensor | None:
        """Return the picture so far, [N, 3, h, w], or None inside a resolution."""
        if state.image is None or state.image.shape[-1] < state.x.shape[-1]:
            return None
        return 2 * state.image - 1


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
