"""The fast forms of generators: what they offer beyond the contract, and what they share."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from stylegan_core.networks import contract, ops
from stylegan_core.networks.contract import LayerInfo

BLOCK_ELEMENTS = 2**19
"""2 MB: what a processor's cache holds beside the block's source and a spare one."""


class InferenceGenerator(contract.Generator, Protocol):
    """A generator whose `step` is `finish` after `convolve`; either state can be kept. A state has
    its features [N, C, h, w] in `x`.
    """

    style_first: bool  # whether the style acts in `convolve` (or else in `finish`)
    shows_early: bool  # whether a picture can be shown after each resolution

    def convolve(self, i: int, state: Any, w: Tensor | None) -> Any:
        """The first half of layer i: up to where noise is added. The given state stays."""
        ...

    def finish(self, i: int, state: Any, w: Tensor | None, noise: Tensor | None) -> Any:
        """The second half of layer i, from the noise on. The given state stays."""
        ...


class FastForm(InferenceGenerator):
    """A `contract.Generator` made of another one, whose weights must not change any more.

    Features and convolutions have `dtype`; styles, statistics and pictures stay in float32.
    """

    def __init__(self, generator: contract.Generator, dtype: torch.dtype = torch.float32) -> None:
        self._generator, self.dtype = generator, dtype
        self.z_dim, self.c_dim, self.w_dim = generator.z_dim, generator.c_dim, generator.w_dim
        self.num_layers, self.resolution = generator.num_layers, generator.resolution
        self.layers: Sequence[LayerInfo] = generator.layers
        self.card: Mapping[str, Any] = generator.card

    @property
    def stored_noise(self) -> Sequence[Tensor | None]:
        """See the contract."""
        return self._generator.stored_noise

    def w_avg(self, c: Tensor | None = None) -> Tensor | None:
        """See the contract."""
        return self._generator.w_avg(c)

    def mapping(self, z: Tensor, c: Tensor | None = None) -> Tensor:
        """See the contract."""
        return self._generator.mapping(z, c)

    def step(self, i: int, state: Any, w: Tensor | None, noise: Tensor | None) -> Any:
        """Both halves of layer i."""
        return self.finish(i, self.convolve(i, state, w), w, noise)

    def synthesis(
        self, ws: Tensor, noise: Sequence[Tensor | None] | None = None, lod: float = 0.0
    ) -> Tensor:
        """ws [N, L, D] and one noise map or None per layer -> images [N, 3, h, w]."""
        return contract.layer_by_layer(self, ws, noise, lod)


def laid_out(x: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
    """Channels last: on a CPU the faster layout of nearly everything (docs/performance.md)."""
    return x.to(dtype, memory_format=torch.channels_last)


def rows_at_once(x: Tensor) -> int:
    """Rows of a block of x [N, C, h, w] that the cache holds, a power of two as the height is; a
    device with its own memory takes all.
    """
    n, channels, height, width = x.shape
    if x.device.type != "cpu":
        return height
    rows = max(1, BLOCK_ELEMENTS // (n * channels * width))
    return min(height, 1 << (rows.bit_length() - 1))


def activate_into(out: Tensor, x: Tensor, strength: Tensor | None, noise: Tensor | None) -> None:
    """Noise times its strength and leaky ReLU, from x to out [N, C, h, w]; None is no noise."""
    if noise is None or strength is None:
        out.copy_(x)
    else:
        torch.addcmul(x, strength, noise, out=out)
    F.leaky_relu_(out, ops.LEAK)
