"""All measures of a generator trained on portraits, and the pages that show them."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from stylegan_core import figures
from stylegan_core.contact_sheet import contact_sheet, to_image
from stylegan_core.data.dataset import open_dataset
from stylegan_core.data.portraits import FACTORS, sample_factors, world_of
from stylegan_core.labels.network import LabelNetwork, reliability, targets, train_on_portraits
from stylegan_core.metrics import effects
from stylegan_core.metrics.swd import sliced_wasserstein
from stylegan_core.networks.contract import GROUPS, Generator

READER_SEED, HELD_OUT_SEED = 101, 102  # portraits never trained on
READABLE = 0.5  # factors read less reliably than this are left out of the tables
MOST_MOVED = 5  # by noise: so many factors are named


@dataclass(frozen=True)
class Quality:
    """What was measured. JSON turns the scales into text."""

    images: int
    swd: Mapping[int, float]
    swd_real_against_real: Mapping[int, float]
    reliability: Mapping[str, float]
    mixing_shares: Mapping[str, Mapping[str, float]]
    noise_pixels: float
    noise_factors: Mapping[str, float]
    chance_pixels: float  # in the portraits themselves; so the next
    chance_factors: Mapping[str, float]

    def to_json(self) -> dict[str, Any]:
        """The measures as plain values, rounded to what they mean."""
        plain: dict[str, Any] = _rounded(asdict(self))
        return plain


def measure(
    generator: Generator,
    images: int = 5000,
    reader_images: int = 20_000,
    workers: int = 1,
    say: Callable[[str], None] = lambda text: None,
) -> Quality:
    """Measure a generator against portraits it was not trained on.

    Sliced Wasserstein distance at psi 1 over `images`; shares of change and effect of noise as in
    `effects`, read by a network trained on `reader_images` labelled portraits. `say` hears what is
    done now.
    """
    say(f"rendering {2 * images} portraits to compare with ...")
    size = generator.resolution
    world = world_of(str(generator.card.get("data"))) or "portraits"
    held_out = open_dataset(f"{world}:{2 * images}", size, HELD_OUT_SEED, workers).images
    first, second = (
        torch.from_numpy(part.copy()) for part in (held_out[:images], held_out[images:])
    )
    say(f"making {images} pictures ...")
    made = figures.samples(generator, range(images), psi=1.0)
    say(f"training the reading network on {reader_images} portraits ...")
    network = _reader(reader_images, workers)
    say("measuring what each group of layers and the noise change ...")
    wanted = targets(sample_factors(HELD_OUT_SEED, range(images), world))
    noise = effects.noise_effect(generator, network.read)
    chance = effects.chance_effect(world, size, HELD_OUT_SEED, network.read)
    return Quality(
        images=images,
        swd=sliced_wasserstein(made, first),
        swd_real_against_real=sliced_wasserstein(second, first),
        reliability=reliability(network.read(first), wanted),
        mixing_shares=effects.mixing_shares(generator, network.read),
        noise_pixels=noise.pixels,
        noise_factors=noise.factors,
        chance_pixels=chance.pixels,
        chance_factors=chance.factors,
    )


def _reader(count: int, workers: int) -> LabelNetwork:
    data = open_dataset(f"portraits:{count}", 64, READER_SEED, workers)
    return train_on_portraits(data.images, READER_SEED)


# Pages ---------------------------------------------------------------------------------------


def write_pictures(generator: Generator, folder: Path) -> None:
    """samples.png, mixing-GROUP.png, noise.png, noise-layers.png and truncation.png."""
    sheets: dict[str, tuple[Tensor, int]] = {
        "samples": (figures.samples(generator, range(40)), 8),
        "noise": (_noise_rows(generator, (3, 5, 8)), 6),
        "noise-layers": (torch.cat([figures.noise_layers(generator, s) for s in (3, 5, 8)]), 4),
        "truncation": (figures.truncation(generator, range(4)), len(figures.PSIS)),
    }
    for group in GROUPS:
        sheets[f"mixing-{group}"] = (figures.mixing(generator, range(4), range(10, 15), group), 6)
    folder.mkdir(parents=True, exist_ok=True)
    for name, (cells, columns) in sheets.items():
        sheet = contact_sheet(cells, columns)
        scale = max(1, 128 // generator.resolution)
        sheet = sheet.resize((sheet.width * scale, sheet.height * scale), Image.Resampling.LANCZOS)
        sheet.save(folder / f"{name}.png", optimize=True)
    to_image(figures.samples(generator, [0])[0]).save(folder / "seed0.png")


def _noise_rows(generator: Generator, seeds: tuple[int, ...]) -> Tensor:
    """For each seed five draws of noise and their standard deviation, times 4 (figure 4)."""
    rows = []
    for seed in seeds:
        deviation = (4 * figures.noise_deviation(generator, seed)).clamp(max=255)
        grey = deviation.to(torch.uint8).expand(1, 3, -1, -1)
        rows += [figures.noise_draws(generator, seed, draws=5), grey]
    return torch.cat(rows)


def card_page(card: Mapping[str, Any], settings: Mapping[str, Any] = MappingProxyType({})) -> str:
    """The card of a measured checkpoint, as Markdown; `settings` are those worth a table."""
    quality = card["quality"]
    training = card.get("training", {})
    facts = [
        f"# {card['name']}",
        "",
        str(card.get("description", "")),
        "",
        "| | |",
        "|---|---|",
        f"| architecture | {card['architecture']}, {card['config']['resolution']} px |",
        *(
            f"| {key.replace('_', ' ')} | {value} |"
            for key, value in training.items()
            if not isinstance(value, Mapping)
        ),
        f"| licence | {card.get('licence', 'not stated')} |",
        "",
        "![Uncurated samples at psi 0.7](samples.png)",
        "",
        *_settings_lines(settings),
        *_distance_lines(quality),
        *_mixing_lines(quality),
        *_noise_lines(quality),
    ]
    return "\n".join(facts) + "\n"


def _settings_lines(settings: Mapping[str, Any]) -> list[str]:
    if not settings:
        return []
    rows = [f"| {name} | {_plain(json.dumps(value))} |" for name, value in settings.items()]
    return [
        "## Settings",
        "",
        "Those of the training run that differ from the defaults.",
        "",
        "| setting | value |",
        "|---|---|",
        *rows,
        "",
    ]


def _plain(text: str) -> str:
    """Without what would end a cell of a table."""
    return text.replace("|", "\\|")


def _distance_lines(quality: Mapping[str, Any]) -> list[str]:
    scales = list(quality["swd"])
    return [
        "## Distance from the data",
        "",
        f"Sliced Wasserstein distance x 1000 per scale, {quality['images']} pictures at psi 1",
        "against as many held-out portraits; the second row is one set of held-out portraits",
        "against another, the floor.",
        "",
        "| | " + " | ".join(f"{scale} px" for scale in scales) + " |",
        "|---" * (len(scales) + 1) + "|",
        "| this model | " + " | ".join(str(quality["swd"][s]) for s in scales) + " |",
        "| real against real | "
        + " | ".join(str(quality["swd_real_against_real"][s]) for s in scales)
        + " |",
        "",
    ]


def _mixing_lines(quality: Mapping[str, Any]) -> list[str]:
    lines = [
        "## What each group of styles changes",
        "",
        "The share of the change from one person to another that swapping one group of styles",
        "brings, for 200 pairs at psi 0.7, read by a network trained on labelled portraits.",
        f"Factors that it reads poorly (below {READABLE} of the variance) are left out.",
        "",
        "| factor | group in the data | coarse | middle | fine |",
        "|---|---|---|---|---|",
    ]
    for factor in FACTORS:
        if quality["reliability"].get(factor.name, 0) < READABLE:
            continue
        shares = quality["mixing_shares"][factor.name]
        cells = " | ".join(f"{shares[group]:.2f}" for group in GROUPS)
        lines.append(f"| {factor.name} | {factor.group} | {cells} |")
    pictures = [f"![{g} styles from the top row](mixing-{g}.png)" for g in GROUPS]
    return [*lines, "", *pictures, ""]


def _noise_lines(quality: Mapping[str, Any]) -> list[str]:
    readable = {
        name: spread
        for name, spread in quality["noise_factors"].items()
        if quality["reliability"].get(name, 0) >= READABLE
    }
    most = sorted(readable, key=lambda name: -readable[name])[:MOST_MOVED]
    chance = quality["chance_factors"]
    return [
        "## What noise changes",
        "",
        "The standard deviation of a pixel, of 255, and that of the factors most affected relative",
        "to how much people differ: under fresh noise, and in the portraits themselves when only",
        "their chance is drawn anew. What the latter move, the reading network takes for another",
        "factor; a model can do no better.",
        "",
        "| | this model | portraits |",
        "|---|---|---|",
        f"| a pixel | {quality['noise_pixels']} | {quality['chance_pixels']} |",
        *(f"| {name} | {readable[name]:.2f} | {chance[name]:.2f} |" for name in most),
        "",
        "![Five draws of noise and their standard deviation](noise.png)",
        "![Noise in all layers, in none, in fine ones, in coarse ones](noise-layers.png)",
        "",
        "## Truncation",
        "",
        "![psi 1, 0.7, 0.5, 0, -0.5, -1](truncation.png)",
    ]


def _rounded(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _rounded(entry) for key, entry in value.items()}
    return round(value, 3) if isinstance(value, float) else value
