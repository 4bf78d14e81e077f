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
from stylegan_core.networks.trainable import TrainableConfig
from stylegan_core.training.config import TrainConfig
from stylegan_core.training.network_config import changed_sizes
from stylegan_core.training.trainer import Trainer
from stylegan_core.training.widening import is_wider

Say = Callable[[str], None]


def grown_on(
    config: TrainConfig, generator: Generator, resolution: int | None = None
) -> TrainConfig:
    """The configuration with a model's networks, at another resolution if one is given; they grow
    on from where they are, and noise that they use already is not taken from them. UserError for
    a resolution below the model's.
    """
    network = _enlarged(_config_of(generator), resolution)
    return replace(
        config,
        network=network,
        start_resolution=_grown_to(generator) if network.grows else network.resolution,
        growth_fit_steps=config.growth_fit_steps if network.fits_new_layers else 0,
        noise_from_kimg=0 if _uses_noise(generator) else config.noise_from_kimg,
        noise_spread=config.noise_spread if network.takes_noise else 0,
    )


def _enlarged(network: TrainableConfig, resolution: int | None) -> TrainableConfig:
    """The configuration at a resolution. UserError for one that is lower, or is none."""
    if resolution is None:
        return network
    if type(resolution) is not int:
        raise UserError(f"resolution must be a whole number, not {resolution!r}")
    if resolution == network.resolution:
        return network
    if resolution < network.resolution:
        raise UserError(
            f"The model to begin with makes pictures of {network.resolution} px: its training "
            f"goes on at that resolution or above it, not at {resolution}."
        )
    try:
        return network.at_resolution(resolution)
    except ValueError as error:
        raise UserError(str(error)) from None


def _uses_noise(generator: Any) -> bool:
    """Whether a model has been trained with noise: its strengths begin at zero."""
    weights = generator.named_parameters()
    return any(bool(w.any()) for name, w in weights if name.endswith("noise_strength"))


def _grown_to(generator: Generator) -> int:
    """The highest resolution that a model has wholly; one that was fading in is faded in again."""
    return generator.resolution >> math.ceil(lod_of(generator.card, generator.resolution))


def _config_of(generator: Generator) -> TrainableConfig:
    """The configuration of a model's networks. UserError if they cannot be trained here."""
    if not isinstance(generator.config, TrainableConfig):
        kind = architecture_of(generator)
        raise UserError(f"Training cannot go on from a model of the kind {kind}.")
    return generator.config


def start_from(trainer: Trainer, path: Path, say: Say) -> None:
    """Take over a model's weights before the first step. Raises UserError."""
    generator, discriminator = _opened(path)
    features = {} if importers.is_foreign(path) else checkpoint.load_feature_weights(path)
    _tell_growth(path.name, generator, trainer.config, say)
    if is_wider(trainer.config.network, _config_of(generator)):
        say(f"{path.name} has fewer feature maps: the further ones have nothing to add at first.")
    elif changed := changed_sizes(_config_of(generator), trainer.config.network):
        say(f"{path.name} was made with other {', '.join(changed)}: its pictures are not the same.")
    if discriminator is None:
        say(f"{path.name} holds no discriminator that fits: it is trained from its beginning.")
    critic = trainer.discriminators.features
    if critic is not None and not critic.load_pretrained(features):
        say(
            f"{path.name} holds no discriminators on features that fit: they are trained from "
            "their beginning."
        )
    try:
        trainer.load_pretrained(generator, discriminator, _grown_to(generator))  # type: ignore[arg-type]
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


def _tell_growth(name: str, generator: Generator, config: TrainConfig, say: Say) -> None:
    """One sentence about a model that has not grown to the resolution of the run."""
    there, full, start = _grown_to(generator), config.resolution, config.start_resolution
    if there == full:
        return
    if start <= there:
        say(f"{name} has grown to {there} of {full} px: training grows on from {start} px.")
    elif config.network.grows:
        say(
            f"{name} has grown to {there} of {full} px only, so its layers above begin with "
            f"chance at start_resolution {start}: leave that setting out to let them grow."
        )
    else:
        say(f"{name} makes {there} px: its layers for {full} px begin with chance.")
