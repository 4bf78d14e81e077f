"""Ellipsoids seen by an orthographic camera that looks along -z.

A ray (u, v) meets the ellipsoid |M p - o| = 1 at a depth z that is an affine function of (u, v)
plus the square root of a quadratic one, so two matrix products give the depth of all ellipsoids
at all pixels. Ellipsoids of one material are blended by log-sum-exp, and so are their normals.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

FAR = -9.0  # depth of a ray that meets nothing
VIEW_HALF = 1.25  # half the height of the frame, in head units (a skull has a radius of 0.8)
VIEW_CENTER = 0.03  # the height of the frame's centre above eye level


@dataclass(frozen=True)
class Grid:
    """Pixel centres of a square frame: `basis` [6, P] holds 1, u, v, uu, uv, vv."""

    size: int
    basis: torch.Tensor

    @property
    def u(self) -> torch.Tensor:  # [P], to the right
        return self.basis[1]

    @property
    def v(self) -> torch.Tensor:  # [P], upwards
        return self.basis[2]

    @property
    def pixel(self) -> float:
        return 2.0 * VIEW_HALF / self.size


def pixel_grid(size: int, device: torch.device) -> Grid:
    """Return the grid of a frame of size x size pixels, row by row from the top."""
    steps = (torch.arange(size, device=device, dtype=torch.float32) + 0.5) / size * 2.0 - 1.0
    u = (steps * VIEW_HALF).repeat(size)
    v = (VIEW_CENTER - steps * VIEW_HALF).repeat_interleave(size)
    return Grid(size, torch.stack([torch.ones_like(u), u, v, u * u, u * v, v * v]))


def rotation(yaw: torch.Tensor, pitch: torch.Tensor, roll: torch.Tensor) -> torch.Tensor:
    """Return the local-to-world rotation of angles in degrees: [N] each -> [N, 3, 3]."""
    cy, sy = torch.cos(torch.deg2rad(yaw)), torch.sin(torch.deg2rad(yaw))
    cp, sp = torch.cos(torch.deg2rad(pitch)), torch.sin(torch.deg2rad(pitch))
    cr, sr = torch.cos(torch.deg2rad(roll)), torch.sin(torch.deg2rad(roll))
    zero, one = torch.zeros_like(cy), torch.ones_like(cy)
    around_y = torch.stack([cy, zero, sy, zero, one, zero, -sy, zero, cy], -1).view(-1, 3, 3)
    around_x = torch.stack([one, zero, zero, zero, cp, sp, zero, -sp, cp], -1).view(-1, 3, 3)
    around_z = torch.stack([cr, -sr, zero, sr, cr, zero, zero, zero, one], -1).view(-1, 3, 3)
    return around_z @ around_y @ around_x


@dataclass(frozen=True)
class Ellipsoids:
    """K ellipsoids in world space: |matrix p - offset| = 1.

    `matrix` [N, K, 3, 3], `offset` [N, K, 3], `size` [N, K] (mean radius) and `shade` [N, K], a
    number that is blended as the surface is (a brightness, or a flag).
    """

    matrix: torch.Tensor
    offset: torch.Tensor
    size: torch.Tensor
    shade: torch.Tensor


def ellipsoids(rows: torch.Tensor, frame: torch.Tensor) -> Ellipsoids:
    """Place ellipsoids in a local frame.

    `rows` [N, K, 8]: centre x y z, radii x y z, tilt in the x, y plane (degrees), shade.
    `frame` [N, 3, 3] turns local into world directions.
    """
    center, radii = rows[..., 0:3], rows[..., 3:6]
    tilt = torch.deg2rad(rows[..., 6])
    c, s, zero = torch.cos(tilt), torch.sin(tilt), torch.zeros_like(tilt)
    untilt = torch.stack([c, s, zero, -s, c, zero, zero, zero, zero + 1.0], -1)
    untilt = untilt.view(*tilt.shape, 3, 3)
    to_unit = untilt / radii[..., None]  # [N, K, 3, 3]
    offset = (to_unit @ center[..., None])[..., 0]
    return Ellipsoids(to_unit @ frame.mT[:, None], offset, radii.mean(-1), rows[..., 7])


def join(groups: Sequence[Ellipsoids]) -> Ellipsoids:
    """Concatenate ellipsoids along K."""
    return Ellipsoids(
        torch.cat([group.matrix for group in groups], 1),
        torch.cat([group.offset for group in groups], 1),
        torch.cat([group.size for group in groups], 1),
        torch.cat([group.shade for group in groups], 1),
    )


def depths(shapes: Ellipsoids, grid: Grid) -> torch.Tensor:
    """Return the depth of each ellipsoid's front, FAR where a ray misses it: [N, K, P]."""
    across = torch.stack([-shapes.offset, shapes.matrix[..., 0], shapes.matrix[..., 1]], -2)
    along = shapes.matrix[..., 2:3]  # [N, K, 3, 1]; across is [N, K, 3 (1, u, v), 3]
    square = along.square().sum((-2, -1))[..., None]  # [N, K, 1]
    mixed = (across @ along)[..., 0] / square  # [N, K, 3]
    gram = across @ across.mT / square[..., None]  # [N, K, 3, 3]
    form = mixed[..., :, None] * mixed[..., None, :] - gram
    quadratic = torch.stack(
        [
            form[..., 0, 0] + 1.0 / square[..., 0],
            2.0 * form[..., 0, 1],
            2.0 * form[..., 0, 2],
            form[..., 1, 1],
            2.0 * form[..., 1, 2],
            form[..., 2, 2],
        ],
        -1,
    )
    under_root = quadratic @ grid.basis  # [N, K, P]
    depth = under_root.clamp(min=0.0).sqrt_().sub_(mixed @ grid.basis[:3])
    return depth.masked_fill_(under_root < 0.0, FAR)


@dataclass(frozen=True)
class Surface:
    """The visible front of one material: depth [N, P], normal [N, 3, P], shade [N, P]."""

    depth: torch.Tensor
    normal: torch.Tensor
    shade: torch.Tensor


def melt(shapes: Ellipsoids, depth: torch.Tensor, grid: Grid, sharpness: float) -> Surface:
    """Blend ellipsoids into one surface: `depth` [N, K, P] from `depths`, perhaps clipped.

    `sharpness` is the k of log-sum-exp: larger gives tighter seams.
    """
    front = depth.amax(1, keepdim=True)
    weight = ((depth - front) * sharpness).clamp_(min=-30.0).exp_()
    total = weight.sum(1, keepdim=True)
    weight = weight / total
    surface = (front + total.log() / sharpness)[:, 0]  # [N, P]
    scaled = shapes.matrix.mT * shapes.size[..., None, None]
    slope = (scaled @ shapes.matrix).flatten(2)  # [N, K, 9]
    shift = (scaled @ shapes.offset[..., None])[..., 0]  # [N, K, 3]
    blended = torch.cat([slope, shift, shapes.shade[..., None]], -1).mT @ weight  # [N, 13, P]
    normal = torch.stack(
        [
            blended[:, i] * grid.u + blended[:, i + 1] * grid.v + blended[:, i + 2] * surface
            - blended[:, 9 + i // 3]
            for i in (0, 3, 6)
        ],
        1,
    )  # fmt: skip
    surface = surface.masked_fill(front[:, 0] <= FAR + 1.0, FAR)
    return Surface(surface, unit(normal), blended[:, 12])


def unit(vectors: torch.Tensor) -> torch.Tensor:
    """Scale vectors [N, 3, P] to length 1, several times faster than `normalize` on a CPU."""
    x, y, z = vectors.unbind(1)
    return vectors * (x * x + y * y + z * z).clamp(min=1e-12).rsqrt()[:, None]


def local_points(depth: torch.Tensor, grid: Grid, frame: torch.Tensor) -> torch.Tensor:
    """Return surface points in a local frame: depth [N, P] -> x, y, z as [3, N, P]."""
    x, y, z = (
        frame[:, 0, i, None] * grid.u + frame[:, 1, i, None] * grid.v + frame[:, 2, i, None] * depth
        for i in range(3)
    )
    return torch.stack([x, y, z])
