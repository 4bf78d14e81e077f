"""Pictures of all other architectures: without noise, drafts or W, or with a transform."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from explorer.edit.edit import Edit, Source, Walk, default_edit
from explorer.edit.interpolate import interpolate
from explorer.edit.ops import (
    transform_of,
    with_cutoff,
    with_layer_psi,
    with_mix,
    with_noise_mute,
    with_noise_seed,
    with_noise_strength,
    with_psi,
    with_source,
    with_transform,
    with_walk,
)
from explorer.rendering.cost_model import CostModel
from explorer.rendering.describe import model_info_of
from explorer.rendering.pausable import run_to_end
from explorer.rendering.renderer import Renderer, RenderError
from stylegan_core import picture
from stylegan_core.networks.inference.for_inference import for_inference
from tests.small_networks import (
    R3GAN_CLASSES,
    STYLEGAN3_CLASSES,
    STYLEGAN3_R,
    make_lucidrains,
    make_r3gan,
    make_stylegan1_rosinality,
    make_stylegan3,
    make_stylegan_xl,
)

NOISY: dict[str, Any] = {
    "stylegan1 of rosinality": make_stylegan1_rosinality(),
    "stylegan2_lucidrains": make_lucidrains(),
}
SILENT: dict[str, Any] = {  # without noise
    "stylegan3 T": make_stylegan3(),
    "stylegan3 R": make_stylegan3(STYLEGAN3_R),
    "stylegan3 with classes": make_stylegan3(STYLEGAN3_CLASSES),
    "stylegan_xl": make_stylegan_xl(),
    "r3gan": make_r3gan(),
    "r3gan with classes": make_r3gan(R3GAN_CLASSES),
}
GENERATORS = SILENT | NOISY
CHANGES: list[Callable[[Edit], Edit]] = [
    lambda edit: with_layer_psi(edit, [2], 0.123),
    lambda edit: with_mix(edit, [2], 0.7),
    lambda edit: with_mix(edit, [0], 0.7),
    lambda edit: with_psi(edit, edit.psi + 0.1),
    lambda edit: with_walk(edit, 0, 0.1, -0.1),
    lambda edit: with_source(edit, 0, Source(Walk(79))),
    lambda edit: with_noise_seed(edit, range(edit.num_layers), 5),
    lambda edit: with_noise_seed(edit, [3], 6),
    lambda edit: with_noise_strength(edit, [1, 2], 0.4),
]


@pytest.fixture(params=list(GENERATORS))
def generator(request: pytest.FixtureRequest) -> Any:
    return GENERATORS[request.param]


def start_edit(generator: Any, seeds: tuple[int, ...] = (1, 2)) -> Edit:
    return default_edit(generator.num_layers, seeds, generator.c_dim)


def moved(edit: Edit, *transform: float) -> Edit:
    return replace(edit, transform=transform)


@pytest.mark.parametrize("cache_mb", [512, 0])
def test_incremental_and_full_give_the_same_bits(generator: Any, cache_mb: int) -> None:
    caching = Renderer(generator, cache_mb=cache_mb)
    edit = start_edit(generator)
    for change in [*CHANGES, *reversed(CHANGES)]:
        edit = change(edit)
        assert np.array_equal(caching.render(edit), Renderer(generator).render(edit))


def test_only_the_layers_after_a_change_run() -> None:
    renderer = Renderer(GENERATORS["stylegan3 T"])
    edit = start_edit(GENERATORS["stylegan3 T"])
    renderer.render(edit)
    for layer in (5, 3):
        edit = with_mix(edit, [layer], 0.4)
        renderer.render(edit)
        assert renderer.last_layers == f"layers {layer}-6"
    renderer.render(with_noise_seed(edit, range(7), 9))
    assert renderer.last_layers == "unchanged"
    renderer.render(moved(edit, 0.1, 0.0, 0.0))
    assert renderer.last_layers == "all layers"


def test_a_style_leaves_layers_that_take_none() -> None:
    generator = GENERATORS["r3gan"]
    renderer = Renderer(generator)
    edit = start_edit(generator)
    renderer.render(edit)
    renderer.render(with_mix(edit, [1, 2, 3], 1.0))
    assert renderer.last_layers == "unchanged"
    renderer.render(with_mix(edit, [0], 1.0))
    assert renderer.last_layers == "all layers"


def test_the_same_picture_as_stylegan_generate(generator: Any) -> None:
    index = 0 if generator.c_dim else None
    quick = for_inference(generator)
    expected = picture.of_seed(quick, 5, class_index=index).permute(1, 2, 0).numpy()
    edit = with_cutoff(start_edit(generator, (5,)), 8)
    edit = with_noise_seed(edit, range(edit.num_layers), "stored")
    assert np.array_equal(Renderer(generator).render(edit), expected)


def slow(generator: Any) -> tuple[Renderer, Edit]:
    """Return a renderer that expects to take seconds at the top, and the edit it has shown."""
    renderer, edit = Renderer(generator), start_edit(generator)
    renderer.render(edit)
    renderer._costs._ms = [1.0] * (len(renderer._costs._ms) - 4) + [1000.0] * 4
    return renderer, edit


@pytest.mark.parametrize("name", [*SILENT, "stylegan2_lucidrains"])
def test_without_drafts_a_moving_edit_gets_the_full_picture(name: str) -> None:
    """Even a budget of 1 ms makes no difference."""
    renderer, edit = slow(GENERATORS[name])
    other = with_mix(edit, range(edit.num_layers), 0.5)
    drafted = renderer.render(other, budget_ms=1.0)
    assert np.array_equal(drafted, Renderer(GENERATORS[name]).render(other))


def test_a_moving_edit_gets_a_draft() -> None:
    generator = NOISY["stylegan1 of rosinality"]
    renderer, edit = slow(generator)
    other = with_mix(edit, range(edit.num_layers), 0.5)
    assert renderer.render(other, budget_ms=1.0).shape == (32, 32, 3)
    assert np.array_equal(renderer.render(other), Renderer(generator).render(other))


@pytest.mark.parametrize("name", NOISY)
def test_new_noise_runs_the_layers_from_its_own_on(name: str) -> None:
    renderer, edit = Renderer(NOISY[name]), start_edit(NOISY[name])
    before = renderer.render(edit)
    after = renderer.render(with_noise_seed(edit, [4], 9))
    assert renderer.last_layers == "layers 4-9"
    assert not np.array_equal(before, after)
    assert run_to_end(renderer.batches.heat_map(edit)).any()


@pytest.mark.parametrize("name", ["stylegan3 T", "stylegan_xl"])
def test_the_transform_moves_the_picture(name: str) -> None:
    generator = GENERATORS[name]
    renderer = Renderer(generator)
    edit = start_edit(generator)
    still = renderer.render(edit)
    right = renderer.render(moved(edit, 4 / 32, 0.0, 0.0)).astype(int)
    down = renderer.render(moved(edit, 0.0, 4 / 32, 0.0)).astype(int)
    assert np.abs(right[:, 4:] - still[:, :-4]).max() <= 1
    assert np.abs(down[4:] - still[:-4]).max() <= 1
    assert np.array_equal(renderer.render(moved(edit, 0.0, 0.0, 0.0)), still)
    assert not np.array_equal(renderer.render(moved(edit, 0.0, 0.0, 20.0)), still)


def test_impossible_transforms_are_refused() -> None:
    edit = start_edit(GENERATORS["stylegan3 T"])
    with pytest.raises(RenderError, match="not 2 numbers"):
        Renderer(GENERATORS["stylegan3 T"]).render(moved(edit, 0.1, 0.0))
    edit = start_edit(GENERATORS["r3gan"])
    with pytest.raises(RenderError, match="no transform"):
        Renderer(GENERATORS["r3gan"]).render(moved(edit, 0.1, 0.0, 0.0))


def test_an_edit_half_way_between_two_positions_is_in_the_middle() -> None:
    """An edit without a transform is at the position 0, 0 with the angle 0."""
    edit = start_edit(GENERATORS["stylegan3 T"])
    middle = interpolate(edit, with_transform(edit, (0.2, -0.1, 90.0)), 0.5)
    assert transform_of(middle) == pytest.approx((0.1, -0.05, 45.0))
    assert with_transform(middle, (0.0, 0.0, 0.0)) == edit
    renderer = Renderer(GENERATORS["stylegan3 T"])
    assert not np.array_equal(renderer.render(edit), renderer.render(middle))


def test_thumbnails_agree_with_the_picture(generator: Any) -> None:
    edit = start_edit(generator)
    edits = [edit, with_psi(edit, 0.1), with_noise_mute(edit, [1], True)]
    if model_info_of(generator).takes_transform:
        edits += [moved(edit, 0.1, 0.2, 30.0), moved(edit, -0.1, 0.0, 0.0)]
    small = run_to_end(Renderer(generator).batches.render(edits))
    for other, image in zip(edits, small, strict=True):
        assert np.abs(Renderer(generator).render(other).astype(int) - image).max() <= 1


@pytest.mark.parametrize("size", [8, 16, 1024])
def test_small_pictures_of_a_slow_model_are_those_of_a_quick_one(
    generator: Any, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow model makes them one by one, from the states of the canvas and of each other."""
    edit = start_edit(generator)
    edits = [edit, with_mix(edit, [edit.num_layers - 1], 0.4), with_psi(edit, 0.1)]
    quick = run_to_end(Renderer(generator).small_pictures.render(edits, size))
    monkeypatch.setattr(CostModel, "is_slow", lambda self: True)
    renderer = Renderer(generator)
    renderer.render(edit)
    slow = run_to_end(renderer.small_pictures.render(edits, size))
    for one, other in zip(quick, slow, strict=True):
        assert np.abs(one.astype(int) - other).max() <= 1


@pytest.mark.parametrize("name", SILENT)
def test_without_noise_the_heat_map_is_black(name: str) -> None:
    edit = start_edit(SILENT[name])
    assert not run_to_end(Renderer(SILENT[name]).batches.heat_map(edit)).any()


def test_each_class_is_truncated_towards_its_own_centre() -> None:
    generator = GENERATORS["stylegan_xl"]
    renderer = Renderer(generator)
    average = with_cutoff(with_psi(start_edit(generator), 0.0), generator.num_layers)
    shown = []
    for classes in ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.5, 0.5, 0.0)):
        seeds = (Source(Walk(seed), classes) for seed in (1, 2))
        first, second = (renderer.render(with_source(average, 0, source)) for source in seeds)
        assert np.array_equal(first, second)
        shown.append(first.tobytes())
    assert len(set(shown)) == 3


def test_the_description_says_what_an_architecture_has() -> None:
    model_info = {name: model_info_of(generator) for name, generator in GENERATORS.items()}
    assert [name for name, known in model_info.items() if not known.has_w_avg] == [
        "r3gan",
        "r3gan with classes",
    ]
    assert [name for name, known in model_info.items() if known.takes_noise] == list(NOISY)
    assert [name for name, known in model_info.items() if not known.takes_transform] == [
        "r3gan",
        "r3gan with classes",
        *NOISY,
    ]
