"""Key tables of the official StyleGAN 3 (PyTorch).

The settings of a layer are read from its attributes in the file, never from the arguments it was
made with, which are stale if the network was changed later.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from stylegan_core.importers import stylegan2_torch
from stylegan_core.importers.family import Family
from stylegan_core.importers.network import Network
from stylegan_core.importers.tables import Rule, count_matching, pair, same
from stylegan_core.networks.stylegan2.config import StyleGAN2Config
from stylegan_core.networks.stylegan3 import StyleGAN3Config
from stylegan_core.networks.stylegan3.geometry import LayerSpec, published_layers

Shapes = Mapping[str, Sequence[int]]
"""The shapes of arrays by their names in the state dict."""

Attributes = Mapping[str, Mapping[str, Any]]
"""The attributes of modules by their dotted paths."""

LAYER = re.compile(r"synthesis\.L(\d+)_\d+_\d+")
INPUT_ARRAYS = ("weight", "phases", "transform")  # the same names in both networks


def config_of(generator: Network, discriminator: Network | None = None) -> StyleGAN3Config:
    """Return the configuration of a file's networks. KeyError or ValueError if there is none."""
    if not generator.modules:
        return config_of_weights(generator.arrays.shapes)
    config = config_from_parts(generator.arrays.shapes, generator.module_attributes)
    if discriminator is None or not stylegan2_torch.is_known(discriminator):
        return config
    return replace(config, discriminator=stylegan2_torch.discriminator_config(discriminator))


def config_from_parts(shapes: Shapes, attributes: Attributes) -> StyleGAN3Config:
    """Return a generator's configuration. KeyError or ValueError if the file contradicts itself."""
    c_dim = shapes.get("mapping.embed.weight", (0, 0))[1]
    return StyleGAN3Config(**shared_fields(shapes, attributes), c_dim=c_dim)


def shared_fields(shapes: Shapes, attributes: Attributes) -> dict[str, Any]:
    """Return the fields that the configurations of StyleGAN 3 and StyleGAN-XL share."""
    synthesis, mapping = attributes["synthesis"], attributes["mapping"]
    layers = tuple(
        _layer_spec(name, shapes, attributes[f"synthesis.{name}"])
        for name in synthesis["layer_names"]
    )
    _check_input(attributes["synthesis.input"], layers[0])
    return {
        "resolution": layers[-1].size,
        "z_dim": mapping["z_dim"],
        "w_dim": shapes["mapping.fc0.weight"][0],
        "mapping_depth": count_matching(r"mapping\.fc\d+\.weight", shapes),
        "mapping_lr_multiplier": float(attributes["mapping.fc0"]["bias_gain"]),
        "output_scale": float(synthesis["output_scale"]),
        "layers": layers,
    }


def config_of_weights(shapes: Shapes) -> StyleGAN3Config:
    """Return the configuration of a generator of which a file has the weights alone.

    Layers name their sizes, and those of the published design must agree with them. KeyError or
    ValueError if they do not.
    """
    numbered = {(int(m[1]), m[0]) for m in map(LAYER.match, shapes) if m}
    names = [name for _, name in sorted(numbered)]
    embed_width, c_dim = shapes.get("mapping.embed.weight", (0, 0))
    layers = _published_layers(names, shapes)
    return StyleGAN3Config(
        resolution=layers[-1].size,
        z_dim=shapes["mapping.fc0.weight"][1] - embed_width,
        w_dim=shapes["mapping.fc0.weight"][0],
        mapping_depth=count_matching(r"mapping\.fc\d+\.weight", shapes),
        c_dim=c_dim,
        layers=layers,
    )


def _published_layers(names: Sequence[str], shapes: Shapes) -> tuple[LayerSpec, ...]:
    """Return the layers of the published design with the widths of the weights."""
    weights = [shapes[f"{name}.weight"] for name in names]
    resolution = int(names[-1].split("_")[1])
    design = published_layers(
        resolution,
        kernel=weights[0][2],
        radial=len(shapes.get(f"{names[0]}.down_filter", ())) == 2,
        depth=len(names) - 1,
    )
    layers = tuple(
        replace(spec, name=name.rpartition(".")[2], channels=shape[0], channels_in=shape[1])
        for spec, name, shape in zip(design, names, weights, strict=True)
    )
    if any(spec.name != f"L{i}_{spec.size}_{spec.channels}" for i, spec in enumerate(layers)):
        raise ValueError("its layers are not those of the published design")
    return layers


def _layer_spec(name: str, shapes: Shapes, attributes: Mapping[str, Any]) -> LayerSpec:
    channels, channels_in, kernel, _ = shapes[f"synthesis.{name}.weight"]
    up_filter = shapes.get(f"synthesis.{name}.up_filter", (1,))
    down_filter = shapes.get(f"synthesis.{name}.down_filter", (1,))
    low, high, *vertical = attributes["padding"]
    if vertical != [low, high]:
        padding = attributes["padding"]
        raise ValueError(f"{name} is padded differently along its axes: {padding}")
    clamp = attributes.get("conv_clamp")
    return LayerSpec(
        name=name,
        channels_in=channels_in,
        channels=channels,
        kernel=kernel,
        size_in=_side(attributes["in_size"]),
        size=_side(attributes["out_size"]),
        rate_in=int(attributes["in_sampling_rate"]),
        rate=int(attributes["out_sampling_rate"]),
        cutoff_in=float(attributes["in_cutoff"]),
        cutoff=float(attributes["out_cutoff"]),
        half_width_in=float(attributes["in_half_width"]),
        half_width=float(attributes["out_half_width"]),
        up=int(attributes["up_factor"]),
        down=int(attributes["down_factor"]),
        up_taps=up_filter[0],
        down_taps=down_filter[0],
        radial=len(down_filter) == 2,
        padding=(int(low), int(high)),
        to_rgb=bool(attributes["is_torgb"]),
        clamp=None if clamp is None else float(clamp),
    )


def _side(size: Sequence[int]) -> int:
    width, height = size
    if width != height:
        raise ValueError(f"{width} x {height} features are not square")
    return int(width)


def _check_input(attributes: Mapping[str, Any], first: LayerSpec) -> None:
    size, rate = _side(attributes["size"]), float(attributes["sampling_rate"])
    given = size, rate, float(attributes["bandwidth"])
    expected = first.size_in, first.rate_in, first.cutoff_in
    if given != expected:
        raise ValueError(
            f"the input has size, rate and bandwidth {given}, layer 0 takes {expected}"
        )


def generator_rules(config: StyleGAN3Config) -> dict[str, Rule]:
    """Return our parameter names and the official ones, for the generator."""
    rules = shared_rules(config) | {"w_average": Rule("mapping.w_avg", same)}
    if config.c_dim:
        rules |= pair("mapping_network.embed", "mapping.embed")
    return rules


def shared_rules(config: StyleGAN3Config) -> dict[str, Rule]:
    """Return the rules that StyleGAN 3 and StyleGAN-XL share: input, dense layers, layers."""
    rules = pair("input.affine", "synthesis.input.affine")
    rules["input.frequencies"] = Rule("synthesis.input.freqs", same)
    rules |= {f"input.{name}": Rule(f"synthesis.input.{name}", same) for name in INPUT_ARRAYS}
    rules |= stylegan2_torch.dense_rules("mapping_network", config.mapping_depth)
    for i, spec in enumerate(config.layers):
        rules |= _layer_rules(f"synthesis_layers.{i}", f"synthesis.{spec.name}", spec)
    return rules


def _layer_rules(ours: str, theirs: str, spec: LayerSpec) -> dict[str, Rule]:
    rules = stylegan2_torch.modulated_rules(ours, theirs)
    rules[f"{ours}.magnitude_ema"] = Rule(f"{theirs}.magnitude_ema", same)
    for name, taps in (("up_filter", spec.up_taps), ("down_filter", spec.down_taps)):
        if taps > 1:
            rules[f"{ours}.{name}"] = Rule(f"{theirs}.{name}", same)
    return rules


def discriminator_rules(config: StyleGAN3Config) -> dict[str, Rule]:
    """Return our parameter names and the official ones, for the discriminator: StyleGAN 2's."""
    return stylegan2_torch.discriminator_rules(config.discriminator) if config.discriminator else {}


def skipped_names(network: Network, config: StyleGAN3Config | StyleGAN2Config) -> list[str]:
    """Return the names of a discriminator's filters; a generator's are parameters here.

    A discriminator has a configuration of StyleGAN 2. ValueError if the filters are not its own.
    """
    if isinstance(config, StyleGAN2Config):
        return stylegan2_torch.skipped_names(network, config)
    return []


FAMILY = Family(
    architecture="stylegan3",
    config=config_of,
    generator_rules=generator_rules,
    discriminator_rules=discriminator_rules,
    skipped_names=skipped_names,
)
