"""Key tables of the official StyleGAN 1 (TensorFlow)."""

from collections.abc import Mapping
from typing import Any

from stylegan_core.importers.family import Family
from stylegan_core.importers.network import Network
from stylegan_core.importers.tables import Rule, same, tensorflow_conv, tensorflow_dense
from stylegan_core.importers.tensorflow_names import (
    checked_kwargs,
    convolution_names,
    discriminator_block_rules,
    discriminator_end_rules,
    lod_names,
    pair,
    rules_before_layers,
)
from stylegan_core.networks.stylegan1 import StyleGAN1Config

FUSED_FROM = {"auto": 128, True: 4, False: 2**16}
"""`fused_scale` -> the lowest resolution at which upsampling and convolution are one operation."""

EXPECTED = {
    "use_styles": True,
    "use_noise": True,
    "use_instance_norm": True,
    "use_pixel_norm": False,
    "use_wscale": True,
    "mapping_use_wscale": True,
    "normalize_latents": True,
    "const_input_layer": True,
    "nonlinearity": "lrelu",
    "mapping_nonlinearity": "lrelu",
    "blur_filter": [1, 2, 1],
    "fmap_decay": 1.0,
}
"""Settings that our architecture has built in."""


def config_of(generator: Network, discriminator: Network | None = None) -> StyleGAN1Config:
    """Return the configuration of a file's networks. ValueError if we cannot build them."""
    kwargs = checked_kwargs(generator, EXPECTED)
    if discriminator is not None:
        deviation = {k: v for k, v in discriminator.kwargs.items() if k.startswith("mbstd_")}
        kwargs = {**deviation, **kwargs}
    return config_from_kwargs(kwargs)


def config_from_kwargs(kwargs: Mapping[str, Any]) -> StyleGAN1Config:
    """Return the configuration that static keyword arguments describe.

    Missing ones have the defaults of the official release.
    """
    return StyleGAN1Config(
        resolution=kwargs.get("resolution", 1024),
        fmap_base=kwargs.get("fmap_base", 8192),
        fmap_max=kwargs.get("fmap_max", 512),
        z_dim=kwargs.get("latent_size", 512),
        w_dim=kwargs.get("dlatent_size", 512),
        mapping_width=kwargs.get("mapping_fmaps", 512),
        mapping_depth=kwargs.get("mapping_layers", 8),
        mapping_lr_multiplier=kwargs.get("mapping_lrmul", 0.01),
        c_dim=kwargs.get("label_size", 0),
        image_channels=kwargs.get("num_channels", 3),
        fused_resolution=FUSED_FROM[kwargs.get("fused_scale", "auto")],
        mbstd_group_size=kwargs.get("mbstd_group_size", 4),
        mbstd_features=kwargs.get("mbstd_num_features", 1),
    )


def generator_rules(config: StyleGAN1Config) -> dict[str, Rule]:
    """Return our parameter names and the official ones, for the generator."""
    rules = rules_before_layers(config)
    for i, name in enumerate(["4x4/Const", *convolution_names(config.resolutions)]):
        ours, theirs = f"synthesis_layers.{i}", f"G_synthesis/{name}"
        if i > 0:
            rules[f"{ours}.conv.weight"] = Rule(f"{theirs}/weight", tensorflow_conv)
        rules[f"{ours}.noise_strength"] = Rule(f"{theirs}/Noise/weight", same)
        rules[f"{ours}.bias"] = Rule(f"{theirs}/bias", same)
        rules |= pair(f"{ours}.affine", f"{theirs}/StyleMod", tensorflow_dense)
        rules[f"noise_{i}"] = Rule(f"G_synthesis/noise{i}", same)
    for k, lod in enumerate(reversed(range(len(config.resolutions)))):
        rules |= pair(f"to_rgb.{k}", f"G_synthesis/ToRGB_lod{lod}", tensorflow_conv)
    return rules


def discriminator_rules(config: StyleGAN1Config) -> dict[str, Rule]:
    """Return our parameter names and the official ones, for the discriminator."""
    rules = discriminator_end_rules("4x4/Dense1")
    for k, lod in enumerate(reversed(range(len(config.resolutions)))):
        rules |= pair(f"from_rgb.{k}", f"FromRGB_lod{lod}", tensorflow_conv)
    for k, size in enumerate(config.resolutions[1:]):
        rules |= discriminator_block_rules(f"blocks.{k}", size)
    return rules


FAMILY = Family(
    architecture="stylegan1",
    config=config_of,
    generator_rules=generator_rules,
    discriminator_rules=discriminator_rules,
    skipped_names=lod_names,
)
