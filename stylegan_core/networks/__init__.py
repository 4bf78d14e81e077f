"""The networks, one file for each paper.

`ARCHITECTURES` maps the name in a checkpoint's header to what builds it; a new architecture is a
class with the members of `contract.Generator` and a line here.
"""

from typing import Any, NamedTuple

from torch import nn

from stylegan_core.networks import progan, stylegan1, stylegan2, stylegan2_discriminator
from stylegan_core.networks.contract import Generator, LayerInfo
from stylegan_core.networks.stylegan2_config import StyleGAN2Config

__all__ = ["ARCHITECTURES", "Architecture", "Generator", "LayerInfo", "architecture_of"]


class Architecture(NamedTuple):
    """The configuration of an architecture and its two networks."""

    config: type[Any]
    generator: type[Any]
    discriminator: type[Any]


ARCHITECTURES = {
    "progan": Architecture(progan.ProGANConfig, progan.Generator, progan.Discriminator),
    "stylegan1": Architecture(
        stylegan1.StyleGAN1Config, stylegan1.Generator, stylegan1.Discriminator
    ),
    "stylegan2": Architecture(
        StyleGAN2Config, stylegan2.Generator, stylegan2_discriminator.Discriminator
    ),
}


def architecture_of(network: nn.Module) -> str:
    """The name under which a network's class stands in `ARCHITECTURES`."""
    return next(
        name
        for name, architecture in ARCHITECTURES.items()
        if isinstance(network, (architecture.generator, architecture.discriminator))
    )
