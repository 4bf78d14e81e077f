"""CUDA makes the pictures that the CPU makes, and training works there."""

from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
import torch

import stylegan_core
from explorer.edit.edit import default_edit
from explorer.edit.ops import with_mix, with_noise_seed, with_psi
from explorer.rendering.loaded_model import open_model
from explorer.rendering.renderer import Precision, Renderer
from stylegan_core import checkpoint
from stylegan_core.data.portraits import portraits
from stylegan_core.networks.stylegan1 import Generator, StyleGAN1Config
from stylegan_core.training.distributed import ALONE
from stylegan_core.training.presets import PRESETS
from stylegan_core.training.trainer import Trainer
from tests.small_networks import make_generator

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(
        not torch.cuda.is_available(),
        reason="no CUDA device here; run `pytest -m gpu` on a machine that has one",
    ),
]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that is large enough for both ways of resampling."""
    path = tmp_path_factory.mktemp("gpu") / "model.safetensors"
    config = StyleGAN1Config(resolution=256, fmap_base=512, fmap_max=64)
    checkpoint.save(path, make_generator(config), {"name": "gpu"})
    return path


def test_pictures_agree_with_the_cpu_within_one_of_255(model: Path) -> None:
    edit = default_edit(14)
    on_cpu, on_gpu = (open_model(model, device).renderer.render(edit) for device in ("cpu", "cuda"))
    assert np.abs(on_cpu.astype(int) - on_gpu.astype(int)).max() <= 1


def test_half_precision_stays_close(model: Path) -> None:
    edit = default_edit(14)
    exact, half = (
        open_model(model, device).renderer.render(edit) for device in ("cuda", "cuda-half")
    )
    assert np.abs(exact.astype(int) - half.astype(int)).mean() < 1


@pytest.mark.parametrize("precision", ["float32", "float16"])
def test_captured_graphs_give_the_pictures_that_launches_give(
    model: Path, precision: Precision
) -> None:
    generator = stylegan_core.load(str(model), "cuda")
    plain, captured = (
        Renderer(generator, "cuda", precision=precision, uses_graphs=uses_graphs)
        for uses_graphs in (False, True)
    )
    edit = default_edit(14)
    for _ in range(10):  # until the renderer knows that pictures are quick
        captured.render(with_psi(edit, 0.9))
        captured.render(edit)
    for changed in (
        edit,
        with_psi(edit, 0.4),
        with_noise_seed(edit, [13], 5),
        with_noise_seed(edit, [6], 6),
        with_mix(edit, [2], 0.5),
        edit,
    ):
        difference = captured.render(changed).astype(int) - plain.render(changed)
        assert np.abs(difference).max() <= 1
    assert captured.last_layers == "all layers"


def test_portraits_agree_with_the_cpu() -> None:
    on_cpu, on_gpu = (portraits(0, range(8), 64, d).cpu().int() for d in ("cpu", "cuda"))
    assert (on_cpu - on_gpu).abs().float().mean() < 0.1


@pytest.mark.parametrize("amp", ["off", "bfloat16"])
def test_training_steps_keep_numbers_finite(amp: Literal["off", "bfloat16"]) -> None:
    config = replace(
        PRESETS["portraits-gpu"].config,
        start_resolution=256,
        phase_kimg=((4, 0.0),),
        fade_kimg=((4, 0.0),),
        amp=amp,
    )
    trainer = Trainer(config, "cuda")
    images = portraits(0, range(16), 256, "cuda")
    for _ in range(8):
        trainer.prepare()
        trainer.step(images)
    assert all(np.isfinite(value) for value in trainer.statistics.pop_means(ALONE).values())
    assert all(weight.isfinite().all() for weight in trainer.generator.parameters())


def test_weights_stay_on_the_device(model: Path) -> None:
    generator = stylegan_core.load(str(model), "cuda")
    assert isinstance(generator, Generator)
    assert {value.device.type for value in generator.state_dict().values()} == {"cuda"}
