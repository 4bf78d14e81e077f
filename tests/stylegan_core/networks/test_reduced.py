"""Quick networks: layers above a size run at that size, as the means of squares of pixels would."""

from dataclasses import replace
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from stylegan_core.networks.contract import NetworkConfig
from stylegan_core.networks.inference.base import reduced_kernel
from stylegan_core.networks.inference.for_inference import InferenceGenerator, for_inference
from stylegan_core.networks.inference.stylegan1 import State
from stylegan_core.networks.stylegan1 import StyleGAN1Config
from stylegan_core.networks.stylegan2.config import StyleGAN2Config
from stylegan_core.networks.stylegan2.generator import SynthesisState
from tests.small_networks import TINY2, make_generator, make_stylegan2, make_stylegan3

SIZE = 16
STYLEGAN1 = [
    StyleGAN1Config(64, fmap_base=256, fmap_max=8, z_dim=8, w_dim=8, **settings)
    for settings in (
        {"fused_resolution": 1024},
        {"fused_resolution": 4},
        {"bias_before_blur": True},
    )
]
STYLEGAN2 = [
    replace(TINY2, resolution=64, generator_architecture=layout)
    for layout in ("skip", "resnet", "orig")
]


def describe(config: StyleGAN1Config | StyleGAN2Config) -> str:
    """Return a short name of a configuration for the test's name."""
    if isinstance(config, StyleGAN2Config):
        return f"stylegan2 {config.generator_architecture}"
    return f"stylegan1 {config.fused_resolution} {config.bias_before_blur}"


def inference(config: NetworkConfig) -> InferenceGenerator:
    make: Any = make_generator if isinstance(config, StyleGAN1Config) else make_stylegan2
    return for_inference(make(config))


def ramps(channels: int, size: int) -> Tensor:
    """Return a slope across the picture for each channel, [1, C, size, size]."""
    generator = torch.Generator().manual_seed(0)
    down, right, level = torch.randn(3, channels, 1, 1, generator=generator)
    place = (torch.arange(size) + 0.5) / size
    slopes: Tensor = down * place[:, None] + right * place + level
    return slopes[None]


@pytest.mark.parametrize("scale", [1, 2, 8])
def test_the_kernel_is_that_of_squares_of_equal_pixels(scale: int) -> None:
    torch.manual_seed(0)
    x, weight = torch.randn(2, 3, 5, 5), torch.randn(4, 3, 3, 3)
    enlarged = F.interpolate(x, scale_factor=scale, mode="nearest")
    expected = F.avg_pool2d(F.conv2d(enlarged, weight, padding=1), scale)
    torch.testing.assert_close(
        F.conv2d(x, reduced_kernel(weight, scale), padding=1), expected, rtol=0, atol=1e-5
    )


@pytest.mark.parametrize("config", [*STYLEGAN1, *STYLEGAN2], ids=describe)
@torch.inference_mode()
def test_a_convolution_treats_a_slope_as_the_full_one_does(config: NetworkConfig) -> None:
    """Away from the border: which way a kernel points shows on a slope, and smoothing does not."""
    network = inference(config)
    quick = network.reduced(SIZE)
    w = torch.randn(1, network.w_dim, generator=torch.Generator().manual_seed(1))
    for i, layer in enumerate(network.layers):
        if layer.resolution <= SIZE or "ToRGB" in layer.name:
            continue
        before = network.layers[i - 1]
        x = ramps(before.channels, before.resolution)
        small = F.adaptive_avg_pool2d(x, SIZE)
        full = network.convolve(i, state_of(config, i, x, before.resolution // 2), w).x
        picture_size = min(before.resolution // 2, SIZE)
        convolved = quick.convolve(i, state_of(config, i, small, picture_size), w).x
        inside = slice(3, -3)
        torch.testing.assert_close(
            convolved[..., inside, inside],
            F.adaptive_avg_pool2d(full, SIZE)[..., inside, inside],
            rtol=1e-4,
            atol=1e-4,
        )


@pytest.mark.parametrize("config", [*STYLEGAN1, *STYLEGAN2], ids=describe)
@torch.inference_mode()
def test_a_quick_picture_has_its_size_and_all_styles(config: NetworkConfig) -> None:
    network = inference(config)
    quick = network.reduced(SIZE)

    def picture(ws: Tensor) -> Tensor:
        state = network.start(1)
        for i, layer in enumerate(network.layers):
            chosen = network if layer.resolution <= SIZE else quick
            state = chosen.step(i, state, ws[:, i], None)
        image = quick.to_image(state)
        assert image is not None
        return image

    ws = torch.randn(
        1, network.num_layers, network.w_dim, generator=torch.Generator().manual_seed(1)
    )
    before = picture(ws)
    assert before.shape == (1, 3, SIZE, SIZE)
    for i in range(network.num_layers):
        changed = ws.clone()
        changed[:, i] += 1
        assert not torch.equal(picture(changed), before), network.layers[i].name


def test_a_network_without_quick_pictures_says_so() -> None:
    network = for_inference(make_stylegan3())
    assert not network.reduces
    with pytest.raises(ValueError, match="no quick pictures"):
        network.reduced(SIZE)


def state_of(config: NetworkConfig, i: int, x: Tensor, picture_size: int) -> Any:
    """Return the state before layer i with features x."""
    if isinstance(config, StyleGAN1Config):
        return State(x)
    return SynthesisState(x, i, image=torch.zeros(1, 3, picture_size, picture_size))
