"""What a new run takes over from the model that it begins with."""

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from torch import nn

from stylegan_core import checkpoint, importers
from stylegan_core.card import CheckpointError, lod_of
from stylegan_core.errors import UserError
from stylegan_core.networks import Generator, architecture_of
from stylegan_core.training.config import TRAINABLE, NetworkConfig, TrainConfig
from stylegan_core.training.trainer import Trainer


def grown_on(config: TrainConfig, generator: Generator) -> TrainConfig:
    """The configuration with a model's networks, which grow on from where they are; noise that
    they use already is not taken from them.
    """
    network = _config_of(generator)
    fits_growth = architecture_of(generator) == "stylegan1"
    return replace(
        config,
        network=network,
        start_resolution=_grown_to(generator),
        growth_fit_steps=config.growth_fit_steps if fits_growth else 0,
        noise_from_kimg=0 if _uses_noise(generator) else config.noise_from_kimg,
    )


def _uses_noise(generator: Any) -> bool:
    """Whether a model has been trained with noise: its strengths begin at zero."""
    weights = generator.named_parameters()
    return any(bool(w.any()) for name, w in weights if name.endswith("noise_strength"))


def _grown_to(generator: Generator) -> int:
    """The highest resolution that a model has wholly; one that was fading in is faded in again."""
    return generator.resolution >> math.ceil(lod_of(generator.card, generator.resolution))


def _config_of(generator: Generator) -> NetworkConfig:
    """The configuration of a model's networks. UserError if they cannot be trained here."""
    architecture = architecture_of(generator)
    if architecture not in TRAINABLE:
        raise UserError(f"Training cannot go on from a model of the kind {architecture}.")
    config: NetworkConfig = generator.config  # type: ignore[attr-defined]
    return config


def begin_with_weights(trainer: Trainer, path: Path, say: Callable[[str], None]) -> None:
    """Take over a model's weights before the first step. Raises UserError."""
    generator, discriminator = _opened(path)
    _tell_growth(path.name, generator, trainer.config.start_resolution, say)
    if discriminator is None:
        say(f"{path.name} holds no discriminator that fits: it is trained from its beginning.")
    try:
        trainer.begin_with(generator, discriminator)  # type: ignore[arg-type]
    except RuntimeError as error:
        reason = " ".join(str(error).split())[:200]
        raise UserError(f"The weights of {path.name} do not fit the settings: {reason}") from None


def _opened(path: Path) -> tuple[Generator, nn.Module | None]:
    """Both networks of a checkpoint, or of a file that somebody else has published."""
    if importers.is_foreign(path):
        return importers.load_all(path)
    generator = checkpoint.load(path)
    try:
        return generator, checkpoint.load_discriminator(path)
    except CheckpointError:
        return generator, None


def _tell_growth(name: str, generator: Generator, start: int, say: Callable[[str], None]) -> None:
    """One sentence about a model that has not grown up."""
    there, full = _grown_to(generator), generator.resolution
    if there < start:
        say(
            f"{name} has grown to {there} of {full} px only, so its layers above begin with "
            f"chance at start_resolution {start}: leave that setting out to let them grow."
        )
    elif there < full:
        say(f"{name} has grown to {there} of {full} px: training grows on from {start} px.")
