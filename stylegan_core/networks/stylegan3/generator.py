"""StyleGAN 3: Karras, Aittala, Laine, Haerkoenen, Hellsten, Lehtinen, Aila, "Alias-Free Generative
Adversarial Networks", NeurIPS 2021.

Configurations T and R differ in the layers' specifications alone. Row 0 of W+ turns and shifts the
Fourier features that stand in for StyleGAN's constant, row i + 1 drives layer i; there is no noise.
The discriminator is StyleGAN 2's.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from stylegan_core.networks import ops, stylegan2
from stylegan_core.networks.contract import Group, LayerInfo, layer_by_layer, style_group
from stylegan_core.networks.stylegan2.config import StyleGAN2Config, nested
from stylegan_core.networks.stylegan3.geometry import MAX_WIDTH, LayerSpec, published_layers
from stylegan_core.networks.stylegan3.layers import FourierInput, SynthesisLayer

SQRT2 = math.sqrt(2)


@dataclass(frozen=True)
class StyleGAN3Config:
    """Every size of the generator; the defaults are configuration T at 1024 x 1024.

    `discriminator` has the sizes of StyleGAN 2's, where there is one.
    """

    resolution: int = 1024
    z_dim: int = 512
    w_dim: int = 512
    mapping_depth: int = 2
    mapping_lr_multiplier: float = 0.01
    c_dim: int = 0
    output_scale: float = 0.25
    layers: tuple[LayerSpec, ...] = field(default_factory=lambda: published_layers(1024))
    discriminator: StyleGAN2Config | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "discriminator", nested(self.discriminator))
        layers = (s if isinstance(s, LayerSpec) else LayerSpec(**s) for s in self.layers)
        object.__setattr__(self, "layers", tuple(layers))  # a card has them as JSON
        for name in ("resolution", "z_dim", "w_dim", "c_dim", "mapping_depth"):
            value = getattr(self, name)
            least = 0 if name == "c_dim" else 1
            if not isinstance(value, int) or not least <= value <= MAX_WIDTH:
                raise ValueError(f"{name} must be from {least} to {MAX_WIDTH}, not {value!r}")
        for name in ("mapping_lr_multiplier", "output_scale"):
            if not 0 < float(getattr(self, name)) < math.inf:
                raise ValueError(f"{name} must be above zero, not {getattr(self, name)!r}")
        if not 2 <= len(self.layers) <= 64 or self.mapping_depth > 64:
            raise ValueError("there must be from 2 to 64 layers, of the mapping at most 64")
        for before, after in pairwise(self.layers):
            if (before.channels, before.size) != (after.channels_in, after.size_in):
                raise ValueError(f"{after.name} must begin where {before.name} ends")
        if self.layers[-1].size != self.resolution:
            raise ValueError(f"the last layer must be {self.resolution} px wide")


def sampling_group(rate: int) -> Group:
    """Coarse, middle or fine by sampling rate.

    The lowest is 16, and a layer carries far less than its rate would (figure 4b): at 64 about what
    StyleGAN's has at 16 x 16.
    """
    return style_group(rate // 4)


class MappingNetwork(nn.Module):
    """f: Z -> W. z and, if any, the embedded class are normalised, each for itself, and joined.

    `embed` turns class vectors [N, c_dim] into [N, class_width].
    """

    def __init__(
        self, config: StyleGAN3Config, embed: nn.Module | None = None, class_width: int = 0
    ) -> None:
        super().__init__()
        self.embed = embed
        widths = [config.z_dim + class_width] + [config.w_dim] * config.mapping_depth
        self.dense = nn.ModuleList(
            ops.EqualLinear(a, b, 1.0, config.mapping_lr_multiplier) for a, b in pairwise(widths)
        )

    def forward(self, z: Tensor, c: Tensor | None = None) -> Tensor:  # [N, z_dim] -> [N, w_dim]
        w = ops.normalize_2nd_moment(z)
        if self.embed is not None:
            if c is None:
                raise ValueError("this network is conditional: it needs a class vector c")
            w = torch.cat([w, ops.normalize_2nd_moment(self.embed(c))], dim=1)
        for dense in self.dense:
            w = ops.leaky_relu(dense(w)) * SQRT2
        return w


class SynthesisState(NamedTuple):
    """Where synthesis stands: the features, the rows of W+ used, and the user's transform."""

    x: Tensor | None  # [N, C, h, w]; None before the input
    rows: int
    transform: Tensor  # [1 or N, 3, 3]


class AliasFreeGenerator(nn.Module):
    """StyleGAN 3's generator but for its mapping network; see `contract.Generator`."""

    def __init__(
        self,
        config: StyleGAN3Config,
        card: Mapping[str, Any] | None,
        mapping_network: MappingNetwork,
        w_average: Tensor,
    ) -> None:
        super().__init__()
        self.config = config
        self.card: Mapping[str, Any] = card or {}
        self.z_dim, self.c_dim, self.w_dim = config.z_dim, config.c_dim, config.w_dim
        self.resolution = config.resolution
        self.mapping_network = mapping_network
        self.input = FourierInput(config.layers[0], config.w_dim)
        self.synthesis_layers = nn.ModuleList(
            SynthesisLayer(spec, config.w_dim) for spec in config.layers
        )
        self.layers: Sequence[LayerInfo] = _layer_infos(config.layers)
        self.num_layers = len(self.layers)
        self.register_buffer("w_average", w_average)

    @property
    def stored_noise(self) -> Sequence[None]:
        """One None for each layer: there is no noise."""
        return [None] * self.num_layers

    def mapping(self, z: Tensor, c: Tensor | None = None) -> Tensor:
        """z [N, z_dim], c [N, c_dim] -> w [N, D]. ValueError if a class vector is missing."""
        w: Tensor = self.mapping_network(z, c)
        return w

    def start(self, n: int, lod: float = 0.0, transform: Tensor | None = None) -> SynthesisState:
        """Nothing yet but the transform: [3, 3], or one for each image, [N, 3, 3].

        It says where in the network's own picture a point of this picture is taken from (see
        `sampling.picture_moved`).
        """
        if lod:
            raise ValueError("StyleGAN 3 does not grow: it has its full resolution only")
        if transform is None:
            transform = torch.eye(3, device=self.input.weight.device)
        return SynthesisState(None, 0, transform.view(-1, 3, 3))

    def step(
        self, i: int, state: SynthesisState, w: Tensor | None, noise: Tensor | None
    ) -> SynthesisState:
        """Row 0 makes the input, row i runs layer i - 1: w [N, D]. There is no noise to add."""
        if state.x is None:
            x = self.input(w, state.transform)
        else:
            x = self.synthesis_layers[i - 1](state.x, w)
        return SynthesisState(x, i + 1, state.transform)

    def to_image(self, state: SynthesisState, w_next: Tensor | None = None) -> Tensor | None:
        """The picture [N, 3, H, W] once all layers have run, else None."""
        if state.x is None or state.rows < self.num_layers:
            return None
        return state.x * self.config.output_scale

    def synthesis(
        self, ws: Tensor, noise: Sequence[Tensor | None] | None = None, lod: float = 0.0
    ) -> Tensor:
        """ws [N, L, D] -> images [N, 3, H, W]."""
        return layer_by_layer(self, ws, noise, lod)


class Generator(AliasFreeGenerator):
    """The generator with StyleGAN 3's mapping network: classes are embedded by a dense layer."""

    def __init__(self, config: StyleGAN3Config, card: Mapping[str, Any] | None = None) -> None:
        embed = ops.EqualLinear(config.c_dim, config.w_dim, 1.0) if config.c_dim else None
        mapping = MappingNetwork(config, embed, config.w_dim if config.c_dim else 0)
        super().__init__(config, card, mapping, torch.zeros(config.w_dim))

    def w_avg(self, c: Tensor | None = None) -> Tensor:
        """The running mean of f(z), [1, D]; one for all classes."""
        return self.get_buffer("w_average").unsqueeze(0)


def _layer_infos(layers: Sequence[LayerSpec]) -> tuple[LayerInfo, ...]:
    first = layers[0]
    rows = [("input", first.rate_in, first.channels_in)]
    rows += [(spec.name.split("_")[0], spec.rate, spec.channels) for spec in layers]
    return tuple(
        LayerInfo(
            f"{rate}x{rate} {name}",
            rate,
            channels,
            sampling_group(rate),
            takes_noise=False,
        )
        for name, rate, channels in rows
    )


class Discriminator(stylegan2.Discriminator):
    """StyleGAN 2's. ValueError where the configuration has none."""

    def __init__(self, config: StyleGAN3Config) -> None:
        if config.discriminator is None:
            raise ValueError("there is no discriminator of StyleGAN 2's kind beside it")
        super().__init__(config.discriminator)
