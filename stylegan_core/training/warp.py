"""Moving pictures by matrices: pixel for pixel, or finely, on twice as many pixels.

Karras et al., "Training Generative Adversarial Networks with Limited Data", 2020, appendix B.
The filter around fine moves is sym6, an orthogonal wavelet of Daubechies ("Ten Lectures on
Wavelets", 1992): doubling and halving with it gives a picture back exactly.

A matrix [N, 3, 3] tells for each place (x, y, 1) of the result, in pixels from the centre, which
place of the picture is seen there. Outside, the picture continues as in mirrors on its border
pixels. Everything is linear in the picture and can be differentiated any number of times.
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
DELAY = sum(n * tap for n, tap in enumerate(SYM6)) / sum(SYM6)  # doubled pixels, of the filter
MARGIN = 3  # pixels beyond the border that halving looks at
FIRST = -1  # the doubled pixel that the outermost of them falls on


def move_pixels(images: Tensor, inverse: Tensor) -> Tensor:
    """Copy pixels [N, C, S, S] by quarter turns, flips and whole shifts, without change."""
    n, c, size, _ = images.shape
    pixels = torch.arange(size, dtype=inverse.dtype, device=images.device)
    column, row = _seen(inverse, pixels, size, margin=0).round().long().unbind(1)
    return _gather(images, column, row, 0).view(n, c, size, size)


def warp(images: Tensor, inverse: Tensor) -> Tensor:
    """Move pictures [N, C, S, S] by any affine maps: doubled, looked up bilinearly, halved."""
    size = images.shape[-1]
    double, halve = _filters(size, images.dtype, images.device)
    doubled_pixels = torch.arange(halve.shape[1], dtype=inverse.dtype, device=images.device)
    seen = _seen(inverse, (doubled_pixels - DELAY) / 2, size, MARGIN)
    doubled = double @ images @ double.mT  # [N, C, 2S + 12, 2S + 12]
    return halve @ _bilinear(doubled, 2 * seen + DELAY - FIRST) @ halve.mT


@lru_cache(maxsize=32)
def _filters(size: int, dtype: torch.dtype, device: torch.device) -> tuple[Tensor, Tensor]:
    """Matrices that double a column of pixels, [2S + 12, S], and halve one, [S, 2S + 10].

    Doubled pixel n, which lies at pixel (n - DELAY) / 2, holds the sum of SYM6[n - 2k] times pixel
    k; halving is the transpose. Doubled are the mirrored pixels beyond the border too.
    """
    with torch.inference_mode(False):
        pixels = torch.arange(-2 * MARGIN, size + 2 * MARGIN)
        taps = _taps(torch.arange(FIRST, 2 * size + 11), pixels)
        double = torch.zeros(len(taps), size, dtype=torch.float64)
        double.index_add_(1, _mirrored(pixels, size - 1), taps)
        halve = _taps(torch.arange(2 * size + 10), torch.arange(size)).mT
        return double.to(device, dtype), halve.to(device, dtype)


def _taps(doubled: Tensor, pixels: Tensor) -> Tensor:
    """SYM6[n - 2k] for doubled pixels n and pixels k, 0 outside: [len(doubled), len(pixels)]."""
    n = doubled[:, None] - 2 * pixels
    taps = torch.tensor(SYM6, dtype=torch.float64)
    return torch.where((n >= 0) & (n < len(SYM6)), taps[n.clamp(0, len(SYM6) - 1)], 0.0)


def _mirrored(places: Tensor, last: int) -> Tensor:
    """Places folded into [0, last]: mirrors repeat after there and back."""
    there = places.remainder(2 * last)
    return there.minimum(2 * last - there)


def _seen(inverse: Tensor, places: Tensor, size: int, margin: int) -> Tensor:
    """Which pixels (x, y) are seen at a grid of places, whole numbers being pixel centres.

    inverse [N, 3, 3], places [M] along each side -> [N, 2, M, M], at most `margin` pixels from
    those of the picture.
    """
    centre, last = (size - 1) / 2, size - 1
    x, y = places - centre, (places - centre)[:, None]
    along_x, along_y, shift = inverse[:, :2, :, None, None].unbind(2)  # [N, 2, 1, 1] each
    there = along_x * x + along_y * y + shift + centre
    is_near = (there >= -margin) & (there <= last + margin)
    return torch.where(is_near, there, _mirrored(there, last))


def _bilinear(images: Tensor, places: Tensor) -> Tensor:
    """images [N, C, H, W] between their pixels, at places (x, y) [N, 2, M, M] -> [N, C, M, M].

    Not `grid_sample`, which has no second derivative, and on Apple's devices no first one.
    """
    whole = places.floor()
    x, y = (places - whole).flatten(2)[:, :, None].unbind(1)  # [N, 1, M * M] each
    column, row = whole.long().unbind(1)
    below = images.shape[-1]
    upper = _gather(images, column, row, 0).lerp(_gather(images, column, row, 1), x)
    lower = _gather(images, column, row, below).lerp(_gather(images, column, row, below + 1), x)
    return upper.lerp(lower, y).view(*images.shape[:2], *places.shape[2:])


def _gather(images: Tensor, column: Tensor, row: Tensor, onward: int) -> Tensor:
    """The pixels so many after (row, column) [N, M, M] in reading order: [N, C, M * M]."""
    index = (row * images.shape[-1] + column + onward).flatten(1)
    return images.flatten(2).gather(2, index[:, None].expand(-1, images.shape[1], -1))
