"""The surfaces of a person, built from ellipsoids: skin, eyes, clothes, hat and glasses.

All numbers are head units in the frame of the head (origin between the eyes, x to the right of the
picture, y up, z towards the camera), or in the frame of the body for neck and clothes.
"""

from collections.abc import Mapping, Sequence

import torch

from .geometry import FAR, Grid, Surface, depths, ellipsoids, join, local_points, melt, unit

Factors = Mapping[str, torch.Tensor]
Number = float | torch.Tensor

EYE_CENTER = (0.305, 0.0, 0.565)
EYE_RADIUS = 0.25
LENS_CENTER = (0.325, -0.015)
LENS_DEPTH = 0.88
HAT_LINE = 0.43  # height of the hat's brim
GLASSES = {"round": (0.285, 0.285, 2.0), "square": (0.295, 0.25, 5.0)}  # half sizes, exponent


def rows(table: Sequence[Sequence[Number]], like: torch.Tensor) -> torch.Tensor:
    """Stack K rows of numbers, or of tensors [N] where they vary, into one tensor [N, K, 8]."""
    columns = []
    for row in table:
        padded = [*row, *([0.0] * (8 - len(row)))]
        columns.append(torch.stack([torch.zeros_like(like) + value for value in padded], -1))
    return torch.stack(columns, 1)


def skin(factors: Factors, head: torch.Tensor, body: torch.Tensor, grid: Grid) -> Surface:
    """Build head, ears, nose and neck; shade is 1 on the neck and 0 on the head."""
    width, jaw, long = factors["face_width"], factors["jaw_width"], factors["face_length"]
    nose = factors["nose_size"]
    fuller = 0.05 * (factors["beard"] == 1).float()  # a full beard
    face: list[Sequence[Number]] = [
        (0.0, 0.22, -0.06, 0.79, 0.78, 0.81),
        (0.0, -0.16 * long, 0.06, 0.69 * width, 0.62 * long, 0.66),
        (
            0.0,
            -0.47 * long,
            0.19,
            0.45 * jaw + fuller,
            0.40 * long + fuller,
            0.46 + fuller,
        ),
        (0.27 * width, -0.29, 0.26, 0.36, 0.33, 0.38),
        (-0.27 * width, -0.29, 0.26, 0.36, 0.33, 0.38),
        (0.0, -0.20, 0.81, 0.125 * nose, 0.10 * nose, 0.12 * nose),
        (0.80, -0.05, -0.06, 0.12, 0.20, 0.14, -8.0),
        (-0.80, -0.05, -0.06, 0.12, 0.20, 0.14, 8.0),
    ]
    neck = [(0.0, -1.05, -0.08, 0.31, 0.62, 0.31, 0.0, 1.0)]
    shapes = join([ellipsoids(rows(face, width), head), ellipsoids(rows(neck, width), body)])
    return melt(shapes, depths(shapes, grid), grid, 20.0)


def eyes(factors: Factors, head: torch.Tensor, grid: Grid) -> Surface:
    """Build two balls that bulge out of the face."""
    x, y, z = EYE_CENTER
    size = EYE_RADIUS * factors["eye_size"]
    shapes = ellipsoids(rows([(x, y, z, *[size] * 3), (-x, y, z, *[size] * 3)], size), head)
    return melt(shapes, depths(shapes, grid), grid, 80.0)


def clothes(body: torch.Tensor, grid: Grid) -> Surface:
    """Build torso, shoulders and collar; shade is 1 on the collar."""
    table = [
        (0.0, -1.75, -0.12, 0.88, 0.72, 0.52),
        (0.62, -1.46, -0.10, 0.46, 0.42, 0.42),
        (-0.62, -1.46, -0.10, 0.46, 0.42, 0.42),
        (0.0, -1.08, -0.05, 0.43, 0.10, 0.41, 0.0, 1.0),
    ]
    shapes = ellipsoids(rows(table, body[:, 0, 0]), body)
    return melt(shapes, depths(shapes, grid), grid, 24.0)


def hat(head: torch.Tensor, grid: Grid) -> Surface:
    """Build a knitted hat; shade is 1 on the brim and 2 on the pompom."""
    table = [
        (0.0, 0.40, -0.09, 0.92, 0.70, 0.93),
        (0.0, HAT_LINE, -0.08, 0.955, 0.15, 0.965, 0.0, 1.0),
        (0.0, 1.14, -0.13, 0.20, 0.18, 0.20, 0.0, 2.0),
    ]
    shapes = ellipsoids(rows(table, head[:, 0, 0]), head)
    depth = depths(shapes, grid)
    height = local_points(depth[:, 0], grid, head)[1]
    depth[:, 0].masked_fill_(height < HAT_LINE - 0.02, FAR)
    return melt(shapes, depth, grid, 40.0)


def glasses(kind: str, head: torch.Tensor, grid: Grid) -> Surface:
    """Build two rings in a plane in front of the head, a bridge and temples."""
    table = [
        (0.0, 0.04, LENS_DEPTH, 0.10, 0.032, 0.035),
        (0.74, 0.06, 0.33, 0.036, 0.036, 0.50),
        (-0.74, 0.06, 0.33, 0.036, 0.036, 0.50),
        (0.655, 0.06, LENS_DEPTH - 0.03, 0.10, 0.038, 0.05),
        (-0.655, 0.06, LENS_DEPTH - 0.03, 0.10, 0.038, 0.05),
    ]
    shapes = ellipsoids(rows(table, head[:, 0, 0]), head)
    wires = melt(shapes, depths(shapes, grid), grid, 40.0)
    rim = _rims(kind, head, grid)
    is_rim = rim.depth > wires.depth
    return Surface(
        torch.where(is_rim, rim.depth, wires.depth),
        torch.where(is_rim[:, None], rim.normal, wires.normal),
        torch.zeros_like(rim.shade),
    )


def _rims(kind: str, head: torch.Tensor, grid: Grid) -> Surface:
    """Build superellipse rings |x / a|^n + |y / b|^n = 1, rounded like a torus."""
    half_x, half_y, power = GLASSES[kind]
    thickness = 0.038
    across = head[:, 0, 2, None] * grid.u + head[:, 1, 2, None] * grid.v
    depth = (LENS_DEPTH - across) / head[:, 2, 2, None]  # of the plane along the ray
    x, y, _ = local_points(depth, grid, head)
    side = torch.sign(x)
    ratio_x = (x.abs() - LENS_CENTER[0]) / half_x
    ratio_y = (y - LENS_CENTER[1]) / half_y
    reach_x, reach_y = ratio_x.abs().clamp(min=1e-4), ratio_y.abs().clamp(min=1e-4)
    radius = (reach_x**power + reach_y**power) ** (1.0 / power)
    slope_x = (reach_x / radius) ** (power - 1.0) / half_x
    slope_y = (reach_y / radius) ** (power - 1.0) / half_y
    length = (slope_x.square() + slope_y.square()).sqrt()
    offset = (radius - 1.0) / length / thickness  # -1 to 1 across the wire
    bulge = (1.0 - offset.square()).clamp(min=0.0).sqrt()
    lean = offset.clamp(-1.0, 1.0) / length
    local = [lean * slope_x * torch.sign(ratio_x) * side, lean * slope_y * torch.sign(ratio_y)]
    normal = (head @ torch.stack([*local, bulge], 1)).contiguous()
    depth = torch.where(offset.abs() < 1.0, depth + thickness * bulge, FAR)
    return Surface(depth, unit(normal), torch.zeros_like(depth))
