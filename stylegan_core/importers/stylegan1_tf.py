"""The parameter names and layouts of the official TensorFlow StyleGAN.

Convolutions are stored [h, w, in, out] and dense layers [in, out]; the names are those of
`Network.vars`, with the component's own name as a prefix.
"""

from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor

from stylegan_core.importers import tables
from stylegan_core.importers.tables import Array, Rule, conv, dense, same
from stylegan_core.networks.stylegan1 import StyleGAN1Config


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
        c_dim=kwargs.get("label_size", 0),
        image_channels=kwargs.get("num_channels", 3),
    )


def generator_rules(config: StyleGAN1Config) -> dict[str, Rule]:
    """Our parameter name -> the official one, for the generator."""
    rules = {
        "w_average": Rule("dlatent_avg", same),
        "const": Rule("G_synthesis/4x4/Const/const", same),
    }
    if config.c_dim:
        rules["mapping_network.label"] = Rule("G_mapping/LabelConcat/weight", same)
    for i in range(config.mapping_depth):
        rules |= _pair(f"mapping_network.dense.{i}", f"G_mapping/Dense{i}", dense)
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
    parameters = {n: value for n, value in arrays.items() if n.rpartition("/")[2] != "lod"}
    return tables.convert(parameters, rules)


def _synthesis_names(config: StyleGAN1Config) -> list[str]:
    names = ["4x4/Const", "4x4/Conv"]
    for size in config.resolutions[1:]:
        names += [f"{size}x{size}/Conv0_up", f"{size}x{size}/Conv1"]
    return names


def _pair(ours: str, theirs: str, turn: Callable[[Array], Array]) -> dict[str, Rule]:
    return tables.pair(ours, theirs, turn, join="/")
