"""Key tables of lucidrains' StyleGAN 2 (the package stylegan2_pytorch).

Its files hold all networks in one state dict; GE and SE are the averaged synthesis and mapping.
They have no average w and no noise, for which we make substitutes; as in that code, all noise is
cut from one image. They do not have the mapping's learning rate either, so the package's default is
assumed.
"""

import math
from collections.abc import Mapping

from stylegan_core.importers.family import Family
from stylegan_core.importers.filters import check_filter
from stylegan_core.importers.network import Network
from stylegan_core.importers.substitutes import average_w, noise_map
from stylegan_core.importers.tables import Array, Rule, count_matching, flat, pair, plus_one, same
from stylegan_core.networks.stylegan2.lucidrains import LucidrainsConfig

AVERAGE_W = "average w"  # the name of our substitute
MAPPING_LR = LucidrainsConfig().mapping_lr_multiplier
TO_RGB = "GE.blocks.0.to_rgb."
FIRST_BLUR = f"{TO_RGB}upsample.1.f"


def config_of(generator: Network, discriminator: Network | None = None) -> LucidrainsConfig:
    """Return the configuration of a file's generator. KeyError or ValueError if there is none."""
    shapes = generator.arrays.shapes
    _check_settings(shapes)
    count = count_matching(r"GE\.blocks\.\d+\.conv2\.weight", shapes)
    return LucidrainsConfig(
        widths=tuple(shapes[f"GE.blocks.{k}.conv2.weight"][0] for k in range(count)),
        z_dim=shapes["SE.net.0.weight"][1],
        mapping_depth=_mapping_depth(generator),
        mapping_lr_multiplier=MAPPING_LR,
        image_channels=shapes[f"{TO_RGB}conv.weight"][0],
    )


def _check_settings(shapes: Mapping[str, tuple[int, ...]]) -> None:
    """Raise ValueError for settings of the package that our architecture does not have."""
    if any(name.startswith("GE.attns.") for name in shapes):
        raise ValueError("it has attention layers (attn_layers), which this program cannot show")
    if "GE.to_initial_block.weight" in shapes:
        raise ValueError("it begins with the latent (no_const), where this program has a constant")
    if "GE.initial_conv.weight" not in shapes or FIRST_BLUR not in shapes:
        raise ValueError("it was written by an early version of the package, without blurs")


def _mapping_depth(network: Network) -> int:
    return count_matching(r"SE\.net\.\d+\.weight", network.arrays)


def with_substitutes(network: Network) -> Network:
    """Return the network with an average w and noise maps."""
    layers = [
        (
            network.arrays[f"{name}.weight"] * MAPPING_LR,
            network.arrays[f"{name}.bias"] * MAPPING_LR,
        )
        for name in (f"SE.net.{2 * i}" for i in range(_mapping_depth(network)))
    ]
    first, bias = layers[0]
    layers[0] = (first / math.sqrt(first.shape[1]), bias)  # in that code z has the length 1
    widths = config_of(network).widths
    image = noise_map(2 << len(widths))
    sizes = (4 << k for k in range(len(widths)))
    noise = {f"noise.{size}": image[:, :, :size, :size] for size in sizes}
    return network.with_arrays({AVERAGE_W: average_w(layers), **noise})


def skipped_names(network: Network, config: LucidrainsConfig) -> list[str]:
    """Return the names of the blurs. ValueError if they are not [1, 2, 1]."""
    names = [name for name in network.arrays if name.endswith(".upsample.1.f")]
    for name in names:
        check_filter(name, network.arrays[name] / 4, (1, 2, 1))
    return names


def generator_rules(config: LucidrainsConfig) -> dict[str, Rule]:
    """Return our parameter names and lucidrains', for the generator."""
    rules = {"w_average": Rule(AVERAGE_W, same), "const": Rule("GE.initial_block", same)}
    rules |= pair("first", "GE.initial_conv", _unscaled)
    for i in range(config.mapping_depth):
        convert = _unscaled_dense if i else _unscaled_first
        rules |= pair(f"mapping_network.dense.{i}", f"SE.net.{2 * i}", convert)
    for k in range(len(config.widths)):
        theirs = f"GE.blocks.{k}"
        rules |= _layer(2 * k, theirs, 1) | _layer(2 * k + 1, theirs, 2)
        rules |= {f"noise_{i}": Rule(f"noise.{4 << k}", same) for i in (2 * k, 2 * k + 1)}
        rules |= _modulated(f"to_rgb.{k}", f"{theirs}.to_rgb.conv", f"{theirs}.to_rgb.to_style")
    return rules


def _layer(i: int, block: str, half: int) -> dict[str, Rule]:
    """Return the rules of our layer i, which is convolution 1 or 2 (`half`) of their block."""
    ours, noise = f"synthesis_layers.{i}", f"{block}.to_noise{half}"
    return {
        f"{ours}.noise_strength": Rule(f"{noise}.weight", flat),  # [C, 1] -> [C]
        f"{ours}.bias": Rule(f"{noise}.bias", same),
        **_modulated(f"{ours}.conv", f"{block}.conv{half}", f"{block}.to_style{half}"),
    }


def _modulated(ours: str, theirs: str, style: str) -> dict[str, Rule]:
    return {
        f"{ours}.weight": Rule(f"{theirs}.weight", same),
        f"{ours}.affine.weight": Rule(f"{style}.weight", _unscaled),
        f"{ours}.affine.bias": Rule(f"{style}.bias", plus_one),
    }


def _unscaled(value: Array) -> Array:
    """Convert a weight [out, in, ...] that our layers divide by the root of its fan-in."""
    return value * math.sqrt(math.prod(value.shape[1:]))


def _unscaled_dense(value: Array) -> Array:
    """Convert a weight of the mapping, whose layers have the gain of leaky ReLU only here."""
    return _unscaled(value) / math.sqrt(2)


def _unscaled_first(value: Array) -> Array:
    """Convert the mapping's first weight: z has length 1 there, but mean square 1 here."""
    return value / math.sqrt(2)


FAMILY = Family(
    architecture="stylegan2_lucidrains",
    config=config_of,
    generator_rules=generator_rules,
    skipped_names=skipped_names,
    prepare=with_substitutes,
)
