"""StyleGAN 2's PyTorch pickles, with every setting that changes weights or pictures."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import stylegan_core
from stylegan_core import checkpoint, importers
from stylegan_core.card import CheckpointError
from stylegan_core.cli.convert import convert
from stylegan_core.networks.inference.for_inference import for_inference
from stylegan_core.networks.stylegan2.config import StyleGAN2Config
from stylegan_core.networks.stylegan2.discriminator import Discriminator
from stylegan_core.networks.stylegan2.generator import Generator
from tests.golden_files import assert_agrees
from tests.small_networks import make_stylegan3
from tests.stylegan_core.importers import torch_pickles
from tests.stylegan_core.importers.files import golden, pickle_of, refusal
from tests.stylegan_core.importers.torch_pickles import (
    stylegan2_discriminator,
    stylegan2_generator,
)
from tests.stylegan_core.networks.stylegan2_reference import (
    Reference,
    random_discriminator_arrays,
    random_generator_arrays,
)

BASE = StyleGAN2Config(
    resolution=16, channel_base=128, channel_max=8, z_dim=6, w_dim=10, mapping_width=9
)
CLASSES = replace(BASE, c_dim=3, label_mapping_depth=2)
SETTINGS = {
    "no noise": replace(BASE, noise_inputs=False),
    "resnet, no noise": replace(BASE, noise_inputs=False, generator_architecture="resnet"),
    "orig and skip": replace(
        BASE, generator_architecture="orig", discriminator_architecture="skip"
    ),
    "clamped": replace(BASE, conv_clamp=0.7),
    "whole batch": replace(BASE, mbstd_group_size=None, mbstd_features=2),
    "no groups": replace(BASE, mbstd_group_size=None, mbstd_features=0),
    "mapping": replace(BASE, mapping_depth=3, mapping_width=7),
    "classes": CLASSES,
    "other label widths": replace(
        CLASSES, embed_width=4, label_width=5, label_embed_width=3, label_mapping_width=7
    ),
    "classes alone": replace(CLASSES, label_mapping_depth=0, label_width=5, label_embed_width=5),
    "discriminator of its own": replace(
        BASE, conv_clamp=0.6, discriminator=replace(BASE, conv_clamp=0.3, channel_base=64)
    ),
    "discriminator without classes": replace(CLASSES, discriminator=BASE),
}
settings = pytest.mark.parametrize("config", SETTINGS.values(), ids=SETTINGS.keys())


def written(path: Path, config: StyleGAN2Config, **kwargs: Any) -> Path:
    """Write random networks; `kwargs` replace the arguments they claim to be made with."""
    generator = stylegan2_generator(config, random_generator_arrays(config), **kwargs)
    arrays = random_discriminator_arrays(config)
    torch_pickles.write(path, generator, stylegan2_discriminator(config, arrays))
    return path


@settings
@torch.inference_mode()
def test_pictures_and_scores_are_the_formulas(tmp_path: Path, config: StyleGAN2Config) -> None:
    generator, discriminator = importers.load_all(written(tmp_path / "g.pkl", config))
    assert isinstance(generator, Generator)
    assert discriminator is not None
    reference = Reference(config, random_generator_arrays(config))
    torch.manual_seed(0)
    n, discriminator_config = 4, config.discriminator or config
    c = torch.eye(3)[torch.arange(n) % 3]
    z, labels = torch.randn(n, config.z_dim), c if config.c_dim else None
    w = generator.mapping(z, labels)
    assert_agrees(w, reference.mapping(z, labels, config.mapping_depth).float())
    ws = torch.randn(n, generator.num_layers, config.w_dim)
    for form in (generator, for_inference(generator)):
        assert_agrees(form.synthesis(ws, form.stored_noise), reference.images(ws).float())
        has_noise = [layer.takes_noise for layer in form.layers]
        assert has_noise == [noise is not None for noise in form.stored_noise]
        assert has_noise[0] == config.noise_inputs
    images, seen_labels = torch.randn(n, 3, 16, 16), c if discriminator_config.c_dim else None
    scoring = Reference(discriminator_config, random_discriminator_arrays(config))
    assert_agrees(discriminator(images, seen_labels), scoring.scores(images, seen_labels).float())


@settings
def test_converted_files_keep_every_bit(tmp_path: Path, config: StyleGAN2Config) -> None:
    original, out = written(tmp_path / "g.pkl", config), tmp_path / "g.safetensors"
    convert(original, out)
    networks = zip(importers.load_all(original), loaded(out), strict=True)
    for theirs, ours in ((a.state_dict(), b.state_dict()) for a, b in networks):  # type: ignore[union-attr]
        assert ours.keys() == theirs.keys()
        assert all(torch.equal(ours[key], value) for key, value in theirs.items())


def loaded(path: Path) -> tuple[Any, Any]:
    return checkpoint.load(path), checkpoint.load_discriminator(path)


def test_modules_count_more_than_arguments(tmp_path: Path) -> None:
    """Arguments may be stale, and the precision of training does not matter."""
    stale = {"conv_clamp": 256, "use_noise": True, "architecture": "resnet", "num_fp16_res": 4}
    stale["resample_filter"] = [1, 1]
    config = replace(BASE, noise_inputs=False, conv_clamp=0.5)
    path = written(tmp_path / "g.pkl", config, synthesis_kwargs=stale, mapping_kwargs={})
    loaded_config = stylegan_core.load(path).config
    assert isinstance(loaded_config, StyleGAN2Config)
    assert (loaded_config.conv_clamp, loaded_config.noise_inputs) == (0.5, False)
    assert loaded_config.generator_architecture == "skip"
    assert np.allclose(loaded_config.resample_filter, [0.125, 0.375, 0.375, 0.125])


@pytest.mark.parametrize("taps", [(1, 1), (1, 5, 10, 10, 5, 1), (1, 7, 21, 35, 35, 21, 7, 1)])
def test_other_filters_are_read(tmp_path: Path, taps: tuple[float, ...]) -> None:
    config = replace(BASE, resample_filter=taps)
    path = written(tmp_path / "g.pkl", config, synthesis_kwargs={"resample_filter": list(taps)})
    generator, discriminator = importers.load_all(path)
    assert isinstance(discriminator, Discriminator)
    assert isinstance(generator.config, StyleGAN2Config)
    assert np.allclose(generator.config.resample_filter, taps)
    assert np.allclose(discriminator.config.resample_filter, np.array(taps) / sum(taps))


def refused(path: Path, module: str, **attributes: Any) -> str:
    """Return the message with which a file is refused whose module has other attributes."""
    generator = stylegan2_generator(BASE, random_generator_arrays(BASE))
    generator.module(module).state.update(attributes)
    torch_pickles.write(path, generator)
    return refusal(path)


def test_networks_of_other_settings_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "odd.pkl"
    assert "'synthesis.b8.conv0' has the activation 'relu'" in refused(
        path, "synthesis.b8.conv0", activation="relu"
    )
    assert "different values of conv_clamp" in refused(path, "synthesis.b8.conv0", conv_clamp=3)
    assert "different values of use_noise" in refused(path, "synthesis.b8.conv1", use_noise=False)
    assert "different values of arch" in refused(path, "synthesis.b8", architecture="orig")
    assert "does not begin with a constant" in refused(path, "synthesis.b4", in_channels=8)
    lopsided = {"_buffers": {"resample_filter": torch.arange(16.0).view(4, 4)}}
    assert "not the same along both axes" in refused(path, "synthesis.b4", **lopsided)
    assert "is not (1, 3, 3, 1) along both axes" in refused(path, "synthesis.b8", **lopsided)


def test_a_discriminator_of_another_kind_is_left_out(tmp_path: Path) -> None:
    """The generator opens, and the report says why the discriminator did not."""
    pickled = stylegan2_generator(BASE, random_generator_arrays(BASE))
    foreign = torch_pickles.network("Projected", {}, {"feature.weight": np.zeros(3)}, {})
    torch_pickles.write(tmp_path / "g.pkl", pickled, foreign)
    generator, discriminator = importers.load_all(tmp_path / "g.pkl")
    assert discriminator is None
    assert "the discriminator" in generator.card["origin"]["left_out"][-1]


@torch.inference_mode()
def test_the_discriminator_of_stylegan_3_is_stylegan_2s(tmp_path: Path) -> None:
    source, out = pickle_of("sg3_t64_proto4_np1"), tmp_path / "t.safetensors"
    generator, discriminator = importers.load_all(source)
    assert isinstance(discriminator, Discriminator)
    with importers.opened(source) as contents:
        assert contents.discriminator is not None
        arrays = dict(contents.discriminator.arrays)
    config = discriminator.config
    assert (config.conv_clamp, config.channel_max) == (256, 24)
    images = golden("sg2_skip_d")["images_u8"][:4].float() / 127.5 - 1
    assert_agrees(discriminator(images), Reference(config, arrays).scores(images).float())
    convert(source, out)
    assert torch.equal(checkpoint.load_discriminator(out)(images), discriminator(images))
    assert generator.config == checkpoint.load(out).config


def test_stylegan_3_without_a_discriminator_says_so(tmp_path: Path) -> None:
    checkpoint.save(tmp_path / "t.safetensors", make_stylegan3(), {})
    with pytest.raises(CheckpointError, match="holds a generator only"):
        checkpoint.load_discriminator(tmp_path / "t.safetensors")
