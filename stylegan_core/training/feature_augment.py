"""Augmentation and blur of the pictures that the discriminators on features see.

Zhao, Liu, Lin, Zhu, Han, "Differentiable Augmentation for Data-Efficient GAN Training", 2020:
colour, translation and cutout, always on, for real and generated pictures alike.
"""

import torch
from torch import Tensor

DRAWS = 7  # uniform random numbers for each picture
LARGEST_SHIFT = 1 / 8  # of the side
CUTOUT = 1 / 4  # of the side


def augment(images: Tensor, draws: Tensor) -> Tensor:
    """Augment pictures [N, 3, S, S] by random numbers [N, DRAWS] in [0, 1); cutouts are 0."""
    per_picture = draws.T[:, :, None, None, None]  # [DRAWS, N, 1, 1, 1]
    brightness, saturation, contrast, *positions = per_picture
    x = images + (brightness - 0.5)
    grey = x.mean(dim=1, keepdim=True)
    x = grey.lerp(x, 2 * saturation)
    mean = x.mean(dim=(1, 2, 3), keepdim=True)
    x = mean.lerp(x, contrast + 0.5)
    return _cut_out(_moved(x, *positions[:2]), *positions[2:])


def blurred(images: Tensor, sigma_px: float) -> Tensor:
    """Blur pictures [N, 3, S, S] with a Gaussian, which is cut off at the border."""
    pixels = torch.arange(images.shape[-1], dtype=images.dtype, device=images.device)
    weights = torch.exp(-0.5 * ((pixels[:, None] - pixels) / sigma_px).square())
    weights = weights / weights.sum(dim=1, keepdim=True)
    return weights @ images @ weights.mT


def _moved(images: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Shift pictures by whole pixels, as draws x, y [N, 1, 1, 1] in [0, 1) decide."""
    size = images.shape[-1]
    largest = int(size * LARGEST_SHIFT)
    pixels = torch.arange(size, device=images.device)
    shift_x, shift_y = ((draw * (2 * largest + 1)).long() - largest for draw in (x, y))
    column = pixels + shift_x  # [N, 1, 1, S]
    row = pixels.view(-1, 1) + shift_y  # [N, 1, S, 1]
    inside = _within(column, 0, size) * _within(row, 0, size)
    last = size - 1
    moved = images.gather(3, column.clamp(0, last).expand(images.shape))
    moved = moved.gather(2, row.clamp(0, last).expand(images.shape))
    return moved * inside


def _cut_out(images: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Blank a square where draws x, y [N, 1, 1, 1] in [0, 1) decide."""
    size = images.shape[-1]
    side = int(size * CUTOUT)
    pixels = torch.arange(size, device=images.device)
    left, top = ((draw * (size - side + 1)).long() for draw in (x, y))
    hole = _within(pixels, left, left + side) * _within(pixels.view(-1, 1), top, top + side)
    return images * (1 - hole)


def _within(values: Tensor, low: Tensor | int, high: Tensor | int) -> Tensor:
    """Return 1.0 where low <= value < high, else 0.0."""
    return ((values >= low) & (values < high)).float()
