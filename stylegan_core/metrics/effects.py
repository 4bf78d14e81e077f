"""What styles and noise change, in numbers: the labelled factors that each of them moves.

The paper says it in words (section 3.1): coarse styles bring pose and face shape, middle ones
facial features, fine ones the colour scheme; noise only stochastic detail (section 3.2).
"""

from collections.abc import Callable

import torch
from torch import Tensor

from stylegan_core.figures import latents, pictures, swapped
from stylegan_core.metrics.label_network import COLUMNS, READ_FACTORS
from stylegan_core.networks.contract import GROUPS, Generator
from stylegan_core.picture import broadcast, noise_maps

Reader = Callable[[Tensor], Tensor]  # uint8 [N, 3, H, W] -> readings [N, COLUMNS.width]


def mixing_shares(
    generator: Generator, read: Reader, pairs: int = 200, psi: float = 0.7, first_seed: int = 0
) -> dict[str, dict[str, float]]:
    """The share of the change from A to B in each factor that swapping one group brings.

    {factor: {"coarse": share, "middle": share, "fine": share}}, over pairs of seeds: the
    projection of the change that one group's styles make onto the change that all of them make.
    1: that group alone decides the factor; 0: it leaves it alone.
    """
    seeds = range(first_seed, first_seed + 2 * pairs)
    ws = broadcast(generator, latents(generator, seeds), psi)
    a, b = ws[:pairs], ws[pairs:]
    read_a, read_b = read(pictures(generator, a)), read(pictures(generator, b))
    mixed = {g: read(pictures(generator, swapped(generator, a, b, g))) for g in GROUPS}
    shares: dict[str, dict[str, float]] = {}
    for factor in READ_FACTORS:
        where = COLUMNS.slices[factor.name]
        whole = read_b[:, where] - read_a[:, where]
        shares[factor.name] = {
            group: _projection(readings[:, where] - read_a[:, where], whole)
            for group, readings in mixed.items()
        }
    return shares


def noise_effect(
    generator: Generator, read: Reader, people: int = 24, draws: int = 12, psi: float = 0.7
) -> tuple[float, dict[str, float]]:
    """What fresh noise changes: the pixels, and each labelled factor.

    Returns the standard deviation over draws of noise of a pixel (of 255, mean over pictures), and
    for each factor the standard deviation under noise relative to that over people: 0 means that
    noise leaves the factor alone.
    """
    ws = broadcast(generator, latents(generator, range(people)), psi)
    sheets = [pictures(generator, ws, noise_maps(generator, k)) for k in range(draws)]
    images = torch.stack(sheets).float()  # [draws, people, 3, H, W]
    readings = torch.stack([read(sheet) for sheet in sheets])  # [draws, people, width]
    under_noise = readings.var(dim=0).mean(dim=0)  # [width]
    over_people = readings.mean(dim=0).var(dim=0)
    factors = {
        name: (under_noise[where].sum() / over_people[where].sum()).sqrt().item()
        for name, where in COLUMNS.slices.items()
    }
    return images.std(dim=0).mean().item(), factors


def _projection(change: Tensor, whole: Tensor) -> float:
    return ((change * whole).sum() / whole.square().sum()).item()
