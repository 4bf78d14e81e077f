"""The parameter names and layouts of the official TensorFlow StyleGAN 2, configurations E and F.

Convolutions are stored [h, w, in, out], those that upsample flipped both ways, and dense layers
[in, out]; style biases lack the 1 that is added to them. The names are those of `Network.vars`.
"""

from collections.abc import Callable, Mapping
from typing import Any

from stylegan_core.importers import stylegan1_tf, tables
from stylegan_core.importers.network import Network
from stylegan_core.importers.tables import Array, Rule, conv, dense, same
from stylegan_core.networks.stylegan2_config import StyleGAN2Config

convert = stylegan1_tf.convert  # the same naming


def config_of(generator: Network, discriminator: Network | None = None) -> StyleGAN2Config:
    """The configuration of a file's networks. ValueError where they are built differently."""
    synthesis = generator.kwargs.get("synthesis_func", "G_synthesis_stylegan2")
    if synthesis != "G_synthesis_stylegan2":
        raise ValueError(f"its synthesis is '{synthesis}', that of configurations B to D")
    return config_from_kwargs(generator.kwargs, discriminator.kwargs if discriminator else None)


weightless = stylegan1_tf.weightless  # the same variables


def config_from_kwargs(
    generator: Mapping[str, Any], discriminator: Mapping[str, Any] | None = None
) -> StyleGAN2Config:
    """The configuration that the networks' static keyword arguments describe; either may be empty.

    What is missing takes the defaults of the official release.
    """
    discriminator = discriminator or {}
    both = {**discriminator, **generator}
    maps = both.get("fmap_base", 16384), both.get("fmap_max", 512)
    group = discriminator.get("mbstd_group_size", 4)
    return StyleGAN2Config(
        resolution=both.get("resolution", 1024),
        channel_base=2 * maps[0],
        channel_max=maps[1],
        z_dim=generator.get("latent_size", 512),
        w_dim=generator.get("dlatent_size", 512),
        mapping_width=generator.get("mapping_fmaps", 512),
        mapping_depth=generator.get("mapping_layers", 8),
        mapping_lr_multiplier=generator.get("mapping_lrmul", 0.01),
        c_dim=both.get("label_size", 0),
        labels="concat",
        image_channels=both.get("num_channels", 3),
        generator_architecture=generator.get("architecture", "skip"),
        discriminator_architecture=discriminator.get("architecture", "resnet"),
        resample_filter=tuple(both.get("resample_kernel") or (1, 3, 3, 1)),
        mbstd_group_size=group if group > 1 else None,
        mbstd_features=discriminator.get("mbstd_num_features", 1) if group > 1 else 0,
        dense_width=min(maps),
    )


def generator_rules(config: StyleGAN2Config) -> dict[str, Rule]:
    """Our parameter name -> the official one, for the generator."""
    rules = {
        "w_average": Rule("dlatent_avg", same),
        "const": Rule("G_synthesis/4x4/Const/const", same),
    }
    if config.c_dim:
        rules["mapping_network.label"] = Rule("G_mapping/LabelConcat/weight", same)
    for i in range(config.mapping_depth):
        rules |= _pair(f"mapping_network.dense.{i}", f"G_mapping/Dense{i}", dense)
    for i, name in enumerate(_convolutions(config)):
        ours, theirs = f"synthesis_layers.{i}", f"G_synthesis/{name}"
        rules |= _modulated(ours, theirs, _flipped_conv if name.endswith("up") else conv)
        rules[f"{ours}.noise_strength"] = Rule(f"{theirs}/noise_strength", same)
        rules[f"noise_{i}"] = Rule(f"G_synthesis/noise{i}", same)
    sizes = config.resolutions
    for size in sizes if config.generator_architecture == "skip" else sizes[-1:]:
        rules |= _modulated(f"to_rgb.{size}", f"G_synthesis/{size}x{size}/ToRGB", conv)
    if config.generator_architecture == "resnet":
        for size in sizes[1:]:
            rules[f"shortcuts.{size}.weight"] = Rule(f"G_synthesis/{size}x{size}/Skip/weight", conv)
    return rules


def discriminator_rules(config: StyleGAN2Config) -> dict[str, Rule]:
    """Our parameter name -> the official one, for the discriminator."""
    rules: dict[str, Rule] = {}
    sizes = config.resolutions
    for size in sizes if config.discriminator_architecture == "skip" else sizes[-1:]:
        rules |= _pair(f"from_rgb.{size}", f"{size}x{size}/FromRGB", conv)
    for size in sizes[1:]:
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
