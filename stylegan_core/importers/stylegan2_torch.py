"""The parameter names and layouts of the official PyTorch StyleGAN 2 (StyleGAN2-ADA).

The names are those of its state dicts. The resampling filters among them are no parameters: they
must be those of the configuration.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from torch import Tensor

from stylegan_core.importers import tables
from stylegan_core.importers.network import Network
from stylegan_core.importers.tables import Array, Rule, pair, same
from stylegan_core.networks.stylegan2_config import StyleGAN2Config

FILTER = "resample_filter"


def config_of(generator: Network, discriminator: Network | None = None) -> StyleGAN2Config:
    """The configuration of a file's networks. KeyError or ValueError where there is none.

    What their blocks say of themselves goes before defaults, which differ between the releases.
    """
    kwargs = dict(generator.kwargs)
    own = {"conv_clamp": generator.parts["synthesis.b4.conv1"].attributes.get("conv_clamp")}
    kwargs["synthesis_kwargs"] = {**kwargs.get("synthesis_kwargs", {}), **own}
    if "mapping.fc0" in generator.parts:
        rate = generator.parts["mapping.fc0"].attributes["bias_gain"]
        kwargs["mapping_kwargs"] = {**kwargs.get("mapping_kwargs", {}), "lr_multiplier": rate}
    return config_from_kwargs(kwargs, discriminator.kwargs if discriminator else None)


def weightless(network: Network, config: StyleGAN2Config) -> set[str]:
    """The resampling filters. ValueError where they are not the configuration's."""
    return _checked_filters(network.arrays, config)


def config_from_kwargs(
    generator: Mapping[str, Any], discriminator: Mapping[str, Any] | None = None
) -> StyleGAN2Config:
    """The configuration that the networks' keyword arguments describe; either may be empty.

    What is missing takes the defaults of StyleGAN2-ADA. Settings of the synthesis network may
    be nested, as there, or lie beside the others, as in the StyleGAN 3 release, whose defaults
    differ: fill them in from what the file's own blocks say.
    """
    discriminator = discriminator or {}
    mapping = generator.get("mapping_kwargs", {})
    g = {**generator, **generator.get("synthesis_kwargs", {})}
    d = {**discriminator, **discriminator.get("block_kwargs", {})}
    last = discriminator.get("epilogue_kwargs", {})
    both = {**d, **g}
    w_dim = g.get("w_dim", 512)
    return StyleGAN2Config(
        resolution=both["img_resolution"],
        channel_base=both.get("channel_base", 32768),
        channel_max=both.get("channel_max", 512),
        z_dim=g.get("z_dim", 512),
        w_dim=w_dim,
        mapping_width=mapping.get("layer_features") or w_dim,
        mapping_depth=mapping.get("num_layers", 8),
        mapping_lr_multiplier=mapping.get("lr_multiplier", 0.01),
        c_dim=both.get("c_dim", 0),
        label_mapping_depth=discriminator.get("mapping_kwargs", {}).get("num_layers", 8),
        image_channels=both.get("img_channels", 3),
        generator_architecture=g.get("architecture", "skip"),
        discriminator_architecture=d.get("architecture", "resnet"),
        conv_clamp=both.get("conv_clamp"),
        resample_filter=tuple(both.get(FILTER, (1, 3, 3, 1))),
        mbstd_group_size=last.get("mbstd_group_size", 4),
        mbstd_features=last.get("mbstd_num_channels", 1),
    )


def generator_rules(config: StyleGAN2Config) -> dict[str, Rule]:
    """Our parameter name -> the official one, for the generator."""
    rules = {
        "w_average": Rule("mapping.w_avg", same),
        "const": Rule("synthesis.b4.const", _with_batch),
        **_dense(config.mapping_depth, "mapping_network", "mapping"),
    }
    if config.c_dim:
        rules |= _pair("mapping_network.embed", "mapping.embed")
    for i, name in enumerate(_convolutions(config)):
        ours, theirs = f"synthesis_layers.{i}", f"synthesis.{name}"
        rules |= _modulated(ours, theirs)
        rules[f"{ours}.noise_strength"] = Rule(f"{theirs}.noise_strength", same)
        rules[f"noise_{i}"] = Rule(f"{theirs}.noise_const", _with_batch_and_channel)
    sizes = config.resolutions
    for size in sizes if config.generator_architecture == "skip" else sizes[-1:]:
        rules |= _modulated(f"to_rgb.{size}", f"synthesis.b{size}.torgb")
    if config.generator_architecture == "resnet":
        for size in sizes[1:]:
            rules[f"shortcuts.{size}.weight"] = Rule(f"synthesis.b{size}.skip.weight", same)
    return rules


def discriminator_rules(config: StyleGAN2Config) -> dict[str, Rule]:
    """Our parameter name -> the official one, for the discriminator."""
    rules: dict[str, Rule] = {}
    sizes = config.resolutions
    for size in sizes if config.discriminator_architecture == "skip" else sizes[-1:]:
        rules |= _pair(f"from_rgb.{size}", f"b{size}.fromrgb")
    for size in sizes[1:]:
        rules |= _pair(f"blocks.{size}.conv0", f"b{size}.conv0")
        rules |= _pair(f"blocks.{size}.conv1", f"b{size}.conv1")
        if config.discriminator_architecture == "resnet":
            rules[f"blocks.{size}.skip.weight"] = Rule(f"b{size}.skip.weight", same)
    for ours, theirs in (("conv", "conv"), ("dense", "fc"), ("score", "out")):
        rules |= _pair(ours, f"b4.{theirs}")
    if config.c_dim:
        rules |= _pair("label_mapping.embed", "mapping.embed")
        rules |= _dense(config.label_mapping_depth, "label_mapping", "mapping")
    return rules


def convert(
    arrays: Mapping[str, Array], rules: Mapping[str, Rule], config: StyleGAN2Config
) -> dict[str, Tensor]:
    """Official arrays -> our state dict. ValueError on any name that is missing or left over, and
    on a filter that is not the configuration's.
    """
    filters = _checked_filters(arrays, config)
    weights = {name: value for name, value in arrays.items() if name not in filters}
    return tables.convert(weights, rules)


def _checked_filters(arrays: Mapping[str, Array], config: StyleGAN2Config) -> set[str]:
    filters = {name for name in arrays if name.rpartition(".")[2] == FILTER}
    line = np.array(config.resample_filter) / sum(config.resample_filter)
    for name in filters:
        if arrays[name].shape != (len(line),) * 2 or not np.allclose(
            arrays[name], np.outer(line, line), atol=1e-6
        ):
            raise ValueError(f"the filter {name} is not {config.resample_filter} both ways")
    return filters


def _convolutions(config: StyleGAN2Config) -> list[str]:
    doublings = [f"b{size}.conv{half}" for size in config.resolutions[1:] for half in (0, 1)]
    return ["b4.conv1", *doublings]


def _with_batch(value: Array) -> Array:
    return value[None]


def _with_batch_and_channel(value: Array) -> Array:
    return value[None, None]


def _modulated(ours: str, theirs: str) -> dict[str, Rule]:
    return _pair(ours, theirs) | _pair(f"{ours}.affine", f"{theirs}.affine")


def _dense(depth: int, ours: str, theirs: str) -> dict[str, Rule]:
    layers = (_pair(f"{ours}.dense.{i}", f"{theirs}.fc{i}") for i in range(depth))
    return {name: rule for layer in layers for name, rule in layer.items()}


def _pair(ours: str, theirs: str) -> dict[str, Rule]:
    return pair(ours, theirs, same, join=".")
