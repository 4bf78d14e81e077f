"""The parameter names of rosinality's StyleGAN 1 (github.com/rosinality/style-based-gan-pytorch).

Its arithmetic is the official one but for three things: a bias comes before the blur where a layer
upsamples, AdaIN has another epsilon, and both layers of a resolution add one noise map, which the
stored noise here repeats. Its files are state dicts without centre of W and noise.

The networks always have 1024 x 1024 pixels, however far they were trained. Noise strengths start
at zero and stay there until their resolution's turn comes: the highest one that has some is shown.
"""

import math
import re

import numpy as np

from stylegan_core.importers.network import Network
from stylegan_core.importers.stand_ins import centre_of_w, noise_map
from stylegan_core.importers.tables import Array, Rule, Turn, same
from stylegan_core.networks.stylegan1 import StyleGAN1Config

BLOCK = "generator.progression"
CENTRE, NO_BIAS = "mean_style", f"{BLOCK}.0.conv1.bias"  # made here
EPSILON = 1e-5
BLUR = np.outer((1, 2, 1), (1, 2, 1)) / 16
SQRT2 = math.sqrt(2)


def config_of(generator: Network, discriminator: Network | None = None) -> StyleGAN1Config:
    """The configuration of a file's generator. KeyError or ValueError if there is none."""
    shapes, blocks = generator.arrays.shapes, _trained_blocks(generator)
    if f"{BLOCK}.1.conv1.conv.weight_orig" in shapes:
        raise ValueError("it was written by an early version of the code, without blurs")
    resolution = 2 << blocks
    fused = (4 << k for k in range(1, blocks) if _is_fused(generator, k))
    return StyleGAN1Config(
        resolution=resolution,
        fmap_base=shapes[f"{BLOCK}.{blocks - 1}.conv2.conv.bias"][0] * resolution // 2,
        fmap_max=shapes[f"{BLOCK}.0.conv1.input"][1],
        z_dim=shapes["style.1.linear.weight_orig"][1],
        w_dim=shapes["style.1.linear.weight_orig"][0],
        mapping_width=shapes["style.1.linear.weight_orig"][0],
        mapping_depth=_depth(generator),
        mapping_lr_multiplier=1.0,
        image_channels=shapes["generator.to_rgb.0.conv.bias"][0],
        fused_resolution=next(fused, 2 * resolution),
        bias_before_blur=True,
        norm_epsilon=EPSILON,
    )


def _depth(network: Network) -> int:
    """How many layers the mapping has."""
    return sum(
        re.fullmatch(r"style\.\d+\.linear\.bias", name) is not None for name in network.arrays
    )


def _trained_blocks(network: Network) -> int:
    """How many resolutions have been trained; all where that cannot be told."""
    pattern = rf"{re.escape(BLOCK)}\.\d+\.noise2\.weight_orig"
    count = sum(re.fullmatch(pattern, name) is not None for name in network.arrays)
    if not 2 <= count <= 9:
        raise ValueError(f"it has {count} resolutions, where there are from 2 to 9")
    some = (k for k in reversed(range(1, count)) if _has_noise(network, k))
    return next(some, count - 1) + 1


def _has_noise(network: Network, block: int) -> bool:
    names = (f"{BLOCK}.{block}.noise{half}.weight_orig" for half in (1, 2))
    return any(np.any(network.arrays[name]) for name in names)


def _is_fused(network: Network, block: int) -> bool:
    return f"{BLOCK}.{block}.conv1.0.weight" in network.arrays


def prepared(network: Network) -> Network:
    """The network with what its files lack: centre of W, noise maps, a bias of the constant."""
    layers = [
        (_scaled(network.arrays[f"{name}.weight_orig"]), network.arrays[f"{name}.bias"])
        for name in (f"style.{2 * i + 1}.linear" for i in range(_depth(network)))
    ]
    sizes = [4 << k for k in range(_trained_blocks(network))]
    return network.with_arrays(
        {
            CENTRE: centre_of_w(layers),
            NO_BIAS: np.zeros(network.arrays.shape(f"{BLOCK}.0.conv1.input")[1], np.float32),
            **{f"noise.{size}": noise_map(size) for size in sizes},
        }
    )


def weightless(network: Network, config: StyleGAN1Config) -> set[str]:
    """The blurs, and what was not trained. ValueError for blurs that are not [1 2 1] / 4."""
    untrained = {name for name in network.arrays if _resolution(name) > config.resolution}
    blurs = {
        f"{BLOCK}.{k}.conv1.{1 if _is_fused(network, k) else 2}.weight{flip}"
        for k in range(1, len(config.resolutions))
        for flip in ("", "_flip")
    } & network.arrays.keys()
    for name in blurs:
        if not np.allclose(network.arrays[name], BLUR, atol=1e-6):
            raise ValueError(f"the filter {name} is not (1, 2, 1) both ways")
    return blurs | untrained


def _resolution(name: str) -> int:
    """The resolution that an array belongs to; 0 for those of no resolution."""
    found = re.match(r"generator\.(progression|to_rgb)\.(\d+)\.", name)
    return 4 << min(int(found[2]), 9) if found else 0


def generator_rules(config: StyleGAN1Config) -> dict[str, Rule]:
    """Our parameter name -> rosinality's, for the generator."""
    rules = {"w_average": Rule(CENTRE, same), "const": Rule(f"{BLOCK}.0.conv1.input", same)}
    for i in range(config.mapping_depth):
        rules |= _equal(f"mapping_network.dense.{i}", f"style.{2 * i + 1}.linear", same)
    for i in range(2 * len(config.resolutions)):
        rules |= _layer(config, i)
    for k in range(len(config.resolutions)):
        rules |= _equal(f"to_rgb.{k}", f"generator.to_rgb.{k}.conv", _with_gain)
    return rules


def _layer(config: StyleGAN1Config, i: int) -> dict[str, Rule]:
    k, half = i // 2, i % 2 + 1
    ours, theirs, size = f"synthesis_layers.{i}", f"{BLOCK}.{k}", 4 << k
    rules = _equal(f"{ours}.affine", f"{theirs}.adain{half}.style.linear", _with_gain)
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


def _equal(ours: str, theirs: str, turn: Turn) -> dict[str, Rule]:
    """A layer with equalised learning rate."""
    return {
        f"{ours}.weight": Rule(f"{theirs}.weight_orig", turn),
        f"{ours}.bias": Rule(f"{theirs}.bias", same),
    }


def _scaled(value: Array) -> Array:
    """A dense layer's weight [out, in] as it is applied."""
    return value * math.sqrt(2 / value.shape[1])


def _with_gain(value: Array) -> Array:
    """Every layer there has the gain of leaky ReLU, here only those before one."""
    return value * SQRT2


def _less_one(value: Array) -> Array:
    """Biases of AdaIN [2C]: the scales of the first half lie about 1 there, about 0 here."""
    return value - np.repeat(np.array([1, 0], np.float32), len(value) // 2)


def _strength(value: Array) -> Array:
    """[1, C, 1, 1] -> [C], as it is applied: noise strengths are equalised too."""
    return value.reshape(-1) * math.sqrt(2 / value.size)


def _fused(value: Array) -> Array:
    """[I, O, 3, 3] -> [O, I, 3, 3]; there the four shifts of the kernel are averaged."""
    return value.transpose(1, 0, 2, 3) / 4
