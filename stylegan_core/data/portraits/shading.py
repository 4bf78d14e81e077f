"""Shading: diffuse and fill light, rim, highlights, ambient occlusion, shadows and tone."""

from dataclasses import astuple, dataclass

import torch
import torch.nn.functional as F

from .anatomy import Factors
from .geometry import VIEW_CENTER, VIEW_HALF, Grid
from .palette import BACKGROUNDS, GAMMA, pick


@dataclass(frozen=True)
class Material:
    """The optical properties of a material; `gloss` and `tightness` shape its highlights."""

    wrap: float  # how far diffuse light reaches around the surface
    gloss: float
    tightness: float
    flesh: float = 0.0  # a reddish glow where light turns into shadow


SKIN = Material(0.42, 0.10, 14.0, flesh=1.0)
EYE = Material(0.75, 0.25, 60.0)
HAIR = Material(0.30, 0.26, 16.0)
CLOTH = Material(0.35, 0.03, 6.0)
WOOL = Material(0.40, 0.02, 6.0)
PLASTIC = Material(0.25, 0.55, 40.0)
MATERIALS = (SKIN, EYE, HAIR, CLOTH, WOOL, PLASTIC)


def light_direction(factors: Factors) -> torch.Tensor:
    """Return the unit vector towards the key light: [N, 3]."""
    azimuth = torch.deg2rad(factors["light_azimuth_deg"])
    elevation = torch.deg2rad(factors["light_elevation_deg"])
    horizontal = torch.cos(elevation)
    return torch.stack(
        [torch.sin(azimuth) * horizontal, torch.sin(elevation), torch.cos(azimuth) * horizontal], -1
    )


def shade(
    factors: Factors,
    albedo: torch.Tensor,
    normal: torch.Tensor,
    material: torch.Tensor,
    shadow: torch.Tensor,
    occlusion: torch.Tensor,
) -> torch.Tensor:
    """Light a picture of albedo and normal [N, 3, P] and material [N, P] (an index).

    `shadow` and `occlusion` [N, P] are 1 where nothing is in the way. Returns linear light
    [N, 3, P].
    """
    device = albedo.device
    table = torch.tensor([astuple(m) for m in MATERIALS], device=device)  # [M, 4]
    wrap, gloss, tightness, flesh = table.T[:, material].unbind(0)  # [N, P] each
    light = light_direction(factors)
    facing = (light[:, None] @ normal)[:, 0]  # [N, P]
    diffuse = ((facing + wrap) / (1.0 + wrap)).clamp(min=0.0) * shadow
    warmth = factors["light_warmth"][:, None]
    tint = 1.0 + 0.10 * warmth * torch.tensor([1.0, 0.1, -1.0], device=device)  # [N, 3]
    key = 1.17 * factors["light_strength"][:, None] * tint
    back = F.normalize(light * torch.tensor([-1.0, 0.3, 0.8], device=device), dim=1)
    fill = (back[:, None] @ normal)[:, 0].clamp(min=0.0) * occlusion
    room = 0.6 + 0.4 * pick(BACKGROUNDS, factors["background"])  # [N, 3]
    ambient = (0.36 + 0.12 * normal[:, 1]) * occlusion
    turning = flesh * diffuse * (1.0 - diffuse).clamp(min=0.0) * 0.5
    glow = torch.tensor([0.30, 0.06, 0.03], device=device)[:, None]
    color = key[..., None] * (diffuse * (0.5 + 0.5 * occlusion))[:, None]
    color = color + 0.30 * (2.0 - tint)[..., None] * fill[:, None]
    color = color + room[..., None] * ambient[:, None]
    color = albedo * (color + glow * turning[:, None])
    half = F.normalize(light + torch.tensor([0.0, 0.0, 1.0], device=device), dim=1)
    mirror = (half[:, None] @ normal)[:, 0].clamp(min=1e-3)
    spark = gloss * torch.exp(tightness * mirror.log()) * shadow
    grazing = (1.0 - normal[:, 2]).clamp(0.0, 1.0)
    rim = 0.11 * grazing * grazing * grazing * (1.0 + normal[:, 1]) * occlusion
    lit: torch.Tensor = color + spark[:, None] * key[..., None] + room[..., None] * rim[:, None]
    return lit


def occlusion(depth: torch.Tensor) -> torch.Tensor:
    """Estimate ambient occlusion by an unsharp mask of depth: [N, 1, R, R] -> same, 1 is open."""
    size = depth.shape[-1]
    depth = depth.clamp(min=-0.9)
    wide = _blur(_blur(depth, 0.05 * size), 0.05 * size)
    tight = _blur(depth, 0.02 * size)
    hollow = 1.1 * (wide - depth).clamp(0.0, 0.32) + 1.0 * (tight - depth).clamp(0.0, 0.12)
    return 1.0 - hollow


def _blur(image: torch.Tensor, radius: float) -> torch.Tensor:
    reach = max(1, round(radius))
    for kernel, padding in (((1, 2 * reach + 1), (0, reach)), ((2 * reach + 1, 1), (reach, 0))):
        image = F.avg_pool2d(image, kernel, 1, padding, count_include_pad=False)
    return image


def cast_shadow(depth: torch.Tensor, light: torch.Tensor, grid: Grid) -> torch.Tensor:
    """Cast short shadows of what rises towards the light: [N, 1, R, R] -> same shape, 1 is lit."""
    shadow = torch.ones_like(depth)
    here = torch.stack([grid.u, VIEW_CENTER - grid.v], -1)  # [P, 2], y down as in grid_sample
    towards = torch.stack([light[:, 0], -light[:, 1]], -1)[:, None]  # [N, 1, 2]
    for step in (0.09, 0.18):
        points = ((here + step * towards) / VIEW_HALF).view(-1, grid.size, grid.size, 2)
        other = F.grid_sample(depth, points, padding_mode="border", align_corners=False)
        above = other - depth - step * light[:, 2, None, None, None]
        blocked = ((above - 0.01) / 0.05).clamp(0.0, 1.0) * ((0.75 - above) / 0.2).clamp(0.0, 1.0)
        shadow = shadow - 0.30 * blocked
    return shadow


def head_shadow(
    depth: torch.Tensor, on_body: torch.Tensor, light: torch.Tensor, grid: Grid
) -> torch.Tensor:
    """Cast the shadow of the head, a ball, on neck and clothes: [N, P], 1 is lit."""
    x, y, z = grid.u, grid.v + 0.15, depth - 0.05
    along = light[:, 0, None] * x + light[:, 1, None] * y + light[:, 2, None] * z
    distance = (x.square() + y.square() + z.square() - along.square()).clamp(min=0.0).sqrt()
    return 1.0 - 0.55 * on_body * ((0.95 - distance) / 0.25).clamp(0.0, 1.0) * (along < 0.0)


def tone(color: torch.Tensor) -> torch.Tensor:
    """Map linear light to display values in [0, 1]."""
    return (1.12 * color / (1.0 + 0.28 * color)).clamp(1e-5, 1.0).pow(1.0 / GAMMA)
