"""The parameter names of lucidrains' StyleGAN 2 (the package stylegan2_pytorch).

Its files hold all networks in one state dict; GE and SE are the averaged synthesis and mapping.
They have no centre of W, no noise and no learning rate of the mapping, which is the package's own
unless its user chose another. The stored noise here is one image, cut to size, as it is there.
"""

import math
import re
from collections.abc import Mapping

import numpy as np

from stylegan_core.importers.network import Network
from stylegan_core.importers.stand_ins import centre_of_w, noise_map
from stylegan_core.importers.stylegan2_blocks import is_filter_of
from stylegan_core.importers.tables import Array, Rule, pair, same
from stylegan_core.networks.stylegan2.lucidrains import LucidrainsConfig

CENTRE = "centre"  # made here
LEARNING = LucidrainsConfig().mapping_lr_multiplier
TO_RGB = "GE.blocks.0.to_rgb."
FIRST_BLUR = f"{TO_RGB}upsample.1.f"


def config_of(generator: Network, discriminator: Network | None = None) -> LucidrainsConfig:
    """The configuration of a file's generator. KeyError or ValueError if there is none."""
    shapes = generator.arrays.shapes
    _check_settings(shapes)
    count = sum(
        re.fullmatch(r"GE\.blocks\.\d+\.conv2\.weight", name) is not None for name in shapes
    )
    return LucidrainsConfig(
        widths=tuple(shapes[f"GE.blocks.{k}.conv2.weight"][0] for k in range(count)),
        z_dim=shapes["SE.net.0.weight"][1],
        mapping_depth=_depth(generator),
        mapping_lr_multiplier=LEARNING,
    )


def _check_settings(shapes: Mapping[str, tuple[int, ...]]) -> None:
    """ValueError for settings of the package that this program cannot show."""
    if any(name.startswith("GE.attns.") for name in shapes):
        raise ValueError("it has attention layers (attn_layers), which this program cannot show")
    if "GE.to_initial_block.weight" in shapes:
        raise ValueError("it begins with the latent (no_const), where this program has a constant")
    if shapes[f"{TO_RGB}conv.weight"][0] != 3:
        raise ValueError("its pictures are transparent, which this program cannot show")
    if "GE.initial_conv.weight" not in shapes or FIRST_BLUR not in shapes:
        raise ValueError("it was written by an early version of the package, without blurs")


def _depth(network: Network) -> int:
    """How many layers the mapping has."""
    return sum(re.fullmatch(r"SE\.net\.\d+\.weight", name) is not None for name in network.arrays)


def prepared(network: Network) -> Network:
    """The network with what its files lack: centre of W, and noise."""
    layers = [
        (_applied(network.arrays[f"{name}.weight"]), network.arrays[f"{name}.bias"] * LEARNING)
        for name in (f"SE.net.{2 * i}" for i in range(_depth(network)))
    ]
    first, bias = layers[0]
    layers[0] = (first / math.sqrt(first.shape[1]), bias)  # of a z whose length is 1
    widths = config_of(network).widths
    image = noise_map(2 << len(widths))
    sizes = (4 << k for k in range(len(widths)))
    noise = {f"noise.{size}": image[:, :, :size, :size] for size in sizes}
    return network.with_arrays({CENTRE: centre_of_w(layers), **noise})


def weightless(network: Network, config: LucidrainsConfig) -> set[str]:
    """The blurs. ValueError for other ones than [1 2 1]."""
    blurs = {name for name in network.arrays if name.endswith(".upsample.1.f")}
    for name in blurs:
        if not is_filter_of((1, 2, 1), network.arrays[name] / 4):
            raise ValueError(f"the filter {name} is not (1, 2, 1)")
    return blurs


def generator_rules(config: LucidrainsConfig) -> dict[str, Rule]:
    """Our parameter name -> lucidrains', for the generator."""
    rules = {"w_average": Rule(CENTRE, same), "const": Rule("GE.initial_block", same)}
    rules |= pair("first", "GE.initial_conv", _plain, join=".")
    for i in range(config.mapping_depth):
        turn = _dense if i else _first
        rules |= pair(f"mapping_network.dense.{i}", f"SE.net.{2 * i}", turn, join=".")
    for k in range(len(config.widths)):
        theirs = f"GE.blocks.{k}"
        rules |= _layer(2 * k, theirs, 1) | _layer(2 * k + 1, theirs, 2)
        rules |= {f"noise_{i}": Rule(f"noise.{4 << k}", same) for i in (2 * k, 2 * k + 1)}
        rules |= _modulated(f"to_rgb.{k}", f"{theirs}.to_rgb.conv", f"{theirs}.to_rgb.to_style")
    return rules


def _layer(i: int, block: str, half: int) -> dict[str, Rule]:
    ours, noise = f"synthesis_layers.{i}", f"{block}.to_noise{half}"
    return {
        f"{ours}.noise_strength": Rule(f"{noise}.weight", _flat),
        f"{ours}.bias": Rule(f"{noise}.bias", same),
        **_modulated(f"{ours}.conv", f"{block}.conv{half}", f"{block}.to_style{half}"),
    }


def _modulated(ours: str, theirs: str, style: str) -> dict[str, Rule]:
    return {
        f"{ours}.weight": Rule(f"{theirs}.weight", same),
        f"{ours}.affine.weight": Rule(f"{style}.weight", _plain),
        f"{ours}.affine.bias": Rule(f"{style}.bias", _plus_one),
    }


def _applied(value: Array) -> Array:
    """A weight of the mapping as it is applied."""
    return value * LEARNING


def _plain(value: Array) -> Array:
    """A weight [out, in, ..] that is not scaled there, and here by the root of its fan-in."""
    return value * math.sqrt(math.prod(value.shape[1:]))


def _dense(value: Array) -> Array:
    """A weight of the mapping, which has the gain of leaky ReLU here."""
    return _plain(value) / math.sqrt(2)


def _first(value: Array) -> Array:
    """The first weight of the mapping: there z has the length 1, here the mean square 1."""
    return value / math.sqrt(2)


def _plus_one(value: Array) -> Array:
    """Styles lie about 0 there, about 1 here."""
    return value + 1


def _flat(value: Array) -> Array:
    """[C, 1] -> [C]."""
    return np.reshape(value, -1)
