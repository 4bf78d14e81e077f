"""Models saved while they grew: inference shows what training shows, at the full size."""

from typing import Any

import pytest
import torch
from torch import Tensor

from stylegan_core.card import lod_of
from stylegan_core.networks import contract, progan
from stylegan_core.networks.inference.for_inference import for_inference
from stylegan_core.networks.inference.partly_grown import PartlyGrown, PartlyGrownWholeLayers
from stylegan_core.networks.ops import upsample_nearest
from stylegan_core.networks.stylegan1 import Generator, StyleGAN1Config
from stylegan_core.picture import noise_maps
from tests.small_networks import TINY, make_generator, randomised

SIZES: dict[str, Any] = {
    "resolution": 32,
    "fmap_base": 64,
    "fmap_max": 8,
    "z_dim": 8,
    "w_dim": 8,
    "mapping_width": 8,
}
CONFIGURATIONS: dict[str, progan.ProGANConfig] = {  # the letters are those of the paper's table 1
    "A": progan.ProGANConfig(**SIZES, blur=False),
    "B": progan.ProGANConfig(**SIZES),
    "C": StyleGAN1Config(**SIZES, latent_input=True, noise_inputs=False),
    "without blur": StyleGAN1Config(**SIZES, blur=False),
}
LEVELS = (0.5, 1.0, 1.25, 3.0)


def grown_to(lod: float) -> Generator:
    generator = make_generator(TINY)
    generator.card = {"training": {"lod": lod}}
    return generator


def make(config: progan.ProGANConfig) -> contract.Generator:
    if isinstance(config, StyleGAN1Config):
        return randomised(Generator, config)
    return randomised(progan.Generator, config)


def enlarged(image: Tensor, size: int) -> Tensor:
    while image.shape[-1] < size:
        image = upsample_nearest(image)
    return image


@pytest.mark.parametrize("lod", [0.25, 1.0, 1.5, 2.75, 3.0])
def test_a_partly_grown_model_shows_what_training_shows(lod: float) -> None:
    generator = grown_to(lod)
    inference = for_inference(generator)
    assert isinstance(inference, PartlyGrown)
    ws = torch.randn(2, generator.num_layers, generator.w_dim)
    noise = noise_maps(generator, 5)
    with torch.no_grad():
        expected = enlarged(generator.synthesis(ws, noise, lod), TINY.resolution)
        assert (inference.synthesis(ws, noise) - expected).abs().max() < 1e-4


@pytest.mark.parametrize("name", CONFIGURATIONS)
@pytest.mark.parametrize("lod", LEVELS)
def test_every_configuration_that_grows_shows_what_training_shows(name: str, lod: float) -> None:
    config = CONFIGURATIONS[name]
    generator = make(config)
    generator.card = {"training": {"lod": lod}}
    inference = for_inference(generator)
    assert isinstance(inference, PartlyGrownWholeLayers)
    ws = torch.randn(2, generator.num_layers, generator.w_dim)
    noise = noise_maps(generator, 5)
    expected = enlarged(generator.synthesis(ws, noise, lod), config.resolution)
    assert (inference.synthesis(ws, noise) - expected).abs().max() < 1e-4
    state = inference.start(2)
    for i in range(inference.num_layers):
        state = inference.finish(i, inference.convolve(i, state, ws[:, i]), ws[:, i], noise[i])
    shown = inference.to_image(state)
    assert shown is not None
    assert (shown - expected).abs().max() < 1e-4
    assert (generator.synthesis(ws, noise) - expected).abs().max() > 0.01, "the full one differs"


def test_a_picture_after_each_layer_has_the_size_of_its_features() -> None:
    inference = for_inference(grown_to(1.5))
    w = torch.randn(1, inference.w_dim)
    state = inference.start(1)
    with torch.no_grad():
        for i, layer in enumerate(inference.layers):
            state = inference.step(i, state, w, None)
            image = inference.to_image(state)
            assert image is not None
            assert image.shape[-1] == state.x.shape[-1] == layer.resolution


def test_a_grown_model_has_the_usual_form() -> None:
    assert not isinstance(for_inference(grown_to(0)), PartlyGrown)


@pytest.mark.parametrize("lod", [-1, 4, float("nan"), float("inf"), 10**400, True, "2", None, [1]])
def test_a_senseless_level_counts_as_grown(lod: Any) -> None:
    assert lod_of({"training": {"lod": lod}}, resolution=32) == 0
    assert lod_of({"training": lod}, resolution=32) == 0
    assert lod_of({"training": {"lod": 1}}, resolution=0) == 0
