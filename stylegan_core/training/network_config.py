"""The configuration of the networks that a run trains, of whatever kind they are."""

from dataclasses import fields, replace

from stylegan_core.errors import UserError
from stylegan_core.networks import ARCHITECTURES
from stylegan_core.networks.progan import ProGANConfig
from stylegan_core.networks.stylegan1 import StyleGAN1Config
from stylegan_core.networks.stylegan2.config import StyleGAN2Config

NetworkConfig = ProGANConfig | StyleGAN1Config | StyleGAN2Config
TRAINABLE = ("progan", "stylegan1", "stylegan2")


def with_architecture(network: NetworkConfig, name: str) -> NetworkConfig:
    """The networks' configuration as one of another kind, with the sizes that both have."""
    if name not in TRAINABLE:
        raise UserError(f"architecture must be one of {', '.join(TRAINABLE)}, not {name!r}")
    kind = ARCHITECTURES[name].config
    if kind is type(network):
        return network
    sizes = {**vars(network), **_maps(network)}
    shared = {field.name for field in fields(kind)} & sizes.keys()
    other: NetworkConfig = kind(**{name: sizes[name] for name in shared})
    return other


def at_resolution(network: NetworkConfig, resolution: int) -> NetworkConfig:
    """The networks' configuration at another resolution. ValueError for one that cannot be."""
    if isinstance(network, StyleGAN2Config) and network.discriminator is not None:
        own = replace(network.discriminator, resolution=resolution)
        return replace(network, resolution=resolution, discriminator=own)
    return replace(network, resolution=resolution)


def changed_sizes(before: NetworkConfig, now: NetworkConfig) -> list[str]:
    """The settings, apart from the resolution and the groups that a discriminator compares, in
    which networks are no longer what they were.
    """
    known = vars(at_resolution(before, now.resolution)) | {"mbstd_group_size": now.mbstd_group_size}
    return [name for name, value in known.items() if vars(now).get(name) != value]


def has_noise_inputs(network: NetworkConfig) -> bool:
    """Whether its generator takes noise, which a traditional one does not."""
    return bool(getattr(network, "noise_inputs", False))


def _maps(network: NetworkConfig) -> dict[str, int]:
    """The sizes of the feature maps by the names that the other papers' code has for them."""
    if isinstance(network, StyleGAN2Config):
        return {"fmap_base": network.channel_base // 2, "fmap_max": network.channel_max}
    return {"channel_base": 2 * network.fmap_base, "channel_max": network.fmap_max}
