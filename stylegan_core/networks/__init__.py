"""The networks, one file for each paper, or for code whose arithmetic is its own.

`ARCHITECTURES` maps the name in a checkpoint's header to what builds it; a new architecture is a
class with the members of `contract.Generator` and a line here.
"""

from typing import Any, NamedTuple

from stylegan_core.networks import progan, r3gan, stylegan1, stylegan2, stylegan3, stylegan_xl
from stylegan_core.networks.contract import Generator, LayerInfo
from stylegan_core.networks.stylegan2 import lucidrains

__all__ = ["ARCHITECTURES", "Architecture", "Generator", "LayerInfo", "architecture_of"]


class Architecture(NamedTuple):
    """The configuration of an architecture and its two networks; not all have a discriminator."""

    config: type[Any]
    generator: type[Any]
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
    """The name under which a generator's class stands in `ARCHITECTURES`."""
    return next(
        name
        for name, architecture in ARCHITECTURES.items()
        if architecture.generator is type(generator)
    )
