"""StyleGAN: Karras, Laine, Aila, "A Style-Based Generator Architecture for Generative Adversarial
Networks", CVPR 2019.

The generator grows progressively, as does its discriminator, which is ProGAN's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stylegan_core.networks import ops
from stylegan_core.networks.checks import check_flags, check_positive
from stylegan_core.networks.contract import LayerInfo, check_start, style_group
from stylegan_core.networks.levels import size_in_use
from stylegan_core.networks.mapping import MappedGenerator, MappingNetwork
from stylegan_core.networks.ops import SQRT2
from stylegan_core.networks.progan import Discriminator, ProGANConfig

if TYPE_CHECKING:
    from typing import Self

__all__ = ["Discriminator", "Generator", "StyleGAN1Config", "SynthesisLayer", "SynthesisState"]


@dataclass(frozen=True)
class StyleGAN1Config(ProGANConfig):
    """The sizes of both networks, ProGAN's included; defaults as in the paper at 1024 x 1024."""

    mapping_depth: int = 8  # layers of the mapping network; 0: w is the normalised z
    latent_input: bool = False  # w enters through a dense layer, not a constant (configuration C)
    noise_inputs: bool = True  # every layer adds noise (from configuration E on)
    skip_outputs: bool = False  # the picture is the sum over all resolutions' ToRGB
    bias_before_blur: bool = False  # in layers that upsample; True in rosinality's code
    norm_epsilon: float = 1e-8  # of AdaIN's variance

    def __post_init__(self) -> None:
        check_flags(self, ("latent_input", "noise_inputs", "skip_outputs", "bias_before_blur"))
        check_positive("norm_epsilon", self.norm_epsilon, below=1)
        super().__post_init__()

    @classmethod
    def smallest(cls) -> Self:
        """See `NetworkConfig`."""
        return replace(super().smallest(), mapping_depth=2)

    @property
    def takes_noise(self) -> bool:
        """True from the paper's configuration E on."""
        return self.noise_inputs

    @property
    def shows_early(self) -> bool:
        """True: every resolution has its own ToRGB."""
        return True

    @property
    def grows(self) -> bool:
        """False for skip outputs, whose sum over all resolutions has nothing to fade."""
        return not self.skip_outputs

    @property
    def fits_new_layers(self) -> bool:
        """See `TrainableConfig`."""
        return True

    @property
    def widens(self) -> bool:
        """True: AdaIN normalises each feature map by itself, so new ones leave the others alone."""
        return True

    @property
    def is_plain(self) -> bool:
        """True for the paper's generator and rosinality's, with noise or without."""
        return self.blur and not self.latent_input and not self.skip_outputs


class SynthesisLayer(nn.Module):
    """One layer of figure 1b: convolution, noise, bias, leaky ReLU, AdaIN.

    The network's first layer has no convolution; the first of every further resolution upsamples.
    """

    def __init__(
        self, config: StyleGAN1Config, channels_in: int, resolution: int, up: bool
    ) -> None:
        super().__init__()
        channels = config.channels(resolution)
        self.conv = (
            ops.EqualConv2d(channels_in, channels, 3, SQRT2, bias=False) if channels_in else None
        )
        self.up = up
        self.fused = up and resolution >= config.fused_resolution
        self.blur = config.blur
        self.bias_before_blur = config.bias_before_blur
        self.norm_epsilon = config.norm_epsilon
        self.noise_strength = nn.Parameter(torch.zeros(channels)) if config.noise_inputs else None
        self.bias = nn.Parameter(torch.zeros(channels))
        self.affine = ops.EqualLinear(config.w_dim, 2 * channels, gain=1.0)

    def forward(self, x: Tensor, w: Tensor, noise: Tensor | None) -> Tensor:
        x = self._convolved(x)
        if noise is not None and self.noise_strength is not None:
            x = torch.addcmul(x, self.noise_strength.view(1, -1, 1, 1), noise)
        return ops.adaptive_instance_norm(ops.leaky_relu(x), self.affine(w), self.norm_epsilon)

    def _convolved(self, x: Tensor) -> Tensor:
        """Apply convolution and bias: [N, I, h, w] -> [N, O, h', w']."""
        bias = self.bias.view(1, -1, 1, 1)
        if self.conv is None:
            return x + bias
        if not self.up:
            convolved: Tensor = self.conv(x)
            return convolved + bias
        x = ops.upsample_conv(x, self.conv.scaled_weight(), self.fused)
        if self.bias_before_blur:
            return self._blurred(x + bias)
        return self._blurred(x) + bias

    def _blurred(self, x: Tensor) -> Tensor:
        return ops.blur(x) if self.blur else x


class SynthesisState(NamedTuple):
    """The features after a layer, and the picture at half their resolution if it is needed."""

    x: Tensor  # [N, C, h, w]
    lod: float
    below: Tensor | None = None  # [N, 3, h/2, w/2], which fades out or is added to


class Generator(MappedGenerator):
    """The style-based generator; `contract.Generator` documents its members."""

    def __init__(self, config: StyleGAN1Config, card: Mapping[str, Any] | None = None) -> None:
        super().__init__(config, MappingNetwork(config))
        self.config = config
        self.card: Mapping[str, Any] = card or {}
        self.resolution = config.resolution
        shape = (config.channels(4), 4, 4)
        if config.latent_input:
            self.dense = nn.Parameter(torch.randn(shape[0] * 16, config.w_dim))
        else:
            self.const = nn.Parameter(torch.ones(1, *shape))
        self.synthesis_layers = nn.ModuleList(_synthesis_layers(config))
        self.to_rgb = nn.ModuleList(
            ops.EqualConv2d(config.channels(r), config.image_channels, 1, gain=1.0)
            for r in config.resolutions
        )
        self.layers: Sequence[LayerInfo] = _layer_infos(config)
        self.num_layers = len(self.layers)
        self.store_noise()

    @property
    def adds_pictures(self) -> bool:
        """True if the picture is the sum over all resolutions."""
        return self.config.skip_outputs

    def layers_at(self, lod: float) -> int:
        """Return how many layers are in use at a level of detail."""
        size, _ = size_in_use(self.resolution, lod)
        return 2 * (size.bit_length() - 2)

    def weights_at(self, resolution: int) -> Iterator[nn.Parameter]:
        """Yield the weights of one resolution's layers."""
        if resolution == 4:
            yield self.dense if self.config.latent_input else self.const
        k = resolution.bit_length() - 3
        for layer in (*self.synthesis_layers[2 * k : 2 * k + 2], self.to_rgb[k]):
            yield from layer.parameters()

    def start(self, n: int, lod: float = 0.0, transform: Tensor | None = None) -> SynthesisState:
        """Return the learned constant for n images. Raises ValueError for a transform."""
        check_start(self.config, lod, transform)
        if self.config.latent_input:
            return SynthesisState(self.dense.new_zeros(n, 0, 4, 4), lod)
        return SynthesisState(self.const.expand(n, -1, -1, -1), lod)

    def step(
        self, i: int, state: SynthesisState, w: Tensor | None, noise: Tensor | None
    ) -> SynthesisState:
        """Run layer i with w [N, D], and noise [N or 1, 1, h, w] or None."""
        x, below = state.x, state.below
        assert w is not None
        if i == 0 and self.config.latent_input:
            x = F.linear(w, self.dense * (SQRT2 / 4 / self.w_dim**0.5)).view(len(w), -1, 4, 4)
        if i % 2 == 0 and i > 0 and self._needs_below(self.layers[i].resolution, state.lod):
            below = self.to_image(state)
        return SynthesisState(self.synthesis_layers[i](x, w, noise), state.lod, below)

    def _needs_below(self, size: int, lod: float) -> bool:
        """Tell whether the picture at a size is joined with the one at half that size."""
        top, fade = size_in_use(self.resolution, lod)
        return self.adds_pictures or (fade > 0 and size == top)

    def to_image(self, state: SynthesisState, w_next: Tensor | None = None) -> Tensor:
        """Return the picture at the state's own resolution, [N, 3, h, w]."""
        size = state.x.shape[-1]
        image: Tensor = self.to_rgb[size.bit_length() - 3](state.x)
        if state.below is None:
            return image
        below = ops.upsample_nearest(state.below)
        if self.adds_pictures:
            return image + ops.blur(below)
        return image.lerp(below, size_in_use(self.resolution, state.lod)[1])


def _synthesis_layers(config: StyleGAN1Config) -> list[SynthesisLayer]:
    layers = []
    previous = 0
    for resolution in config.resolutions:
        layers += [
            SynthesisLayer(config, previous, resolution, up=resolution > 4),
            SynthesisLayer(config, config.channels(resolution), resolution, up=False),
        ]
        previous = config.channels(resolution)
    return layers


def _layer_infos(config: StyleGAN1Config) -> tuple[LayerInfo, ...]:
    return tuple(
        LayerInfo(
            f"{r}x{r} {half}",
            r,
            config.channels(r),
            style_group(r),
            takes_noise=config.noise_inputs,
        )
        for r in config.resolutions
        for half in (0, 1)
    )
