"""The names, layouts and settings that the TensorFlow releases of StyleGAN 1 and 2 share.

Convolutions are stored [h, w, in, out] and dense layers [in, out]. The names are those of
`Network.vars`, with the component's own name as a prefix.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from stylegan_core.importers import tables
from stylegan_core.importers.network import Network
from stylegan_core.importers.tables import Converter, Rule, same, tensorflow_conv, tensorflow_dense
from stylegan_core.networks.mapping import MappingSizes


def pair(ours: str, theirs: str, convert: Converter) -> dict[str, Rule]:
    """Return the rules of a layer's weight and bias."""
    return tables.pair(ours, theirs, convert, weight="/weight", bias="/bias")


def checked_kwargs(network: Network, expected: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a network and its components; the network's own take precedence.

    ValueError for a setting that our architecture does not have.
    """
    kwargs: dict[str, Any] = {}
    for component in network.modules.values():
        kwargs |= component.attributes
    kwargs |= network.kwargs
    for name, value in expected.items():
        if kwargs.get(name, value) != value:
            raise ValueError(f"{name} is {kwargs[name]!r}; this program knows {value!r} only")
    return kwargs


def lod_names(network: Network, config: object) -> set[str]:
    """Return the names of the levels of detail, variables that only steer progressive growing.

    They may be stale, so they are ignored.
    """
    return {name for name in network.arrays if name.rsplit("/", 1)[-1] == "lod"}


def convolution_names(resolutions: Sequence[int]) -> list[str]:
    """Return the convolutions of a synthesis network, in order."""
    doublings = [f"{n}x{n}/{layer}" for n in resolutions[1:] for layer in ("Conv0_up", "Conv1")]
    return ["4x4/Conv", *doublings]


def rules_before_layers(config: MappingSizes) -> dict[str, Rule]:
    """Return the rules of the mapping network, the average w and the constant input."""
    rules = {
        "w_average": Rule("dlatent_avg", same),
        "const": Rule("G_synthesis/4x4/Const/const", same),
    }
    if config.c_dim:
        rules["mapping_network.label"] = Rule("G_mapping/LabelConcat/weight", same)
    for i in range(config.mapping_depth):
        rules |= pair(f"mapping_network.dense.{i}", f"G_mapping/Dense{i}", tensorflow_dense)
    return rules


def discriminator_block_rules(ours: str, size: int) -> dict[str, Rule]:
    """Return the rules of the two convolutions of a discriminator's block."""
    return {
        **pair(f"{ours}.conv0", f"{size}x{size}/Conv0", tensorflow_conv),
        **pair(f"{ours}.conv1", f"{size}x{size}/Conv1_down", tensorflow_conv),
    }


def discriminator_end_rules(score: str) -> dict[str, Rule]:
    """Return the rules of a discriminator's last layers; `score` is the name of the very last."""
    return {
        **pair("conv", "4x4/Conv", tensorflow_conv),
        **pair("dense", "4x4/Dense0", tensorflow_dense),
        **pair("score", score, tensorflow_dense),
    }
