"""The parameter names of rosinality's StyleGAN 2 (PyTorch), whose arithmetic is the official one.

Its files are state dicts. The official networks come converted with their centre of W beside the
generator; its own training keeps none, and there the mean over many latents stands in for it, as
its own script has it. Sizes follow from the shapes; the learning rate of the mapping is in no file.
"""

import math
import re

import numpy as np

from stylegan_core.importers.network import Network
from stylegan_core.importers.stand_ins import centre_of_w
from stylegan_core.importers.stylegan2_blocks import is_filter_of
from stylegan_core.importers.tables import Array, Rule, pair, same
from stylegan_core.networks.stylegan2.config import StyleGAN2Config

CENTRE = "latent_avg"
GAIN = StyleGAN2Config().mapping_lr_multiplier * math.sqrt(2)


def config_of(generator: Network, discriminator: Network | None = None) -> StyleGAN2Config:
    """The configuration of a file's generator. KeyError or ValueError if there is none."""
    shapes, depth = generator.arrays.shapes, _depth(generator)
    blocks = sum(re.fullmatch(r"to_rgbs\.\d+\.bias", name) is not None for name in shapes)
    if blocks > 8:
        raise ValueError(f"it has {blocks} resolutions above 4 x 4, and 1024 x 1024 is the 8th")
    last = shapes[f"convs.{2 * blocks - 1}.conv.weight"]
    return StyleGAN2Config(
        resolution=4 << blocks,
        channel_base=last[1] * (4 << blocks),
        channel_max=shapes["conv1.conv.weight"][1],
        z_dim=shapes["style.1.weight"][1],
        w_dim=shapes[f"style.{depth}.weight"][0],
        mapping_width=shapes["style.1.weight"][0],
        mapping_depth=depth,
        image_channels=shapes["to_rgb1.bias"][1],
    )


def prepared(network: Network) -> Network:
    """A generator with a centre of W where it has none."""
    if CENTRE in network.arrays or "style.1.weight" not in network.arrays:
        return network
    names = [f"style.{i}" for i in range(1, _depth(network) + 1)]
    layers = [
        (_scaled(network.arrays[f"{name}.weight"]), network.arrays[f"{name}.bias"] * GAIN)
        for name in names
    ]
    return network.with_arrays({CENTRE: centre_of_w(layers)})


def _scaled(value: Array) -> Array:
    """A weight of the mapping [out, in] as it is applied, with the gain of what comes after it."""
    return value * (GAIN / math.sqrt(value.shape[1]))


def _depth(network: Network) -> int:
    """How many layers the mapping has."""
    return sum(re.fullmatch(r"style\.\d+\.weight", name) is not None for name in network.arrays)


def weightless(network: Network, config: StyleGAN2Config) -> set[str]:
    """The resampling filters. ValueError where they are not the configuration's."""
    filters = {name for name in network.arrays if name.endswith(".kernel")}
    for name in filters:
        gain = 4 if "blur" in name or "upsample" in name else 1
        if not is_filter_of(config.resample_filter, network.arrays[name] / gain):
            raise ValueError(f"the filter {name} is not {config.resample_filter} both ways")
    return filters


def generator_rules(config: StyleGAN2Config) -> dict[str, Rule]:
    """Our parameter name -> rosinality's, for the generator."""
    rules = {"w_average": Rule(CENTRE, _flat), "const": Rule("input.input", same)}
    for i in range(config.mapping_depth):
        rules |= _pair(f"mapping_network.dense.{i}", f"style.{i + 1}")
    for i in range(2 * len(config.resolutions) - 1):
        ours, theirs = f"synthesis_layers.{i}", f"convs.{i - 1}" if i else "conv1"
        rules |= _modulated(ours, theirs, f"{theirs}.activate.bias")
        rules[f"{ours}.noise_strength"] = Rule(f"{theirs}.noise.weight", _number)
        rules[f"noise_{i}"] = Rule(f"noises.noise_{i}", same)
    for i, size in enumerate(config.resolutions):
        theirs = f"to_rgbs.{i - 1}" if i else "to_rgb1"
        rules |= _modulated(f"to_rgb.{size}", theirs, f"{theirs}.bias")
    return rules


def discriminator_rules(config: StyleGAN2Config) -> dict[str, Rule]:
    """Our parameter name -> rosinality's, for the discriminator. Its blocks count down."""
    rules = _activated(f"from_rgb.{config.resolution}", "convs.0", 0)
    for i, size in enumerate(reversed(config.resolutions[1:]), start=1):
        rules |= _activated(f"blocks.{size}.conv0", f"convs.{i}.conv1", 0)
        rules |= _activated(f"blocks.{size}.conv1", f"convs.{i}.conv2", 1)
        rules[f"blocks.{size}.skip.weight"] = Rule(f"convs.{i}.skip.1.weight", same)
    rules |= _activated("conv", "final_conv", 0)
    return rules | _pair("dense", "final_linear.0") | _pair("score", "final_linear.1")


def _modulated(ours: str, theirs: str, bias: str) -> dict[str, Rule]:
    return {
        f"{ours}.weight": Rule(f"{theirs}.conv.weight", _without_batch),
        f"{ours}.bias": Rule(bias, _flat),
        **_pair(f"{ours}.affine", f"{theirs}.conv.modulation"),
    }


def _activated(ours: str, theirs: str, place: int) -> dict[str, Rule]:
    """A convolution that stands at a place of a sequence, and the activation after it."""
    weight, bias = f"{theirs}.{place}.weight", f"{theirs}.{place + 1}.bias"
    return {f"{ours}.weight": Rule(weight, same), f"{ours}.bias": Rule(bias, _flat)}


def _pair(ours: str, theirs: str) -> dict[str, Rule]:
    return pair(ours, theirs, same, join=".")


def _flat(value: Array) -> Array:
    """Biases are [C], or [1, C, 1, 1] in older files; the centre of W [D] or [1, D]."""
    return value.reshape(-1)


def _number(value: Array) -> Array:
    return value.reshape(())


def _without_batch(value: Array) -> Array:
    """[1, O, I, k, k] -> [O, I, k, k]."""
    return np.asarray(value[0])
