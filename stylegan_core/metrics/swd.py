"""Sliced Wasserstein distance between two sets of images, per scale.

Karras et al., "Progressive Growing of GANs", 2018, section 5: patches of the Laplacian pyramid,
normalised per channel, compared along random directions. Lower is better; two samples of one set
give the floor. As in the paper, distances are multiplied by 1000.
"""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

PATCH = 7
SMALLEST = 16  # the coarsest scale, in pixels
AT_ONCE = 16  # directions
BINOMIAL = (1.0, 4.0, 6.0, 4.0, 1.0)


def sliced_wasserstein(
    a: Tensor,
    b: Tensor,
    patches_per_image: int = 32,
    directions: int = 512,
    seed: int = 0,
) -> dict[int, float]:
    """Distance by scale: {64: ..., 32: ..., 16: ...} for images of 64 px.

    a, b: uint8 [N, 3, R, R], as many of one as of the other. ValueError otherwise.
    """
    if a.shape != b.shape:
        raise ValueError(f"two sets of equal shape are compared, not {a.shape} and {b.shape}")
    distances = {}
    for level, (bands_a, bands_b) in enumerate(zip(_pyramids(a), _pyramids(b), strict=True)):
        random = torch.Generator().manual_seed(seed + level)
        places = _places(len(a), bands_a.shape[-1], patches_per_image, random)
        patches_a, patches_b = (_normalised(_patches(b, places)) for b in (bands_a, bands_b))
        distances[bands_a.shape[-1]] = 1000 * _distance(patches_a, patches_b, directions, random)
    return distances


def _pyramids(images: Tensor) -> list[Tensor]:
    """The Laplacian pyramid of all images, finest first, each [N, 3, r, r]."""
    current = images.float() / 127.5 - 1
    levels = []
    while current.shape[-1] > SMALLEST:
        smaller = _smooth(current, 1.0)[:, :, ::2, ::2]
        levels.append(current - _doubled(smaller))
        current = smaller
    return [*levels, current]


def _smooth(x: Tensor, gain: float) -> Tensor:
    taps = torch.tensor(BINOMIAL) / 16
    kernel = (gain * taps[:, None] * taps).expand(x.shape[1], 1, 5, 5)
    return F.conv2d(F.pad(x, (2, 2, 2, 2), mode="reflect"), kernel, groups=x.shape[1])


def _doubled(x: Tensor) -> Tensor:
    spread = x.new_zeros(*x.shape[:2], 2 * x.shape[2], 2 * x.shape[3])
    spread[:, :, ::2, ::2] = x
    return _smooth(spread, 4.0)


def _places(n: int, size: int, count: int, random: torch.Generator) -> Tensor:
    """Upper left corners of patches, [N, count, 2]."""
    return torch.randint(0, size - PATCH + 1, (n, count, 2), generator=random)


def _patches(bands: Tensor, places: Tensor) -> Tensor:  # -> [N * count, 3, 7, 7]
    n = len(places)
    offsets = torch.arange(PATCH)
    rows = (places[..., 0, None] + offsets)[..., :, None]  # [N, count, 7, 1]
    columns = (places[..., 1, None] + offsets)[..., None, :]
    image = torch.arange(n).view(n, 1, 1, 1)
    return bands.permute(0, 2, 3, 1)[image, rows, columns].flatten(0, 1).permute(0, 3, 1, 2)


def _normalised(patches: Tensor) -> Tensor:  # [M, 3, 7, 7] -> [M, 147]
    deviation, mean = torch.std_mean(patches, dim=(0, 2, 3), keepdim=True)
    return ((patches - mean) / deviation.clamp_min(1e-8)).flatten(1)


def _distance(a: Tensor, b: Tensor, directions: int, random: torch.Generator) -> float:
    """The mean distance of sorted projections onto random unit vectors: a, b [M, 147]."""
    units = F.normalize(torch.randn(directions, a.shape[1], generator=random), dim=1)
    gaps = [
        np.abs(np.sort((some @ a.T).numpy()) - np.sort((some @ b.T).numpy())).mean(axis=1)
        for some in torch.split(units, AT_ONCE)
    ]
    return float(np.concatenate(gaps).mean())
