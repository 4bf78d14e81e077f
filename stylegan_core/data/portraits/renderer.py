"""Render factors as pictures: surfaces of each material, one depth buffer, one pass of light."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F

from . import anatomy, details, shading
from .factors import check_factors, choice_of
from .geometry import FAR, Grid, Surface, local_points, pixel_grid, rotation
from .hair import CURLS, hair, strands
from .hashing import mix, uniforms
from .palette import ACCENTS, CLOTHES, pick
from .palette import HAIR as HAIR_COLORS
from .worlds import World, sample_factors

SUPERSAMPLING = 2
MIN_RESOLUTION, MAX_RESOLUTION = 8, 1024
HIGHLIGHT = 1.6  # of the eyes, in linear light: more than white
CPU_PIXELS = 2**16  # rendered at once, to stay within the caches
GPU_PIXELS = 2**22

NOISE_SIZES = {  # random numbers for each stochastic detail
    "curls": 4 * CURLS,
    "strands": 8,
    "freckles": 4 * details.FRECKLE_CELLS[0] * details.FRECKLE_CELLS[1],
    "bokeh": 4 * details.BOKEH_DISCS,
}


def portraits(
    seed: int,
    indices: Sequence[int],
    resolution: int,
    device: torch.device | str = "cpu",
    world: World = "portraits",
) -> torch.Tensor:
    """Render the pictures (seed, index): uint8 [N, 3, R, R]; see `sample_factors`, `render`."""
    return render(sample_factors(seed, indices, world), resolution, device)


def render(
    factors: Mapping[str, torch.Tensor], resolution: int, device: torch.device | str = "cpu"
) -> torch.Tensor:
    """Render factors [N] as pictures: uint8 [N, 3, R, R] in sRGB, on `device`.

    A picture does not depend on the others of its batch. Raises ValueError for missing factors
    and for a resolution outside 8 to 1024.
    """
    count = check_factors(factors)
    if not MIN_RESOLUTION <= resolution <= MAX_RESOLUTION:
        raise ValueError(
            f"resolution {resolution} is not between {MIN_RESOLUTION} and {MAX_RESOLUTION} pixels"
        )
    device = torch.device(device)
    noise = {name: values.to(device) for name, values in _noise(factors["noise_seed"]).items()}
    on_device = {name: values.to(device) for name, values in factors.items()}
    fine = pixel_grid(SUPERSAMPLING * resolution, device)
    coarse = pixel_grid(resolution, device)
    pictures = torch.empty(count, 3, resolution, resolution, dtype=torch.uint8, device=device)
    budget = CPU_PIXELS if device.type == "cpu" else GPU_PIXELS
    for kind, members in _groups(factors, max(1, budget // fine.size**2)):
        members = members.to(device)
        group_factors = {name: values[members] for name, values in on_device.items()}
        group_noise = {name: values[members] for name, values in noise.items()}
        pictures[members] = _draw(kind, group_factors, group_noise, fine, coarse)
    return pictures


@dataclass(frozen=True)
class Kind:
    """The choices that decide which shapes a picture needs."""

    hair_style: str
    glasses: str
    has_hat: bool


def _groups(factors: Mapping[str, torch.Tensor], chunk: int) -> Iterator[tuple[Kind, torch.Tensor]]:
    """Split the batch into groups of at most `chunk` that need the same shapes.

    Yields the kind of each group and the indices of its members.
    """
    names = ("hair_style", "glasses", "hat")
    keys = torch.stack([factors[name].cpu() for name in names], 1)  # [N, 3]
    for key in torch.unique(keys, dim=0):
        style, glasses, hat = key.tolist()
        kind = Kind(choice_of("hair_style", style), choice_of("glasses", glasses), hat > 0)
        for members in torch.split((keys == key).all(1).nonzero()[:, 0], chunk):
            yield kind, members


def _noise(noise_seed: torch.Tensor) -> dict[str, torch.Tensor]:
    """Return random numbers in [0, 1) for all stochastic details, [N, size] each."""
    keys = mix(noise_seed.cpu().double().numpy().astype("uint64"))
    table = torch.from_numpy(uniforms(keys, sum(NOISE_SIZES.values())))
    return dict(zip(NOISE_SIZES, torch.split(table, list(NOISE_SIZES.values()), 1), strict=True))


class _Buffer:
    """The nearest surface at every pixel: depth, normal, albedo and material."""

    def __init__(self, count: int, grid: Grid) -> None:
        pixels, device = grid.u.numel(), grid.u.device
        self.depth = torch.full((count, pixels), FAR, device=device)
        self.normal = torch.zeros(count, 3, pixels, device=device)
        self.albedo = torch.zeros(count, 3, pixels, device=device)
        self.material = torch.zeros(count, pixels, dtype=torch.long, device=device)

    def add(
        self, surface: Surface, albedo: torch.Tensor, material: shading.Material
    ) -> torch.Tensor:
        """Add a surface; return a mask of where it is in front [N, P]."""
        is_front = surface.depth > self.depth
        self.depth = torch.where(is_front, surface.depth, self.depth)
        self.normal = torch.where(is_front[:, None], surface.normal, self.normal)
        self.albedo = torch.where(is_front[:, None], albedo, self.albedo)
        self.material.masked_fill_(is_front, shading.MATERIALS.index(material))
        return is_front


def _draw(
    kind: Kind, factors: anatomy.Factors, noise: details.Noise, fine: Grid, coarse: Grid
) -> torch.Tensor:
    """Draw one group of pictures: uint8 [N, 3, R, R]."""
    buffer = _Buffer(factors["yaw_deg"].shape[0], fine)
    is_body, highlights = _add_surfaces(kind, buffer, factors, noise, fine)
    color = _light(buffer, factors, is_body, fine, coarse)
    color = details.paint(color, torch.full_like(color[:, :, 0], HIGHLIGHT), highlights)
    return _before_wall(buffer, shading.tone(color), factors, noise, coarse)


def _add_surfaces(
    kind: Kind, buffer: _Buffer, factors: anatomy.Factors, noise: details.Noise, grid: Grid
) -> tuple[torch.Tensor, torch.Tensor]:
    """Add the whole person; return masks [N, P] of neck and clothes, and of eye highlights."""
    yaw, pitch, roll = factors["yaw_deg"], -factors["pitch_deg"], factors["roll_deg"]
    head = rotation(yaw, pitch, roll)
    body = rotation(0.35 * yaw, 0.0 * pitch, 0.15 * roll)  # it follows the head a little
    is_body = _add_body(buffer, factors, noise, head, body, grid)
    highlights = _add_eyes(buffer, factors, head, grid)
    for cover in _add_hair(kind, buffer, factors, noise, head, grid):
        is_body = is_body.masked_fill(cover, 0.0)
        highlights = highlights.masked_fill(cover, 0.0)
    return is_body, highlights


def _light(
    buffer: _Buffer, factors: anatomy.Factors, is_body: torch.Tensor, fine: Grid, coarse: Grid
) -> torch.Tensor:
    """Light all surfaces: linear light [N, 3, P]. Soft shadows are computed on the coarse grid."""
    light = shading.light_direction(factors)
    depth = buffer.depth.clamp(min=-1.5).view(-1, 1, fine.size, fine.size)
    depth = F.avg_pool2d(depth, SUPERSAMPLING)
    soft = torch.cat([shading.occlusion(depth), shading.cast_shadow(depth, light, coarse)], 1)
    soft = F.interpolate(soft, scale_factor=SUPERSAMPLING, mode="bilinear").flatten(2)
    shadow = soft[:, 1] * shading.head_shadow(buffer.depth, is_body, light, fine)
    return shading.shade(factors, buffer.albedo, buffer.normal, buffer.material, shadow, soft[:, 0])


def _before_wall(
    buffer: _Buffer,
    color: torch.Tensor,
    factors: anatomy.Factors,
    noise: details.Noise,
    coarse: Grid,
) -> torch.Tensor:
    """Average colours [N, 3, P] down and blend them over the wall: uint8 [N, 3, R, R]."""
    size, fine_size = coarse.size, SUPERSAMPLING * coarse.size
    alpha = (buffer.depth > FAR + 1.0).float()[:, None]
    layers = torch.cat([color * alpha, alpha], 1).view(-1, 4, fine_size, fine_size)
    layers = F.avg_pool2d(layers, SUPERSAMPLING)  # [N, 4, R, R]
    wall = shading.tone(details.background(factors, noise["bokeh"], coarse))
    picture = layers[:, :3] + (1.0 - layers[:, 3:]) * wall.view(-1, 3, size, size)
    return (picture * 255.0).round().clamp(0, 255).to(torch.uint8)


def _add_body(
    buffer: _Buffer,
    factors: anatomy.Factors,
    noise: details.Noise,
    head: torch.Tensor,
    body: torch.Tensor,
    grid: Grid,
) -> torch.Tensor:
    """Add skin and clothes; return 1 on neck and clothes [N, P]."""
    skin = anatomy.skin(factors, head, body, grid)
    point = local_points(skin.depth, grid, head)
    point[2] -= 9.0 * skin.shade  # out of reach of what is painted on the face
    albedo = details.face_paint(factors, point, noise, grid)
    buffer.add(skin, albedo, shading.SKIN)
    cloth = anatomy.clothes(body, grid)
    dye = pick(CLOTHES, factors["clothes"])[..., None] * (1.0 - 0.18 * cloth.shade[:, None])
    is_front = buffer.add(cloth, dye, shading.CLOTH)
    return torch.where(is_front, torch.ones_like(skin.shade), skin.shade)


def _add_eyes(
    buffer: _Buffer, factors: anatomy.Factors, head: torch.Tensor, grid: Grid
) -> torch.Tensor:
    """Add the eyes; return a mask of their highlights [N, P]."""
    balls = anatomy.eyes(factors, head, grid)
    point = local_points(balls.depth, grid, head)
    light = (head.mT @ shading.light_direction(factors)[..., None])[..., 0]
    albedo, highlights = details.iris_and_lids(factors, point, light, grid)
    return highlights * buffer.add(balls, albedo, shading.EYE)


def _add_hair(
    kind: Kind,
    buffer: _Buffer,
    factors: anatomy.Factors,
    noise: details.Noise,
    head: torch.Tensor,
    grid: Grid,
) -> list[torch.Tensor]:
    """Add hair, hat and glasses; return masks of where each is in front [N, P]."""
    tuft = hair(kind.hair_style, kind.has_hat, factors, noise["curls"], head, grid)
    point = local_points(tuft.depth, grid, head)
    streak = strands(kind.hair_style, point, noise["strands"], factors["strands"])
    bright = (1.0 + 0.6 * streak + 1.2 * tuft.shade).clamp(0.35, 1.8)
    dye = pick(HAIR_COLORS, factors["hair_color"])[..., None]
    covers = [buffer.add(tuft, dye * bright[:, None] + 0.012 * bright[:, None], shading.HAIR)]
    accent = pick(ACCENTS, factors["accent"])[..., None]  # [N, 3, 1]
    if kind.has_hat:
        hat = anatomy.hat(head, grid)
        covers.append(buffer.add(hat, _knit(hat, accent, head, grid), shading.WOOL))
    if kind.glasses != "none":
        frame = anatomy.glasses(kind.glasses, head, grid)
        covers.append(buffer.add(frame, accent.expand_as(buffer.albedo), shading.PLASTIC))
    return covers


def _knit(hat: Surface, wool: torch.Tensor, head: torch.Tensor, grid: Grid) -> torch.Tensor:
    """Paint ribs that run up the hat, finer on the brim: linear colours [N, 3, P]."""
    x, _, z = local_points(hat.depth, grid, head)
    rib = torch.cos(torch.atan2(x, z + 0.08) * 26.0)
    brim = (1.0 - (hat.shade - 1.0).abs()).clamp(0.0, 1.0)
    return wool * (0.9 + 0.13 * rib - 0.12 * brim)[:, None]
