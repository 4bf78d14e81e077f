"""What styles and noise change, in numbers: the labelled factors that each of them moves.

The paper says it in words (section 3.1): coarse styles bring pose and face shape, middle ones
facial features, fine ones the colour scheme; noise only stochastic detail (section 3.2).
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from stylegan_core.data.portraits import World, render, sample_factors
from stylegan_core.figures import latents, pictures, swapped
from stylegan_core.labels.network import COLUMNS, READ_FACTORS
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


class Spread(NamedTuple):
    """What chance changes: the pixels, and each labelled factor.

    `pixels` is the standard deviation of a pixel over draws (of 255, mean over pictures);
    `factors` that of each factor relative to its spread over people: 0 means that chance leaves
    the factor alone.
    """

    pixels: float
    factors: dict[str, float]


def noise_effect(
    generator: Generator, read: Reader, people: int = 24, draws: int = 12, psi: float = 0.7
) -> Spread:
    """What fresh noise changes in a generator's pictures."""
    ws = broadcast(generator, latents(generator, range(people)), psi)
    return _spread([pictures(generator, ws, noise_maps(generator, k)) for k in range(draws)], read)


def chance_effect(
    world: World, resolution: int, seed: int, read: Reader, people: int = 24, draws: int = 12
) -> Spread:
    """What chance changes in portraits themselves, when all else is kept: freckles, strands and
    lights are drawn anew. It tells what `noise_effect` is to be like, and how far the
    reader is taken in by such details.
    """
    factors = sample_factors(seed, range(people), world)
    sheets = [
        render(factors | {"noise_seed": torch.arange(people) + draw * people}, resolution)
        for draw in range(draws)
    ]
    return _spread(sheets, read)


def _spread(sheets: Sequence[Tensor], read: Reader) -> Spread:
    """Of the same people drawn several times, uint8 [people, 3, H, W] each."""
    images = torch.stack(list(sheets)).float()  # [draws, people, 3, H, W]
    readings = torch.stack([read(sheet) for sheet in sheets])  # [draws, people, width]
    under_chance = readings.var(dim=0).mean(dim=0)  # [width]
    over_people = readings.mean(dim=0).var(dim=0)
    factors = {
        name: (under_chance[where].sum() / over_people[where].sum()).sqrt().item()
        for name, where in COLUMNS.slices.items()
    }
    return Spread(images.std(dim=0).mean().item(), factors)


def _projection(change: Tensor, whole: Tensor) -> float:
    return ((change * whole).sum() / whole.square().sum()).item()
