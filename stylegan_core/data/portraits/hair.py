"""Six hair styles: a cap cut along the hairline, and lobes that shape the style."""

import math
from collections.abc import Callable, Sequence

import torch

from .anatomy import HAT_LINE, Factors, Number, rows
from .geometry import FAR, Grid, Surface, depths, ellipsoids, local_points, melt

Row = Sequence[Number]
CURLS = 40
GOLDEN_ANGLE = 2.399963  # radians, from each curl to the next: spreads them evenly


def _both(row: Sequence[float], shade: float = 0.0) -> list[Row]:
    """Return a lobe (centre, radii, tilt) and its mirror image."""
    x, y, z, rx, ry, rz, tilt = row
    return [(x, y, z, rx, ry, rz, tilt, shade), (-x, y, z, rx, ry, rz, -tilt, shade)]


def _quiff(factors: Factors, noise: torch.Tensor) -> list[Row]:
    part = factors["hair_part"]
    rise = 0.05 + 0.12 * factors["hair_volume"]
    sweep = -18.0 * part
    lift_left, lift_right = 0.06 * part, -0.06 * part
    return [
        (0.0, 0.70 + rise, -0.02, 0.66, 0.32, 0.64),
        (-0.40, 0.66 + rise + lift_left, 0.30, 0.36, 0.22, 0.38, sweep + 26.0, -0.06),
        (0.0, 0.76 + rise, 0.38, 0.36, 0.25, 0.38, sweep, 0.08),
        (0.40, 0.66 + rise + lift_right, 0.32, 0.36, 0.22, 0.38, sweep - 26.0, -0.06),
    ]


def _bob(factors: Factors, noise: torch.Tensor) -> list[Row]:
    shift = 0.08 * factors["hair_part"]
    return [
        (shift - 0.36, 0.61, 0.42, 0.34, 0.23, 0.34, 14.0, 0.06),
        (shift, 0.64, 0.50, 0.34, 0.21, 0.33, 0.0, -0.05),
        (shift + 0.36, 0.61, 0.42, 0.34, 0.23, 0.34, -14.0, 0.06),
        (0.0, -0.16, -0.36, 0.84, 0.66, 0.50, 0.0, -0.12),
        *_both((0.76, -0.20, -0.02, 0.23, 0.58, 0.46, 5.0)),
        *_both((0.70, -0.52, 0.12, 0.24, 0.30, 0.34, -8.0), 0.08),
    ]


def _long(factors: Factors, noise: torch.Tensor) -> list[Row]:
    part = 0.16 * factors["hair_part"]
    return [
        (part - 0.36, 0.60, 0.40, 0.40, 0.24, 0.40, 38.0, 0.06),
        (part + 0.36, 0.60, 0.40, 0.40, 0.24, 0.40, -38.0, -0.04),
        (0.0, -0.50, -0.42, 0.80, 1.00, 0.44, 0.0, -0.15),
        *_both((0.75, -0.02, 0.02, 0.21, 0.62, 0.42, 4.0)),
        *_both((0.77, -0.66, 0.06, 0.24, 0.52, 0.36, 2.0), 0.07),
        *_both((0.72, -1.10, 0.16, 0.22, 0.40, 0.30, -4.0), -0.05),
    ]


def _bun(factors: Factors, noise: torch.Tensor) -> list[Row]:
    lean = 0.12 * factors["hair_part"]
    size = 0.25 + 0.05 * factors["hair_volume"]
    return [
        (lean, 1.10, -0.14, size * 1.1, size, size * 1.1, 0.0, 0.08),
        (lean, 0.96, -0.12, 0.24, 0.09, 0.24, 0.0, -0.30),
    ]


def _curls(factors: Factors, noise: torch.Tensor) -> list[Row]:
    """Place balls along a spiral over the scalp, each displaced at random."""
    lobes: list[Row] = []
    for i in range(CURLS):
        jitter = noise[:, 4 * i : 4 * i + 4] - 0.5  # [N, 4]
        height = 0.98 - 1.32 * (i + 0.5) / CURLS
        turn = GOLDEN_ANGLE * i + 0.9 * jitter[:, 0]
        level = height + 0.14 * jitter[:, 1]
        reach = (1.0 - level.square()).clamp(min=0.05).sqrt()
        side, front = torch.sin(turn) * reach, torch.cos(turn) * reach
        on_face = ((front > 0.25) & (level < 0.48)).float() * 9.0  # hidden inside the head
        size = 0.21 + 0.07 * jitter[:, 2] - 0.5 * on_face.clamp(max=0.3)
        size = size + 0.04 * factors["hair_volume"]
        x, y, z = 0.83 * side, 0.27 + 0.80 * level, -0.10 + 0.80 * front - on_face
        lobes.append((x, y, z, size, size, size, 0.0, 0.5 * jitter[:, 3]))
    return lobes


def _buzz(factors: Factors, noise: torch.Tensor) -> list[Row]:
    return []


STYLES: dict[str, Callable[[Factors, torch.Tensor], list[Row]]] = {
    "quiff": _quiff,
    "bob": _bob,
    "long": _long,
    "bun": _bun,
    "curls": _curls,
    "buzz": _buzz,
}


def hair(
    style: str,
    has_hat: bool,
    factors: Factors,
    noise: torch.Tensor,
    head: torch.Tensor,
    grid: Grid,
) -> Surface:
    """Build the hair of one style, except what a hat covers; shade is extra brightness.

    `noise` [N, 4 * CURLS] in [0, 1) places the curls.
    """
    volume = factors["hair_volume"]
    growth = 0.0 * volume if style == "buzz" else 0.035 + 0.04 * volume
    cap = (0.0, 0.24, -0.08, 0.805 + growth, 0.795 + growth, 0.825 + growth)
    shapes = ellipsoids(rows([cap, *STYLES[style](factors, noise)], volume), head)
    depth = depths(shapes, grid)
    is_bare = _below_hairline(local_points(depth[:, 0], grid, head))
    depth[:, 0].masked_fill_(is_bare, FAR)
    surface = melt(shapes, depth, grid, 40.0 if style == "curls" else 18.0)
    if has_hat:
        is_covered = local_points(surface.depth, grid, head)[1] > HAT_LINE
        surface.depth.masked_fill_(is_covered, FAR)
    return surface


def _below_hairline(point: torch.Tensor) -> torch.Tensor:
    """Mask where the cap leaves skin bare: the face and the sides below the ears; -> [N, P]."""
    x, y, z = point
    line = 0.55 - 0.16 * x.square() - 1.05 * (0.36 - z).clamp(min=0.0)
    is_below: torch.Tensor = y < line.clamp(min=-0.55)
    return is_below


def strands(
    style: str, point: torch.Tensor, noise: torch.Tensor, amount: torch.Tensor
) -> torch.Tensor:
    """Draw streaks of light and dark along the hair, about -1 to 1.

    `point` [3, N, P] in the frame of the head, `noise` [N, 8] in [0, 1), `amount` [N] -> [N, P].
    """
    x, y, z = point
    if style == "buzz":  # stubble: short streaks in both directions
        across, along = x + 0.35 * z, y - 0.35 * z
        across = across + 0.08 * torch.sin(_wave(along, 11.0, noise[:, 2]))
        along = along + 0.08 * torch.sin(_wave(across, 9.0, noise[:, 3]))
        down = torch.sin(_wave(across, 38.0, noise[:, 0]))
        return amount[:, None] * down * torch.sin(_wave(along, 38.0, noise[:, 1]))
    angle = (
        torch.atan2(x, y + 0.2)
        if style == "quiff"
        else torch.atan2(x, z + 0.12) + torch.hypot(x, z)
    )
    angle = angle + 0.06 * torch.sin(_wave(y, 5.0, noise[:, 0]))
    total = torch.zeros_like(x)
    for i, (frequency, weight) in enumerate(((8.0, 0.42), (15.0, 0.36), (27.0, 0.30))):
        spread = angle * (0.8 + 0.4 * noise[:, 2 * i + 1, None])
        total = total + weight * torch.sin(_wave(spread, frequency, noise[:, 2 * i + 2]))
    return amount[:, None] * total


def _wave(value: torch.Tensor, frequency: float, phase: torch.Tensor) -> torch.Tensor:
    return value * frequency + 2.0 * math.pi * phase[:, None]
