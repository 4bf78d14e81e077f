"""Sizes of the networks that a run trains, for every trainable architecture."""

from dataclasses import fields

from stylegan_core.errors import UserError
from stylegan_core.networks import ARCHITECTURES
from stylegan_core.networks.trainable import TrainableConfig

TRAINABLE = tuple(
    name
    for name, architecture in ARCHITECTURES.items()
    if issubclass(architecture.config, TrainableConfig)
)


def with_architecture(network: TrainableConfig, name: str) -> TrainableConfig:
    """Return the sizes of another architecture's networks, equal where both have them."""
    if name not in TRAINABLE:
        raise UserError(f"architecture must be one of {', '.join(TRAINABLE)}, not {name!r}")
    kind = ARCHITECTURES[name].config
    if kind is type(network):
        return network
    sizes = network.sizes()
    shared = {field.name for field in fields(kind)} & sizes.keys()
    other: TrainableConfig = kind(**{name: sizes[name] for name in shared})
    return other


def changed_sizes(before: TrainableConfig, now: TrainableConfig) -> list[str]:
    """Return the names of the settings in which two configurations of networks differ.

    The resolution and the size of the groups that a discriminator compares do not count.
    """
    known = vars(before.at_resolution(now.resolution)) | {"mbstd_group_size": now.mbstd_group_size}
    return [name for name, value in known.items() if vars(now).get(name) != value]
