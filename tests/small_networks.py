"""Small random networks of each architecture, with other weights than training starts from."""

from collections.abc import Callable, Iterable
from typing import TypeVar, cast

import torch
from torch import nn

from stylegan_core.networks import r3gan, stylegan1, stylegan2, stylegan3, stylegan_xl
from stylegan_core.networks.stylegan1 import Generator, StyleGAN1Config, SynthesisLayer
from stylegan_core.networks.stylegan2 import lucidrains
from stylegan_core.networks.stylegan2.config import StyleGAN2Config
from stylegan_core.networks.stylegan2.generator import SynthesisLayer as StyleGAN2Layer
from stylegan_core.networks.stylegan2.generator import ToRGB
from stylegan_core.networks.stylegan3.geometry import published_layers

ConfigT = TypeVar("ConfigT")
NetworkT = TypeVar("NetworkT", bound=nn.Module)

TINY = StyleGAN1Config(
    resolution=32, fmap_base=128, fmap_max=16, z_dim=24, w_dim=20, mapping_width=20, mapping_depth=3
)
TINY2 = StyleGAN2Config(
    resolution=32,
    channel_base=256,
    channel_max=16,
    z_dim=24,
    w_dim=20,
    mapping_width=20,
    mapping_depth=3,
)
LAYERS_T = published_layers(32, channel_base=256, channel_max=6, depth=5)
LAYERS_R = published_layers(
    32, channel_base=256, channel_max=6, depth=5, kernel=1, radial=True, image_channels=3
)
STYLEGAN3_T = stylegan3.StyleGAN3Config(resolution=32, z_dim=10, w_dim=8, layers=LAYERS_T)
STYLEGAN3_R = stylegan3.StyleGAN3Config(resolution=32, z_dim=10, w_dim=8, layers=LAYERS_R)
STYLEGAN3_CLASSES = stylegan3.StyleGAN3Config(
    resolution=32, z_dim=10, w_dim=8, c_dim=3, layers=LAYERS_T
)
STYLEGAN_XL = stylegan_xl.StyleGANXLConfig(
    resolution=32, z_dim=10, w_dim=8, c_dim=3, embedding_dim=5, layers=LAYERS_R
)
R3GAN = r3gan.R3GANConfig(
    z_dim=6, widths=(12, 12, 8, 6), cardinalities=(3, 4, 2, 2), blocks=(1, 2, 1, 1)
)
R3GAN_CLASSES = r3gan.R3GANConfig(
    z_dim=6,
    c_dim=3,
    embedding_dim=4,
    widths=(12, 8, 8),
    cardinalities=(3, 2, 4),
    blocks=(1, 1, 2),
)
STYLEGAN1_ROSINALITY = stylegan1.StyleGAN1Config(
    resolution=64,
    fmap_base=128,
    fmap_max=8,
    z_dim=10,
    w_dim=8,
    mapping_width=8,
    mapping_depth=2,
    fused_resolution=32,
    bias_before_blur=True,
    norm_epsilon=1e-5,
)
LUCIDRAINS = lucidrains.LucidrainsConfig(widths=(10, 8, 8, 6, 4), z_dim=8, mapping_depth=2)


def make_generator(config: StyleGAN1Config = TINY, seed: int = 0) -> Generator:
    """Return a StyleGAN 1 whose noise strengths and w_avg are as large as after training."""
    torch.manual_seed(seed)
    generator = Generator(config, {"name": "tiny"})
    for layer in cast("Iterable[SynthesisLayer]", generator.synthesis_layers):
        assert layer.noise_strength is not None
        torch.nn.init.normal_(layer.noise_strength, std=0.3)
        torch.nn.init.normal_(layer.affine.bias, std=0.3)
    generator.update_w_avg(generator.mapping(torch.randn(64, config.z_dim)), beta=0)
    return generator.eval().requires_grad_(False)


def make_stylegan2(config: StyleGAN2Config = TINY2, seed: int = 0) -> stylegan2.Generator:
    """Return a StyleGAN 2 like `make_generator`'s network, with smaller ToRGB weights.

    Untrained ones would make colours that are nearly all out of range.
    """
    torch.manual_seed(seed)
    generator = stylegan2.Generator(config, {"name": "tiny 2"})
    for layer in cast("Iterable[StyleGAN2Layer]", generator.synthesis_layers):
        assert layer.noise_strength is not None
        torch.nn.init.normal_(layer.noise_strength, std=0.3)
    for to_rgb in cast("Iterable[ToRGB]", generator.to_rgb.values()):
        torch.nn.init.normal_(to_rgb.weight, std=0.2)
    c = torch.eye(config.c_dim).repeat(64, 1)[:64] if config.c_dim else None
    generator.update_w_avg(generator.mapping(torch.randn(64, config.z_dim), c), beta=0)
    return generator.eval().requires_grad_(False)


def make_stylegan2_discriminator(
    config: StyleGAN2Config = TINY2, seed: int = 1
) -> stylegan2.Discriminator:
    torch.manual_seed(seed)
    return stylegan2.Discriminator(config).eval().requires_grad_(False)


def make_stylegan1_rosinality() -> stylegan1.Generator:
    return randomised(stylegan1.Generator, STYLEGAN1_ROSINALITY)


def make_lucidrains() -> lucidrains.Generator:
    return randomised(lucidrains.Generator, LUCIDRAINS)


def make_stylegan3(config: stylegan3.StyleGAN3Config = STYLEGAN3_T) -> stylegan3.Generator:
    return randomised(stylegan3.Generator, config)


def make_stylegan_xl(config: stylegan_xl.StyleGANXLConfig = STYLEGAN_XL) -> stylegan_xl.Generator:
    return randomised(stylegan_xl.Generator, config)


def make_r3gan(config: r3gan.R3GANConfig = R3GAN) -> r3gan.Generator:
    return randomised(r3gan.Generator, config)


def randomised(make: Callable[[ConfigT], NetworkT], config: ConfigT) -> NetworkT:
    """Return a network whose initial zeros and ones have random numbers added."""
    torch.manual_seed(0)
    network = make(config)
    for name, value in network.state_dict().items():
        if name.endswith(("bias", "bias0", "bias1", "reduce", "w_average", "input.affine.weight")):
            value.add_(0.3 * torch.randn_like(value))
        if name.endswith("noise_strength"):
            value.add_(0.3 * torch.randn_like(value))
        if name.endswith("magnitude_ema"):
            value.add_(torch.rand_like(value))
    return network.eval().requires_grad_(False)
