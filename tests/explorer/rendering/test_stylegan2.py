"""StyleGAN 2 in the explorer: its last row is a ToRGB, and takes no noise."""

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import numpy as np
import pytest

from explorer.edit.edit import default_edit
from explorer.edit.ops import (
    with_mix,
    with_noise_mute,
    with_noise_seed,
    with_noise_strength,
    with_psi,
)
from explorer.rendering.pausable import run_to_end
from explorer.rendering.renderer import Renderer
from stylegan_core import picture
from stylegan_core.networks.stylegan2.generator import Generator
from tests.small_networks import TINY2, make_stylegan2

CONFIG = replace(TINY2, resolution=64)
LAYERS = 10
LAST = LAYERS - 1
EDIT = default_edit(LAYERS, seeds=(1, 2))
Slow = Callable[[Generator], Renderer]


@pytest.fixture(scope="module")
def generator() -> Generator:
    return make_stylegan2(CONFIG)


@pytest.fixture
def renderer(generator: Generator) -> Renderer:
    return Renderer(generator)


def test_the_last_layer_is_a_to_rgb_without_noise(renderer: Renderer) -> None:
    layers = renderer.model_info.layers
    assert renderer.model_info.resolutions == (4, 8, 8, 16, 16, 32, 32, 64, 64, 64)
    assert all(layer.takes_style for layer in layers)
    assert [layer.takes_noise for layer in layers] == [True] * LAST + [False]
    assert layers[LAST].name == "64x64 ToRGB"


def test_each_row_but_the_to_rgb_takes_style_and_noise(renderer: Renderer) -> None:
    """The ToRGB takes a style only. Only the layers from the changed one on run again."""
    for layer in range(LAYERS):
        before = renderer.render(EDIT)
        mixed = renderer.render(with_mix(EDIT, [layer], 1.0))
        assert not np.array_equal(before, mixed)
        assert renderer.last_layers == (f"layers {layer}-{LAST}" if layer else "all layers")
        renderer.render(EDIT)
        noisy = renderer.render(with_noise_seed(EDIT, [layer], 9))
        assert np.array_equal(before, noisy) == (layer == LAST)


def test_truncation_is_that_of_stylegan_generate(renderer: Renderer, generator: Generator) -> None:
    edit = with_noise_mute(with_psi(EDIT, 0.3), range(LAYERS), True)
    expected = picture.of_seed(generator, 1, psi=0.3, cutoff=8, noise="none")
    ours = renderer.render(edit).astype(int)
    assert np.abs(ours - expected.permute(1, 2, 0).numpy()).max() <= 1


def test_thumbnails_agree_whose_noise_differs_in_the_to_rgb(renderer: Renderer) -> None:
    others = (EDIT, with_noise_seed(EDIT, [LAST], 5), with_noise_strength(EDIT, [3], 0.0))
    for one, small in zip(others, run_to_end(renderer.batches.render(others)), strict=True):
        assert np.abs(renderer.render(one).astype(int) - small).max() <= 1
    assert run_to_end(renderer.batches.deviation(EDIT)).mean() > 1


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    """Return a function that makes renderers which have shown a picture, all of them slow."""
    monkeypatch.setattr("explorer.rendering.cost_model.FRAME_BUDGET_MS", 0.0)
    monkeypatch.setattr("explorer.rendering.cost_model.WORTHWHILE_SHARE", 1.0)

    def make(generator: Generator) -> Renderer:
        renderer = Renderer(generator)
        renderer.render(with_psi(EDIT, 0.9))
        return renderer

    return make


def test_the_full_picture_after_drafts_has_the_bits_of_a_fresh_one(
    slow: Slow, generator: Generator
) -> None:
    renderer = slow(generator)
    for layer in (8, 2, 9, 5):
        edit = with_mix(EDIT, [layer], 0.6)
        renderer.render(edit, budget_ms=0)
        assert np.array_equal(renderer.render(edit), Renderer(generator).render(edit))


@pytest.mark.parametrize("kind", ["skip", "resnet", "orig"])
def test_every_layout_has_drafts(slow: Slow, kind: Literal["skip", "resnet", "orig"]) -> None:
    generator = make_stylegan2(replace(CONFIG, generator_architecture=kind))
    renderer = slow(generator)
    assert renderer.render(EDIT, budget_ms=0).shape == (32, 32, 3)
    assert np.array_equal(renderer.render(EDIT), Renderer(generator).render(EDIT))


def test_blended_classes_change_the_picture() -> None:
    generator = make_stylegan2(replace(CONFIG, c_dim=3))
    renderer = Renderer(generator)
    edit = default_edit(LAYERS, class_count=3)
    blended = replace(edit.sources[0], class_weights=(0.5, 0.5, 0.0))
    other = replace(edit, sources=(blended, *edit.sources[1:]))
    assert not np.array_equal(renderer.render(edit), renderer.render(other))
