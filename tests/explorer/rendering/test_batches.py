"""Small pictures: made by a quick network where the model is larger, once for each edit."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from explorer.edit.edit import default_edit
from explorer.edit.ops import with_mix, with_noise_seed, with_psi
from explorer.export.model_files import bundled_models
from explorer.rendering import batches
from explorer.rendering.pausable import run_to_end
from explorer.rendering.renderer import Renderer
from stylegan_core import checkpoint
from stylegan_core.networks.inference.stylegan1 import InferenceStyleGAN1
from stylegan_core.networks.stylegan1 import StyleGAN1Config
from tests.small_networks import make_generator, make_stylegan3

GENERATOR = make_generator(
    StyleGAN1Config(resolution=64, fmap_base=256, fmap_max=8, z_dim=16, w_dim=16)
)
EDIT = default_edit(GENERATOR.num_layers, seeds=(1, 2))


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list of the numbers of pictures in the layers that run."""
    run: list[int] = []
    step: Callable[..., Any] = InferenceStyleGAN1.step

    def counted(self: InferenceStyleGAN1, i: int, state: Any, w: Any, noise: Any) -> Any:
        run.append(len(w))
        return step(self, i, state, w, noise)

    monkeypatch.setattr(InferenceStyleGAN1, "step", counted)
    return run


@pytest.mark.parametrize("model", bundled_models(), ids=lambda path: path.stem)
def test_small_pictures_look_like_the_full_ones(model: Path) -> None:
    renderer = Renderer(checkpoint.load(model))
    layers = renderer.model_info.num_layers
    edits = [with_psi(default_edit(layers, seeds=(seed, 0)), 0.7) for seed in range(12)]
    size = renderer.model_info.resolution // 2
    small = run_to_end(renderer.batches.render_small(edits, size))
    full = torch.from_numpy(np.stack(run_to_end(renderer.batches.render(edits)))).float()
    expected = F.adaptive_avg_pool2d(full.permute(0, 3, 1, 2), size).permute(0, 2, 3, 1).numpy()
    errors = np.abs(np.stack(small) - expected).mean(axis=(1, 2, 3))
    assert errors.mean() < 6
    assert errors.max() < 10


def test_only_new_pictures_are_made(steps: list[int]) -> None:
    renderer = Renderer(GENERATOR)
    edits = [EDIT, with_mix(EDIT, [1], 0.5), EDIT]
    first = run_to_end(renderer.batches.render_small(edits, 32))
    assert steps == [2] * GENERATOR.num_layers
    assert first[0] is first[2]
    steps.clear()
    changed = with_noise_seed(EDIT, [2], 7)
    again = run_to_end(renderer.batches.render_small([changed, *edits], 32))
    assert steps == [1] * GENERATOR.num_layers
    assert all(new is old for new, old in zip(again[1:], first, strict=True))


def test_the_pictures_that_were_asked_for_long_ago_are_forgotten(
    steps: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "KEPT_PICTURES", 2)
    renderer = Renderer(GENERATOR)
    one, two, three = (with_psi(EDIT, psi) for psi in (0.1, 0.2, 0.3))
    for edit in (one, two, one, three, one):
        run_to_end(renderer.batches.render_small([edit], 32))
    assert len(steps) == 3 * GENERATOR.num_layers
    run_to_end(renderer.batches.render_small([two], 32))
    assert len(steps) == 4 * GENERATOR.num_layers


def test_without_a_quick_network_the_full_picture_is_averaged_down() -> None:
    renderer = Renderer(make_stylegan3())
    edit = default_edit(renderer.model_info.num_layers)
    (small,) = run_to_end(renderer.batches.render_small([edit], 16))
    full = renderer.render(edit).astype(float).reshape(16, 2, 16, 2, 3).mean(axis=(1, 3))
    assert np.abs(small - full).max() <= 1
