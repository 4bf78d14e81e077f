"""Read the settings of an official StyleGAN 2 (PyTorch) from its modules.

They take precedence over the arguments that the network was built with, because defaults differ
between releases and a network may have been changed since.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from stylegan_core.importers.network import Module, Network
from stylegan_core.importers.tables import count_matching

BLOCK = re.compile(r"synthesis\.b(\d+)\.")
OFFICIAL_CLAMP = 256
LINEAR_LAYERS = {"affine", "embed", "skip", "out"}  # without an activation

Fields = dict[str, Any]
"""Fields of a `StyleGAN2Config`."""


def generator_settings(network: Network) -> Fields:
    """Return a generator's settings. KeyError or ValueError if its modules disagree."""
    _check_activations(network)
    if network.modules["synthesis.b4"].attributes.get("in_channels", 0) != 0:
        raise ValueError("its 4 x 4 block does not begin with a constant")
    layers = _modules(network, r"synthesis\.b\d+\.conv[01]")
    to_rgb = _modules(network, r"synthesis\.b\d+\.torgb")
    blocks = _modules(network, r"synthesis\.b\d+")
    return {
        **_mapping_settings(network),
        **_unless_none("generator_architecture", _common_value(blocks, "architecture")),
        **_unless_none("noise_inputs", _common_value(layers, "use_noise")),
        "conv_clamp": _common_value([*layers, *to_rgb], "conv_clamp"),
    }


def fields_of_weights(network: Network) -> Fields:
    """Return the settings of a generator of which a file has the weights alone.

    What no shape tells is as in the official training: factors of the mapping's learning rate, and
    the bound of activations, which well-trained networks do not reach.
    """
    shapes = network.arrays.shapes
    sizes = sorted({int(m[1]) for m in map(BLOCK.match, shapes) if m})
    resolution, depth = sizes[-1], count_matching(r"mapping\.fc\d+\.weight", shapes)
    last = shapes[f"synthesis.b{resolution}.conv1.weight"][0]
    w_dim = shapes["mapping.w_avg"][-1]
    embed_width, c_dim = shapes.get("mapping.embed.weight", (None, 0))
    z_width = shapes["mapping.fc0.weight"][1] if depth else w_dim
    return {
        "resolution": resolution,
        "channel_base": last * resolution,
        "channel_max": shapes["synthesis.b4.const"][0],
        "image_channels": shapes[f"synthesis.b{resolution}.torgb.bias"][0],
        "c_dim": c_dim,
        "z_dim": z_width - (embed_width or 0),
        "w_dim": w_dim,
        "mapping_depth": depth,
        "mapping_width": shapes["mapping.fc0.weight"][0] if depth else w_dim,
        "embed_width": embed_width,
        "conv_clamp": OFFICIAL_CLAMP,
        "noise_inputs": "synthesis.b4.conv1.noise_strength" in shapes,
        "generator_architecture": _architecture_of_weights(shapes, sizes),
        "resample_filter": (1, 3, 3, 1),
    }


def _architecture_of_weights(shapes: Mapping[str, tuple[int, ...]], sizes: Sequence[int]) -> str:
    if f"synthesis.b{sizes[-1]}.skip.weight" in shapes:
        return "resnet"
    return "skip" if f"synthesis.b{sizes[0]}.torgb.weight" in shapes else "orig"


def discriminator_settings(network: Network) -> Fields:
    """Return a discriminator's settings. KeyError or ValueError if its modules disagree."""
    _check_activations(network)
    blocks = _modules(network, r"b\d+")
    layers = _modules(network, r"b\d+\.(conv|conv0|conv1|fromrgb)")
    mbstd = network.modules.get("b4.mbstd")
    return {
        **_label_mapping_settings(network),
        **_unless_none("discriminator_architecture", _common_value(blocks, "architecture")),
        "conv_clamp": _common_value(layers, "conv_clamp"),
        "mbstd_group_size": mbstd.attributes.get("group_size") if mbstd else None,
        "mbstd_features": mbstd.attributes["num_channels"] if mbstd else 0,
    }


def _label_mapping_settings(network: Network) -> Fields:
    """Return the settings of a discriminator's mapping network, if it has classes."""
    if "mapping" not in network.modules:
        return {}
    fields = _mapping_settings(network)
    lr_multiplier = fields.pop("mapping_lr_multiplier", None)
    return {
        **{f"label_{name}": value for name, value in fields.items()},
        **_unless_none("mapping_lr_multiplier", lr_multiplier),
        "label_width": network.arrays.shape("b4.out.weight")[0],
    }


def _mapping_settings(network: Network) -> Fields:
    shapes, depth = network.arrays.shapes, network.modules["mapping"].attributes["num_layers"]
    fields: Fields = {"mapping_depth": depth}
    if depth:
        layers = _modules(network, r"mapping\.fc\d+")
        fields["mapping_lr_multiplier"] = _common_value(layers, "bias_gain")
    if depth > 1:
        fields["mapping_width"] = shapes["mapping.fc0.weight"][0]
    if "mapping.embed.weight" in shapes:
        fields["embed_width"] = shapes["mapping.embed.weight"][0]
    return fields


def _check_activations(network: Network) -> None:
    for path, module in network.modules.items():
        expected = "linear" if path.rpartition(".")[2] in LINEAR_LAYERS else "lrelu"
        activation = module.attributes.get("activation", expected)
        if activation != expected:
            raise ValueError(f"'{path}' has the activation {activation!r}, not {expected!r}")


def _modules(network: Network, path: str) -> list[Module]:
    return [module for name, module in network.modules.items() if re.fullmatch(path, name)]


def _common_value(modules: Sequence[Module], name: str) -> Any:
    """Return the value of an attribute that all modules share; None if none has it."""
    values = [module.attributes.get(name) for module in modules]
    if any(value != values[0] for value in values):
        raise ValueError(
            f"its layers have different values of {name}, which this program does not know"
        )
    return values[0] if values else None


def _unless_none(name: str, value: Any) -> Fields:
    return {} if value is None else {name: value}
