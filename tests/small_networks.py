"""Small random networks of each architecture, with no parameter left at its initial value."""

from collections.abc import Callable
from typing import TypeVar

import torch
from torch import nn

from stylegan_core.networks import r3gan, stylegan1, stylegan3, stylegan_xl
from stylegan_core.networks.stylegan2 import lucidrains
from stylegan_core.networks.stylegan3.geometry import published_layers

ConfigT = TypeVar("ConfigT")
NetworkT = TypeVar("NetworkT", bound=nn.Module)

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
