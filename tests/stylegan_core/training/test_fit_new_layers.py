"""New layers are fitted to the enlarged pictures before they fade in."""

import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from stylegan_core.data.dataset import ImageDataset
from stylegan_core.networks import ops
from stylegan_core.networks.stylegan1 import Generator
from stylegan_core.training import loop
from stylegan_core.training.fit_new_layers import fit_new_layers
from stylegan_core.training.run_folder import RunFolder
from stylegan_core.training.trainer import Trainer
from tests.stylegan_core.training.small_trainers import TINY, TINY_NETWORK


@pytest.fixture
def generator() -> Generator:
    torch.manual_seed(0)
    return Generator(TINY_NETWORK)


def distance(generator: Generator) -> float:
    """Return the relative mean square error of 16 px pictures against the enlarged 8 px ones."""
    with torch.no_grad():
        w = generator.mapping(torch.randn(16, generator.z_dim, generator=torch.manual_seed(1)))
        ws = w.unsqueeze(1).expand(-1, generator.num_layers, -1)
        small: Tensor = generator.synthesis(ws, None, lod=1.0)
        target = ops.blur(ops.upsample_nearest(small))
        shown = generator.synthesis(ws, None, lod=0.0)
    return float((shown - target).square().mean() / target.square().mean())


@pytest.mark.slow
def test_new_layers_learn_to_reproduce_the_enlarged_pictures(generator: Generator) -> None:
    before, weights = distance(generator), copy.deepcopy(generator.state_dict())
    fitted = fit_new_layers(generator, 16, steps=150, seed=0)
    assert fitted is not None
    assert all(torch.equal(generator.state_dict()[k], v) for k, v in weights.items()), "untouched"
    assert {name.rsplit(".", 1)[0].split(".conv")[0].split(".affine")[0] for name in fitted} == {
        "synthesis_layers.4",
        "synthesis_layers.5",
        "to_rgb.2",
    }
    generator.load_state_dict(fitted, strict=False)
    assert distance(generator) < 0.5 * before


@pytest.mark.parametrize("change", [{"c_dim": 3}, {"latent_input": True}], ids=str)
@pytest.mark.parametrize("resolution", [8, 16])
def test_new_layers_fit_with_classes_and_with_the_latent_as_input(
    change: dict[str, Any], resolution: int
) -> None:
    torch.manual_seed(0)
    generator = Generator(replace(TINY_NETWORK, **change))
    fitted = fit_new_layers(generator, resolution, steps=60, seed=0)
    assert fitted is not None
    z = torch.randn(16, generator.z_dim, generator=torch.manual_seed(1))
    c = torch.eye(3).repeat(6, 1)[:16] if generator.c_dim else None
    ws = generator.mapping(z, c).unsqueeze(1).expand(-1, generator.num_layers, -1)
    lod = 0.0 if resolution == 16 else 1.0

    @torch.no_grad()
    def error() -> float:
        target = ops.blur(ops.upsample_nearest(generator.synthesis(ws, None, lod + 1)))
        return float((generator.synthesis(ws, None, lod) - target).square().mean())

    before = error()
    generator.load_state_dict(fitted, strict=False)
    assert error() < 0.9 * before


@pytest.mark.slow
def test_new_layers_take_over_the_styles_of_the_last_old_ones(generator: Generator) -> None:
    """The new layers' styles move the picture more than those of the layers below."""
    fitted = fit_new_layers(generator, 16, steps=300, seed=0)
    assert fitted is not None
    generator.load_state_dict(fitted, strict=False)
    with torch.no_grad():
        z = torch.randn(64, generator.z_dim, generator=torch.manual_seed(1))
        a, b = generator.mapping(z).chunk(2)
        base = a.unsqueeze(1).repeat(1, generator.num_layers, 1)
        new, old, both = base.clone(), base.clone(), base.clone()
        new[:, 4:] = b.unsqueeze(1)
        old[:, 2:4] = b.unsqueeze(1)
        both[:, 2:] = b.unsqueeze(1)
        pictures = [generator.synthesis(ws) for ws in (new, old, both)]
        by_new, by_old = ((p - pictures[2]).square().mean().item() for p in pictures[:2])
    assert by_new < by_old


def test_a_stop_leaves_the_generator_unchanged(generator: Generator) -> None:
    steps: list[int] = []
    assert (
        fit_new_layers(
            generator,
            16,
            steps=50,
            seed=0,
            progress=lambda done, total: steps.append(done),
            stop=lambda: len(steps) == 3,
        )
        is None
    )
    assert steps == [0, 1, 2]


@pytest.mark.slow
def test_a_run_stopped_during_the_fit_continues_exactly(tmp_path: Path, data: ImageDataset) -> None:
    config = replace(TINY, growth_fit_steps=20)
    whole = Trainer(config, "cpu")
    loop.run(whole, data, RunFolder.create(tmp_path / "whole", config, data))

    folder = RunFolder.create(tmp_path / "cut", config, data)
    cut, fitting = Trainer(config, "cpu"), list[int]()
    done = loop.run(
        cut,
        data,
        folder,
        stop=lambda: len(fitting) > 5,
        report_fit=lambda done, total: fitting.append(done),
    )
    assert not done
    assert cut.phase.resolution == 8
    resumed = Trainer(config, "cpu")
    resumed.load_state(folder.read_state())
    assert loop.run(resumed, data, folder)
    weights = zip(whole.generator_ema.parameters(), resumed.generator_ema.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in weights)
