"""Small pictures: made by a quick network where the model is larger, once for each edit."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from explorer.edit.edit import default_edit
from explorer.edit.ops import (
    with_cutoff,
    with_mix,
    with_noise_mute,
    with_noise_seed,
    with_psi,
    with_seed,
)
from explorer.export.model_files import bundled_models
from explorer.rendering import small_pictures
from explorer.rendering.cost_model import CostModel
from explorer.rendering.half_layers import run_half_layer
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
    small = run_to_end(renderer.small_pictures.render(edits, size))
    full = torch.from_numpy(np.stack(run_to_end(renderer.batches.render(edits)))).float()
    expected = F.adaptive_avg_pool2d(full.permute(0, 3, 1, 2), size).permute(0, 2, 3, 1).numpy()
    errors = np.abs(np.stack(small) - expected).mean(axis=(1, 2, 3))
    assert errors.mean() < 6
    assert errors.max() < 10


def test_only_new_pictures_are_made(steps: list[int]) -> None:
    renderer = Renderer(GENERATOR)
    edits = [EDIT, with_mix(EDIT, [1], 0.5), EDIT]
    first = run_to_end(renderer.small_pictures.render(edits, 32))
    assert steps == [2] * GENERATOR.num_layers
    assert first[0] is first[2]
    steps.clear()
    changed = with_noise_seed(EDIT, [2], 7)
    again = run_to_end(renderer.small_pictures.render([changed, *edits], 32))
    assert steps == [1] * GENERATOR.num_layers
    assert all(new is old for new, old in zip(again[1:], first, strict=True))


def test_the_pictures_that_were_asked_for_long_ago_are_forgotten(
    steps: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(small_pictures, "KEPT_PICTURES", 2)
    renderer = Renderer(GENERATOR)
    one, two, three = (with_psi(EDIT, psi) for psi in (0.1, 0.2, 0.3))
    for edit in (one, two, one, three, one):
        run_to_end(renderer.small_pictures.render([edit], 32))
    assert len(steps) == 3 * GENERATOR.num_layers
    run_to_end(renderer.small_pictures.render([two], 32))
    assert len(steps) == 4 * GENERATOR.num_layers


def test_without_a_quick_network_the_full_picture_is_averaged_down() -> None:
    renderer = Renderer(make_stylegan3())
    edit = default_edit(renderer.model_info.num_layers)
    (small,) = run_to_end(renderer.small_pictures.render([edit], 16))
    full = renderer.render(edit).astype(float).reshape(16, 2, 16, 2, 3).mean(axis=(1, 3))
    assert np.abs(small - full).max() <= 1


def test_only_what_a_picture_shows_counts(steps: list[int]) -> None:
    """The other face and noise above the picture's size show nothing."""
    renderer = Renderer(GENERATOR)
    alone = with_mix(EDIT, range(EDIT.num_layers), 0.0)
    high = [i for i, layer in enumerate(GENERATOR.layers) if layer.resolution > 32]
    same = (alone, with_seed(alone, 1, 77), with_noise_seed(alone, high, 5))
    first, *others = run_to_end(renderer.small_pictures.render(same, 32))
    assert steps == [1] * GENERATOR.num_layers
    assert all(picture is first for picture in others)


def test_all_faces_share_the_average(steps: list[int]) -> None:
    renderer = Renderer(GENERATOR)
    average = with_psi(with_cutoff(EDIT, EDIT.num_layers), 0.0)
    edits = (average, with_mix(average, [0, 3], 0.3), with_seed(average, 0, 9))
    first, *others = run_to_end(renderer.small_pictures.render(edits, 32))
    assert steps == [1] * GENERATOR.num_layers
    assert all(picture is first for picture in others)


@pytest.mark.parametrize("size", [16, 32, 64])
def test_the_pictures_of_a_slow_model_resume_with_the_same_bits(
    monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    """A strip follows another after a change of fine layers: only those run again."""
    monkeypatch.setattr(CostModel, "is_slow", lambda self: True)
    ran = counted_half_layers(monkeypatch)
    renderer = Renderer(GENERATOR)
    fine = with_mix(EDIT, range(6, EDIT.num_layers), 0.7)
    strips = [[with_psi(edit, psi) for psi in (-1.0, 0.5, 1.0)] for edit in (EDIT, fine)]
    run_to_end(renderer.small_pictures.render(strips[0], size))
    assert ran[0] == 0
    ran.clear()
    resumed = run_to_end(renderer.small_pictures.render(strips[1], size))
    assert min(ran) == 13, "the convolution of layer 6 does not depend on its style"
    fresh = run_to_end(Renderer(GENERATOR).small_pictures.render(strips[1], size))
    assert all(np.array_equal(a, b) for a, b in zip(resumed, fresh, strict=True))


def test_small_pictures_may_be_interleaved_at_any_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CostModel, "is_slow", lambda self: True)
    renderer = Renderer(GENERATOR)
    edits = [with_psi(EDIT, psi) for psi in (0.2, 0.9)]
    expected = [run_to_end(Renderer(GENERATOR).small_pictures.render([e], 32))[0] for e in edits]
    works = [renderer.small_pictures.render([edit], 32) for edit in edits]
    made: dict[int, np.ndarray] = {}
    while len(made) < len(works):
        for index, work in enumerate(works):
            if index in made:
                continue
            try:
                next(work)
            except StopIteration as end:
                (made[index],) = end.value
    assert all(np.array_equal(made[i], expected[i]) for i in range(len(edits)))


def counted_half_layers(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list of the half layers that small pictures run from now on."""
    ran: list[int] = []

    def noted(generator: Any, half_layer: int, *others: Any) -> Any:
        ran.append(half_layer)
        return run_half_layer(generator, half_layer, *others)

    monkeypatch.setattr(small_pictures, "run_half_layer", noted)
    return ran


@pytest.mark.parametrize("size", [16, 32, 64])
@pytest.mark.parametrize("is_silent", [True, False])
def test_what_the_canvas_shows_already_is_not_run_again(
    monkeypatch: pytest.MonkeyPatch, size: int, is_silent: bool
) -> None:
    """The layers above a small picture's size are others than those of the canvas."""
    monkeypatch.setattr(CostModel, "is_slow", lambda self: True)
    ran = counted_half_layers(monkeypatch)
    edit = with_noise_mute(EDIT, range(EDIT.num_layers), is_silent)
    renderer = Renderer(GENERATOR)
    shown = renderer.render(edit)
    (resumed,) = run_to_end(renderer.small_pictures.render([edit], size))
    low = [i for i, layer in enumerate(GENERATOR.layers) if layer.resolution <= size]
    assert min(ran) == 2 * low[-1] + 1, "the last convolution at this size"
    ran.clear()
    (fresh,) = run_to_end(Renderer(GENERATOR).small_pictures.render([edit], size))
    assert min(ran) == 0
    assert np.array_equal(resumed, fresh)
    renderer.render(with_psi(edit, 0.1))
    assert np.array_equal(renderer.render(edit), shown)
