"""Measure a generator with all metrics, against portraits that it was not trained on."""

from collections.abc import Callable, Mapping
from typing import Any

import torch

from stylegan_core.data.dataset import open_dataset
from stylegan_core.data.portraits import sample_factors, world_of
from stylegan_core.labels.network import LabelNetwork, reliability, targets, train_on_portraits
from stylegan_core.metrics import figures
from stylegan_core.metrics.metric import HELD_OUT_SEED, Evaluation, Quality
from stylegan_core.metrics.table import METRICS
from stylegan_core.networks.contract import Generator

READER_SEED = 101  # of the portraits that the reading network is trained on
READER_RESOLUTION = 64  # px


def evaluate(
    generator: Generator,
    images: int = 5000,
    reader_images: int = 20_000,
    workers: int = 1,
    say: Callable[[str], None] = lambda message: None,
) -> Quality:
    """Measure a generator with each metric and return the entries of its card, rounded.

    Distances compare `images` pictures with as many portraits; labels are read by a network
    trained on `reader_images` labelled portraits. `say` is called with each step that begins.
    """
    evaluation = _prepare(generator, images, reader_images, workers, say)
    factors = sample_factors(HELD_OUT_SEED, range(images), evaluation.world)
    read = evaluation.reader.read(evaluation.held_out)
    quality: dict[str, Any] = {"images": images, "reliability": reliability(read, targets(factors))}
    for metric in METRICS:
        say(f"measuring: {metric.title} ...")
        quality |= metric.measure(evaluation)
    return {key: _rounded(value) for key, value in quality.items()}


def _prepare(
    generator: Generator,
    images: int,
    reader_images: int,
    workers: int,
    say: Callable[[str], None],
) -> Evaluation:
    say(f"rendering {2 * images} portraits to compare with ...")
    world = world_of(str(generator.card.get("data"))) or "portraits"
    spec = f"{world}:{2 * images}"
    portraits = open_dataset(spec, generator.resolution, HELD_OUT_SEED, workers).images
    held_out, more_held_out = torch.from_numpy(portraits.copy()).chunk(2)
    say(f"making {images} pictures ...")
    made = figures.samples(generator, range(images), psi=1.0)
    say(f"training the reading network on {reader_images} portraits ...")
    reader = _train_reader(reader_images, workers)
    return Evaluation(generator, world, made, held_out, more_held_out, reader)


def _train_reader(count: int, workers: int) -> LabelNetwork:
    data = open_dataset(f"portraits:{count}", READER_RESOLUTION, READER_SEED, workers)
    return train_on_portraits(data.images, READER_SEED)


def _rounded(value: Any) -> Any:
    """Turn keys into text, as JSON does, and round to the digits that mean something."""
    if isinstance(value, Mapping):
        return {str(key): _rounded(entry) for key, entry in value.items()}
    return round(value, 3) if isinstance(value, float) else value
