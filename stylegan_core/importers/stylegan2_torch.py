"""The parameter names and layouts of the official PyTorch StyleGAN 2 (StyleGAN2-ADA).

The names are those of its state dicts. The resampling filters among them are no parameters: they
must be those of the configuration.
"""

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from stylegan_core.importers import stylegan2_blocks, tables
from stylegan_core.importers.network import Network
from stylegan_core.importers.stylegan2_blocks import FILTER, is_filter, is_filter_of, taps_of
from stylegan_core.importers.tables import Array, Rule, pair, same
from stylegan_core.networks.stylegan2.config import StyleGAN2Config, of_both

SCORE = "b4.out.weight"  # which every discriminator of this kind has
SIZES = ("img_resolution", "img_channels", "channel_base", "channel_max", "c_dim")
SHARED = (*SIZES, "conv_clamp", FILTER)


def config_of(generator: Network, discriminator: Network | None = None) -> StyleGAN2Config:
    """The configuration of a file's networks. KeyError or ValueError where there is none.

    What their blocks say of themselves goes before defaults, which differ between the releases.
    """
    fields = _generator_fields(_flat(generator.kwargs)) | stylegan2_blocks.of_generator(generator)
    fields[FILTER] = taps_of(generator, fields[FILTER])
    if discriminator is None or not is_known(discriminator):
        return StyleGAN2Config(**fields)
    return of_both(fields, _fields_of_discriminator(discriminator))


def is_known(discriminator: Network) -> bool:
    """Whether a discriminator is of this kind; files of others' training have some of their own."""
    return SCORE in discriminator.arrays


def discriminator_config(discriminator: Network) -> StyleGAN2Config:
    """The configuration of a discriminator alone. KeyError or ValueError where there is none."""
    return StyleGAN2Config(**_fields_of_discriminator(discriminator))


def _fields_of_discriminator(network: Network) -> dict[str, Any]:
    fields = _discriminator_fields(_flat(network.kwargs))
    fields |= stylegan2_blocks.of_discriminator(network)
    return {**fields, FILTER: taps_of(network, fields[FILTER])}


def weightless(network: Network, config: StyleGAN2Config) -> set[str]:
    """The resampling filters. ValueError where they are not the configuration's."""
    return _checked_filters(network.arrays, config)


def config_from_kwargs(
    generator: Mapping[str, Any], discriminator: Mapping[str, Any] | None = None
) -> StyleGAN2Config:
    """The configuration that the networks' keyword arguments describe; either may be empty.

    What is missing is the other network's, or takes the defaults of StyleGAN2-ADA. Settings of
    blocks may be nested, as there, or lie beside the others, as in the StyleGAN 3 release, whose
    defaults differ: there the file's own blocks must be asked.
    """
    g, d = _flat(generator), _flat(discriminator or {})
    return of_both(
        _generator_fields({**_only_shared(d), **g}), _discriminator_fields({**_only_shared(g), **d})
    )


def _flat(kwargs: Mapping[str, Any]) -> dict[str, Any]:
    return {**kwargs, **kwargs.get("synthesis_kwargs", {}), **kwargs.get("block_kwargs", {})}


def _only_shared(kwargs: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in kwargs.items() if name in SHARED}


def _generator_fields(kwargs: Mapping[str, Any]) -> dict[str, Any]:
    mapping, w_dim = kwargs.get("mapping_kwargs", {}), kwargs.get("w_dim", 512)
    return {
        **_shared(kwargs),
        "z_dim": kwargs.get("z_dim", 512),
        "w_dim": w_dim,
        "mapping_width": mapping.get("layer_features") or w_dim,
        "mapping_depth": mapping.get("num_layers", 8),
        "mapping_lr_multiplier": mapping.get("lr_multiplier", 0.01),
        "embed_width": mapping.get("embed_features"),
        "generator_architecture": kwargs.get("architecture", "skip"),
        "noise_inputs": kwargs.get("use_noise", True),
    }


def _discriminator_fields(kwargs: Mapping[str, Any]) -> dict[str, Any]:
    mapping, last = kwargs.get("mapping_kwargs", {}), kwargs.get("epilogue_kwargs", {})
    learning = mapping.get("lr_multiplier", 0.01)
    return {
        **_shared(kwargs),
        **({"mapping_lr_multiplier": learning} if kwargs.get("c_dim") else {}),
        "label_width": kwargs.get("cmap_dim"),
        "label_embed_width": mapping.get("embed_features"),
        "label_mapping_width": mapping.get("layer_features"),
        "label_mapping_depth": mapping.get("num_layers", 8),
        "discriminator_architecture": kwargs.get("architecture", "resnet"),
        "mbstd_group_size": last.get("mbstd_group_size", 4),
        "mbstd_features": last.get("mbstd_num_channels", 1),
    }


def _shared(kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that both networks have."""
    return {
        "resolution": kwargs["img_resolution"],
        "channel_base": kwargs.get("channel_base", 32768),
        "channel_max": kwargs.get("channel_max", 512),
        "c_dim": kwargs.get("c_dim", 0),
        "image_channels": kwargs.get("img_channels", 3),
        "conv_clamp": kwargs.get("conv_clamp"),
        FILTER: tuple(kwargs.get(FILTER, (1, 3, 3, 1))),
    }


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
        if config.noise_inputs:
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
    config = config.discriminator or config
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
    filters = {name for name in arrays if is_filter(name)}
    for name in filters:
        if not is_filter_of(config.resample_filter, arrays[name]):
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
