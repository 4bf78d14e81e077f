"""New runs that start from the weights of a model, whether or not it has fully grown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from stylegan_core import checkpoint, importers
from stylegan_core.errors import UserError
from stylegan_core.networks import fir, stylegan2
from stylegan_core.networks.stylegan1 import Generator, StyleGAN1Config
from stylegan_core.networks.stylegan2.config import StyleGAN2Config
from stylegan_core.training import run_setup
from stylegan_core.training.schedule import phase_at
from stylegan_core.training.trainer import Trainer
from tests.golden_files import GOLDEN
from tests.small_networks import randomised
from tests.stylegan_core.training.small_snapshots import CONFIGS, SIZES, begin_run


@pytest.mark.parametrize("kind", CONFIGS)
@pytest.mark.parametrize(("lod", "size"), [(0.5, 8), (1.0, 8), (1.25, 4), (2, 4)])
def test_a_half_grown_model_continues_to_grow(
    kind: str, lod: float, size: int, pictures: Path, tmp_path: Path
) -> None:
    """Training starts at the last finished resolution; the one in its fade fades in again."""
    run, messages = begin_run(pictures, tmp_path, kind, lod)
    config = run.trainer.config
    assert (config.start_resolution, config.resolution) == (size, 16)
    assert phase_at(config, 0).resolution == size
    assert f"half.safetensors has grown to {size} of 16 px: it grows further" in messages


@pytest.mark.parametrize(
    "change", [{"mapping_depth": 1}, {"latent_input": True}, {"noise_inputs": False}]
)
@pytest.mark.parametrize("resolution", [16, 32])
def test_weights_that_do_not_fit_are_refused_also_at_a_higher_resolution(
    change: dict[str, Any], resolution: int, pictures: Path, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=r"half\.safetensors do not fit the settings"):
        begin_run(pictures, tmp_path, "stylegan1", 0, resolution=resolution, enlarge=True, **change)
    assert not (tmp_path / "run").exists()


def test_another_architecture_is_refused_at_a_higher_resolution(
    pictures: Path, tmp_path: Path
) -> None:
    changes = {"architecture": "progan", "resolution": 32, "enlarge": True, "growth_fit_steps": 0}
    with pytest.raises(UserError, match="do not fit the settings"):
        begin_run(pictures, tmp_path, "stylegan1", 0, **changes)


def test_settings_that_change_the_meaning_of_the_weights_are_reported(
    pictures: Path, tmp_path: Path
) -> None:
    changes = {"mapping_lr_multiplier": 0.5, "blur": False, "mbstd_group_size": 2}
    _, messages = begin_run(pictures, tmp_path / "a", "stylegan1", 0, **changes)
    assert "differs in mapping_lr_multiplier, blur: its pictures will look different" in messages
    _, messages = begin_run(pictures, tmp_path / "b", "stylegan1", 0, resolution=32, enlarge=True)
    assert "differs in" not in messages


def test_a_fully_grown_model_starts_at_its_full_resolution(pictures: Path, tmp_path: Path) -> None:
    run, messages = begin_run(pictures, tmp_path, "stylegan1", 0)
    assert run.trainer.config.start_resolution == 16
    assert "grown" not in messages


def test_a_schedule_that_skips_untrained_resolutions_gives_a_warning(
    pictures: Path, tmp_path: Path
) -> None:
    run, messages = begin_run(pictures, tmp_path, "stylegan1", 1.5, start_resolution=16)
    assert run.trainer.config.start_resolution == 16
    assert "has grown to 4 of 16 px only" in messages
    assert "leave that setting out" in messages


def test_a_schedule_may_start_at_a_lower_resolution(pictures: Path, tmp_path: Path) -> None:
    run, messages = begin_run(pictures, tmp_path, "stylegan1", 1.0, start_resolution=4)
    assert run.trainer.config.start_resolution == 4
    assert "it grows further from 4 px" in messages


@pytest.mark.parametrize(("lod", "size"), [(0, 16), (0.5, 8)])
@pytest.mark.parametrize("kind", CONFIGS)
def test_a_model_continues_to_grow_to_a_higher_resolution(
    kind: str, lod: float, size: int, pictures: Path, tmp_path: Path
) -> None:
    run, messages = begin_run(pictures, tmp_path, kind, lod, resolution=32, enlarge=True)
    config, trainer = run.trainer.config, run.trainer
    assert (config.start_resolution, config.resolution) == (size, 32)
    assert f"has grown to {size} of 32 px: it grows further from {size} px" in messages
    original = checkpoint.load(tmp_path / "half.safetensors")
    new_lod = int(lod > 0) + 1.0
    w = torch.randn(2, 8)
    for generator in (trainer.generator, trainer.generator_ema):
        generator.to(memory_format=torch.contiguous_format)  # sums in the original's order
        ws = w.unsqueeze(1).expand(-1, generator.num_layers, -1)
        image = generator.synthesis(ws, None, new_lod)
        torch.testing.assert_close(
            image, original.synthesis(ws[:, : original.num_layers], None, new_lod - 1)
        )
    discriminator = checkpoint.load_discriminator(tmp_path / "half.safetensors")
    image = torch.randn(4, 3, size, size)
    scores = trainer.discriminator(image, None, new_lod)
    torch.testing.assert_close(scores, discriminator(image, None, new_lod - 1))


def saved_stylegan2(path: Path) -> stylegan2.Generator:
    """Save a StyleGAN2 of 16 px with its discriminator, and return the generator."""
    config = StyleGAN2Config(
        resolution=16,
        channel_base=128,
        channel_max=8,
        z_dim=8,
        w_dim=8,
        mapping_width=8,
        mapping_depth=2,
    )
    generator = randomised(stylegan2.Generator, config)
    checkpoint.save(path, generator, {}, stylegan2.Discriminator(config))
    return generator


def test_a_stylegan2_continues_at_a_higher_resolution(pictures: Path, tmp_path: Path) -> None:
    """At first it shows the same pictures, enlarged; then its new layers learn."""
    original = saved_stylegan2(tmp_path / "half.safetensors")
    messages: list[str] = []
    changes: dict[str, Any] = {
        "data": str(pictures),
        "init_from": str(tmp_path / "half.safetensors"),
    }
    changes |= {"resolution": 32, "enlarge": True, "batch": 4}
    host = run_setup.Host("cpu", say=messages.append)
    run = run_setup.new_run(tmp_path / "run", "stylegan2", changes, host)
    message = "makes 16 px: its layers for 32 px start with random weights"
    assert any(message in text for text in messages)
    trainer, w = run.trainer, torch.randn(2, 8)
    trainer.prepare()
    new_ws, original_ws = (
        w.unsqueeze(1).expand(-1, g.num_layers, -1) for g in (trainer.generator, original)
    )
    image = trainer.generator.synthesis(new_ws)
    enlarged = fir.upsample(original.synthesis(original_ws), original.config.resample_filter)
    torch.testing.assert_close(image, enlarged)
    trainer.step(run.dataset.batch(0, 4, 0, mirror=False).images)
    assert not torch.equal(trainer.generator.synthesis(new_ws), image)
    assert trainer.generator.to_rgb["32"].weight.any()


@pytest.mark.parametrize(
    ("resolution", "message"),
    [
        (8, "makes pictures of 16 px.*not at 8"),
        (24, "power of two"),
        (4096, "resolution"),
        ("abc", "must be a whole number, not 'abc'"),
        (True, "whole number"),
        (64.0, "whole"),
    ],
)
def test_an_impossible_resolution_is_refused(
    resolution: object, message: str, pictures: Path, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=message):
        begin_run(pictures, tmp_path, "stylegan1", 0, resolution=resolution)


@pytest.mark.parametrize("changes", [{}, {"freeze_generator_to": 8}])
def test_pretrained_layers_are_not_fitted_again(
    changes: dict[str, Any], pictures: Path, tmp_path: Path
) -> None:
    """Where training starts lower, the model's own layers stay; only its new layers are fitted."""
    schedule = {"start_resolution": 4, "phase_kimg": 0.004, "fade_kimg": 0.004, "batch": 4}
    run, _ = begin_run(
        pictures, tmp_path, "stylegan1", 1.0, growth_fit_steps=2, **schedule, **changes
    )
    trainer = Trainer(run.trainer.config, "cpu")
    trainer.load_state(run.trainer.state())
    for resolution, fits in ((8, False), (16, True)):
        layer = trainer.generator.synthesis_layers[2 * resolution.bit_length() - 6]
        before = layer.conv.weight.clone()
        while phase_at(trainer.config, trainer.images_seen).resolution < resolution:
            trainer.last_lod = trainer.prepare().lod
            trainer.images_seen += 4
        assert trainer.fit_new_layers()
        assert torch.equal(layer.conv.weight, before) != fits


def test_noise_starts_at_once_only_for_a_model_that_already_uses_it(
    pictures: Path, tmp_path: Path
) -> None:
    for name, settings, kimg in (("a", {}, 0), ("b", {"noise_from_kimg": 5}, 5)):
        run, _ = begin_run(pictures, tmp_path / name, "stylegan1", 1.0, **settings)
        assert run.trainer.config.noise_from_kimg == kimg
    young = tmp_path / "young.safetensors"
    checkpoint.save(young, Generator(StyleGAN1Config(**SIZES)), {})
    changes = {"data": str(pictures), "init_from": str(young)}
    assert run_setup.new_config("portraits-cpu", changes).noise_from_kimg == 235


@pytest.mark.parametrize(
    ("name", "architecture"),
    [
        ("pkl/sg1_tiny128_proto4.pkl", "stylegan1"),
        ("pkl/sg2ada_skip64_torch213.pkl", "stylegan2"),
        ("pkl/sg2tf_skip64.pkl", "stylegan2"),
        ("weights/sg1_rosinality.pt", "stylegan1"),
    ],
)
def test_imported_models_are_trained_further(
    name: str, architecture: str, pictures: Path, tmp_path: Path
) -> None:
    original = GOLDEN / name
    changes = {"data": str(pictures), "init_from": str(original), "enlarge": True, "batch": 4}
    run = run_setup.new_run(tmp_path / "run", "portraits-cpu", changes, run_setup.Host("cpu"))
    assert run.trainer.config.architecture == architecture
    imported = zip(importers.load_all(original), ("generator", "discriminator"), strict=True)
    for network, part in imported:
        trained = getattr(run.trainer, part).state_dict()
        assert network is None or isinstance(network, nn.Module)
        for key, value in ({} if network is None else network.state_dict()).items():
            assert torch.equal(value, trained[key]), key
    run.trainer.prepare()
    run.trainer.step(run.dataset.batch(0, 4, 0, mirror=False).images)


def test_an_imported_model_that_cannot_be_trained_is_refused(
    pictures: Path, tmp_path: Path
) -> None:
    changes = {"data": str(pictures), "init_from": str(GOLDEN / "pkl/sg3_r64_torch213.pkl")}
    with pytest.raises(UserError, match="Models of the kind stylegan3 cannot be trained further"):
        run_setup.new_run(tmp_path / "run", "portraits-cpu", changes, run_setup.Host("cpu"))
