"""StyleGAN: Karras, Laine, Aila, "A Style-Based Generator Architecture for Generative Adversarial
Networks", CVPR 2019.

The generator follows the contract of `contract.py` and grows progressively, as does its
discriminator, which is ProGAN's.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stylegan_core.networks import ops
from stylegan_core.networks.contract import LayerInfo, style_group
from stylegan_core.networks.mapping import SQRT2, MappedGenerator, MappingNetwork
from stylegan_core.networks.progan import Discriminator, ProGANConfig, size_in_use

__all__ = ["Discriminator", "Generator", "StyleGAN1Config", "SynthesisLayer", "SynthesisState"]


@dataclass(frozen=True)
class StyleGAN1Config(ProGANConfig):
    """Every size of the two networks; the defaults are the paper's at 1024 x 1024."""

    mapping_depth: int = 8
    latent_input: bool = False  # w enters through a dense layer, not a constant (configuration C)
    noise_inputs: bool = True  # from configuration E on
    skip_outputs: bool = False  # the picture is the sum over all resolutions' ToRGB
    bias_before_blur: bool = False  # where a layer upsamples, as rosinality's code has it
    norm_epsilon: float = 1e-8  # of AdaIN

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.norm_epsilon < 1:
            raise ValueError(f"norm_epsilon must be between 0 and 1, not {self.norm_epsilon}")

    @property
    def is_plain(self) -> bool:
        """Whether it is the paper's generator or rosinality's, with or without its noise."""
        return self.blur and not self.latent_input and not self.skip_outputs


class SynthesisLayer(nn.Module):
    """One layer of figure 1b: convolution, noise, bias, leaky ReLU, AdaIN.

    The first layer of all has no convolution, the first of every further resolution upsamples.
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
        self.blur, self.bias_before_blur = config.blur, config.bias_before_blur
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
        """Convolution and bias, [N, I, h, w] -> [N, O, h', w']."""
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
    """Where synthesis stands: the features, and the lower-resolution picture to fade from or add
    to.
    """

    x: Tensor  # [N, C, h, w]
    lod: float
    below: Tensor | None = None  # [N, 3, h/2, w/2]


class Generator(MappedGenerator):
    """The style-based generator; see `contract.Generator` for what its members mean."""

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
        """Whether the picture is the sum over all resolutions."""
        return self.config.skip_outputs

    def layers_at(self, lod: float) -> int:
        """How many layers are in use at a level of detail."""
        size, _ = size_in_use(self.resolution, lod)
        return 2 * (size.bit_length() - 2)

    def weights_at(self, resolution: int) -> Iterator[nn.Parameter]:
        """The weights of one resolution's layers."""
        if resolution == 4:
            yield self.dense if self.config.latent_input else self.const
        k = resolution.bit_length() - 3
        for part in (*self.synthesis_layers[2 * k : 2 * k + 2], self.to_rgb[k]):
            yield from part.parameters()

    def start(self, n: int, lod: float = 0.0, transform: Tensor | None = None) -> SynthesisState:
        """The learned constant for n images. StyleGAN 1 has no input transform to set."""
        if transform is not None:
            raise ValueError("StyleGAN 1 cannot move its input: it has no transform")
        if self.config.latent_input:
            return SynthesisState(self.dense.new_zeros(n, 0, 4, 4), lod)
        return SynthesisState(self.const.expand(n, -1, -1, -1), lod)

    def step(
        self, i: int, state: SynthesisState, w: Tensor | None, noise: Tensor | None
    ) -> SynthesisState:
        """Run layer i: w [N, D], noise [N or 1, 1, h, w] or None."""
        x, below = state.x, state.below
        assert w is not None
        if i == 0 and self.config.latent_input:
            x = F.linear(w, self.dense * (SQRT2 / 4 / self.w_dim**0.5)).view(len(w), -1, 4, 4)
        if i % 2 == 0 and i > 0 and self._needs_below(self.layers[i].resolution, state.lod):
            below = self.to_image(state)
        return SynthesisState(self.synthesis_layers[i](x, w, noise), state.lod, below)

    def _needs_below(self, size: int, lod: float) -> bool:
        """Whether the picture at a size is made with the one at half of it."""
        top, fade = size_in_use(self.resolution, lod)
        return self.adds_pictures or (fade > 0 and size == top)

    def to_image(self, state: SynthesisState, w_next: Tensor | None = None) -> Tensor:
        """The picture at the state's own resolution, [N, 3, h, w]."""
        size = state.x.shape[-1]
        image: Tensor = self.to_rgb[size.bit_length() - 3](state.x)
        if state.below is None:
            return image
        below = ops.upsample_nearest(state.below)
        if self.adds_pictures:
            return image + ops.blur(below)
        return image.lerp(below, size_in_use(self.resolution, state.lod)[1])

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
