"""Small seeded networks that many tests share."""

from collections.abc import Iterable
from typing import cast

import pytest
import torch

from stylegan_core.networks import stylegan2
from stylegan_core.networks.stylegan1 import (
    Discriminator,
    Generator,
    StyleGAN1Config,
    SynthesisLayer,
)
from stylegan_core.networks.stylegan2.config import StyleGAN2Config
from stylegan_core.networks.stylegan2.generator import SynthesisLayer as StyleGAN2Layer
from stylegan_core.networks.stylegan2.generator import ToRGB

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


def make_generator(config: StyleGAN1Config = TINY, seed: int = 0) -> Generator:
    """Return random weights, with noise strengths and w_avg as far from their start as trained."""
    torch.manual_seed(seed)
    generator = Generator(config, {"name": "tiny"})
    for layer in cast("Iterable[SynthesisLayer]", generator.synthesis_layers):
        assert layer.noise_strength is not None
        torch.nn.init.normal_(layer.noise_strength, std=0.3)
        torch.nn.init.normal_(layer.affine.bias, std=0.3)
    generator.update_w_avg(generator.mapping(torch.randn(64, config.z_dim)), beta=0)
    return generator.eval().requires_grad_(False)


def make_stylegan2(config: StyleGAN2Config = TINY2, seed: int = 0) -> stylegan2.Generator:
    """As `make_generator`; the colours of untrained weights are softened."""
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


@pytest.fixture(scope="session")
def tiny_generator() -> Generator:
    return make_generator()


@pytest.fixture(scope="session")
def tiny_discriminator() -> Discriminator:
    torch.manual_seed(1)
    return Discriminator(TINY).eval().requires_grad_(False)
