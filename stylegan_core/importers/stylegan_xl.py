"""The parameter names and attributes of the official StyleGAN-XL (PyTorch), stems and those for
higher resolutions alike.

Its layers are StyleGAN 3's. `layer_names` of a network made from a stem skip the numbers of the
layers that were cut off, and the arguments it was made with are the stem's: neither is counted on.
"""

import numpy as np

from stylegan_core.importers import stylegan3
from stylegan_core.importers.network import Network
from stylegan_core.importers.stylegan3 import Attributes, Shapes
from stylegan_core.importers.tables import Array, Rule, pair, same
from stylegan_core.networks.stylegan_xl import StyleGANXLConfig


def config_of(generator: Network, discriminator: Network | None = None) -> StyleGANXLConfig:
    """The configuration of a file's generator. KeyError or ValueError if there is none."""
    return config_from_parts(generator.arrays.shapes, generator.part_attributes)


def config_from_parts(shapes: Shapes, attributes: Attributes) -> StyleGANXLConfig:
    """The configuration of a generator. KeyError or ValueError where the file contradicts it."""
    c_dim, embedding_dim = shapes.get("mapping.embed.weight", (0, 0))
    return StyleGANXLConfig(
        **stylegan3.sizes(shapes, attributes), c_dim=c_dim, embedding_dim=embedding_dim
    )


def generator_rules(config: StyleGANXLConfig) -> dict[str, Rule]:
    """Our parameter name -> the official one, for the generator."""
    rules = stylegan3.synthesis_rules(config) | {"w_average": Rule("mapping.w_avg", _rows)}
    if config.c_dim:
        rules["mapping_network.embed.table"] = Rule("mapping.embed.weight", same)
        rules |= pair("mapping_network.embed.project", "mapping.embed_proj", same, join=".")
    return rules


def _rows(value: Array) -> Array:
    """[D] without classes, else [c_dim, D] -> [1 or c_dim, D]."""
    return np.atleast_2d(value)
