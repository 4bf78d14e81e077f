"""How much fresh noise changes: pixels, and the labelled factors that styles should decide.

The paper says it in words (section 3.2): noise changes stochastic detail only.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from stylegan_core.data.portraits import World, render, sample_factors
from stylegan_core.labels.network import COLUMNS
from stylegan_core.metrics.figures import latents, pictures
from stylegan_core.metrics.metric import (
    HELD_OUT_SEED,
    Evaluation,
    Quality,
    ReadLabels,
    is_readable,
)
from stylegan_core.networks.contract import Generator
from stylegan_core.picture import broadcast, noise_maps

READS = ("reliability", "noise_pixels", "noise_factors", "chance_pixels", "chance_factors")
MOST_AFFECTED = 5  # factors that the page names


class NoiseEffect(NamedTuple):
    """How much pictures of the same people differ when their details are drawn several times.

    `pixels` is the standard deviation of a pixel over draws (of 255, mean over pictures);
    `factors` is that of each factor relative to its spread over people: 0 means that noise leaves
    the factor as it is.
    """

    pixels: float
    factors: dict[str, float]


def noise_effect(
    generator: Generator, read: ReadLabels, people: int = 24, draws: int = 12, psi: float = 0.7
) -> NoiseEffect:
    """Measure the effect of fresh noise on a generator's pictures."""
    ws = broadcast(generator, latents(generator, range(people)), psi)
    return _effect([pictures(generator, ws, noise_maps(generator, k)) for k in range(draws)], read)


def portrait_noise_effect(
    world: World, resolution: int, seed: int, read: ReadLabels, people: int = 24, draws: int = 12
) -> NoiseEffect:
    """Measure the same for portraits whose stochastic details alone are drawn anew.

    It is what a perfect generator would reach, and shows how far freckles, strands and lights
    mislead the reader.
    """
    factors = sample_factors(seed, range(people), world)
    return _effect(
        [
            render(factors | {"noise_seed": torch.arange(people) + draw * people}, resolution)
            for draw in range(draws)
        ],
        read,
    )


def measure(evaluation: Evaluation) -> Quality:
    """Return both effects, that of portraits under the names chance_*."""
    generator, read = evaluation.generator, evaluation.reader.read
    model = noise_effect(generator, read)
    portraits = portrait_noise_effect(evaluation.world, generator.resolution, HELD_OUT_SEED, read)
    return {
        "noise_pixels": model.pixels,
        "noise_factors": model.factors,
        "chance_pixels": portraits.pixels,
        "chance_factors": portraits.factors,
    }


def section(quality: Quality) -> list[str]:
    """Return a table of a pixel and the factors affected most, and the noise figures."""
    model, portraits = quality["noise_factors"], quality["chance_factors"]
    readable = [name for name in model if is_readable(quality, name)]
    most_affected = sorted(readable, key=lambda name: -model[name])[:MOST_AFFECTED]
    return [
        "The standard deviation of a pixel (of 255), and of the factors affected most, relative to",
        "how much people differ.",
        "The model's noise is drawn anew; in the portraits, their stochastic details alone are.",
        "The second column is what a perfect model would show: the reading network takes some",
        "details for other factors.",
        "",
        "| | this model | portraits |",
        "|---|---|---|",
        f"| a pixel | {quality['noise_pixels']} | {quality['chance_pixels']} |",
        *(f"| {name} | {model[name]:.2f} | {portraits[name]:.2f} |" for name in most_affected),
        "",
        "![Five draws of noise and their standard deviation](noise.png)",
        "![Noise in all layers, in none, in fine ones, in coarse ones](noise-layers.png)",
    ]


def _effect(pictures_by_draw: Sequence[Tensor], read: ReadLabels) -> NoiseEffect:
    """Measure draws of the same people, uint8 [people, 3, H, W] each."""
    images = torch.stack(list(pictures_by_draw)).float()  # [draws, people, 3, H, W]
    readings = torch.stack([read(drawn) for drawn in pictures_by_draw])  # [draws, people, width]
    over_draws = readings.var(dim=0).mean(dim=0)  # [width]
    over_people = readings.mean(dim=0).var(dim=0)
    factors = {
        name: (over_draws[columns].sum() / over_people[columns].sum()).sqrt().item()
        for name, columns in COLUMNS.slices.items()
    }
    return NoiseEffect(images.std(dim=0).mean().item(), factors)
