"""StyleGAN 2's activation and mapping network, without labels and with them in two ways."""

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from stylegan_core.networks import ops
from stylegan_core.networks.stylegan2.config import StyleGAN2Config

SQRT2 = math.sqrt(2)


def activate(x: Tensor, scale: float = 1.0, clamp: float | None = None) -> Tensor:
    """Leaky ReLU that keeps the variance, times a scale; bounded by `clamp` before the scale."""
    x = ops.leaky_relu(x) * (SQRT2 * scale)
    return x if clamp is None else x.clamp(-clamp * scale, clamp * scale)


class DenseLayer(ops.EqualLinear):
    """A layer of a mapping network."""

    def forward(self, x: Tensor) -> Tensor:
        return activate(super().forward(x))


def dense_layers(config: StyleGAN2Config, widths: Sequence[int]) -> nn.Sequential:
    """Layers from each width to the next, at the mapping network's learning rate."""
    learning = config.mapping_lr_multiplier
    return nn.Sequential(*(DenseLayer(a, b, 1.0, learning) for a, b in pairwise(widths)))


class MappingNetwork(nn.Module):
    """f: Z -> W. A class is joined to z: normalised by itself (embed), or before z is (concat)."""

    def __init__(self, config: StyleGAN2Config) -> None:
        super().__init__()
        embeds = config.c_dim and config.labels == "embed"
        joins = config.c_dim and config.labels == "concat"
        width = config.embed_width or config.w_dim
        self.embed = ops.EqualLinear(config.c_dim, width, gain=1.0) if embeds else None
        self.label = nn.Parameter(torch.randn(config.c_dim, config.z_dim)) if joins else None
        widths = [config.mapping_input] + [config.mapping_width] * config.mapping_depth
        if config.mapping_depth:
            widths[-1] = config.w_dim
        self.dense = dense_layers(config, widths)

    def forward(self, z: Tensor, c: Tensor | None = None) -> Tensor:
        """z [N, z_dim], c [N, c_dim] -> w [N, D]. ValueError if a class vector is missing."""
        w: Tensor = self.dense(self._joined(z, c))
        return w

    def _joined(self, z: Tensor, c: Tensor | None) -> Tensor:
        if self.embed is not None:
            y = ops.normalize_2nd_moment(self.embed(needed(c)))
            return torch.cat([ops.normalize_2nd_moment(z), y], dim=1)
        if self.label is not None:
            z = torch.cat([z, needed(c) @ self.label], dim=1)
        return ops.normalize_2nd_moment(z)


def needed(c: Tensor | None) -> Tensor:
    """The class vector of a conditional network. ValueError if there is none."""
    if c is None:
        raise ValueError("this network is conditional: it needs a class vector c")
    return c
