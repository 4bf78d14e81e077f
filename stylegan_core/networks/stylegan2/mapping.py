"""The activation of StyleGAN 2 and its mapping network, with classes in either of two ways."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from stylegan_core.networks import ops
from stylegan_core.networks.contract import required
from stylegan_core.networks.mapping import mapping_widths
from stylegan_core.networks.ops import SQRT2
from stylegan_core.networks.stylegan2.config import StyleGAN2Config


def activate(x: Tensor, scale: float = 1.0, clamp: float | None = None) -> Tensor:
    """Apply leaky ReLU with a gain that keeps the variance, clamp the result, then scale it."""
    x = ops.leaky_relu(x) * (SQRT2 * scale)
    return x if clamp is None else x.clamp(-clamp * scale, clamp * scale)


class DenseLayer(ops.EqualLinear):
    """A layer of a mapping network."""

    def forward(self, x: Tensor) -> Tensor:
        return activate(super().forward(x))


def dense_layers(config: StyleGAN2Config, widths: Sequence[int]) -> nn.Sequential:
    """Make layers from each width to the next, at the mapping network's learning rate."""
    multiplier = config.mapping_lr_multiplier
    return nn.Sequential(*(DenseLayer(a, b, 1.0, multiplier) for a, b in pairwise(widths)))


class MappingNetwork(nn.Module):
    """The network f: Z -> W; `config.Labels` describes how a class enters it."""

    def __init__(self, config: StyleGAN2Config) -> None:
        super().__init__()
        embeds = config.c_dim and config.labels == "embed"
        joins = config.c_dim and config.labels == "concat"
        width = config.embed_width or config.w_dim
        self.embed = ops.EqualLinear(config.c_dim, width, gain=1.0) if embeds else None
        self.label = nn.Parameter(torch.randn(config.c_dim, config.z_dim)) if joins else None
        self.dense = dense_layers(config, mapping_widths(config))

    def forward(self, z: Tensor, c: Tensor | None = None) -> Tensor:
        """Return w [N, D] for z [N, z_dim] and c [N, c_dim]. ValueError for a missing class."""
        w: Tensor = self.dense(self._with_class(z, c))
        return w

    def _with_class(self, z: Tensor, c: Tensor | None) -> Tensor:
        if self.embed is not None:
            y = ops.normalize_2nd_moment(self.embed(required(c)))
            return torch.cat([ops.normalize_2nd_moment(z), y], dim=1)
        if self.label is not None:
            z = torch.cat([z, required(c) @ self.label], dim=1)
        return ops.normalize_2nd_moment(z)
