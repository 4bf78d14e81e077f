"""The pictures of a card's page: the paper's figures, drawn with the measured generator."""

from collections.abc import Sequence
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from stylegan_core.contact_sheet import contact_sheet, to_image
from stylegan_core.files import save_picture
from stylegan_core.metrics import figures
from stylegan_core.networks.contract import GROUPS, Generator

SAMPLE_SEEDS, SAMPLE_COLUMNS = range(40), 8
MIXING_ROWS, MIXING_COLUMNS = range(4), range(10, 15)  # seeds
NOISE_SEEDS = (3, 5, 8)
NOISE_DRAWS = 5
CELL_PX = 128  # smaller pictures are enlarged to about this size


def write_pictures(generator: Generator, folder: Path) -> None:
    """Write samples, mixing-GROUP, noise, noise-layers, truncation and seed0 as PNG files."""
    for name, (cells, columns) in _sheets(generator).items():
        sheet = contact_sheet(cells, columns)
        scale = max(1, CELL_PX // generator.resolution)
        sheet = sheet.resize((sheet.width * scale, sheet.height * scale), Image.Resampling.LANCZOS)
        save_picture(sheet, folder / f"{name}.png", optimize=True)
    save_picture(to_image(figures.samples(generator, [0])[0]), folder / "seed0.png")


def _sheets(generator: Generator) -> dict[str, tuple[Tensor, int]]:
    """Return the cells of each sheet, uint8 [N, 3, H, W], and its number of columns."""
    noise_layers = torch.cat([figures.noise_layers(generator, seed) for seed in NOISE_SEEDS])
    sheets = {
        "samples": (figures.samples(generator, SAMPLE_SEEDS), SAMPLE_COLUMNS),
        "noise": (_noise_rows(generator, NOISE_SEEDS), NOISE_DRAWS + 1),
        "noise-layers": (noise_layers, 4),
        "truncation": (figures.truncation(generator, range(4)), len(figures.PSIS)),
    }
    for group in GROUPS:
        mixed = figures.mixing(generator, MIXING_ROWS, MIXING_COLUMNS, group)
        sheets[f"mixing-{group}"] = (mixed, len(MIXING_COLUMNS) + 1)
    return sheets


def _noise_rows(generator: Generator, seeds: Sequence[int]) -> Tensor:
    """Return draws of noise for each seed, and 4 times the standard deviation (figure 4)."""
    rows = []
    for seed in seeds:
        deviation = (4 * figures.noise_deviation(generator, seed)).clamp(max=255)
        grey = deviation.to(torch.uint8).expand(1, 3, -1, -1)
        rows += [figures.noise_draws(generator, seed, NOISE_DRAWS), grey]
    return torch.cat(rows)
