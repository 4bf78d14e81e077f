"""Moving pictures by matrices: pixel for pixel, or finely, on twice as many pixels.

Karras et al., "Training Generative Adversarial Networks with Limited Data", 2020, appendix B.2.
The filter around fine moves is the orthogonal wavelet sym6 (Daubechies, "Ten Lectures on
Wavelets", 1992, table 8.1): doubling and halving with it gives a picture back exactly.

A matrix [N, 3, 3] tells for each place (x, y, 1) of the result, in pixels from the centre, which
place of the picture is seen there. Outside, the picture continues as in mirrors on its border
pixels. Everything is linear in the picture and can be differentiated any number of times.
"""

import torch
import torch.nn.functional as F
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
PAD = 2 * MARGIN  # and that doubling looks at for them


def move_pixels(images: Tensor, inverse: Tensor) -> Tensor:
    """Copy pixels [N, C, S, S] by quarter turns, flips and whole shifts, without change."""
    n, c, size, _ = images.shape
    pixels = torch.arange(size, dtype=inverse.dtype, device=images.device)
    column, row = _seen(inverse, pixels, size, margin=0).round().long().unbind(1)
    return _gather(images, column, row, 0).view(n, c, size, size)


def warp(images: Tensor, inverse: Tensor) -> Tensor:
    """Move pictures [N, C, S, S] by any affine maps: doubled, looked up bilinearly, halved."""
    size, taps = images.shape[-1], len(SYM6)
    doubled_pixels = torch.arange(2 * size + taps - 2, dtype=inverse.dtype, device=images.device)
    seen = _seen(inverse, (doubled_pixels - DELAY) / 2, size, MARGIN)
    doubled = _double(F.pad(images, (PAD, PAD, PAD, PAD), mode="reflect"))
    return _halve(_bilinear(doubled, 2 * (seen + PAD) + DELAY))


def _seen(inverse: Tensor, places: Tensor, size: int, margin: int) -> Tensor:
    """Which pixels (x, y) are seen at a grid of places, whole numbers being pixel centres.

    inverse [N, 3, 3], places [M] along each side -> [N, 2, M, M], at most `margin` pixels from
    those of the picture.
    """
    centre, last = (size - 1) / 2, size - 1
    x, y = places - centre, (places - centre)[:, None]
    along_x, along_y, shift = inverse[:, :2, :, None, None].unbind(2)  # [N, 2, 1, 1] each
    there = along_x * x + along_y * y + shift + centre
    folded = there.remainder(2 * last)  # mirrors repeat after there and back
    folded = folded.minimum(2 * last - folded)
    return torch.where((there < -margin) | (there > last + margin), folded, there)


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


def _double(images: Tensor) -> Tensor:
    """[N, C, S, S] -> [N, C, 2S + 10, 2S + 10]; sample n lies at pixel (n - DELAY) / 2."""
    n, c, h, w = images.shape
    taps = images.new_tensor(SYM6)
    tall = F.conv_transpose2d(images.reshape(n * c, 1, h, w), taps.view(1, 1, -1, 1), stride=(2, 1))
    both = F.conv_transpose2d(tall, taps.view(1, 1, 1, -1), stride=(1, 2))
    return both.view(n, c, *both.shape[2:])


def _halve(images: Tensor) -> Tensor:
    """The inverse of `_double`."""
    n, c, h, w = images.shape
    taps = images.new_tensor(SYM6)
    wide = F.conv2d(images.reshape(n * c, 1, h, w), taps.view(1, 1, -1, 1), stride=(2, 1))
    both = F.conv2d(wide, taps.view(1, 1, 1, -1), stride=(1, 2))
    return both.view(n, c, *both.shape[2:])
