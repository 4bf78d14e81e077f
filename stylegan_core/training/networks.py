"""The two networks of a run: new or pretrained, and partly frozen if the settings say so."""

from collections.abc import Iterable
from typing import Any

import torch
from torch import nn

from stylegan_core.errors import UserError
from stylegan_core.networks import ARCHITECTURES
from stylegan_core.training.class_inputs import for_other_classes
from stylegan_core.training.config import TrainConfig
from stylegan_core.training.widening import is_wider, widened


def new_networks(config: TrainConfig) -> tuple[Any, Any]:
    """Return a generator and a discriminator with weights from the configuration's seed."""
    architecture = ARCHITECTURES[config.architecture]
    assert architecture.discriminator is not None
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        generator = architecture.generator(config.network)
        discriminator = architecture.discriminator(config.network)
    freeze_layers(config, generator, discriminator)
    return generator, discriminator


def load_weights(network: Any, other: Any) -> None:
    """Load another network's weights into a network of the same kind.

    It has the same resolution or a higher one and, for StyleGAN, as many feature maps or more.
    New layers keep their random weights; where pictures of all resolutions add up, the new ones
    add nothing at first. If it has other classes, their inputs begin anew. Raises RuntimeError for
    weights that do not fit.
    """
    new_sizes = [size for size in network.config.resolutions if size > other.config.resolution]
    weights, their_config = other.state_dict(), other.config
    if network.config.c_dim != other.config.c_dim:
        weights = for_other_classes(network.state_dict(), weights)
        their_config = other.config.with_classes(network.config.c_dim)
    if is_wider(network.config, their_config):
        weights = widened(network.state_dict(), weights)
    if new_sizes:
        smaller = network.config.at_resolution(other.config.resolution)
        type(network)(smaller).load_state_dict(weights)  # strict, as the larger one cannot be
    network.load_state_dict(weights, strict=not new_sizes)
    if new_sizes and getattr(network, "adds_pictures", False):
        for to_rgb in list(network.to_rgb.children())[-len(new_sizes) :]:
            nn.init.zeros_(to_rgb.weight)


def freeze_layers(config: TrainConfig, generator: Any, discriminator: Any) -> None:
    """Freeze the layers that the settings name. UserError if nothing is left to train."""
    if config.freeze_mapping:
        generator.mapping_network.requires_grad_(False)
    for size in config.network.resolutions:
        if size <= config.freeze_generator_to:
            freeze_weights(generator.weights_at(size))
        if 0 < config.freeze_discriminator_from <= size:
            freeze_weights(discriminator.weights_at(size))
    sizes = [size for size in config.network.resolutions if size <= config.start_resolution]
    mapping = list(generator.mapping_network.parameters())
    for name, network, others in (
        ("generator", generator, mapping),
        ("discriminator", discriminator, []),
    ):
        weights = [*others, *(weight for size in sizes for weight in network.weights_at(size))]
        if not any(weight.requires_grad for weight in weights):
            raise UserError(
                f"Nothing of the {name} is left to train at {config.start_resolution} px, where "
                "the run starts: freeze less of it (freeze_mapping, freeze_generator_to, "
                "freeze_discriminator_from)."
            )


def trained_weights(*networks: nn.Module) -> list[nn.Parameter]:
    """Return the weights of networks that are not frozen."""
    return [w for network in networks for w in network.parameters() if w.requires_grad]


def freeze_weights(weights: Iterable[nn.Parameter]) -> None:
    """Switch off the gradients of weights."""
    for weight in weights:
        weight.requires_grad_(False)
