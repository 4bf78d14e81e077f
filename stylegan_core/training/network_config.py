"""The sizes of the networks that a run trains, of whatever architecture they are."""

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
    """The settings, apart from the resolution and the groups that a discriminator compares, in
    which networks are no longer what they were.
    """
    known = vars(before.at_resolution(now.resolution)) | {"mbstd_group_size": now.mbstd_group_size}
    return [name for name, value in known.items() if vars(now).get(name) != value]
