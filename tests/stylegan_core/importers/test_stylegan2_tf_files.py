"""StyleGAN 2's TensorFlow pickles, configurations A to D.

At full resolution, B to D are StyleGAN 2 without skips, with the formulas of `stylegan2_reference`.
While they grow, they are smaller networks of that kind that fade into each other.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import stylegan_core
from stylegan_core import checkpoint, importers, picture
from stylegan_core.card import CheckpointError
from stylegan_core.cli.convert import convert
from stylegan_core.networks import ops, stylegan1
from stylegan_core.networks.inference.for_inference import for_inference
from stylegan_core.networks.stylegan2.config import StyleGAN2Config
from stylegan_core.networks.stylegan2.discriminator import Discriminator
from stylegan_core.networks.stylegan2.generator import Generator
from tests.golden_files import assert_agrees
from tests.stylegan_core.importers import files
from tests.stylegan_core.importers.files import golden, numbers
from tests.stylegan_core.importers.tensorflow_layout import Arrays, to_tensorflow
from tests.stylegan_core.importers.tensorflow_pickles import network, write
from tests.stylegan_core.networks.stylegan2_reference import (
    Reference,
    random_discriminator_arrays,
    random_generator_arrays,
)

ALL_RGB = StyleGAN2Config(  # with FromRGB and ToRGB layers at every resolution
    resolution=32,
    channel_base=256,
    channel_max=12,
    z_dim=6,
    w_dim=10,
    mapping_width=9,
    mapping_depth=3,
    discriminator_architecture="skip",
)
G, D = random_generator_arrays(ALL_RGB), random_discriminator_arrays(ALL_RGB)
SIZES = {"resolution": 32, "fmap_base": 128, "fmap_max": 12}
KWARGS = {
    **SIZES,
    "latent_size": 6,
    "dlatent_size": 10,
    "mapping_fmaps": 9,
    "mapping_layers": 3,
    "synthesis_func": "G_synthesis_stylegan_revised",
}
LODS = {"lod": np.float32(0), "G_synthesis/lod": np.float32(1.3)}  # the second one is stale


def reference(arrays: Arrays, size: int) -> Reference:
    """Return the networks of one resolution, with FromRGB and ToRGB layers there alone."""
    kind: Any = {"generator_architecture": "orig", "discriminator_architecture": "orig"}
    kept = {
        name: value for name, value in arrays.items() if "rgb" not in name or f"b{size}." in name
    }
    return Reference(replace(ALL_RGB, resolution=size, **kind), kept)


def written(path: Path, kwargs: dict[str, Any] | None = None, score: str = "Output") -> Path:
    arrays = {name: np.asarray(value) for name, value in LODS.items()} | to_tensorflow(G, 32)
    scoring = {name.replace("Output", score): value for name, value in to_tensorflow(D, 32).items()}
    g = network("Gs", "G_main", {**KWARGS, **(kwargs or {})}, arrays)
    write(path, (g, network("D", "D_stylegan", SIZES, {"lod": np.asarray(0.0), **scoring}), g))
    return path


@pytest.fixture
def grown(tmp_path: Path) -> Path:
    return written(tmp_path / "config-d.pkl")


def opened(path: Path) -> tuple[Generator, Discriminator]:
    generator, discriminator = importers.load_all(path)
    assert isinstance(generator, Generator)
    assert isinstance(discriminator, Discriminator)
    return generator, discriminator


@torch.inference_mode()
def test_the_picture_has_the_highest_resolution(grown: Path) -> None:
    """A stale level of detail is ignored."""
    generator, _ = opened(grown)
    torch.manual_seed(0)
    z = torch.randn(2, 6)
    w = generator.mapping(z)
    assert_agrees(w, reference(G, 32).mapping(z, None, 3).float())
    assert np.array_equal(generator.w_avg()[0].numpy(), G["mapping.w_avg"])
    ws = picture.broadcast(generator, w, 0.7, 8)
    expected = reference(G, 32).images(ws)
    for form in (generator, for_inference(generator)):
        assert_agrees(form.synthesis(ws, form.stored_noise), expected.float())


@torch.inference_mode()
def test_pictures_at_lower_levels_of_detail_are_those_of_smaller_networks(grown: Path) -> None:
    generator, _ = opened(grown)
    torch.manual_seed(0)
    ws = torch.randn(2, generator.num_layers, 10)
    stored = generator.stored_noise
    for lod, size in ((1, 16), (2, 8)):
        expected = reference(G, size).images(ws)
        assert_agrees(generator.synthesis(ws, stored, lod), expected.float())
    full, half = (reference(G, size).images(ws) for size in (32, 16))
    faded = full + (half.repeat_interleave(2, 2).repeat_interleave(2, 3) - full) * 0.4
    assert_agrees(generator.synthesis(ws, stored, 0.4), faded.float())
    with pytest.raises(ValueError, match="full resolution"):
        for_inference(generator).start(1, lod=0.4)


@torch.inference_mode()
def test_previews_are_pictures_of_lower_resolutions(grown: Path) -> None:
    generator = for_inference(opened(grown)[0])
    assert generator.config.shows_early
    ws, noise = torch.randn(1, generator.num_layers, 10), generator.stored_noise
    state = generator.start(1)
    for i in range(5):
        state = generator.step(i, state, ws[:, i], noise[i])
    preview = generator.to_image(state, ws[:, 5])
    assert preview is not None
    assert_agrees(preview, reference(G, 16).images(ws).float())


@pytest.mark.parametrize("score", ["Output", "4x4/Output", "4x4/Dense1"])
@torch.inference_mode()
def test_scores_agree_at_every_level_of_detail(tmp_path: Path, score: str) -> None:
    _, discriminator = opened(written(tmp_path / "d.pkl", score=score))
    torch.manual_seed(0)
    images = torch.randn(4, 3, 32, 32)
    assert_agrees(discriminator(images), reference(D, 32).scores(images).float())
    half = ops.downsample_mean(images)
    smaller = reference(D, 16).scores(half).float()
    assert_agrees(discriminator(half, lod=1), smaller)
    almost, hardly = (discriminator(images, lod=lod) for lod in (1 - 1e-6, 1e-6))
    torch.testing.assert_close(almost, smaller, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(hardly, discriminator(images), rtol=1e-4, atol=1e-4)


def test_a_converted_file_gives_the_same_bits(grown: Path, tmp_path: Path) -> None:
    out = tmp_path / "converted.safetensors"
    convert(grown, out)
    original, discriminator = opened(grown)
    converted = checkpoint.load(out)
    assert converted.config == original.config
    assert torch.equal(picture.of_seed(original, 4), picture.of_seed(converted, 4))
    images = torch.randn(2, 3, 32, 32)
    assert torch.equal(checkpoint.load_discriminator(out)(images), discriminator(images))


@pytest.mark.parametrize(
    ("kwargs", "expected"),
    [
        ({"synthesis_func": "G_synthesis_of_mine"}, "'G_synthesis_of_mine', which this program"),
        ({"synthesis_func": "G_synthesis_stylegan2"}, "lacks [0-9]+ weights"),
        ({"nonlinearity": "relu"}, "nonlinearity is 'relu'"),
        ({"normalize_latents": False}, "normalize_latents is False"),
        ({"fmap_decay": 0.5}, "fmap_decay is 0.5"),
        ({"resolution": 64}, "lacks [0-9]+ weights"),
        ({"resample_kernel": [1, 2, 1]}, "even number of taps"),
    ],
)
def test_networks_of_other_settings_are_refused(
    tmp_path: Path, kwargs: dict[str, Any], expected: str
) -> None:
    path = written(tmp_path / "odd.pkl", kwargs)
    with pytest.raises(CheckpointError, match=expected):
        stylegan_core.load(path)


def test_a_discriminator_with_other_sizes_keeps_them(tmp_path: Path) -> None:
    wide = replace(ALL_RGB, channel_base=128)
    scoring = to_tensorflow(random_discriminator_arrays(wide), 32)
    g = network("Gs", "G_main", KWARGS, to_tensorflow(G, 32))
    d = network("D", "D_stylegan", {**SIZES, "fmap_base": 64}, scoring)
    write(tmp_path / "two.pkl", (g, d, g))
    generator, discriminator = opened(tmp_path / "two.pkl")
    assert (generator.config.channel_base, discriminator.config.channel_base) == (256, 128)


@torch.inference_mode()
def test_configuration_a_is_stylegan_1(tmp_path: Path) -> None:
    """The StyleGAN 2 release writes StyleGAN 1 networks as version 4."""
    sizes, official = files.config("sg1_cond"), golden("sg1_cond")
    g = network("Gs", "G_style", sizes["G"], numbers("sg1_cond", "param/G/"))
    d = network("D", "D_basic", sizes["D"], numbers("sg1_cond", "param/D/"))
    for one in (g, d, *g.components.values()):
        one.version = 4
    write(tmp_path / "config-a.pkl", (g, d, g))
    generator = stylegan_core.load(tmp_path / "config-a.pkl")
    assert isinstance(generator, stylegan1.Generator)
    w = generator.mapping(official["z"], official["labels"])
    image = generator.synthesis(picture.broadcast(generator, w, 0.7, 8), generator.stored_noise)
    assert_agrees(image, official["out/img_psi0.7_cut8"])
