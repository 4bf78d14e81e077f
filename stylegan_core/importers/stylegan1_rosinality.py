"""Key tables of rosinality's StyleGAN 1 (github.com/rosinality/style-based-gan-pytorch).

Its arithmetic differs from the official one in three points: in layers that upsample, the bias
comes before the blur; AdaIN has another epsilon; and both layers of a resolution add the same noise
map, which our stored noise therefore repeats. Its files are state dicts without an average w and
without noise.

The networks always have 1024 x 1024 pixels, however far they were trained. Noise strengths start
at zero and stay there until their resolution is trained, so the highest resolution with noise is
shown.
"""

import math
import re

import numpy as np

from stylegan_core.importers.family import Family
from stylegan_core.importers.filters import check_filter
from stylegan_core.importers.network import Network
from stylegan_core.importers.substitutes import average_w, noise_map
from stylegan_core.importers.tables import Array, Converter, Rule, count_matching, pair, same
from stylegan_core.networks.stylegan1 import StyleGAN1Config

BLOCKS = "generator.progression"
MAX_BLOCKS = 9  # from 4 x 4 to 1024 x 1024
AVERAGE_W = "mean_style"  # this and the next one name our substitutes
NO_BIAS = f"{BLOCKS}.0.conv1.bias"
NORM_EPSILON = 1e-5


def config_of(generator: Network, discriminator: Network | None = None) -> StyleGAN1Config:
    """Return the configuration of a file's generator. KeyError or ValueError if there is none."""
    shapes, blocks = generator.arrays.shapes, _trained_blocks(generator)
    if f"{BLOCKS}.1.conv1.conv.weight_orig" in shapes:
        raise ValueError("it was written by an early version of the code, without blurs")
    resolution = 2 << blocks
    fused_sizes = (4 << k for k in range(1, blocks) if _is_fused(generator, k))
    w_dim, z_dim = shapes["style.1.linear.weight_orig"]
    return StyleGAN1Config(
        resolution=resolution,
        fmap_base=shapes[f"{BLOCKS}.{blocks - 1}.conv2.conv.bias"][0] * resolution // 2,
        fmap_max=shapes[f"{BLOCKS}.0.conv1.input"][1],
        z_dim=z_dim,
        w_dim=w_dim,
        mapping_width=w_dim,
        mapping_depth=_mapping_depth(generator),
        mapping_lr_multiplier=1.0,
        image_channels=shapes["generator.to_rgb.0.conv.bias"][0],
        fused_resolution=next(fused_sizes, 2 * resolution),
        bias_before_blur=True,
        norm_epsilon=NORM_EPSILON,
    )


def _mapping_depth(network: Network) -> int:
    return count_matching(r"style\.\d+\.linear\.bias", network.arrays)


def _trained_blocks(network: Network) -> int:
    """Return how many resolutions have been trained, or all of them if the file does not tell."""
    count = count_matching(rf"{re.escape(BLOCKS)}\.\d+\.noise2\.weight_orig", network.arrays)
    if not 2 <= count <= MAX_BLOCKS:
        raise ValueError(f"it has {count} resolutions, where there are from 2 to {MAX_BLOCKS}")
    trained = (k for k in reversed(range(1, count)) if _has_noise(network, k))
    return next(trained, count - 1) + 1


def _has_noise(network: Network, block: int) -> bool:
    names = (f"{BLOCKS}.{block}.noise{half}.weight_orig" for half in (1, 2))
    return any(np.any(network.arrays[name]) for name in names)


def _is_fused(network: Network, block: int) -> bool:
    """Tell whether a block upsamples and convolves in one operation."""
    return f"{BLOCKS}.{block}.conv1.0.weight" in network.arrays


def with_substitutes(network: Network) -> Network:
    """Return the network with an average w, noise maps, and a bias of zero for the constant."""
    layers = [
        (_applied(network.arrays[f"{name}.weight_orig"]), network.arrays[f"{name}.bias"])
        for name in (f"style.{2 * i + 1}.linear" for i in range(_mapping_depth(network)))
    ]
    sizes = [4 << k for k in range(_trained_blocks(network))]
    channels = network.arrays.shape(f"{BLOCKS}.0.conv1.input")[1]
    return network.with_arrays(
        {
            AVERAGE_W: average_w(layers),
            NO_BIAS: np.zeros(channels, np.float32),
            **{f"noise.{size}": noise_map(size) for size in sizes},
        }
    )


def _applied(value: Array) -> Array:
    """Return a dense layer's weight [out, in] as it is applied."""
    return value * math.sqrt(2 / value.shape[1])


def skipped_names(network: Network, config: StyleGAN1Config) -> set[str]:
    """Return the names of blurs and of untrained resolutions. ValueError for other blurs."""
    untrained = {name for name in network.arrays if _resolution(name) > config.resolution}
    blurs = {
        f"{BLOCKS}.{k}.conv1.{1 if _is_fused(network, k) else 2}.weight{flip}"
        for k in range(1, len(config.resolutions))
        for flip in ("", "_flip")
    } & network.arrays.keys()
    for name in blurs:
        check_filter(name, network.arrays[name], (1, 2, 1))
    return blurs | untrained


def _resolution(name: str) -> int:
    """Return the resolution that an array belongs to; 0 for arrays of the whole network."""
    match = re.match(r"generator\.(progression|to_rgb)\.(\d+)\.", name)
    return 4 << min(int(match[2]), MAX_BLOCKS) if match else 0


def generator_rules(config: StyleGAN1Config) -> dict[str, Rule]:
    """Return our parameter names and rosinality's, for the generator."""
    rules = {"w_average": Rule(AVERAGE_W, same), "const": Rule(f"{BLOCKS}.0.conv1.input", same)}
    for i in range(config.mapping_depth):
        rules |= _equalised(f"mapping_network.dense.{i}", f"style.{2 * i + 1}.linear", same)
    for i in range(2 * len(config.resolutions)):
        rules |= _layer(config, i)
    for k in range(len(config.resolutions)):
        rules |= _equalised(f"to_rgb.{k}", f"generator.to_rgb.{k}.conv", _with_gain)
    return rules


def _layer(config: StyleGAN1Config, i: int) -> dict[str, Rule]:
    k, half = i // 2, i % 2 + 1
    ours, theirs, size = f"synthesis_layers.{i}", f"{BLOCKS}.{k}", 4 << k
    rules = _equalised(f"{ours}.affine", f"{theirs}.adain{half}.style.linear", _with_gain)
    rules[f"{ours}.affine.bias"] = Rule(f"{theirs}.adain{half}.style.linear.bias", _less_one)
    rules[f"{ours}.noise_strength"] = Rule(f"{theirs}.noise{half}.weight_orig", _strength)
    rules[f"noise_{i}"] = Rule(f"noise.{size}", same)
    if i == 0:
        return rules | {f"{ours}.bias": Rule(NO_BIAS, same)}
    if half == 1 and size >= config.fused_resolution:
        rules[f"{ours}.conv.weight"] = Rule(f"{theirs}.conv1.0.weight", _fused)
        return rules | {f"{ours}.bias": Rule(f"{theirs}.conv1.0.bias", same)}
    convolution = f"{theirs}.conv2.conv" if half == 2 else f"{theirs}.conv1.1.conv"
    rules[f"{ours}.conv.weight"] = Rule(f"{convolution}.weight_orig", same)
    return rules | {f"{ours}.bias": Rule(f"{convolution}.bias", same)}


def _equalised(ours: str, theirs: str, convert: Converter) -> dict[str, Rule]:
    """Return the rules of a layer with equalised learning rate."""
    return pair(ours, theirs, convert, weight=".weight_orig")


def _with_gain(value: Array) -> Array:
    """Convert a weight whose layer has the gain of leaky ReLU in that code, but not in ours."""
    return value * math.sqrt(2)


def _less_one(value: Array) -> Array:
    """Convert a bias of AdaIN [2C]: its first half, the scales, is about 1 there and 0 here."""
    return value - np.repeat(np.array([1, 0], np.float32), len(value) // 2)


def _strength(value: Array) -> Array:
    """[1, C, 1, 1] -> [C], as applied: in that code noise strengths are equalised too."""
    return value.reshape(-1) * math.sqrt(2 / value.size)


def _fused(value: Array) -> Array:
    """[I, O, 3, 3] -> [O, I, 3, 3]; that code averages the kernel's four shifts, ours adds them."""
    return value.transpose(1, 0, 2, 3) / 4


FAMILY = Family(
    architecture="stylegan1",
    config=config_of,
    generator_rules=generator_rules,
    skipped_names=skipped_names,
    prepare=with_substitutes,
)
