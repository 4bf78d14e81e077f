"""Sliced Wasserstein distance between two sets of images, at each scale.

Karras, Aila, Laine, Lehtinen, "Progressive Growing of GANs for Improved Quality, Stability, and
Variation", 2018, section 5: patches of the Laplacian pyramid, normalised per channel, are compared
along random directions. Lower is better; two samples of one set give the floor. As in the paper,
distances are multiplied by 1000.
"""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from stylegan_core.metrics.metric import Evaluation, Quality

READS = ("images", "swd", "swd_real_against_real")
PATCH = 7  # px
SMALLEST = 16  # px, the coarsest scale
DIRECTIONS_AT_ONCE = 16
BINOMIAL = (1.0, 4.0, 6.0, 4.0, 1.0)


def sliced_wasserstein(
    a: Tensor,
    b: Tensor,
    patches_per_image: int = 32,
    directions: int = 512,
    seed: int = 0,
) -> dict[int, float]:
    """Return the distance at each scale: {64: ..., 32: ..., 16: ...} for images of 64 px.

    a, b: uint8 [N, 3, R, R]. Raises ValueError if their shapes differ.
    """
    if a.shape != b.shape:
        raise ValueError(f"both sets must have the same shape, not {a.shape} and {b.shape}")
    distances = {}
    for level, (bands_a, bands_b) in enumerate(zip(_pyramids(a), _pyramids(b), strict=True)):
        random = torch.Generator().manual_seed(seed + level)
        places = _places(len(a), bands_a.shape[-1], patches_per_image, random)
        patches_a, patches_b = (_normalised(_patches(x, places)) for x in (bands_a, bands_b))
        distances[bands_a.shape[-1]] = 1000 * _distance(patches_a, patches_b, directions, random)
    return distances


def measure(evaluation: Evaluation) -> Quality:
    """Return the distance of the model's pictures from portraits, and that between portraits."""
    return {
        "swd": sliced_wasserstein(evaluation.made, evaluation.held_out),
        "swd_real_against_real": sliced_wasserstein(evaluation.more_held_out, evaluation.held_out),
    }


def section(quality: Quality) -> list[str]:
    """Return a table with a column for each scale."""
    model, floor = quality["swd"], quality["swd_real_against_real"]
    return [
        "Sliced Wasserstein distance x 1000 at each scale, between",
        f"{quality['images']} pictures at psi 1 and as many held-out portraits.",
        "The second row compares two sets of held-out portraits: the floor.",
        "",
        "| | " + " | ".join(f"{scale} px" for scale in model) + " |",
        "|---" * (len(model) + 1) + "|",
        "| this model | " + " | ".join(str(distance) for distance in model.values()) + " |",
        "| real against real | " + " | ".join(str(floor[scale]) for scale in model) + " |",
    ]


def _pyramids(images: Tensor) -> list[Tensor]:
    """Return the Laplacian pyramid of all images, finest first, each [N, 3, r, r]."""
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
    """Double the size, [N, 3, r, r] -> [N, 3, 2r, 2r]; a gain of 4 makes up for added zeros."""
    spread = x.new_zeros(*x.shape[:2], 2 * x.shape[2], 2 * x.shape[3])
    spread[:, :, ::2, ::2] = x
    return _smooth(spread, 4.0)


def _places(n: int, size: int, count: int, random: torch.Generator) -> Tensor:
    """Draw the upper left corners of patches, [N, count, 2]."""
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
    """Return the mean distance of sorted projections onto random unit vectors: a, b [M, 147]."""
    units = F.normalize(torch.randn(directions, a.shape[1], generator=random), dim=1)
    gaps = [
        np.abs(np.sort((block @ a.T).numpy()) - np.sort((block @ b.T).numpy())).mean(axis=1)
        for block in torch.split(units, DIRECTIONS_AT_ONCE)
    ]
    return float(np.concatenate(gaps).mean())
