"""Drafts while an edit moves, and the full picture after it."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.edit.edit import default_edit
from explorer.edit.ops import with_mix, with_noise_seed, with_psi
from explorer.export.model_files import bundled_models
from explorer.rendering.pausable import run_to_end
from explorer.rendering.renderer import Renderer, RenderError
from stylegan_core import checkpoint
from stylegan_core.networks.contract import Generator
from stylegan_core.networks.stylegan1 import StyleGAN1Config
from tests.small_networks import make_generator

GENERATOR = make_generator(
    StyleGAN1Config(resolution=128, fmap_base=512, fmap_max=16, z_dim=16, w_dim=16)
)
LAYERS = GENERATOR.num_layers
EDIT = default_edit(LAYERS, seeds=(1, 2))
MakeSlow = Callable[[Generator], Renderer]


@pytest.fixture
def make_slow(monkeypatch: pytest.MonkeyPatch) -> MakeSlow:
    """Return a function that makes renderers which have shown a picture, all of them slow."""
    monkeypatch.setattr("explorer.rendering.cost_model.FRAME_BUDGET_MS", 0.0)
    monkeypatch.setattr("explorer.rendering.cost_model.WORTHWHILE_SHARE", 10.0)

    def make(generator: Generator) -> Renderer:
        renderer = Renderer(generator)
        renderer.render(with_psi(default_edit(generator.num_layers, seeds=(1, 2)), 0.9))
        return renderer

    return make


@pytest.fixture
def slow(make_slow: MakeSlow) -> Renderer:
    """Return a slow renderer that has shown a picture."""
    return make_slow(GENERATOR)


def averaged(picture: np.ndarray, size: int) -> np.ndarray:
    whole = torch.from_numpy(picture.copy()).permute(2, 0, 1)[None].float()
    return np.asarray(F.adaptive_avg_pool2d(whole, size)[0].permute(1, 2, 0))


def test_a_draft_is_as_large_as_time_allows(slow: Renderer) -> None:
    assert slow.render(EDIT, budget_ms=0).shape == (32, 32, 3)
    assert slow.last_layers == "layers 0-7, preview 32\N{MULTIPLICATION SIGN}32"
    whole = slow.render(EDIT, budget_ms=1e6)
    assert whole.shape == (128, 128, 3)
    assert np.array_equal(whole, Renderer(GENERATOR).render(EDIT))


def test_a_draft_shows_new_noise(slow: Renderer) -> None:
    """It never leaves the network before the layer of that noise."""
    slow.render(EDIT)
    before = slow.render(with_noise_seed(EDIT, [9], 3), budget_ms=0)
    assert before.shape == (64, 64, 3)
    after = slow.render(with_noise_seed(EDIT, [9], 4), budget_ms=0)
    assert not np.array_equal(before, after)


def test_a_draft_shows_new_styles_above_it(slow: Renderer) -> None:
    """It resumes from a kept state, and leaves the states above to the full picture."""
    slow.render(EDIT)
    slow._costs._ms[-1] = 1e6
    drafts = [
        slow.render(with_mix(EDIT, [LAYERS - 1], amount), budget_ms=100) for amount in (0.5, 1.0)
    ]
    assert all(draft.shape == (64, 64, 3) for draft in drafts)
    assert not np.array_equal(drafts[0], drafts[1])
    slow.render(with_mix(EDIT, [LAYERS - 1], 1.0))
    assert slow.last_layers == f"layers {LAYERS - 1}-{LAYERS - 1}"


def test_a_slow_picture_that_is_dropped_leaves_its_states(slow: Renderer) -> None:
    """Whatever is rendered at its pauses, the bits stay right."""
    changed = with_noise_seed(EDIT, [0], 5)
    work = slow.render_pausable(changed)
    for _ in range(12):
        next(work)
    slow.render(with_psi(EDIT, 0.2))  # an export works on the same renderer
    whole = run_to_end(work)
    assert np.array_equal(whole, Renderer(GENERATOR).render(changed))
    for edit in (with_psi(EDIT, 0.2), changed):
        assert np.array_equal(slow.render(edit), Renderer(GENERATOR).render(edit))

    work = slow.render_pausable(with_noise_seed(EDIT, [0], 6))
    for _ in range(16):
        next(work)
    work.close()
    slow.render(with_noise_seed(EDIT, [0], 6))
    assert slow.last_layers == f"layers 8-{LAYERS - 1}"


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.integers(0, LAYERS - 1), st.sampled_from([0.0, None])), max_size=6))
def test_the_full_picture_after_drafts_has_the_bits_of_a_fresh_one(
    steps: list[tuple[int, float | None]],
) -> None:
    renderer, edit = Renderer(GENERATOR), EDIT
    for count, (layer, budget_ms) in enumerate(steps):
        edit = with_noise_seed(edit, [layer], count)
        renderer.render(edit, budget_ms)
    assert np.array_equal(renderer.render(edit), Renderer(GENERATOR).render(edit))


@pytest.mark.parametrize("model", bundled_models(), ids=lambda path: path.stem)
def test_a_jump_shows_the_colours_of_the_new_picture(make_slow: MakeSlow, model: Path) -> None:
    """Whatever has changed: the mean error stays below 6 of 255 over jumps and large drags."""
    generator = checkpoint.load(model)
    renderer, fresh = make_slow(generator), Renderer(generator)
    edit = default_edit(generator.num_layers, seeds=(0, 1))
    renderer.render(edit)
    rng = np.random.default_rng(0)
    errors = []
    for jump in range(100):
        if jump % 2:
            seeds = tuple(int(seed) for seed in rng.integers(0, 10_000, 2))
            edit = default_edit(generator.num_layers, seeds)
        else:
            layers = rng.choice(generator.num_layers, rng.integers(1, 5), replace=False)
            edit = with_mix(edit, [int(layer) for layer in layers], float(rng.uniform(0, 1)))
        draft = renderer.render(edit, budget_ms=0)
        assert len(draft) == generator.resolution // 2
        full = averaged(fresh.render(edit), len(draft))
        errors.append(np.abs(draft - full).mean())
    assert np.mean(errors) < 6


def test_drafts_in_half_precision_look_like_those_in_float32(slow: Renderer) -> None:
    half = Renderer(GENERATOR, precision="float16")
    for renderer in (slow, half):
        renderer.render(with_psi(EDIT, 0.8))
        renderer.render(EDIT)
    moved = with_psi(EDIT, 0.6)
    drafts = [renderer.render(moved, budget_ms=0).astype(int) for renderer in (slow, half)]
    assert drafts[1].shape == (32, 32, 3)
    assert np.abs(drafts[1] - drafts[0]).mean() < 0.5


def test_inference_mode_is_left_at_a_pause(slow: Renderer) -> None:
    """Tensors that other code makes meanwhile must be ordinary ones."""
    work = slow.render_pausable(EDIT)
    next(work)
    assert not torch.is_inference_mode_enabled()
    run_to_end(work)


def test_refusing_an_edit_of_another_size_drops_no_state(slow: Renderer) -> None:
    before = slow.render(EDIT)
    with pytest.raises(RenderError):
        slow.render(default_edit(8), budget_ms=0)
    assert slow.render(EDIT) is before
