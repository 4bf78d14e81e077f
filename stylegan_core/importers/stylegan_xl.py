"""Key tables of the official StyleGAN-XL (PyTorch), of stems and of networks grown from them.

Its layers are StyleGAN 3's. In a network grown from a stem, the numbers in `layer_names` skip those
layers that were cut off, and the arguments are still the stem's: neither is used.
"""

import numpy as np

from stylegan_core.importers import stylegan3
from stylegan_core.importers.family import Family
from stylegan_core.importers.network import Network
from stylegan_core.importers.stylegan3 import Attributes, Shapes
from stylegan_core.importers.tables import Array, Rule, pair, same
from stylegan_core.networks.stylegan_xl import StyleGANXLConfig


def config_of(generator: Network, discriminator: Network | None = None) -> StyleGANXLConfig:
    """Return the configuration of a file's generator. KeyError or ValueError if there is none."""
    return config_from_parts(generator.arrays.shapes, generator.module_attributes)


def config_from_parts(shapes: Shapes, attributes: Attributes) -> StyleGANXLConfig:
    """Return a generator's configuration. KeyError or ValueError if the file contradicts itself."""
    c_dim, embedding_dim = shapes.get("mapping.embed.weight", (0, 0))
    return StyleGANXLConfig(
        **stylegan3.shared_fields(shapes, attributes), c_dim=c_dim, embedding_dim=embedding_dim
    )


def generator_rules(config: StyleGANXLConfig) -> dict[str, Rule]:
    """Return our parameter names and the official ones, for the generator."""
    rules = stylegan3.shared_rules(config) | {"w_average": Rule("mapping.w_avg", _rows)}
    if config.c_dim:
        rules["mapping_network.embed.table"] = Rule("mapping.embed.weight", same)
        rules |= pair("mapping_network.embed.project", "mapping.embed_proj")
    return rules


def _rows(value: Array) -> Array:
    """[D] without classes, [c_dim, D] with them -> [1 or c_dim, D]."""
    return np.atleast_2d(value)


FAMILY = Family("stylegan_xl", config_of, generator_rules)
