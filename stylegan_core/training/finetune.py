"""Fine-tuning: what a new run takes over from the model that it starts from."""

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
from stylegan_core.usable import check_usable

Say = Callable[[str], None]


def with_networks_of(
    generator: Generator, config: TrainConfig, resolution: int | None = None
) -> TrainConfig:
    """Return the configuration with a model's networks, at a higher resolution if one is given.

    A partly grown model continues to grow, and a model that uses noise keeps it from the start.
    Raises UserError for a resolution below the model's.
    """
    network = _at_resolution(_config_of(generator), resolution)
    return replace(
        config,
        network=network,
        start_resolution=_grown_to(generator) if network.grows else network.resolution,
        growth_fit_steps=config.growth_fit_steps if network.fits_new_layers else 0,
        noise_from_kimg=0 if _uses_noise(generator) else config.noise_from_kimg,
        noise_spread=config.noise_spread if network.takes_noise else 0,
    )


def _at_resolution(network: TrainableConfig, resolution: int | None) -> TrainableConfig:
    """Return the configuration at a resolution. UserError for a lower or invalid one."""
    if resolution is None:
        return network
    if type(resolution) is not int:
        raise UserError(f"resolution must be a whole number, not {resolution!r}")
    if resolution == network.resolution:
        return network
    if resolution < network.resolution:
        raise UserError(
            f"The model to start from makes pictures of {network.resolution} px: it can be trained "
            f"at that resolution or above it, not at {resolution}."
        )
    try:
        return network.at_resolution(resolution)
    except ValueError as error:
        raise UserError(str(error)) from None


def _uses_noise(generator: Any) -> bool:
    """Tell whether a model was trained with noise: untrained noise strengths are zero."""
    weights = generator.named_parameters()
    return any(bool(w.any()) for name, w in weights if name.endswith("noise_strength"))


def _grown_to(generator: Generator) -> int:
    """Return the resolution that a model has fully grown to, without one that fades in."""
    return generator.resolution >> math.ceil(lod_of(generator.card, generator.resolution))


def _config_of(generator: Generator) -> TrainableConfig:
    """Return the configuration of a model's networks. UserError if they cannot be trained here."""
    if not isinstance(generator.config, TrainableConfig):
        kind = architecture_of(generator)
        raise UserError(f"Models of the kind {kind} cannot be trained further here.")
    return generator.config


def load_pretrained_file(trainer: Trainer, path: Path, say: Say) -> None:
    """Load a model's weights into a trainer before its first step. Raises UserError."""
    generator, discriminator = _load_networks(path)
    check_usable(generator, path.name)
    features = {} if importers.is_foreign(path) else checkpoint.load_feature_weights(path)
    _report_growth(path.name, generator, trainer.config, say)
    theirs = _config_of(generator).with_classes(trainer.config.network.c_dim)
    if is_wider(trainer.config.network, theirs):
        say(f"{path.name} has fewer feature maps: the new ones add nothing at first.")
    elif changed := changed_sizes(theirs, trainer.config.network):
        say(f"{path.name} differs in {', '.join(changed)}: its pictures will look different.")
    if discriminator is None:
        say(f"{path.name} holds no discriminator that fits: a new one is trained.")
    critic = trainer.discriminators.features
    if critic is not None and not critic.load_pretrained(features):
        say(f"{path.name} holds no discriminators on features that fit: new ones are trained.")
    try:
        trainer.load_pretrained(generator, discriminator, _grown_to(generator))  # type: ignore[arg-type]
    except RuntimeError as error:
        reason = " ".join(str(error).split())[:200]
        raise UserError(f"The weights of {path.name} do not fit the settings: {reason}") from None


def report_classes(config: TrainConfig, class_count: int, say: Say) -> None:
    """Say what becomes of the model that a run starts from if the data has other classes."""
    theirs = config.network.c_dim
    if config.init_from and theirs != class_count:
        name, counts = Path(config.init_from).name, (_classes(theirs), _classes(class_count))
        say(
            f"{name} has {counts[0]}, the data {counts[1]}: the inputs of the class begin anew, "
            "all other weights are kept."
        )


def _classes(count: int) -> str:
    return "no classes" if count == 0 else "1 class" if count == 1 else f"{count:,} classes"


def _load_networks(path: Path) -> tuple[Generator, nn.Module | None]:
    """Return both networks of a checkpoint or of a foreign file; None for no discriminator."""
    if importers.is_foreign(path):
        return importers.load_all(path)
    generator = checkpoint.load(path)
    try:
        return generator, checkpoint.load_discriminator(path)
    except CheckpointError:
        return generator, None


def _report_growth(name: str, generator: Generator, config: TrainConfig, say: Say) -> None:
    """Say how a model that has not grown to the resolution of the run is trained."""
    grown_to, full, start = _grown_to(generator), config.resolution, config.start_resolution
    if grown_to == full:
        return
    if start <= grown_to:
        say(f"{name} has grown to {grown_to} of {full} px: it grows further from {start} px.")
    elif config.network.grows:
        say(
            f"{name} has grown to {grown_to} of {full} px only, so its layers above start with "
            f"random weights at start_resolution {start}: leave that setting out to let them grow."
        )
    else:
        say(f"{name} makes {grown_to} px: its layers for {full} px start with random weights.")
