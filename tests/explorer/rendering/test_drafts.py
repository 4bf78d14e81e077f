"""Drafts while an edit moves, and the full picture after it."""

from typing import cast

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.edit.edit import default_edit
from explorer.edit.ops import with_mix, with_noise_seed, with_psi
from explorer.export.model_files import bundled_models
from explorer.rendering.drafts import DraftColours
from explorer.rendering.pausable import run_to_end
from explorer.rendering.renderer import Renderer, RenderError
from stylegan_core import checkpoint
from stylegan_core.networks.ops import EqualConv2d
from stylegan_core.networks.stylegan1 import Generator, StyleGAN1Config
from tests.small_networks import make_generator

GENERATOR = make_generator(
    StyleGAN1Config(resolution=128, fmap_base=512, fmap_max=16, z_dim=16, w_dim=16)
)
LAYERS = GENERATOR.num_layers
EDIT = default_edit(LAYERS, seeds=(1, 2))


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Renderer:
    """Return a renderer that has shown a picture, and takes every picture for slow."""
    monkeypatch.setattr("explorer.rendering.cost_model.FRAME_BUDGET_MS", 0.0)
    monkeypatch.setattr("explorer.rendering.cost_model.WORTHWHILE_SHARE", 1.0)
    renderer = Renderer(GENERATOR)
    renderer.render(with_psi(EDIT, 0.9))
    return renderer


def averaged(picture: np.ndarray, size: int) -> np.ndarray:
    whole = torch.from_numpy(picture.copy()).permute(2, 0, 1)[None].float()
    return np.asarray(F.adaptive_avg_pool2d(whole, size)[0].permute(1, 2, 0))


def test_a_draft_is_as_large_as_time_allows(slow: Renderer) -> None:
    assert slow.render(EDIT, budget_ms=0).shape == (32, 32, 3)
    assert slow.last_layers == "layers 0-7, preview 32\N{MULTIPLICATION SIGN}32"
    whole = slow.render(EDIT, budget_ms=1e6)
    assert whole.shape == (128, 128, 3)
    assert np.array_equal(whole, Renderer(GENERATOR).render(EDIT))


def test_a_draft_shows_the_change(slow: Renderer) -> None:
    """A draft never ends below the layer that was changed."""
    slow.render(EDIT)
    before = slow.render(with_noise_seed(EDIT, [9], 3), budget_ms=0)
    assert before.shape == (64, 64, 3)
    after = slow.render(with_noise_seed(EDIT, [9], 4), budget_ms=0)
    assert not np.array_equal(before, after)
    slow.render(EDIT)
    assert slow.render(with_mix(EDIT, [LAYERS - 1], 0.5), budget_ms=0).shape == (128, 128, 3)


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


@pytest.mark.parametrize("is_stale", [False, True])
def test_the_fit_brings_drafts_closer_to_the_full_picture(
    monkeypatch: pytest.MonkeyPatch, is_stale: bool
) -> None:
    """The bundled model has its own ToRGB layers here, or spoiled ones."""
    monkeypatch.setattr("explorer.rendering.cost_model.FRAME_BUDGET_MS", 0.0)
    monkeypatch.setattr("explorer.rendering.cost_model.WORTHWHILE_SHARE", 1.0)
    generator = checkpoint.load(bundled_models()[0])
    assert isinstance(generator, Generator)
    if is_stale:
        for layer in cast("list[EqualConv2d]", list(generator.to_rgb)[:-1]):
            layer.weight.data.mul_(0.5).add_(0.3)
    renderer = Renderer(generator)
    renderer.render(
        default_edit(generator.num_layers, seeds=(9,))
    )  # it learns that pictures are slow
    errors = []
    for seed in range(4):
        edit = default_edit(generator.num_layers, seeds=(seed, seed + 50))
        moved = with_mix(edit, range(4), 0.4)
        full = averaged(Renderer(generator).render(moved), 32)
        before = renderer.render(moved, budget_ms=0)
        renderer.render(edit)
        renderer.rest()
        after = renderer.render(moved, budget_ms=0)
        errors.append([np.abs(draft - full).mean() for draft in (before, after)])
    first, fitted = np.mean(errors, axis=0)
    assert fitted < first * (0.5 if is_stale else 0.9)


def test_drafts_in_half_precision_look_like_those_in_float32(slow: Renderer) -> None:
    half = Renderer(GENERATOR, precision="float16")
    for renderer in (slow, half):
        renderer.render(with_psi(EDIT, 0.8))
        renderer.render(EDIT)
        renderer.rest()
    moved = with_psi(EDIT, 0.6)
    drafts = [renderer.render(moved, budget_ms=0).astype(int) for renderer in (slow, half)]
    assert drafts[1].shape == (32, 32, 3)
    assert np.abs(drafts[1] - drafts[0]).max() <= 3


def test_the_fit_finds_colours_that_are_linear_in_the_features() -> None:
    """The pull towards the network's own ToRGB leaves a small error."""
    torch.manual_seed(0)
    features = torch.randn(2, 5, 32, 32)
    mixing, offset = 0.05 * torch.randn(3, 5), torch.tensor([0.1, -0.2, 0.3])
    colours = torch.einsum("kc,nchw->nkhw", mixing, features) + offset.view(1, 3, 1, 1)
    whole = F.interpolate(colours, scale_factor=4, mode="nearest")
    own = torch.zeros_like(colours)
    fit = DraftColours()
    assert torch.equal(fit.picture(features, own), own)
    fit.observe(features, own, whole)
    missing = (fit.picture(features, own) - colours).square().mean() / colours.square().mean()
    assert missing < 0.02


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
