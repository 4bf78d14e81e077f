"""The two networks of a run, new or taken over, and which of their weights are trained."""

from collections.abc import Iterable
from typing import Any

import torch
from torch import nn

from stylegan_core.errors import UserError
from stylegan_core.networks import ARCHITECTURES
from stylegan_core.training.config import TrainConfig
from stylegan_core.training.widening import is_wider, widened


def new_networks(config: TrainConfig) -> tuple[Any, Any]:
    """A generator and a discriminator with the weights of the configuration's seed."""
    architecture = ARCHITECTURES[config.architecture]
    assert architecture.discriminator is not None
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        generator = architecture.generator(config.network)
        discriminator = architecture.discriminator(config.network)
    freeze(config, generator, discriminator)
    return generator, discriminator


def take_over(network: Any, other: Any) -> None:
    """Take a network's weights into one of the same kind, of its resolution or a higher one, and
    for StyleGAN with as many maps or more.

    Layers above begin with chance; where pictures add up, theirs begin with nothing to add.
    RuntimeError for weights that do not fit.
    """
    new = [size for size in network.config.resolutions if size > other.config.resolution]
    weights = other.state_dict()
    if is_wider(network.config, other.config):
        weights = widened(network.state_dict(), weights)
    if new:  # what has no place in the larger network, then, is of its former top only
        former = network.config.at_resolution(other.config.resolution)
        type(network)(former).load_state_dict(weights)
    network.load_state_dict(weights, strict=not new)
    if new and getattr(network, "adds_pictures", False):
        for to_rgb in list(network.to_rgb.children())[-len(new) :]:
            nn.init.zeros_(to_rgb.weight)


def freeze(config: TrainConfig, generator: Any, discriminator: Any) -> None:
    """Switch off the gradients of what the settings keep as it is. UserError if it is all."""
    if config.freeze_mapping:
        generator.mapping_network.requires_grad_(False)
    for size in config.network.resolutions:
        if size <= config.freeze_generator_to:
            hold(generator.weights_at(size))
        if 0 < config.freeze_discriminator_from <= size:
            hold(discriminator.weights_at(size))
    sizes = [size for size in config.network.resolutions if size <= config.start_resolution]
    mapping = list(generator.mapping_network.parameters())
    for name, network, more in (
        ("generator", generator, mapping),
        ("discriminator", discriminator, []),
    ):
        first = [*more, *(weight for size in sizes for weight in network.weights_at(size))]
        if not any(weight.requires_grad for weight in first):
            raise UserError(
                f"Nothing of the {name} is left to train at {config.start_resolution} px, where "
                "the run begins: freeze less of it (freeze_mapping, freeze_generator_to, "
                "freeze_discriminator_from)."
            )


def trained_weights(*networks: nn.Module) -> list[nn.Parameter]:
    """The weights in training."""
    return [w for network in networks for w in network.parameters() if w.requires_grad]


def hold(weights: Iterable[nn.Parameter]) -> None:
    """No gradients for these weights."""
    for weight in weights:
        weight.requires_grad_(False)
