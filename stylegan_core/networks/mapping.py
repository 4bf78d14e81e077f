"""The mapping network of Karras et al. 2019 (figure 1b), and what generators with a W share.

A depth of zero leaves the normalised latent as it is, which is the paper's Z (table 4).
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Protocol

import torch
from torch import Tensor, nn

from stylegan_core.networks import ops
from stylegan_core.networks.checks import MAX_DEPTH, check_positive, check_whole
from stylegan_core.networks.contract import LayerByLayer, LayerInfo, required
from stylegan_core.networks.ops import SQRT2


class MappingSizes(Protocol):
    """The fields of a configuration that describe its mapping network."""

    @property
    def z_dim(self) -> int: ...
    @property
    def c_dim(self) -> int: ...
    @property
    def w_dim(self) -> int: ...
    @property
    def mapping_input(self) -> int: ...
    @property
    def mapping_width(self) -> int: ...
    @property
    def mapping_depth(self) -> int: ...
    @property
    def mapping_lr_multiplier(self) -> float: ...


def check_mapping(sizes: MappingSizes) -> None:
    """Raise ValueError for sizes that a mapping network cannot have."""
    check_positive("mapping_lr_multiplier", sizes.mapping_lr_multiplier)
    check_whole("mapping_depth", sizes.mapping_depth, 0, MAX_DEPTH)
    if sizes.mapping_depth == 0 and sizes.w_dim != sizes.mapping_input:
        joined = " with the class beside it" if sizes.c_dim else ""
        raise ValueError(
            f"without a mapping network w is z{joined}, so w_dim must be {sizes.mapping_input}, "
            f"not {sizes.w_dim}"
        )


def mapping_widths(sizes: MappingSizes) -> list[int]:
    """Return the widths between the layers of a mapping network, from its input to w."""
    if not sizes.mapping_depth:
        return [sizes.mapping_input]
    return [sizes.mapping_input, *[sizes.mapping_width] * (sizes.mapping_depth - 1), sizes.w_dim]


class MappingNetwork(nn.Module):
    """The network f: Z -> W. An embedded class is joined to z before both are normalised."""

    def __init__(self, sizes: MappingSizes) -> None:
        super().__init__()
        self.label = nn.Parameter(torch.randn(sizes.c_dim, sizes.z_dim)) if sizes.c_dim else None
        self.dense = nn.ModuleList(
            ops.EqualLinear(a, b, SQRT2, sizes.mapping_lr_multiplier)
            for a, b in pairwise(mapping_widths(sizes))
        )

    def forward(self, z: Tensor, c: Tensor | None = None) -> Tensor:  # [N, z_dim] -> [N, w_dim]
        if self.label is not None:
            z = torch.cat([z, required(c) @ self.label], dim=1)
        w = ops.normalize_2nd_moment(z)
        for dense in self.dense:
            w = ops.leaky_relu(dense(w))
        return w


class MappedGenerator(LayerByLayer, nn.Module):
    """The base of generators with a W: mapping, the running mean of w, stored noise."""

    layers: Sequence[LayerInfo]

    def __init__(self, sizes: MappingSizes, mapping_network: nn.Module) -> None:
        super().__init__()
        self.z_dim = sizes.z_dim
        self.c_dim = sizes.c_dim
        self.w_dim = sizes.w_dim
        self.mapping_network = mapping_network
        self.register_buffer("w_average", torch.zeros(sizes.w_dim))

    def store_noise(self) -> None:
        """Draw and keep a map for each layer that takes noise."""
        for i, layer in enumerate(self.layers):
            if layer.takes_noise:
                size = layer.resolution
                self.register_buffer(f"noise_{i}", torch.randn(1, 1, size, size))

    @property
    def stored_noise(self) -> Sequence[Tensor | None]:
        """The maps saved with the weights, [1, 1, h, w]; None for a layer that takes none."""
        return [
            self.get_buffer(f"noise_{i}") if layer.takes_noise else None
            for i, layer in enumerate(self.layers)
        ]

    def mapping(self, z: Tensor, c: Tensor | None = None) -> Tensor:
        """Return w [N, D] for z [N, z_dim] and c [N, c_dim]. ValueError for a missing class."""
        w: Tensor = self.mapping_network(z, c)
        return w

    def w_avg(self, c: Tensor | None = None) -> Tensor:
        """Return the running mean of w, [1, D], the same for all classes."""
        return self.get_buffer("w_average").unsqueeze(0)

    @torch.no_grad()
    def update_w_avg(self, w: Tensor, beta: float = 0.995) -> None:
        """Move the running mean towards the mean of w [N, D]."""
        self.get_buffer("w_average").lerp_(w.mean(dim=0), 1 - beta)
