"""Details painted onto surfaces: eyes, mouth, brows, blush, freckles, beard; and the background."""

from collections.abc import Mapping

import torch

from .anatomy import EYE_CENTER, EYE_RADIUS, Factors
from .geometry import VIEW_CENTER, VIEW_HALF, Grid
from .hair import strands
from .palette import BACKGROUNDS, EYES, HAIR, linear, pick, skin_color

FRECKLE_CELLS = (14, 7)  # a jittered grid over the cheeks and the nose
FRECKLE_CELL = 0.085  # the pitch of the grid
BOKEH_DISCS = 14

Noise = Mapping[str, torch.Tensor]  # for each detail, [N, size] in [0, 1)


def edge(distance: torch.Tensor, width: float) -> torch.Tensor:
    """Turn a signed distance (positive inside) into a mask, antialiased over `width`."""
    return (distance / width + 0.5).clamp(0.0, 1.0)


def paint(base: torch.Tensor, color: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Lay a colour [N, 3] or [N, 3, P] over a base [N, 3, P] where the mask [N, P] is 1."""
    color = color[..., None] if color.dim() == 2 else color
    return base + (color - base) * mask[:, None]


def _constant(hex_color: str, like: torch.Tensor) -> torch.Tensor:
    return torch.tensor(linear(hex_color), device=like.device).expand(like.shape[0], 3)


def iris_and_lids(
    factors: Factors, point: torch.Tensor, light: torch.Tensor, grid: Grid
) -> tuple[torch.Tensor, torch.Tensor]:
    """Paint the eyeballs at `point` [3, N, P], with `light` [N, 3], both in the frame of the head.

    Returns linear colours [N, 3, P] and a mask [N, P] of the highlights.
    """
    size = (EYE_RADIUS * factors["eye_size"])[:, None]
    x = (point[0].abs() - EYE_CENTER[0]) * torch.sign(point[0]) / size
    y = (point[1] - EYE_CENTER[1]) / size
    width = 1.5 * grid.pixel / EYE_RADIUS
    look_x, look_y = 0.19 * factors["gaze_x"][:, None], 0.14 * factors["gaze_y"][:, None] - 0.02
    radius = torch.hypot(x - look_x, y - look_y)
    color = _constant("#fbfaf8", size)[..., None].expand(-1, -1, x.shape[-1])
    iris = pick(EYES, factors["eye_color"])
    color = paint(color, iris * 0.35, edge(0.56 - radius, width))
    glow = (0.75 + 0.9 * (look_y - y).clamp(-0.4, 0.5))[:, None] * iris[..., None]
    color = paint(color, glow, edge(0.475 - radius, width))
    color = paint(color, _constant("#15101a", size), edge(0.31 - radius, width))
    glint_x = look_x + 0.19 * torch.sign(light[:, :1])
    glint = edge(0.155 - torch.hypot(x - glint_x, y - look_y - 0.21), width)
    small = edge(0.085 - torch.hypot(x - 2.0 * look_x + glint_x, y - look_y + 0.22), width)
    shine = torch.maximum(glint, 0.6 * small)
    lid = 0.68 + 0.2 * factors["eye_opening"][:, None] - 0.22 * x.square()
    lash = edge(y - lid + 0.17, width)
    color = paint(color, _constant("#2a1a1c", size), lash)
    color = paint(color, skin_color(factors["skin_tone"]) * 0.82, edge(y - lid, width))
    return color, shine * (1.0 - lash)


def face_paint(factors: Factors, point: torch.Tensor, noise: Noise, grid: Grid) -> torch.Tensor:
    """Paint the skin at `point` [3, N, P] in the frame of the head: linear colours [N, 3, P]."""
    x, y, z = point
    base = skin_color(factors["skin_tone"])
    front = edge(z - 0.1, 0.1)
    hair = pick(HAIR, factors["hair_color"])
    rosy = base * torch.tensor([1.0, 0.50, 0.52], device=base.device)
    color = base[..., None].expand(-1, -1, x.shape[-1])
    cheek = torch.hypot((x.abs() - 0.43) / 0.21, (y + 0.30) / 0.15)
    blush = (1.2 - cheek).clamp(0.0, 1.0) * (0.15 + 0.65 * factors["blush"][:, None]) * front
    color = paint(color, rosy, blush)
    nose = (1.3 - torch.hypot(x / 0.15, (y + 0.2) / 0.13)).clamp(0.0, 1.0)
    color = paint(color, rosy, 0.35 * nose * front)
    freckles = freckle_mask(x, y, noise["freckles"], factors["freckles"], grid)
    brown = base * torch.tensor([0.50, 0.33, 0.25], device=base.device)
    color = paint(color, brown, freckles * edge(z - 0.3, 0.1))
    if bool((factors["beard"] > 0).any()):
        grain = 0.8 + 0.35 * strands("buzz", point, noise["strands"], factors["strands"])
        color = paint(color, hair[..., None] * grain[:, None], beard_mask(factors, point, grid))
    brow = 0.75 * hair * base.clamp(0.3, 1.0)
    color = paint(color, brow, brow_mask(factors, x, y, grid) * front)
    return _mouth(factors, color, base, x, y, front, grid)


def brow_mask(factors: Factors, x: torch.Tensor, y: torch.Tensor, grid: Grid) -> torch.Tensor:
    """Mask two arched strokes above the eyes: [N, P]."""
    along = (x.abs() - 0.31) / 0.19
    height = 0.325 + 0.075 * factors["brow_height"][:, None]
    center = height + 0.045 * factors["brow_tilt"][:, None] * along - 0.035 * along.square()
    half = 0.036 + 0.022 * factors["brow_thickness"][:, None]
    half = half * (1.0 - along.square()).clamp(min=0.0).sqrt()
    return edge(half - (y - center).abs(), 1.5 * grid.pixel) * (along.abs() < 1.0)


def beard_mask(factors: Factors, point: torch.Tensor, grid: Grid) -> torch.Tensor:
    """Mask a full beard (choice 1) or a moustache (choice 2): [N, P]."""
    x, y, z = point
    width = 1.5 * grid.pixel
    line = -0.385 + 3.4 * (x.abs() - 0.32).clamp(min=0.0).square()
    full = edge(line - y, width) * edge(z - 0.02 - 0.35 * (y + 0.3), 0.04)
    swing = (x.abs() - 0.14) * 0.30
    wing = 1.0 - torch.hypot((x.abs() - 0.13) / 0.20, (y + 0.372 + swing) / 0.075)
    moustache = edge(wing * 0.08, width) * (z > 0.2)
    kind = factors["beard"][:, None]
    return torch.where(kind == 1, full, torch.where(kind == 2, moustache, torch.zeros_like(full)))


def _mouth(
    factors: Factors,
    color: torch.Tensor,
    base: torch.Tensor,
    x: torch.Tensor,
    y: torch.Tensor,
    front: torch.Tensor,
    grid: Grid,
) -> torch.Tensor:
    """Paint lips over the skin, and teeth and tongue inside an open mouth."""
    width = 1.5 * grid.pixel
    half_width = 0.21 + 0.08 * factors["mouth_width"][:, None]
    along = (x / half_width).square()
    round_end = (1.0 - along).clamp(min=0.0)
    upper = -0.53 + 0.17 * factors["smile"][:, None] * (along - 0.35)
    gap = factors["mouth_open"][:, None]
    gap = torch.where(gap > 0.0, 0.07 + 0.13 * gap, gap) * round_end.sqrt()
    lower = upper - gap
    front = front * (along < 1.0)
    lip = 0.042 * round_end.sqrt()
    lips = torch.lerp(base * 0.35, torch.tensor(linear("#b52c3a"), device=x.device), 0.5)
    color = paint(color, lips, edge(torch.minimum(upper + lip - y, y - lower + lip), width) * front)
    inside = edge(torch.minimum(upper - y, y - lower), width) * (gap > 0.0) * front
    color = paint(color, _constant("#5c1820", base), inside)
    tongue = edge(1.0 - torch.hypot(x / (0.6 * half_width), (y - lower) / 0.075), width / 0.075)
    color = paint(color, _constant("#e8707c", base), tongue * inside)
    teeth = edge(y - upper + 0.065, width)
    return paint(color, _constant("#fdfbf6", base), teeth * inside)


def freckle_mask(
    x: torch.Tensor, y: torch.Tensor, noise: torch.Tensor, amount: torch.Tensor, grid: Grid
) -> torch.Tensor:
    """Mask spots at random places, at most one in each cell: `noise` [N, cells * 4] -> [N, P]."""
    columns, rows = FRECKLE_CELLS
    cell_x, cell_y = x / FRECKLE_CELL + columns / 2.0, (y + 0.26) / FRECKLE_CELL + rows / 2.0
    column, row = cell_x.floor(), cell_y.floor()
    valid = (column >= 0) & (column < columns) & (row >= 0) & (row < rows)
    cell = (row.clamp(0, rows - 1) * columns + column.clamp(0, columns - 1)).long()
    spot_x, spot_y, size, chance = noise.view(-1, 4, columns * rows).gather(
        2, cell[:, None].expand(-1, 4, -1)
    ).unbind(1)  # fmt: skip
    radius = 0.26 + 0.12 * size
    inside_x, inside_y = cell_x - column, cell_y - row
    distance = torch.hypot(inside_x - 0.35 - 0.3 * spot_x, inside_y - 0.35 - 0.3 * spot_y)
    shown = valid & (chance < 0.62 * amount[:, None]) & (y < -0.12)
    return edge(radius - distance, 1.5 * grid.pixel / FRECKLE_CELL) * shown * 0.85


def background(factors: Factors, noise: torch.Tensor, grid: Grid) -> torch.Tensor:
    """Paint a soft pastel wall with discs of light: `noise` [N, discs * 4] -> linear [N, 3, P]."""
    base = pick(BACKGROUNDS, factors["background"])[..., None]  # [N, 3, 1]
    u, v = grid.u / VIEW_HALF, (grid.v - VIEW_CENTER) / VIEW_HALF  # -1 to 1 in the frame
    wall = 0.80 + 0.16 * v - 0.10 * (u.square() + v.square())
    color = base * wall
    disc_u, disc_v, size, light = noise.view(-1, BOKEH_DISCS, 4).unbind(-1)  # [N, D]
    disc_u, disc_v = 2.1 * disc_u - 1.05, 2.1 * disc_v - 1.05
    light = factors["bokeh"][:, None] * (0.25 + 0.5 * light)
    radius = 0.10 + 0.22 * size.square()
    for i in range(BOKEH_DISCS):
        distance = torch.hypot(u - disc_u[:, i, None], v - disc_v[:, i, None])
        disc = edge(radius[:, i, None] - distance, 0.05) * light[:, i, None]
        color = paint(color, 0.35 * base[..., 0] + 0.75, disc)
    return color
