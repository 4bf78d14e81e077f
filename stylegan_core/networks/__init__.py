"""The networks: a file or package for each paper, and for each code whose arithmetic differs.

`ARCHITECTURES` maps the name in a checkpoint's header to its classes. A new architecture is a file
with a `contract.NetworkConfig` and a `contract.Generator`, an import and a line here; the contract
test runs it.
"""

from typing import Any, NamedTuple

from stylegan_core.networks import progan, r3gan, stylegan1, stylegan2, stylegan3, stylegan_xl
from stylegan_core.networks.contract import Generator, LayerInfo, NetworkConfig
from stylegan_core.networks.stylegan2 import lucidrains

__all__ = [
    "ARCHITECTURES",
    "Architecture",
    "Generator",
    "LayerInfo",
    "NetworkConfig",
    "architecture_of",
]


class Architecture(NamedTuple):
    """The classes of an architecture: its configuration, its generator, its discriminator if any.

    `generator(config, card)` and `discriminator(config)` make networks with random weights.
    """

    config: type[Any]  # a NetworkConfig
    generator: type[Any]  # a contract.Generator
    discriminator: type[Any] | None = None


ARCHITECTURES = {
    "progan": Architecture(progan.ProGANConfig, progan.Generator, progan.Discriminator),
    "stylegan1": Architecture(
        stylegan1.StyleGAN1Config, stylegan1.Generator, stylegan1.Discriminator
    ),
    "stylegan2": Architecture(
        stylegan2.StyleGAN2Config, stylegan2.Generator, stylegan2.Discriminator
    ),
    "stylegan2_lucidrains": Architecture(lucidrains.LucidrainsConfig, lucidrains.Generator),
    "stylegan3": Architecture(
        stylegan3.StyleGAN3Config, stylegan3.Generator, stylegan3.Discriminator
    ),
    "stylegan_xl": Architecture(stylegan_xl.StyleGANXLConfig, stylegan_xl.Generator),
    "r3gan": Architecture(r3gan.R3GANConfig, r3gan.Generator, r3gan.Discriminator),
}


def architecture_of(generator: object) -> str:
    """Return the name under which a generator's class, or its base, stands in `ARCHITECTURES`."""
    names = {architecture.generator: name for name, architecture in ARCHITECTURES.items()}
    return next(names[kind] for kind in type(generator).__mro__ if kind in names)
