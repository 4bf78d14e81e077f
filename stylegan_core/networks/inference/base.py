"""The contract of generators for inference, and what they share.

They make the same pictures as the generators that training uses, but faster, and each layer is two
halves, so that after a change of its style or noise the first half can be kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from stylegan_core.networks import contract, ops
from stylegan_core.networks.contract import LayerByLayer, LayerInfo, check_start

BLOCK_ELEMENTS = 2**19
"""2 MB of float32: a CPU's cache holds a block of this size, its source and a spare block."""


class InferenceGenerator(contract.Generator, Protocol):
    """A generator whose `step` is `finish` after `convolve`; the states of both can be kept."""

    style_first: bool  # True if the style acts in `convolve`, False if in `finish`
    reduces: bool  # True if the network has `reduced`

    def reduced(self, size: int) -> InferenceGenerator:
        """Return a quick network, whose layers above `size` px run at that size without noise.

        Its layers up to `size` px are the same, so that it can go on from their states, and its
        `resolution` is `size`. Each layer keeps its style, which gives the colours of the full
        picture; the detail that upper layers draw between its pixels is missing. Raises ValueError
        for a network without it.
        """
        ...

    def convolve(self, i: int, state: Any, w: Tensor | None) -> Any:
        """Run the first half of layer i, up to its noise. The given state stays as it is."""
        ...

    def finish(self, i: int, state: Any, w: Tensor | None, noise: Tensor | None) -> Any:
        """Run the second half of layer i, from its noise on. The given state stays as it is."""
        ...


class InferenceBase(LayerByLayer):
    """The base of generators for inference, whose source must not change its weights any more.

    Features and convolutions have `dtype`; styles, statistics and pictures stay in float32.
    """

    reduces = False

    def __init__(self, generator: contract.Generator, dtype: torch.dtype = torch.float32) -> None:
        self._generator = generator
        self.dtype = dtype
        self.config = generator.config
        self.z_dim = generator.z_dim
        self.c_dim = generator.c_dim
        self.w_dim = generator.w_dim
        self.num_layers = generator.num_layers
        self.resolution = generator.resolution
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

    def reduced(self, size: int) -> InferenceGenerator:
        """See the contract."""
        raise ValueError("this network has no quick pictures")

    def step(
        self: InferenceGenerator, i: int, state: Any, w: Tensor | None, noise: Tensor | None
    ) -> Any:
        """Run both halves of layer i."""
        return self.finish(i, self.convolve(i, state, w), w, noise)


def check_full_resolution(
    config: contract.NetworkConfig, lod: float, transform: Tensor | None
) -> None:
    """Raise ValueError for a level of detail, and for a transform that a network does not have."""
    check_start(config, lod, transform)
    if lod:
        raise ValueError("levels of detail belong to training; inference has the full resolution")


def laid_out(x: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
    """Move channels last, the faster layout on a CPU at most sizes (docs/performance.md)."""
    return x.to(dtype, memory_format=torch.channels_last)


def reduced_kernel(weight: Tensor, scale: int) -> Tensor:
    """Return the kernel that acts among squares of `scale` x `scale` pixels as `weight` among them.

    `weight` [O, I, 3, 3] correlates. Along each axis, the next pixel lies in the next square for
    one of `scale` pixels, and in the same square for the others.
    """
    across = 1 / scale
    taps = weight.new_tensor([[across, 0, 0], [1 - across, 1, 1 - across], [0, 0, across]])
    return (weight.flatten(2) @ torch.kron(taps, taps).T).view_as(weight)


def rows_at_once(x: Tensor) -> int:
    """Return how many rows of x [N, C, h, w] make a block that a CPU's cache holds.

    The number is a power of two, as the height is. Devices other than the CPU take all rows.
    """
    n, channels, height, width = x.shape
    if x.device.type != "cpu":
        return height
    rows = max(1, BLOCK_ELEMENTS // (n * channels * width))
    return min(height, 1 << (rows.bit_length() - 1))


def activate_into(out: Tensor, x: Tensor, strength: Tensor | None, noise: Tensor | None) -> None:
    """Add noise times its strength to x [N, C, h, w], and write its leaky ReLU to `out`."""
    if noise is None or strength is None:
        out.copy_(x)
    else:
        torch.addcmul(x, strength, noise, out=out)
    F.leaky_relu_(out, ops.LEAK)
