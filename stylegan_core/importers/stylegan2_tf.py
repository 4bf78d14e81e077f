"""Key tables of the official StyleGAN 2 (TensorFlow), configurations B to F.

Kernels that upsample are flipped along both axes; 1 is added to style biases when they are used.
Configuration A is StyleGAN 1. Configurations B to D have a ToRGB and a FromRGB layer at each
resolution, named by their level of detail as in StyleGAN 1.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from stylegan_core.importers.family import Family
from stylegan_core.importers.network import Arrays, Network
from stylegan_core.importers.tables import (
    Array,
    Converter,
    Rule,
    plus_one,
    same,
    tensorflow_conv,
    tensorflow_dense,
)
from stylegan_core.importers.tensorflow_names import (
    checked_kwargs,
    convolution_names,
    discriminator_block_rules,
    discriminator_end_rules,
    lod_names,
    pair,
    rules_before_layers,
)
from stylegan_core.networks.stylegan2.config import StyleGAN2Config, of_both

SYNTHESIS_ARCHITECTURES = {
    "G_synthesis_stylegan2": None,
    "G_synthesis": None,  # the name of StyleGAN2-ADA
    "G_synthesis_stylegan_revised": "growing",
}
DISCRIMINATOR_ARCHITECTURES = {"D_stylegan2": None, "D_main": None, "D_stylegan": "growing"}
"""The function that builds a network -> its architecture, or None if a setting names it."""

EXPECTED = {
    "nonlinearity": "lrelu",
    "mapping_nonlinearity": "lrelu",
    "normalize_latents": True,
    "use_noise": True,
    "fmap_decay": 1.0,
    "fmap_min": 1,
}
"""Settings that our architecture has built in."""

SCORE = "Output"
OTHER_SCORES = re.compile(r"^4x4/(Output|Dense1)/")
"""Names of the layer that gives the score, which differ between files."""


def config_of(generator: Network, discriminator: Network | None = None) -> StyleGAN2Config:
    """Return the configuration of a file's networks. ValueError if we cannot build them."""
    kwargs = checked_kwargs(generator, EXPECTED)
    synthesis = str(kwargs.get("synthesis_func", "G_synthesis_stylegan2")).rpartition(".")[2]
    if synthesis not in SYNTHESIS_ARCHITECTURES:
        raise ValueError(f"its synthesis is '{synthesis}', which this program does not know")
    kwargs = _with_architecture(kwargs, SYNTHESIS_ARCHITECTURES[synthesis])
    if discriminator is None or discriminator.class_name not in DISCRIMINATOR_ARCHITECTURES:
        return config_from_kwargs(kwargs)
    discriminator_kwargs = _with_architecture(
        checked_kwargs(discriminator, EXPECTED),
        DISCRIMINATOR_ARCHITECTURES[discriminator.class_name],
    )
    if discriminator.class_name == "D_main":
        discriminator_kwargs = {"mbstd_group_size": None, **discriminator_kwargs}
    return config_from_kwargs(kwargs, discriminator_kwargs)


def _with_architecture(kwargs: Mapping[str, Any], architecture: str | None) -> dict[str, Any]:
    return {**kwargs, **({"architecture": architecture} if architecture else {})}


def config_from_kwargs(
    generator: Mapping[str, Any], discriminator: Mapping[str, Any] | None = None
) -> StyleGAN2Config:
    """Return the configuration that static keyword arguments describe; either may be empty.

    Missing ones are taken from the other network, or have the official release's defaults.
    """
    discriminator = discriminator or {}
    group = discriminator.get("mbstd_group_size", 4)
    has_groups = group is None or group > 1
    return of_both(
        {
            **_shared({**discriminator, **generator}),
            "z_dim": generator.get("latent_size", 512),
            "w_dim": generator.get("dlatent_size", 512),
            "mapping_width": generator.get("mapping_fmaps", 512),
            "mapping_depth": generator.get("mapping_layers", 8),
            "mapping_lr_multiplier": generator.get("mapping_lrmul", 0.01),
            "labels": "concat",
            "generator_architecture": generator.get("architecture", "skip"),
        },
        {
            **_shared({**generator, **discriminator}),
            "discriminator_architecture": discriminator.get("architecture", "resnet"),
            "mbstd_group_size": group if has_groups else None,
            "mbstd_features": discriminator.get("mbstd_num_features", 1) if has_groups else 0,
        },
    )


def _shared(kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that both networks have."""
    fmap_base = kwargs.get("fmap_base", 16384)
    fmap_max = kwargs.get("fmap_max", 512)
    return {
        "resolution": kwargs.get("resolution", 1024),
        "channel_base": 2 * fmap_base,
        "channel_max": fmap_max,
        "c_dim": kwargs.get("label_size", 0),
        "image_channels": kwargs.get("num_channels", 3),
        "conv_clamp": kwargs.get("conv_clamp"),
        "resample_filter": tuple(kwargs.get("resample_kernel") or (1, 3, 3, 1)),
        "dense_width": min(fmap_base, fmap_max),
    }


def with_one_score_name(network: Network) -> Network:
    """Return the network with the layer that gives the score under the name `SCORE`."""
    arrays = {
        OTHER_SCORES.sub(f"{SCORE}/", name): value
        for name, value in network.arrays.descriptions.items()
    }
    return replace(network, arrays=Arrays(arrays))


def generator_rules(config: StyleGAN2Config) -> dict[str, Rule]:
    """Return our parameter names and the official ones, for the generator."""
    rules = rules_before_layers(config)
    for i, name in enumerate(convolution_names(config.resolutions)):
        ours, theirs = f"synthesis_layers.{i}", f"G_synthesis/{name}"
        rules |= _modulated(ours, theirs, _flipped_conv if name.endswith("up") else tensorflow_conv)
        rules[f"{ours}.noise_strength"] = Rule(f"{theirs}/noise_strength", same)
        rules[f"noise_{i}"] = Rule(f"G_synthesis/noise{i}", same)
    for size, name in _rgb_names(config, config.generator_architecture, "ToRGB").items():
        rules |= _modulated(f"to_rgb.{size}", f"G_synthesis/{name}", tensorflow_conv)
    if config.generator_architecture == "resnet":
        for size in config.resolutions[1:]:
            theirs = f"G_synthesis/{size}x{size}/Skip/weight"
            rules[f"shortcuts.{size}.weight"] = Rule(theirs, tensorflow_conv)
    return rules


def discriminator_rules(config: StyleGAN2Config) -> dict[str, Rule]:
    """Return our parameter names and the official ones, for the discriminator."""
    config = config.discriminator or config
    rules = discriminator_end_rules(SCORE)
    for size, name in _rgb_names(config, config.discriminator_architecture, "FromRGB").items():
        rules |= pair(f"from_rgb.{size}", name, tensorflow_conv)
    for size in config.resolutions[1:]:
        rules |= discriminator_block_rules(f"blocks.{size}", size)
        if config.discriminator_architecture == "resnet":
            theirs = f"{size}x{size}/Skip/weight"
            rules[f"blocks.{size}.skip.weight"] = Rule(theirs, tensorflow_conv)
    return rules


def _rgb_names(config: StyleGAN2Config, architecture: str, layer: str) -> dict[int, str]:
    """Return the names of the ToRGB or FromRGB layers by resolution."""
    sizes = config.resolutions
    if architecture == "growing":
        return {size: f"{layer}_lod{lod}" for lod, size in enumerate(reversed(sizes))}
    return {n: f"{n}x{n}/{layer}" for n in (sizes if architecture == "skip" else sizes[-1:])}


def _flipped_conv(value: Array) -> Array:
    return tensorflow_conv(value[::-1, ::-1])


def _modulated(ours: str, theirs: str, convert: Converter) -> dict[str, Rule]:
    return {
        **pair(ours, theirs, convert),
        f"{ours}.affine.weight": Rule(f"{theirs}/mod_weight", tensorflow_dense),
        f"{ours}.affine.bias": Rule(f"{theirs}/mod_bias", plus_one),
    }


FAMILY = Family(
    architecture="stylegan2",
    config=config_of,
    generator_rules=generator_rules,
    discriminator_rules=discriminator_rules,
    skipped_names=lod_names,
    prepare=with_one_score_name,
)
