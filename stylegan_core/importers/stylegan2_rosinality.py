"""Key tables of rosinality's StyleGAN 2 (PyTorch), whose arithmetic is the official one.

Its files are state dicts. Files that were converted from official ones hold the average w, beside
the generator. Its own training saves none, so the mean over many latents is the substitute, as in
its own script. Early versions of the code stored no noise maps: maps that are always the same
replace them. Sizes follow from the shapes. No file has the mapping's learning rate, so the
official one is assumed.
"""

import math

import numpy as np

from stylegan_core.importers.family import Family
from stylegan_core.importers.filters import check_filter
from stylegan_core.importers.network import Network
from stylegan_core.importers.substitutes import average_w, noise_map
from stylegan_core.importers.tables import Array, Rule, count_matching, flat, pair, same
from stylegan_core.networks.stylegan2.config import StyleGAN2Config

AVERAGE_W = "latent_avg"
MAPPING_GAIN = StyleGAN2Config().mapping_lr_multiplier * math.sqrt(2)
MAX_DOUBLINGS = 8  # from 4 x 4 to 1024 x 1024


def config_of(generator: Network, discriminator: Network | None = None) -> StyleGAN2Config:
    """Return the configuration of a file's generator. KeyError or ValueError if there is none."""
    shapes, depth = generator.arrays.shapes, _mapping_depth(generator)
    doublings = count_matching(r"to_rgbs\.\d+\.bias", shapes)
    if doublings > MAX_DOUBLINGS:
        raise ValueError(
            f"it has {doublings} resolutions above 4 x 4, but 1024 x 1024 is the {MAX_DOUBLINGS}th"
        )
    resolution = 4 << doublings
    return StyleGAN2Config(
        resolution=resolution,
        channel_base=shapes[f"convs.{2 * doublings - 1}.conv.weight"][1] * resolution,
        channel_max=shapes["conv1.conv.weight"][1],
        z_dim=shapes["style.1.weight"][1],
        w_dim=shapes[f"style.{depth}.weight"][0],
        mapping_width=shapes["style.1.weight"][0],
        mapping_depth=depth,
        image_channels=shapes["to_rgb1.bias"][1],
    )


def _mapping_depth(network: Network) -> int:
    return count_matching(r"style\.\d+\.weight", network.arrays)


def with_substitutes(network: Network) -> Network:
    """Return a generator with substitutes for its average w and noise maps, if it lacks them."""
    if "style.1.weight" not in network.arrays:  # a discriminator
        return network
    return _with_noise(_with_average_w(network))


def _with_noise(network: Network) -> Network:
    """Return the network with noise maps, which early versions of the code did not store."""
    if any(name.startswith("noises.") for name in network.arrays):
        return network
    layers = count_matching(r"(conv1|convs\.\d+)\.noise\.weight", network.arrays)
    sizes = (4 << (i + 1) // 2 for i in range(layers))
    return network.with_arrays({f"noises.noise_{i}": noise_map(n, i) for i, n in enumerate(sizes)})


def _with_average_w(network: Network) -> Network:
    if AVERAGE_W in network.arrays:
        return network
    layers = [
        (_applied(network.arrays[f"{name}.weight"]), network.arrays[f"{name}.bias"] * MAPPING_GAIN)
        for name in (f"style.{i}" for i in range(1, _mapping_depth(network) + 1))
    ]
    return network.with_arrays({AVERAGE_W: average_w(layers)})


def _applied(value: Array) -> Array:
    """Return a weight [out, in] of the mapping as it is applied, with the activation's gain."""
    return value * (MAPPING_GAIN / math.sqrt(value.shape[1]))


def skipped_names(network: Network, config: StyleGAN2Config) -> list[str]:
    """Return the names of resampling filters. ValueError if they are not the configured ones."""
    names = [name for name in network.arrays if name.endswith(".kernel")]
    for name in names:
        gain = 4 if "blur" in name or "upsample" in name else 1
        check_filter(name, network.arrays[name] / gain, config.resample_filter)
    return names


def generator_rules(config: StyleGAN2Config) -> dict[str, Rule]:
    """Return our parameter names and rosinality's, for the generator."""
    rules = {"w_average": Rule(AVERAGE_W, _mean_row), "const": Rule("input.input", same)}
    for i in range(config.mapping_depth):
        rules |= pair(f"mapping_network.dense.{i}", f"style.{i + 1}")
    for i in range(2 * len(config.resolutions) - 1):
        ours, theirs = f"synthesis_layers.{i}", f"convs.{i - 1}" if i else "conv1"
        rules |= _modulated(ours, theirs, f"{theirs}.activate.bias")
        rules[f"{ours}.noise_strength"] = Rule(f"{theirs}.noise.weight", _scalar)
        rules[f"noise_{i}"] = Rule(f"noises.noise_{i}", same)
    for i, size in enumerate(config.resolutions):
        theirs = f"to_rgbs.{i - 1}" if i else "to_rgb1"
        rules |= _modulated(f"to_rgb.{size}", theirs, f"{theirs}.bias")
    return rules


def discriminator_rules(config: StyleGAN2Config) -> dict[str, Rule]:
    """Return our parameter names and rosinality's, for the discriminator.

    Its blocks count from the highest resolution down.
    """
    rules = _activated(f"from_rgb.{config.resolution}", "convs.0", 0)
    for i, size in enumerate(reversed(config.resolutions[1:]), start=1):
        rules |= _activated(f"blocks.{size}.conv0", f"convs.{i}.conv1", 0)
        rules |= _activated(f"blocks.{size}.conv1", f"convs.{i}.conv2", 1)
        rules[f"blocks.{size}.skip.weight"] = Rule(f"convs.{i}.skip.1.weight", same)
    rules |= _activated("conv", "final_conv", 0)
    return rules | pair("dense", "final_linear.0") | pair("score", "final_linear.1")


def _modulated(ours: str, theirs: str, bias: str) -> dict[str, Rule]:
    return {
        f"{ours}.weight": Rule(f"{theirs}.conv.weight", _without_batch),
        f"{ours}.bias": Rule(bias, flat),  # [C], or [1, C, 1, 1] in older files
        **pair(f"{ours}.affine", f"{theirs}.conv.modulation"),
    }


def _activated(ours: str, theirs: str, index: int) -> dict[str, Rule]:
    """Return the rules of a convolution at an index of a sequence, and of the bias after it."""
    weight, bias = f"{theirs}.{index}.weight", f"{theirs}.{index + 1}.bias"
    return {f"{ours}.weight": Rule(weight, same), f"{ours}.bias": Rule(bias, flat)}


def _mean_row(value: Array) -> Array:
    """[D], or [L, D] as encoders store it -> [D]."""
    return np.asarray(value.reshape(-1, value.shape[-1]).mean(axis=0))


def _scalar(value: Array) -> Array:
    return value.reshape(())


def _without_batch(value: Array) -> Array:
    """[1, O, I, k, k] -> [O, I, k, k]."""
    return np.asarray(value[0])


FAMILY = Family(
    architecture="stylegan2",
    config=config_of,
    generator_rules=generator_rules,
    discriminator_rules=discriminator_rules,
    skipped_names=skipped_names,
    prepare=with_substitutes,
)
