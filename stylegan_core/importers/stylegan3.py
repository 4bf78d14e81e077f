"""The parameter names and attributes of the official StyleGAN 3 (PyTorch).

What a layer does is read from the attributes that it has in the file, never from the arguments it
was made with: those of a network that was changed later are stale. Attributes come by the dotted
path of the module, shapes and arrays by the names of the state dict.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from stylegan_core.importers import stylegan2_torch
from stylegan_core.importers.network import Network
from stylegan_core.importers.tables import Rule, pair, same
from stylegan_core.networks.stylegan2.config import StyleGAN2Config
from stylegan_core.networks.stylegan3.generator import StyleGAN3Config
from stylegan_core.networks.stylegan3.geometry import LayerSpec

Shapes = Mapping[str, Sequence[int]]
Attributes = Mapping[str, Mapping[str, Any]]


def config_of(generator: Network, discriminator: Network | None = None) -> StyleGAN3Config:
    """The configuration of a file's networks. KeyError or ValueError if there is none."""
    config = config_from_parts(generator.arrays.shapes, generator.part_attributes)
    if discriminator is None or not stylegan2_torch.is_known(discriminator):
        return config
    return replace(config, discriminator=stylegan2_torch.discriminator_config(discriminator))


def config_from_parts(shapes: Shapes, attributes: Attributes) -> StyleGAN3Config:
    """The configuration of a generator. KeyError or ValueError where the file contradicts it."""
    return StyleGAN3Config(
        **sizes(shapes, attributes), c_dim=shapes.get("mapping.embed.weight", (0, 0))[1]
    )


def sizes(shapes: Shapes, attributes: Attributes) -> dict[str, Any]:
    """The sizes that StyleGAN 3 and StyleGAN-XL share, as arguments of a configuration."""
    synthesis, mapping = attributes["synthesis"], attributes["mapping"]
    layers = tuple(
        _layer(name, shapes, attributes[f"synthesis.{name}"]) for name in synthesis["layer_names"]
    )
    _check_input(attributes["synthesis.input"], layers[0])
    depth = sum(name.startswith("mapping.fc") and name.endswith(".weight") for name in shapes)
    return {
        "resolution": layers[-1].size,
        "z_dim": mapping["z_dim"],
        "w_dim": shapes["mapping.fc0.weight"][0],
        "mapping_depth": depth,
        "mapping_lr_multiplier": float(attributes["mapping.fc0"]["bias_gain"]),
        "output_scale": float(synthesis["output_scale"]),
        "layers": layers,
    }


def generator_rules(config: StyleGAN3Config) -> dict[str, Rule]:
    """Our parameter name -> the official one, for the generator."""
    rules = synthesis_rules(config) | {"w_average": Rule("mapping.w_avg", same)}
    if config.c_dim:
        rules |= _pair("mapping_network.embed", "mapping.embed")
    return rules


def discriminator_rules(config: StyleGAN3Config) -> dict[str, Rule]:
    """Our parameter name -> the official one, for the discriminator: StyleGAN 2's."""
    return stylegan2_torch.discriminator_rules(config.discriminator) if config.discriminator else {}


def weightless(network: Network, config: StyleGAN3Config | StyleGAN2Config) -> set[str]:
    """The filters of a discriminator, whose configuration is StyleGAN 2's."""
    if isinstance(config, StyleGAN2Config):
        return stylegan2_torch.weightless(network, config)
    return set()


def synthesis_rules(config: StyleGAN3Config) -> dict[str, Rule]:
    """The names that StyleGAN 3 and StyleGAN-XL share: layers, input, dense layers."""
    rules = _pair("input.affine", "synthesis.input.affine")
    for ours, theirs in (("frequencies", "freqs"), *((n, n) for n in INPUT)):
        rules[f"input.{ours}"] = Rule(f"synthesis.input.{theirs}", same)
    for i in range(config.mapping_depth):
        rules |= _pair(f"mapping_network.dense.{i}", f"mapping.fc{i}")
    for i, spec in enumerate(config.layers):
        rules |= _layer_rules(f"synthesis_layers.{i}", f"synthesis.{spec.name}", spec)
    return rules


INPUT = ("weight", "phases", "transform")


def _layer_rules(ours: str, theirs: str, spec: LayerSpec) -> dict[str, Rule]:
    rules = _pair(ours, theirs) | _pair(f"{ours}.affine", f"{theirs}.affine")
    rules[f"{ours}.magnitude_ema"] = Rule(f"{theirs}.magnitude_ema", same)
    for name, taps in (("up_filter", spec.up_taps), ("down_filter", spec.down_taps)):
        if taps > 1:
            rules[f"{ours}.{name}"] = Rule(f"{theirs}.{name}", same)
    return rules


def _layer(name: str, shapes: Shapes, own: Mapping[str, Any]) -> LayerSpec:
    channels, channels_in, kernel, _ = shapes[f"synthesis.{name}.weight"]
    down_filter = shapes.get(f"synthesis.{name}.down_filter", (1,))
    low, high, *vertical = own["padding"]
    if vertical != [low, high]:
        raise ValueError(f"{name} is padded differently along its axes: {own['padding']}")
    return LayerSpec(
        name=name,
        channels_in=channels_in,
        channels=channels,
        kernel=kernel,
        size_in=_side(own["in_size"]),
        size=_side(own["out_size"]),
        rate_in=int(own["in_sampling_rate"]),
        rate=int(own["out_sampling_rate"]),
        cutoff_in=float(own["in_cutoff"]),
        cutoff=float(own["out_cutoff"]),
        half_width_in=float(own["in_half_width"]),
        half_width=float(own["out_half_width"]),
        up=int(own["up_factor"]),
        down=int(own["down_factor"]),
        up_taps=shapes.get(f"synthesis.{name}.up_filter", (1,))[0],
        down_taps=down_filter[0],
        radial=len(down_filter) == 2,
        padding=(int(low), int(high)),
        to_rgb=bool(own["is_torgb"]),
        clamp=None if own.get("conv_clamp") is None else float(own["conv_clamp"]),
    )


def _side(size: Sequence[int]) -> int:
    width, height = size
    if width != height:
        raise ValueError(f"{width} x {height} features are not square")
    return int(width)


def _check_input(own: Mapping[str, Any], first: LayerSpec) -> None:
    found = _side(own["size"]), float(own["sampling_rate"]), float(own["bandwidth"])
    expected = first.size_in, first.rate_in, first.cutoff_in
    if found != expected:
        raise ValueError(
            f"the input has size, rate and bandwidth {found}, layer 0 takes {expected}"
        )


def _pair(ours: str, theirs: str) -> dict[str, Rule]:
    return pair(ours, theirs, same, join=".")
