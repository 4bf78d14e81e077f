"""Classes of sources: what the window shows of them, and that every picture carries them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.edit.classes import ClassBlend, blend_of
from explorer.edit.edit import Edit
from explorer.edit.ops import (
    with_class_weights,
    with_convention,
    with_psi,
    with_seed,
    with_two_sources,
    with_walk,
    without_source,
)
from explorer.edit.session import new_edit
from explorer.edit.timeline import Keyframe, Timeline
from explorer.export.export import export_picture, export_timeline
from explorer.export.options import ExportOptions
from explorer.export.recipe_json import read_recipe
from explorer.rendering.loaded_model import LoadedModel
from explorer.rendering.messages import (
    PsiStripRequest,
    RenderedPsiStrip,
    RenderedThumbnails,
    ThumbnailsRequest,
)
from explorer.rendering.pausable import run_to_end
from explorer.rendering.renderer import Renderer
from tests.small_networks import TINY2, make_stylegan2

COUNT = 5
numbers = st.integers(0, COUNT - 1)


@given(numbers, st.none() | numbers, st.floats(0, 1))
def test_a_blend_is_shown_as_it_was_chosen(first: int, second: int | None, share: float) -> None:
    blend = ClassBlend(first, second, 0.0 if second is None else share)
    assert blend_of(blend.weights(COUNT), blend) == blend


@given(st.lists(st.floats(-2, 2), min_size=COUNT, max_size=COUNT), numbers, numbers)
def test_any_class_vector_can_be_shown(weights: list[float], first: int, second: int) -> None:
    shown = blend_of(weights, ClassBlend(first, second, 0.5))
    assert {shown.first, shown.second} <= {*range(COUNT), None}


def test_a_class_vector_becomes_a_blend() -> None:
    assert blend_of((0.0, 1.0, 0.0)) == ClassBlend(1)
    assert blend_of((0.25, 0.0, 0.75)) == ClassBlend(2, 0, 0.25)
    assert blend_of((0.375, 0.125, 0.0625)) == ClassBlend(0, 1, 0.25)
    assert blend_of((1.0, -1.0)) == ClassBlend(0, 1, 0.0)
    assert blend_of(()) == blend_of((0.0, 0.0)) == ClassBlend(0)


def test_two_classes_keep_their_order() -> None:
    """The heavier one comes first only if nothing was shown before."""
    previous = ClassBlend(1, 3, 0.5)
    assert blend_of((0, 0.25, 0, 0.75), previous) == ClassBlend(1, 3, 0.75)
    assert blend_of((0, 0.25, 0, 0.75)) == ClassBlend(3, 1, 0.25)
    assert blend_of((0, 1.0, 0, 0), previous) == ClassBlend(1)


@pytest.fixture(scope="module")
def conditional() -> Renderer:
    return Renderer(make_stylegan2(replace(TINY2, c_dim=3)))


@pytest.fixture
def start(conditional: Renderer) -> Edit:
    return new_edit(conditional.model_info)


def of_class(edit: Edit, *weights: float) -> Edit:
    return with_class_weights(edit, 0, weights)


def test_a_conditional_model_opens_on_its_first_class(start: Edit) -> None:
    assert [source.class_weights for source in start.sources] == [(1.0, 0.0, 0.0)] * 2


def test_a_face_keeps_its_class_wherever_it_goes(start: Edit) -> None:
    bird = of_class(start, 0, 1, 0)
    for moved in (
        with_walk(bird, 0, 0.1, 0.2),
        with_seed(bird, 0, 99),
        with_convention(bird, 0, "official"),
        with_two_sources(without_source(bird, 1)),
    ):
        assert moved.sources != bird.sources
        assert moved.sources[0].class_weights == (0, 1, 0)


def test_thumbnails_and_strips_show_the_class(conditional: Renderer, start: Edit) -> None:
    model = LoadedModel(conditional)
    edits = tuple(of_class(start, *c) for c in ((1, 0, 0), (0, 0, 1), (0.5, 0, 0.5)))
    thumbnails = run_to_end(model.render(ThumbnailsRequest(edits)))
    assert isinstance(thumbnails, RenderedThumbnails)
    for edit, small in zip(edits, thumbnails.pictures, strict=True):
        assert np.abs(small.astype(int) - conditional.render(edit)).max() <= 1
        strip = run_to_end(model.render(PsiStripRequest(edit, (0.3,))))
        assert isinstance(strip, RenderedPsiStrip)
        low = conditional.render(with_psi(edit, 0.3))
        assert np.abs(strip.pictures[0].astype(int) - low).max() <= 1
    assert len({small.tobytes() for small in thumbnails.pictures}) == 3


def test_a_saved_picture_restores_its_class(
    conditional: Renderer, start: Edit, tmp_path: Path
) -> None:
    blended = of_class(start, 0.25, 0, 0.75)
    export_picture(conditional, blended, tmp_path / "a.png", ExportOptions(), {})
    assert read_recipe(tmp_path / "a.png").edit == blended


def test_a_timeline_leads_from_class_to_class(
    conditional: Renderer, start: Edit, tmp_path: Path
) -> None:
    ends = (start, of_class(start, 0, 0, 1))
    timeline = Timeline(tuple(Keyframe(edit, 1.0, "linear") for edit in ends), loop=False)
    middle = conditional.render(timeline.at(0.5))
    frames = [conditional.render(edit) for edit in (timeline.at(0), timeline.at(1), *ends)]
    assert np.array_equal(frames[0], frames[2])
    assert np.array_equal(frames[1], frames[3])
    assert not any(np.array_equal(middle, frame) for frame in frames)
    for _ in export_timeline(
        conditional, timeline, tmp_path / "a.webp", ExportOptions(size=32), {}
    ):
        pass
    assert read_recipe(tmp_path / "a.webp").content == timeline
