"""Moving pictures by matrices: pixel for pixel, or finely, at twice the resolution.

Karras et al., "Training Generative Adversarial Networks with Limited Data", 2020, appendix B.
The filter of fine moves is sym6, an orthogonal wavelet of Daubechies ("Ten Lectures on Wavelets",
1992): doubling and halving with it returns a picture exactly.

A matrix [N, 3, 3] maps each position (x, y, 1) of the result, in pixels from the centre, to the
position in the picture that is shown there: its source. Outside, the picture is mirrored at its
border pixels. Everything is linear in the picture and can be differentiated any number of times.
"""

from functools import lru_cache

import torch
from torch import Tensor

SYM6 = (
    0.015404109327027373,
    0.0034907120842174702,
    -0.11799011114819057,
    -0.048311742585633,
    0.4910559419267466,
    0.787641141030194,
    0.3379294217276218,
    -0.07263752278646252,
    -0.021060292512300564,
    0.04472490177066578,
    0.0017677118642428036,
    -0.007800708325034148,
)
DELAY = sum(n * tap for n, tap in enumerate(SYM6)) / sum(SYM6)  # of the filter, in doubled pixels
MARGIN = 3  # pixels beyond the border; halving reads no farther
FIRST = -1  # the first doubled pixel that interpolation reads: floor(DELAY - 2 * MARGIN)


def move_pixels(images: Tensor, inverse: Tensor) -> Tensor:
    """Move pictures [N, C, S, S] by quarter turns, flips and whole shifts, without new values."""
    n, c, size, _ = images.shape
    pixels = torch.arange(size, dtype=inverse.dtype, device=images.device)
    column, row = _sources(inverse, pixels, size, margin=0).round().long().unbind(1)
    return _gather(images, column, row, 0).view(n, c, size, size)


def warp(images: Tensor, inverse: Tensor) -> Tensor:
    """Move pictures [N, C, S, S] by any affine maps: double, look up bilinearly, halve."""
    size = images.shape[-1]
    double, halve = _filters(size, images.dtype, images.device)
    doubled_pixels = torch.arange(halve.shape[1], dtype=inverse.dtype, device=images.device)
    sources = _sources(inverse, (doubled_pixels - DELAY) / 2, size, MARGIN)
    doubled = double @ images @ double.mT  # [N, C, 2S + 12, 2S + 12]
    return halve @ _bilinear(doubled, 2 * sources + DELAY - FIRST) @ halve.mT


@lru_cache(maxsize=32)
def _filters(size: int, dtype: torch.dtype, device: torch.device) -> tuple[Tensor, Tensor]:
    """Return matrices that double a column of pixels, [2S + 12, S], and halve one, [S, 2S + 10].

    Doubled pixel n, which lies at pixel (n - DELAY) / 2, holds the sum of SYM6[n - 2k] times pixel
    k; halving is the transpose. The mirrored pixels beyond the border are doubled too.
    """
    with torch.inference_mode(False):
        pixels = torch.arange(-2 * MARGIN, size + 2 * MARGIN)
        taps = _taps(torch.arange(FIRST, 2 * size + 11), pixels)
        double = torch.zeros(len(taps), size, dtype=torch.float64)
        double.index_add_(1, _mirrored(pixels, size - 1), taps)
        halve = _taps(torch.arange(2 * size + 10), torch.arange(size)).mT
        return double.to(device, dtype), halve.to(device, dtype)


def _taps(doubled: Tensor, pixels: Tensor) -> Tensor:
    """Return SYM6[n - 2k] for doubled pixels n and pixels k, 0 outside: [n, k]."""
    n = doubled[:, None] - 2 * pixels
    taps = torch.tensor(SYM6, dtype=torch.float64)
    return torch.where((n >= 0) & (n < len(SYM6)), taps[n.clamp(0, len(SYM6) - 1)], 0.0)


def _mirrored(positions: Tensor, last: int) -> Tensor:
    """Fold positions into [0, last]: a mirrored picture repeats after 2 * last pixels."""
    folded = positions.remainder(2 * last)
    return folded.minimum(2 * last - folded)


def _sources(inverse: Tensor, grid: Tensor, size: int, margin: int) -> Tensor:
    """Return the sources (x, y) of a square grid of positions; whole numbers are pixel centres.

    inverse [N, 3, 3], grid [M] along each side -> [N, 2, M, M], at most `margin` pixels outside
    the picture.
    """
    centre, last = (size - 1) / 2, size - 1
    x = grid - centre
    y = x[:, None]
    along_x, along_y, shift = inverse[:, :2, :, None, None].unbind(2)  # [N, 2, 1, 1] each
    sources = along_x * x + along_y * y + shift + centre
    is_near = (sources >= -margin) & (sources <= last + margin)
    return torch.where(is_near, sources, _mirrored(sources, last))


def _bilinear(images: Tensor, positions: Tensor) -> Tensor:
    """Interpolate images [N, C, H, W] at positions (x, y) [N, 2, M, M] -> [N, C, M, M].

    `grid_sample` would not do: it has no second derivative, and on Apple's devices no first one.
    """
    whole = positions.floor()
    x, y = (positions - whole).flatten(2)[:, :, None].unbind(1)  # [N, 1, M * M] each
    column, row = whole.long().unbind(1)
    below = images.shape[-1]
    upper = _gather(images, column, row, 0).lerp(_gather(images, column, row, 1), x)
    lower = _gather(images, column, row, below).lerp(_gather(images, column, row, below + 1), x)
    return upper.lerp(lower, y).view(*images.shape[:2], *positions.shape[2:])


def _gather(images: Tensor, column: Tensor, row: Tensor, offset: int) -> Tensor:
    """Return the pixels `offset` after (row, column) [N, M, M] in reading order: [N, C, M * M]."""
    index = (row * images.shape[-1] + column + offset).flatten(1)
    return images.flatten(2).gather(2, index[:, None].expand(-1, images.shape[1], -1))
