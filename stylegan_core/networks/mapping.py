"""From latents to styles: the mapping network of Karras et al. 2019 (figure 1b), the centre of W.

A depth of zero leaves the normalised latent as it is, which is the paper's Z (table 4).
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Protocol

import torch
from torch import Tensor, nn

from stylegan_core.networks import ops
from stylegan_core.networks.contract import LayerInfo

SQRT2 = 2**0.5


class MappingSizes(Protocol):
    """What a configuration says of its mapping network."""

    @property
    def z_dim(self) -> int: ...
    @property
    def c_dim(self) -> int: ...
    @property
    def w_dim(self) -> int: ...
    @property
    def mapping_width(self) -> int: ...
    @property
    def mapping_depth(self) -> int: ...
    @property
    def mapping_lr_multiplier(self) -> float: ...


def check_mapping(sizes: MappingSizes) -> None:
    """Raise ValueError for sizes that no mapping network has."""
    if not sizes.mapping_lr_multiplier > 0:
        raise ValueError("the learning-rate multiplier of the mapping must be above zero")
    if not 0 <= sizes.mapping_depth <= 64:
        raise ValueError(f"mapping depth must be from 0 to 64, not {sizes.mapping_depth}")
    check_no_mapping(sizes, sizes.z_dim * (2 if sizes.c_dim else 1))


def check_no_mapping(sizes: MappingSizes, width: int) -> None:
    """Raise ValueError where there is no mapping network and w is not what would enter it."""
    if sizes.mapping_depth == 0 and sizes.w_dim != width:
        joined = " with the class beside it" if sizes.c_dim else ""
        raise ValueError(
            f"without a mapping network w is z{joined}, so w_dim must be {width}, not {sizes.w_dim}"
        )


class MappingNetwork(nn.Module):
    """f: Z -> W. Labels, if any, are embedded and joined to z before it is normalised."""

    def __init__(self, sizes: MappingSizes) -> None:
        super().__init__()
        self.label = nn.Parameter(torch.randn(sizes.c_dim, sizes.z_dim)) if sizes.c_dim else None
        width_in = sizes.z_dim * (2 if sizes.c_dim else 1)
        widths = [width_in] + [sizes.mapping_width] * sizes.mapping_depth
        if sizes.mapping_depth:
            widths[-1] = sizes.w_dim
        self.dense = nn.ModuleList(
            ops.EqualLinear(a, b, SQRT2, sizes.mapping_lr_multiplier) for a, b in pairwise(widths)
        )

    def forward(self, z: Tensor, c: Tensor | None = None) -> Tensor:  # [N, z_dim] -> [N, w_dim]
        if self.label is not None:
            if c is None:
                raise ValueError("this network is conditional: it needs a class vector c")
            z = torch.cat([z, c @ self.label], dim=1)
        w = ops.normalize_2nd_moment(z)
        for dense in self.dense:
            w = ops.leaky_relu(dense(w))
        return w


class MappedGenerator(nn.Module):
    """What the generators with a W share: from z to w, the running mean of w, stored noise."""

    layers: Sequence[LayerInfo]

    def __init__(self, sizes: MappingSizes, mapping_network: nn.Module) -> None:
        super().__init__()
        self.z_dim, self.c_dim, self.w_dim = sizes.z_dim, sizes.c_dim, sizes.w_dim
        self.mapping_network = mapping_network
        self.register_buffer("w_average", torch.zeros(sizes.w_dim))

    def store_noise(self) -> None:
        """Draw a map for each layer that takes noise."""
        for i, layer in enumerate(self.layers):
            if layer.takes_noise:
                size = layer.resolution
                self.register_buffer(f"noise_{i}", torch.randn(1, 1, size, size))

    @property
    def stored_noise(self) -> Sequence[Tensor | None]:
        """The noise maps of the file, one [1, 1, h, w] for each layer, None where it takes none."""
        return [
            self.get_buffer(f"noise_{i}") if layer.takes_noise else None
            for i, layer in enumerate(self.layers)
        ]

    def mapping(self, z: Tensor, c: Tensor | None = None) -> Tensor:
        """z [N, z_dim], c [N, c_dim] -> w [N, D]. ValueError if a class vector is missing."""
        w: Tensor = self.mapping_network(z, c)
        return w

    def w_avg(self, c: Tensor | None = None) -> Tensor:
        """The running mean of f(z), [1, D]; one for all classes."""
        return self.get_buffer("w_average").unsqueeze(0)

    @torch.no_grad()
    def update_w_avg(self, w: Tensor, beta: float = 0.995) -> None:
        """Move the running mean towards the mean of w [N, D]."""
        self.get_buffer("w_average").lerp_(w.mean(dim=0), 1 - beta)
