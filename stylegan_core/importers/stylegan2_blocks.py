"""What the modules of an official StyleGAN 2 (PyTorch) say of themselves, as configuration.

This goes before what a network was made with: defaults differ between the releases, and a network
may have been changed since.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from stylegan_core.importers.network import Network, Part
from stylegan_core.importers.tables import Array

FILTER = "resample_filter"
LINEAR = {"affine", "embed", "skip", "out"}  # layers without an activation

Fields = dict[str, Any]


def of_generator(network: Network) -> Fields:
    """Fields of the configuration. KeyError or ValueError where modules contradict each other."""
    _check_activations(network)
    if network.parts["synthesis.b4"].attributes.get("in_channels", 0) != 0:
        raise ValueError("its 4 x 4 block does not begin with a constant")
    layers = _parts(network, r"synthesis\.b\d+\.conv[01]")
    colours = _parts(network, r"synthesis\.b\d+\.torgb")
    blocks = _parts(network, r"synthesis\.b\d+")
    return {
        **_mapping(network),
        **_stated("generator_architecture", _common(blocks, "architecture")),
        **_stated("noise_inputs", _common(layers, "use_noise")),
        "conv_clamp": _common([*layers, *colours], "conv_clamp"),
    }


def of_discriminator(network: Network) -> Fields:
    """Fields of the configuration. KeyError or ValueError where modules contradict each other."""
    _check_activations(network)
    blocks = _parts(network, r"b\d+")
    layers = _parts(network, r"b\d+\.(conv|conv0|conv1|fromrgb)")
    groups = network.parts.get("b4.mbstd")
    return {
        **_label_mapping(network),
        **_stated("discriminator_architecture", _common(blocks, "architecture")),
        "conv_clamp": _common(layers, "conv_clamp"),
        "mbstd_group_size": groups.attributes.get("group_size") if groups else None,
        "mbstd_features": groups.attributes["num_channels"] if groups else 0,
    }


def taps_of(network: Network, stated: Sequence[float]) -> tuple[float, ...]:
    """The taps of the filter that a network holds: those that are stated where they are its own.
    ValueError for a filter that is not the same along both axes.
    """
    name = next((name for name in network.arrays if is_filter(name)), None)
    if name is None or is_filter_of(stated, network.arrays[name]):
        return tuple(stated)
    found = network.arrays[name]
    line = found if found.ndim == 1 else found.sum(axis=-1)
    if not is_filter_of(line, found):
        raise ValueError(f"the filter {name} is not the same along both axes")
    return tuple(line.tolist())


def is_filter(name: str) -> bool:
    """Whether an array is a resampling filter."""
    return name.rpartition(".")[2] == FILTER


def is_filter_of(taps: Sequence[float] | Array, found: Array) -> bool:
    """Whether a filter is that of some taps: along both axes, or where it is long along one."""
    line = np.asarray(taps, np.float64) / sum(taps)
    expected = line if found.ndim == 1 else np.outer(line, line)
    return found.shape == expected.shape and np.allclose(found, expected, atol=1e-6)


def _label_mapping(network: Network) -> Fields:
    """Of the discriminator's mapping network, which only conditional ones have."""
    if "mapping" not in network.parts:
        return {}
    found = _mapping(network)
    learning = _stated("mapping_lr_multiplier", found.pop("mapping_lr_multiplier", None))
    outputs = {"label_width": network.arrays.shape("b4.out.weight")[0]}
    return {**{f"label_{name}": value for name, value in found.items()}, **learning, **outputs}


def _mapping(network: Network) -> Fields:
    shapes, depth = network.arrays.shapes, network.parts["mapping"].attributes["num_layers"]
    found: Fields = {"mapping_depth": depth}
    if depth:
        learning = _common(_parts(network, r"mapping\.fc\d+"), "bias_gain")
        found["mapping_lr_multiplier"] = learning
    if depth > 1:
        found["mapping_width"] = shapes["mapping.fc0.weight"][0]
    if "mapping.embed.weight" in shapes:
        found["embed_width"] = shapes["mapping.embed.weight"][0]
    return found


def _check_activations(network: Network) -> None:
    for path, part in network.parts.items():
        expected = "linear" if path.rpartition(".")[2] in LINEAR else "lrelu"
        found = part.attributes.get("activation", expected)
        if found != expected:
            raise ValueError(f"'{path}' has the activation {found!r}, not {expected!r}")


def _parts(network: Network, path: str) -> list[Part]:
    return [part for name, part in network.parts.items() if re.fullmatch(path, name)]


def _common(parts: Sequence[Part], name: str) -> Any:
    """What all say of themselves; None where none says anything."""
    values = [part.attributes.get(name) for part in parts]
    if any(value != values[0] for value in values):
        raise ValueError(
            f"its layers have different values of {name}, which this program does not know"
        )
    return values[0] if values else None


def _stated(name: str, value: Any) -> Mapping[str, Any]:
    return {} if value is None else {name: value}
