"""StyleGAN 3: Karras, Aittala, Laine, Haerkoenen, Hellsten, Lehtinen, Aila, "Alias-Free Generative
Adversarial Networks", NeurIPS 2021.

Row 0 of W+ turns and shifts the Fourier features that replace StyleGAN's constant, row i + 1 drives
layer i; there is no noise. The discriminator is StyleGAN 2's.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from stylegan_core.networks import ops, stylegan2
from stylegan_core.networks.contract import (
    Group,
    LayerByLayer,
    LayerInfo,
    check_start,
    required,
    style_group,
)
from stylegan_core.networks.ops import SQRT2
from stylegan_core.networks.stylegan3.config import StyleGAN3Config
from stylegan_core.networks.stylegan3.geometry import LayerSpec
from stylegan_core.networks.stylegan3.layers import FourierInput, SynthesisLayer


def sampling_group(rate: int) -> Group:
    """Return coarse, middle or fine by sampling rate.

    The lowest rate is 16, and a layer carries far less detail than its rate allows (figure 4b): at
    64 about as much as StyleGAN's layer at 16 x 16.
    """
    return style_group(rate // 4)


class MappingNetwork(nn.Module):
    """The network f: Z -> W. z and the embedded class are normalised separately, then joined.

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
            w = torch.cat([w, ops.normalize_2nd_moment(self.embed(required(c)))], dim=1)
        for dense in self.dense:
            w = ops.leaky_relu(dense(w)) * SQRT2
        return w


class SynthesisState(NamedTuple):
    """The features after some rows of W+, and the user's transform."""

    x: Tensor | None  # [N, C, h, w]; None before the input
    rows: int  # of W+ that have been used
    transform: Tensor  # [1 or N, 3, 3]


class AliasFreeGenerator(LayerByLayer, nn.Module):
    """StyleGAN 3's generator for any mapping network; see `contract.Generator`."""

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
        self.z_dim = config.z_dim
        self.c_dim = config.c_dim
        self.w_dim = config.w_dim
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
        """None for each layer: there is no noise."""
        return [None] * self.num_layers

    def mapping(self, z: Tensor, c: Tensor | None = None) -> Tensor:
        """Return w [N, D] for z [N, z_dim] and c [N, c_dim]. ValueError for a missing class."""
        w: Tensor = self.mapping_network(z, c)
        return w

    def start(self, n: int, lod: float = 0.0, transform: Tensor | None = None) -> SynthesisState:
        """Return a state that holds the transform only: [3, 3], or one for each image, [N, 3, 3].

        The transform leads from a point of this picture to the point of the network's own picture
        that is shown there (see `sampling.picture_transform`).
        """
        check_start(self.config, lod, transform)
        if transform is None:
            transform = torch.eye(3, device=self.input.weight.device)
        return SynthesisState(None, 0, transform.view(-1, 3, 3))

    def step(
        self, i: int, state: SynthesisState, w: Tensor | None, noise: Tensor | None
    ) -> SynthesisState:
        """Make the input from row 0 of W+, or run layer i - 1 with row i: w [N, D]; no noise."""
        if state.x is None:
            x = self.input(w, state.transform)
        else:
            x = self.synthesis_layers[i - 1](state.x, w)
        return SynthesisState(x, i + 1, state.transform)

    def to_image(self, state: SynthesisState, w_next: Tensor | None = None) -> Tensor | None:
        """Return the picture [N, 3, H, W] once all layers have run, else None."""
        if state.x is None or state.rows < self.num_layers:
            return None
        return state.x * self.config.output_scale


class Generator(AliasFreeGenerator):
    """The generator with StyleGAN 3's mapping network, where a dense layer embeds classes."""

    def __init__(self, config: StyleGAN3Config, card: Mapping[str, Any] | None = None) -> None:
        embed = ops.EqualLinear(config.c_dim, config.w_dim, 1.0) if config.c_dim else None
        mapping = MappingNetwork(config, embed, config.w_dim if config.c_dim else 0)
        super().__init__(config, card, mapping, torch.zeros(config.w_dim))

    def w_avg(self, c: Tensor | None = None) -> Tensor:
        """Return the running mean of f(z), [1, D]: one for all classes."""
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
    """StyleGAN 2's discriminator. Raises ValueError where the configuration has none."""

    def __init__(self, config: StyleGAN3Config) -> None:
        if config.discriminator is None:
            raise ValueError("its configuration has no sizes of a discriminator")
        super().__init__(config.discriminator)
