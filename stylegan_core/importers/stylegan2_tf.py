"""The parameter names and layouts of the official TensorFlow StyleGAN 2, configurations B to F.

Convolutions are stored [h, w, in, out], those that upsample flipped both ways, and dense layers
[in, out]; style biases lack the 1 that is added to them. The names are those of `Network.vars`.
Configuration A is the first StyleGAN; B to D have its layout, with colours at each resolution that
are named by their level of detail.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from stylegan_core.importers import stylegan1_tf, tables
from stylegan_core.importers.network import Arrays, Network
from stylegan_core.importers.stylegan1_tf import checked_kwargs, rules_before_layers
from stylegan_core.importers.tables import Array, Rule, conv, dense, same
from stylegan_core.networks.stylegan2.config import StyleGAN2Config, of_both

SYNTHESES = {
    "G_synthesis_stylegan2": None,  # as its settings say
    "G_synthesis": None,  # the same in StyleGAN2-ADA
    "G_synthesis_stylegan_revised": "growing",
}
DISCRIMINATORS = {"D_stylegan2": None, "D_main": None, "D_stylegan": "growing"}
"""What builds a network, and the architecture that comes with it."""

EXPECTED = {
    "nonlinearity": "lrelu",
    "mapping_nonlinearity": "lrelu",
    "normalize_latents": True,
    "use_noise": True,
    "fmap_decay": 1.0,
    "fmap_min": 1,
}
"""Settings that are built into the architecture here."""

SCORE = re.compile(r"^4x4/(Output|Dense1)/")

convert = stylegan1_tf.convert  # the same naming
weightless = stylegan1_tf.weightless  # the same variables


def config_of(generator: Network, discriminator: Network | None = None) -> StyleGAN2Config:
    """The configuration of a file's networks. ValueError where they are built differently."""
    stated = checked_kwargs(generator, EXPECTED)
    synthesis = str(stated.get("synthesis_func", "G_synthesis_stylegan2")).rpartition(".")[2]
    if synthesis not in SYNTHESES:
        raise ValueError(f"its synthesis is '{synthesis}', which this program does not know")
    stated = _with_architecture(stated, SYNTHESES[synthesis])
    if discriminator is None or discriminator.class_name not in DISCRIMINATORS:
        return config_from_kwargs(stated)
    own = checked_kwargs(discriminator, EXPECTED)
    own = _with_architecture(own, DISCRIMINATORS[discriminator.class_name])
    if discriminator.class_name == "D_main":
        own = {"mbstd_group_size": None, **own}
    return config_from_kwargs(stated, own)


def _with_architecture(stated: Mapping[str, Any], architecture: str | None) -> dict[str, Any]:
    return {**stated, **({"architecture": architecture} if architecture else {})}


def config_from_kwargs(
    generator: Mapping[str, Any], discriminator: Mapping[str, Any] | None = None
) -> StyleGAN2Config:
    """The configuration that the networks' static keyword arguments describe; either may be empty.

    What is missing is the other network's, or takes the defaults of the official release.
    """
    discriminator = discriminator or {}
    own = {
        **_shared({**discriminator, **generator}),
        "z_dim": generator.get("latent_size", 512),
        "w_dim": generator.get("dlatent_size", 512),
        "mapping_width": generator.get("mapping_fmaps", 512),
        "mapping_depth": generator.get("mapping_layers", 8),
        "mapping_lr_multiplier": generator.get("mapping_lrmul", 0.01),
        "labels": "concat",
        "generator_architecture": generator.get("architecture", "skip"),
    }
    group = discriminator.get("mbstd_group_size", 4)
    is_used = group is None or group > 1
    return of_both(
        own,
        {
            **_shared({**generator, **discriminator}),
            "discriminator_architecture": discriminator.get("architecture", "resnet"),
            "mbstd_group_size": group if is_used else None,
            "mbstd_features": discriminator.get("mbstd_num_features", 1) if is_used else 0,
        },
    )


def _shared(kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that both networks have."""
    maps = kwargs.get("fmap_base", 16384), kwargs.get("fmap_max", 512)
    return {
        "resolution": kwargs.get("resolution", 1024),
        "channel_base": 2 * maps[0],
        "channel_max": maps[1],
        "c_dim": kwargs.get("label_size", 0),
        "image_channels": kwargs.get("num_channels", 3),
        "conv_clamp": kwargs.get("conv_clamp"),
        "resample_filter": tuple(kwargs.get("resample_kernel") or (1, 3, 3, 1)),
        "dense_width": min(maps),
    }


def respelled(network: Network) -> Network:
    """The layer that gives the score under one name: it lies among those of 4 x 4 in some files."""
    arrays = {SCORE.sub("Output/", name): value for name, value in network.arrays.found.items()}
    return replace(network, arrays=Arrays(arrays))


def generator_rules(config: StyleGAN2Config) -> dict[str, Rule]:
    """Our parameter name -> the official one, for the generator."""
    rules = rules_before_layers(config)
    for i, name in enumerate(_convolutions(config)):
        ours, theirs = f"synthesis_layers.{i}", f"G_synthesis/{name}"
        rules |= _modulated(ours, theirs, _flipped_conv if name.endswith("up") else conv)
        rules[f"{ours}.noise_strength"] = Rule(f"{theirs}/noise_strength", same)
        rules[f"noise_{i}"] = Rule(f"G_synthesis/noise{i}", same)
    for size, name in _colours(config, config.generator_architecture, "ToRGB").items():
        rules |= _modulated(f"to_rgb.{size}", f"G_synthesis/{name}", conv)
    if config.generator_architecture == "resnet":
        for size in config.resolutions[1:]:
            rules[f"shortcuts.{size}.weight"] = Rule(f"G_synthesis/{size}x{size}/Skip/weight", conv)
    return rules


def discriminator_rules(config: StyleGAN2Config) -> dict[str, Rule]:
    """Our parameter name -> the official one, for the discriminator."""
    config = config.discriminator or config
    rules: dict[str, Rule] = {}
    for size, name in _colours(config, config.discriminator_architecture, "FromRGB").items():
        rules |= _pair(f"from_rgb.{size}", name, conv)
    for size in config.resolutions[1:]:
        rules |= _pair(f"blocks.{size}.conv0", f"{size}x{size}/Conv0", conv)
        rules |= _pair(f"blocks.{size}.conv1", f"{size}x{size}/Conv1_down", conv)
        if config.discriminator_architecture == "resnet":
            rules[f"blocks.{size}.skip.weight"] = Rule(f"{size}x{size}/Skip/weight", conv)
    rules |= _pair("conv", "4x4/Conv", conv)
    rules |= _pair("dense", "4x4/Dense0", dense)
    rules |= _pair("score", "Output", dense)
    return rules


def _convolutions(config: StyleGAN2Config) -> list[str]:
    names = ["4x4/Conv"]
    for size in config.resolutions[1:]:
        names += [f"{size}x{size}/Conv0_up", f"{size}x{size}/Conv1"]
    return names


def _colours(config: StyleGAN2Config, architecture: str, layer: str) -> dict[int, str]:
    """What the layers from or to colours are called, by resolution."""
    sizes = config.resolutions
    if architecture == "growing":
        return {size: f"{layer}_lod{lod}" for lod, size in enumerate(reversed(sizes))}
    return {n: f"{n}x{n}/{layer}" for n in (sizes if architecture == "skip" else sizes[-1:])}


def _flipped_conv(value: Array) -> Array:
    return conv(value[::-1, ::-1])


def _plus_one(value: Array) -> Array:
    return value + 1


def _modulated(ours: str, theirs: str, turn: Callable[[Array], Array]) -> dict[str, Rule]:
    return {
        **_pair(ours, theirs, turn),
        f"{ours}.affine.weight": Rule(f"{theirs}/mod_weight", dense),
        f"{ours}.affine.bias": Rule(f"{theirs}/mod_bias", _plus_one),
    }


def _pair(ours: str, theirs: str, turn: Callable[[Array], Array]) -> dict[str, Rule]:
    return tables.pair(ours, theirs, turn, join="/")
