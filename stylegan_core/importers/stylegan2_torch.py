"""Key tables of the official StyleGAN 2 (PyTorch): StyleGAN2-ADA and the StyleGAN 3 release."""

from collections.abc import Iterable, Mapping
from typing import Any

from stylegan_core.importers.family import Family
from stylegan_core.importers.filters import check_filter, matches_taps, taps_of
from stylegan_core.importers.network import Network
from stylegan_core.importers.stylegan2_settings import (
    discriminator_settings,
    fields_of_weights,
    generator_settings,
)
from stylegan_core.importers.tables import Array, Rule, pair, same
from stylegan_core.networks.stylegan2.config import StyleGAN2Config, of_both

FILTER = "resample_filter"
SCORE = "b4.out.weight"  # every discriminator of this family has it
SIZES = ("img_resolution", "img_channels", "channel_base", "channel_max", "c_dim")
SHARED = (*SIZES, "conv_clamp", FILTER)


def config_of(generator: Network, discriminator: Network | None = None) -> StyleGAN2Config:
    """Return the configuration of a file's networks. KeyError or ValueError if there is none.

    The settings of the modules take precedence over arguments and defaults. Without modules, sizes
    follow from the weights.
    """
    if not generator.modules:
        return StyleGAN2Config(**_with_stored_taps(generator, fields_of_weights(generator)))
    fields = _generator_fields(_flattened(generator.kwargs)) | generator_settings(generator)
    fields = _with_stored_taps(generator, fields)
    if discriminator is None or not is_known(discriminator):
        return StyleGAN2Config(**fields)
    return of_both(fields, _discriminator_fields_of(discriminator))


def is_known(discriminator: Network) -> bool:
    """Tell whether a discriminator is of this family: some training code has its own."""
    return SCORE in discriminator.arrays and bool(discriminator.modules)


def discriminator_config(discriminator: Network) -> StyleGAN2Config:
    """Return the configuration of a discriminator alone. KeyError or ValueError if none."""
    return StyleGAN2Config(**_discriminator_fields_of(discriminator))


def _discriminator_fields_of(network: Network) -> dict[str, Any]:
    fields = _discriminator_fields(_flattened(network.kwargs)) | discriminator_settings(network)
    return _with_stored_taps(network, fields)


def _with_stored_taps(network: Network, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields with the filter that the network holds, if that differs."""
    name = next(iter(filter_names(network.arrays)), None)
    if name is None or matches_taps(fields[FILTER], network.arrays[name]):
        return dict(fields)
    return {**fields, FILTER: taps_of(name, network.arrays[name])}


def filter_names(names: Iterable[str]) -> list[str]:
    """Return the names of the resampling filters among those of arrays."""
    return [name for name in names if name.rpartition(".")[2] == FILTER]


def checked_filter_names(arrays: Mapping[str, Array], config: StyleGAN2Config) -> list[str]:
    """Return the names of resampling filters. ValueError if they are not the configured ones."""
    names = filter_names(arrays)
    for name in names:
        check_filter(name, arrays[name], config.resample_filter)
    return names


def skipped_names(network: Network, config: StyleGAN2Config) -> list[str]:
    """Return the names of resampling filters. ValueError if they are not the configured ones."""
    return checked_filter_names(network.arrays, config)


def config_from_kwargs(
    generator: Mapping[str, Any], discriminator: Mapping[str, Any] | None = None
) -> StyleGAN2Config:
    """Return the configuration that keyword arguments describe; either may be empty.

    Missing ones are taken from the other network, or have the defaults of StyleGAN2-ADA. The
    settings of blocks may be nested, as in StyleGAN2-ADA, or beside the others, as in StyleGAN 3's
    release. Defaults differ there; `config_of` reads them from the modules.
    """
    g, d = _flattened(generator), _flattened(discriminator or {})
    return of_both(
        _generator_fields({**_only_shared(d), **g}), _discriminator_fields({**_only_shared(g), **d})
    )


def _flattened(kwargs: Mapping[str, Any]) -> dict[str, Any]:
    return {**kwargs, **kwargs.get("synthesis_kwargs", {}), **kwargs.get("block_kwargs", {})}


def _only_shared(kwargs: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in kwargs.items() if name in SHARED}


def _generator_fields(kwargs: Mapping[str, Any]) -> dict[str, Any]:
    mapping, w_dim = kwargs.get("mapping_kwargs", {}), kwargs.get("w_dim", 512)
    return {
        **_shared_fields(kwargs),
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
    mapping, epilogue = kwargs.get("mapping_kwargs", {}), kwargs.get("epilogue_kwargs", {})
    lr_multiplier = mapping.get("lr_multiplier", 0.01)
    return {
        **_shared_fields(kwargs),
        **({"mapping_lr_multiplier": lr_multiplier} if kwargs.get("c_dim") else {}),
        "label_width": kwargs.get("cmap_dim"),
        "label_embed_width": mapping.get("embed_features"),
        "label_mapping_width": mapping.get("layer_features"),
        "label_mapping_depth": mapping.get("num_layers", 8),
        "discriminator_architecture": kwargs.get("architecture", "resnet"),
        "mbstd_group_size": epilogue.get("mbstd_group_size", 4),
        "mbstd_features": epilogue.get("mbstd_num_channels", 1),
    }


def _shared_fields(kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that both networks have."""
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
    """Return our parameter names and the official ones, for the generator."""
    rules = {
        "w_average": Rule("mapping.w_avg", same),
        "const": Rule("synthesis.b4.const", _with_batch),
        **dense_rules("mapping_network", config.mapping_depth),
    }
    if config.c_dim:
        rules |= pair("mapping_network.embed", "mapping.embed")
    for i, name in enumerate(_convolution_names(config)):
        ours, theirs = f"synthesis_layers.{i}", f"synthesis.{name}"
        rules |= modulated_rules(ours, theirs)
        if config.noise_inputs:
            rules[f"{ours}.noise_strength"] = Rule(f"{theirs}.noise_strength", same)
            rules[f"noise_{i}"] = Rule(f"{theirs}.noise_const", _with_batch_and_channel)
    sizes = config.resolutions
    for size in sizes if config.generator_architecture == "skip" else sizes[-1:]:
        rules |= modulated_rules(f"to_rgb.{size}", f"synthesis.b{size}.torgb")
    if config.generator_architecture == "resnet":
        for size in sizes[1:]:
            rules[f"shortcuts.{size}.weight"] = Rule(f"synthesis.b{size}.skip.weight", same)
    return rules


def discriminator_rules(config: StyleGAN2Config) -> dict[str, Rule]:
    """Return our parameter names and the official ones, for the discriminator."""
    config = config.discriminator or config
    rules: dict[str, Rule] = {}
    sizes = config.resolutions
    for size in sizes if config.discriminator_architecture == "skip" else sizes[-1:]:
        rules |= pair(f"from_rgb.{size}", f"b{size}.fromrgb")
    for size in sizes[1:]:
        rules |= pair(f"blocks.{size}.conv0", f"b{size}.conv0")
        rules |= pair(f"blocks.{size}.conv1", f"b{size}.conv1")
        if config.discriminator_architecture == "resnet":
            rules[f"blocks.{size}.skip.weight"] = Rule(f"b{size}.skip.weight", same)
    for ours, theirs in (("conv", "conv"), ("dense", "fc"), ("score", "out")):
        rules |= pair(ours, f"b4.{theirs}")
    if config.c_dim:
        rules |= pair("label_mapping.embed", "mapping.embed")
        rules |= dense_rules("label_mapping", config.label_mapping_depth)
    return rules


def modulated_rules(ours: str, theirs: str) -> dict[str, Rule]:
    """Return the rules of a modulated convolution and the affine layer that makes its style."""
    return pair(ours, theirs) | pair(f"{ours}.affine", f"{theirs}.affine")


def dense_rules(ours: str, depth: int) -> dict[str, Rule]:
    """Return the rules of a mapping network's dense layers."""
    layers = (pair(f"{ours}.dense.{i}", f"mapping.fc{i}") for i in range(depth))
    return {name: rule for layer in layers for name, rule in layer.items()}


def _convolution_names(config: StyleGAN2Config) -> list[str]:
    doublings = [f"b{size}.conv{half}" for size in config.resolutions[1:] for half in (0, 1)]
    return ["b4.conv1", *doublings]


def _with_batch(value: Array) -> Array:
    return value[None]


def _with_batch_and_channel(value: Array) -> Array:
    return value[None, None]


FAMILY = Family(
    architecture="stylegan2",
    config=config_of,
    generator_rules=generator_rules,
    discriminator_rules=discriminator_rules,
    skipped_names=skipped_names,
)
