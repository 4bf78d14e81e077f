"""Convolutions with fewer products, as Winograd (1980) found them.

Lavin and Gray, *Fast Algorithms for Convolutional Neural Networks* (2016), use them for layers. A
tile of pixels and a kernel are each transformed, multiplied value by value, and transformed back.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor


class Algorithm(NamedTuple):
    """A convolution of one tile along one axis: `output @ ((kernel @ taps) * (tile @ pixels))`.

    The three matrices are float64. Tiles lie `step` pixels apart, and each begins one pixel before
    the first pixel that belongs to it. Both axes together take the Kronecker products.
    """

    step: int
    tile: Tensor  # [products, pixels]
    kernel: Tensor  # [products, taps]
    output: Tensor  # [results, products]

    @property
    def scale(self) -> int:
        """How many results a pixel has along the axis: 2 where the layer doubles the size."""
        return len(self.output) // self.step


def toom_cook(results: int, taps: int, points: Sequence[float]) -> Algorithm:
    """Return the algorithm that correlates `taps` taps, with one product fewer than taps + results.

    Polynomials are multiplied by their values at the points and at infinity. The transpose of that
    is a correlation. There are `taps + results - 2` points; the error is least if they lie around
    1 and -1 and their magnitudes are reciprocal in pairs.
    """
    products = results + taps - 1
    assert len(points) == products - 1

    def values(degree: int) -> Tensor:
        """Return the matrix that takes `degree` coefficients to the values of the polynomial."""
        at_points = torch.tensor(points, dtype=torch.float64)[:, None] ** torch.arange(degree)
        at_infinity = torch.zeros(1, degree, dtype=torch.float64)
        at_infinity[0, -1] = 1
        return torch.cat([at_points, at_infinity])

    inverse = torch.linalg.inv(values(products))
    return Algorithm(results, inverse.T.contiguous(), values(taps), values(results).T.contiguous())


def _two_phases() -> Algorithm:
    """Return the algorithm of a transposed convolution with 4 taps, stride 2 and padding 1.

    The even results correlate two taps from the pixel before, the odd ones from the pixel itself.
    """
    step, even, odd = 4, (3, 1), (2, 0)
    _, tile, kernel, output = toom_cook(step, 2, (0, 0.75, -0.75, 1.5))
    products, pixels = tile.shape
    tiles = tile.new_zeros(2 * products, pixels + 1)
    tiles[:products, :-1] = tiles[products:, 1:] = tile
    kernels = kernel.new_zeros(2 * products, 4)
    kernels[:products, even] = kernels[products:, odd] = kernel
    outputs = output.new_zeros(2 * step, 2 * products)
    outputs[0::2, :products] = outputs[1::2, products:] = output
    return Algorithm(step, tiles, kernels, outputs)


HALF_ROOT = 0.5**0.5

F_4_3 = toom_cook(4, 3, (0, HALF_ROOT, -HALF_ROOT, 1 / HALF_ROOT, -1 / HALF_ROOT))
"""3 taps, as a plain layer has them: 2.25 products for a pixel instead of 9."""

F_2_3 = toom_cook(2, 3, (0, 1, -1))
"""The same with 4 products for a pixel, and a transformed kernel of less than half the size."""

TWO_F_4_2 = _two_phases()
"""4 taps that double the size, as in StyleGAN 1: 6.25 products for a pixel instead of 16."""

NEAREST = Algorithm(
    step=1,
    tile=torch.tensor([[0, 1, 0], [-1, 1, 0], [0, -1, 1]], dtype=torch.float64),
    kernel=torch.tensor([[0, 1, 0, 1], [0, 0, 0, 1], [1, 0, 0, 0]], dtype=torch.float64),
    output=torch.tensor([[1, -1, 0], [1, 0, 1]], dtype=torch.float64),
)
"""The same 4 taps if they are 3 taps after nearest upsampling: 9 products, exact to rounding.

Between two equal pixels all taps see one value, so that only the differences need taps of their
own.
"""
