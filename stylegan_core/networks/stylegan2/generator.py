"""StyleGAN 2's generator: Karras et al., "Analyzing and Improving the Image Quality of StyleGAN",
CVPR 2020, and StyleGAN2-ADA's (Karras et al. 2020, "... with Limited Data").

The rows of W+ drive the 4 x 4 convolution, then two convolutions for each further resolution, then
the last ToRGB. Every other ToRGB shares its row with the convolution that comes after it.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stylegan_core.networks import fir, ops
from stylegan_core.networks.contract import LayerInfo, check_start, style_group
from stylegan_core.networks.levels import size_in_use
from stylegan_core.networks.mapping import MappedGenerator
from stylegan_core.networks.stylegan2.config import BlockKind, StyleGAN2Config
from stylegan_core.networks.stylegan2.mapping import MappingNetwork, activate

SQRT_HALF = math.sqrt(0.5)  # the scale of each of two branches that are added
EPSILON = 1e-8


def style_layer(w_dim: int, channels: int) -> ops.EqualLinear:
    """Make the affine map A of figure 2 from w to one factor for each channel, 1 on average."""
    affine = ops.EqualLinear(w_dim, channels, gain=1.0)
    nn.init.ones_(affine.bias)
    return affine


class SynthesisLayer(nn.Module):
    """One layer of figure 2c: modulated convolution, noise, bias, leaky ReLU.

    The style scales the input and the demodulation (equation 3) the output. This equals scaling
    the weights for each image, and lets a batch share them.
    """

    def __init__(
        self, config: StyleGAN2Config, channels_in: int, channels: int, up: bool, scale: float
    ) -> None:
        """Make the layer; `scale` is that of its branch in a residual block."""
        super().__init__()
        self.weight = nn.Parameter(torch.randn(channels, channels_in, 3, 3))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.noise_strength = nn.Parameter(torch.zeros([])) if config.noise_inputs else None
        self.affine = style_layer(config.w_dim, channels_in)
        self.up = up
        self.scale = scale
        self.clamp = config.conv_clamp
        self.taps = config.resample_filter

    def forward(self, x: Tensor, w: Tensor, noise: Tensor | None) -> Tensor:
        style: Tensor = self.affine(w)  # [N, I]
        x = x * style[:, :, None, None]
        if self.up:
            x = fir.upsample_conv(x, self.weight, self.taps)
        else:
            x = F.conv2d(x, self.weight, padding=1)
        demodulation = torch.rsqrt(style.square() @ self.weight_energy().T + EPSILON)  # [N, O]
        x = torch.addcmul(self.bias.view(1, -1, 1, 1), x, demodulation[:, :, None, None])
        if noise is not None and self.noise_strength is not None:
            x = torch.addcmul(x, self.noise_strength, noise)
        return activate(x, self.scale, self.clamp)

    def weight_energy(self) -> Tensor:
        """Return the sum over each kernel of its squares, [O, I]."""
        return self.weight.square().sum(dim=(2, 3))


class ToRGB(nn.Module):
    """The layer from features to colours: a modulated 1 x 1 convolution without demodulation."""

    def __init__(self, config: StyleGAN2Config, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(config.image_channels, channels, 1, 1))
        self.bias = nn.Parameter(torch.zeros(config.image_channels))
        self.affine = style_layer(config.w_dim, channels)
        self.scale = 1 / math.sqrt(channels)
        self.clamp = config.conv_clamp

    def forward(self, x: Tensor, w: Tensor) -> Tensor:  # [N, C, h, w] -> [N, 3, h, w]
        n, _, height, width = x.shape
        style: Tensor = self.affine(w) * self.scale
        weight = style.unsqueeze(2) * self.weight.flatten(1).T  # [N, C, 3]
        colours = x.permute(0, 2, 3, 1).flatten(1, 2) @ weight + self.bias  # [N, h w, 3]
        if self.clamp is not None:
            colours = colours.clamp(-self.clamp, self.clamp)
        return colours.view(n, height, width, -1).permute(0, 3, 1, 2)


class Shortcut(ops.EqualConv2d):
    """The short branch of a residual block: a 1 x 1 convolution, then doubling."""

    def __init__(self, config: StyleGAN2Config, channels_in: int, channels: int) -> None:
        super().__init__(channels_in, channels, 1, gain=SQRT_HALF, bias=False)
        self.taps = config.resample_filter

    def forward(self, x: Tensor, doubles: bool = True) -> Tensor:  # [N, I, h, w] -> [N, O, 2h, 2w]
        x = super().forward(x)
        return fir.upsample(x, self.taps) if doubles else x


class SynthesisState(NamedTuple):
    """The features after some rows of W+, the picture so far, and a block's short branch."""

    x: Tensor  # [N, C, h, w]
    rows: int = 0  # of W+ that have been used
    image: Tensor | None = None  # the picture so far, [N, 3, h / 2, w / 2] while a block runs
    lod: float = 0.0
    residual: Tensor | None = None  # the short branch of an unfinished block, [N, C, h, w]


class Generator(MappedGenerator):
    """The generator; `contract.Generator` documents its members."""

    def __init__(self, config: StyleGAN2Config, card: Mapping[str, Any] | None = None) -> None:
        super().__init__(config, MappingNetwork(config))
        self.config = config
        self.card: Mapping[str, Any] = card or {}
        self.resolution = config.resolution
        self.const = nn.Parameter(torch.randn(1, config.channels(4), 4, 4))
        self.synthesis_layers = nn.ModuleList(_synthesis_layers(config))
        shown = config.resolutions if config.shows_early else config.resolutions[-1:]
        self.to_rgb = nn.ModuleDict({str(r): ToRGB(config, config.channels(r)) for r in shown})
        self.shortcuts = nn.ModuleDict(_shortcuts(config))
        self.layers: Sequence[LayerInfo] = _layer_infos(config)
        self.num_layers = len(self.layers)
        self.store_noise()

    @property
    def adds_pictures(self) -> bool:
        """True if the picture is the sum over all resolutions."""
        return self.config.generator_architecture == "skip"

    def layers_at(self, lod: float) -> int:
        """Return how many layers are in use. ValueError for a level of detail without growing."""
        check_lod(self.config.generator_architecture, lod)
        size, _ = size_in_use(self.resolution, lod)
        return 2 * size.bit_length() - 4

    def weights_at(self, resolution: int) -> Iterator[nn.Parameter]:
        """Yield the weights of one resolution's layers."""
        if resolution == 4:
            yield self.const
        for layer, info in zip(self.synthesis_layers, self.layers, strict=False):
            if info.resolution == resolution:
                yield from layer.parameters()
        for modules in (self.to_rgb, self.shortcuts):
            if str(resolution) in modules:
                yield from modules[str(resolution)].parameters()

    def start(self, n: int, lod: float = 0.0, transform: Tensor | None = None) -> SynthesisState:
        """Return the learned constant for n images.

        Raises ValueError for a transform, and for a level of detail without the layout "growing".
        """
        check_start(self.config, 0, transform)  # without lod: a generator may grow by itself
        check_lod(self.config.generator_architecture, lod)
        return SynthesisState(self.const.expand(n, -1, -1, -1), lod=lod)

    def step(
        self, i: int, state: SynthesisState, w: Tensor | None, noise: Tensor | None
    ) -> SynthesisState:
        """Run layer i with w [N, D], and noise [N or 1, 1, h, w] or None; ToRGB takes none."""
        assert w is not None
        x, residual = state.x, state.residual
        if i % 2 == 0:  # the last convolution of a block
            x = self.synthesis_layers[i](x, w, noise)
            x = x if residual is None else x + residual
            return SynthesisState(x, i + 1, state.image, state.lod)
        image = self.to_image(state, w)
        if i == self.layers_at(state.lod) - 1:
            return SynthesisState(x, i + 1, image, state.lod)
        residual, x = self.shortcut(i, x), self.synthesis_layers[i](x, w, noise)
        return SynthesisState(x, i + 1, image, state.lod, residual)

    def shortcut(self, i: int, x: Tensor, doubles: bool = True) -> Tensor | None:
        """Run the short branch of the block that begins with layer i; None if it has none."""
        size = str(self.layers[i].resolution)
        return self.shortcuts[size](x, doubles) if size in self.shortcuts else None

    def to_image(self, state: SynthesisState, w_next: Tensor | None = None) -> Tensor | None:
        """Return the picture so far, [N, 3, h, w], or None if there is none yet.

        After the convolutions of a resolution, the ToRGB that comes next needs its row `w_next`.
        """
        if state.rows % 2 == 0:
            return state.image
        size = str(state.x.shape[-1])
        if w_next is None or size not in self.to_rgb:
            return None
        image: Tensor = self.to_rgb[size](state.x, w_next)
        return image if state.image is None else self._joined(image, state.image, state.lod)

    def _joined(self, image: Tensor, below: Tensor, lod: float) -> Tensor:
        """Join the picture at a resolution, [N, 3, h, w], with the one at half of it."""
        if self.adds_pictures:
            with torch.autocast(image.device.type, enabled=False):  # colours add up unrounded
                return image + fir.upsample(below, self.config.resample_filter)
        size, fade = size_in_use(self.resolution, lod)
        is_fading = fade > 0 and image.shape[-1] == size
        return image.lerp(ops.upsample_nearest(below), fade) if is_fading else image


def check_lod(architecture: BlockKind, lod: float) -> None:
    """Raise ValueError for a level of detail of a network that does not grow."""
    if lod and architecture != "growing":
        raise ValueError(f"StyleGAN 2 ({architecture}) does not grow: its level of detail is 0")


def _synthesis_layers(config: StyleGAN2Config) -> list[SynthesisLayer]:
    channels = config.channels(4)
    layers = [SynthesisLayer(config, channels, channels, up=False, scale=1.0)]
    scale = SQRT_HALF if config.generator_architecture == "resnet" else 1.0
    for resolution in config.resolutions[1:]:
        before, channels = channels, config.channels(resolution)
        layers.append(SynthesisLayer(config, before, channels, up=True, scale=1.0))
        layers.append(SynthesisLayer(config, channels, channels, up=False, scale=scale))
    return layers


def _shortcuts(config: StyleGAN2Config) -> dict[str, Shortcut]:
    if config.generator_architecture != "resnet":
        return {}
    doublings = pairwise(config.resolutions)
    return {str(b): Shortcut(config, config.channels(a), config.channels(b)) for a, b in doublings}


def _layer_infos(config: StyleGAN2Config) -> tuple[LayerInfo, ...]:
    convolutions = [(4, "0"), *((r, half) for r in config.resolutions[1:] for half in "01")]
    noise = config.noise_inputs
    infos = [
        LayerInfo(f"{r}x{r} {half}", r, config.channels(r), style_group(r), takes_noise=noise)
        for r, half in convolutions
    ]
    size, channels = config.resolution, config.image_channels
    last = LayerInfo(f"{size}x{size} ToRGB", size, channels, style_group(size), takes_noise=False)
    return (*infos, last)
