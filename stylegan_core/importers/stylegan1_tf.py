"""The parameter names and layouts of the official TensorFlow StyleGAN.

Convolutions are stored [h, w, in, out] and dense layers [in, out]; the names are those of
`Network.vars`, with the component's own name as a prefix.
"""

from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor

from stylegan_core.importers import tables
from stylegan_core.importers.network import Network
from stylegan_core.importers.tables import Array, Rule, conv, dense, same
from stylegan_core.networks.mapping import MappingSizes
from stylegan_core.networks.stylegan1 import StyleGAN1Config

FUSED_FROM = {"auto": 128, True: 4, False: 2**16}
"""`fused_scale`: the resolution from which on upsampling and convolution are one operation."""

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
"""Settings that are built into the architecture here."""


def config_of(generator: Network, discriminator: Network | None = None) -> StyleGAN1Config:
    """The configuration of a file's networks. ValueError where they are built differently."""
    stated = checked_kwargs(generator, EXPECTED)
    if discriminator is not None:
        of_groups = {k: v for k, v in discriminator.kwargs.items() if k.startswith("mbstd_")}
        stated = {**of_groups, **stated}
    return config_from_kwargs(stated)


def checked_kwargs(network: Network, expected: Mapping[str, Any]) -> dict[str, Any]:
    """What a network was built with, and its components where it does not say itself. ValueError
    for settings other than those that are expected.
    """
    stated: dict[str, Any] = {}
    for part in network.parts.values():
        stated |= part.attributes
    stated |= network.kwargs
    for name, known in expected.items():
        if stated.get(name, known) != known:
            raise ValueError(f"{name} is {stated[name]!r}; this program knows {known!r} only")
    return stated


def weightless(network: Network, config: object) -> set[str]:
    """The variables that steer progressive growing only and are no parameters."""
    return {name for name in network.arrays if _is_lod(name)}


def _is_lod(name: str) -> bool:
    return name.rsplit("/", 1)[-1] == "lod"


def config_from_kwargs(kwargs: Mapping[str, Any]) -> StyleGAN1Config:
    """The configuration that a network's static keyword arguments describe."""
    w_dim = kwargs.get("dlatent_size", 512)
    return StyleGAN1Config(
        resolution=kwargs.get("resolution", 1024),
        fmap_base=kwargs.get("fmap_base", 8192),
        fmap_max=kwargs.get("fmap_max", 512),
        z_dim=kwargs.get("latent_size", 512),
        w_dim=w_dim,
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
    """Our parameter name -> the official one, for the generator."""
    rules = rules_before_layers(config)
    for i, name in enumerate(_synthesis_names(config)):
        ours, theirs = f"synthesis_layers.{i}", f"G_synthesis/{name}"
        if i > 0:
            rules[f"{ours}.conv.weight"] = Rule(f"{theirs}/weight", conv)
        rules[f"{ours}.noise_strength"] = Rule(f"{theirs}/Noise/weight", same)
        rules[f"{ours}.bias"] = Rule(f"{theirs}/bias", same)
        rules |= _pair(f"{ours}.affine", f"{theirs}/StyleMod", dense)
        rules[f"noise_{i}"] = Rule(f"G_synthesis/noise{i}", same)
    for k, lod in enumerate(reversed(range(len(config.resolutions)))):
        rules |= _pair(f"to_rgb.{k}", f"G_synthesis/ToRGB_lod{lod}", conv)
    return rules


def rules_before_layers(config: MappingSizes) -> dict[str, Rule]:
    """What StyleGAN 1 and 2 have alike: the mapping, the centre of W, the constant."""
    rules = {
        "w_average": Rule("dlatent_avg", same),
        "const": Rule("G_synthesis/4x4/Const/const", same),
    }
    if config.c_dim:
        rules["mapping_network.label"] = Rule("G_mapping/LabelConcat/weight", same)
    for i in range(config.mapping_depth):
        rules |= _pair(f"mapping_network.dense.{i}", f"G_mapping/Dense{i}", dense)
    return rules


def discriminator_rules(config: StyleGAN1Config) -> dict[str, Rule]:
    """Our parameter name -> the official one, for the discriminator."""
    rules: dict[str, Rule] = {}
    for k, lod in enumerate(reversed(range(len(config.resolutions)))):
        rules |= _pair(f"from_rgb.{k}", f"FromRGB_lod{lod}", conv)
    for k, size in enumerate(config.resolutions[1:]):
        rules |= _pair(f"blocks.{k}.conv0", f"{size}x{size}/Conv0", conv)
        rules |= _pair(f"blocks.{k}.conv1", f"{size}x{size}/Conv1_down", conv)
    rules |= _pair("conv", "4x4/Conv", conv)
    rules |= _pair("dense", "4x4/Dense0", dense)
    rules |= _pair("score", "4x4/Dense1", dense)
    return rules


def convert(arrays: Mapping[str, Array], rules: Mapping[str, Rule]) -> dict[str, Tensor]:
    """Official arrays -> our state dict. ValueError on any name that is missing or left over.

    The `lod` variables steer progressive growing only and are not parameters.
    """
    parameters = {n: value for n, value in arrays.items() if not _is_lod(n)}
    return tables.convert(parameters, rules)


def _synthesis_names(config: StyleGAN1Config) -> list[str]:
    names = ["4x4/Const", "4x4/Conv"]
    for size in config.resolutions[1:]:
        names += [f"{size}x{size}/Conv0_up", f"{size}x{size}/Conv1"]
    return names


def _pair(ours: str, theirs: str, turn: Callable[[Array], Array]) -> dict[str, Rule]:
    return tables.pair(ours, theirs, turn, join="/")
