"""Sessions: one undo step for each gesture, one history for edits and timeline."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.edit.edit import Walk, default_edit
from explorer.edit.model_info import ModelInfo
from explorer.edit.ops import mix_of, with_class_weights, with_mix, with_psi
from explorer.edit.session import Session, new_edit
from explorer.edit.timeline import Timeline
from tests.explorer.model_infos import model_info_with


def drag(session: Session, *psis: float, gesture: str | None = "psi") -> None:
    for psi in psis:
        session.change(with_psi(session.edit, psi), gesture=gesture)
    session.end_gesture()


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["cat", "a\nwild\tdog"], ("cat", "a wild dog")),
        (["cat", "x" * 1000], ("cat", "x" * 60)),
        ([1, None], ("1", "None")),
        (["cat"], ()),
        ("ab", ()),
        (None, ()),
    ],
)
def test_class_names_are_taken_from_a_valid_card(names: Any, expected: tuple[str, ...]) -> None:
    model_info = replace(model_info_with(8, c_dim=2), card={"class_names": names})
    assert model_info.class_names == expected


def test_a_gesture_is_one_undo_step() -> None:
    session = Session()
    drag(session, 0.1, 0.2, 0.3)
    drag(session, 0.4, 0.5)
    assert session.undo()
    assert session.edit.psi == 0.3
    assert session.undo()
    assert session.edit.psi == 0.7
    assert not session.undo()
    assert session.redo()
    assert session.redo()
    assert session.edit.psi == 0.5
    assert not session.can_redo


def test_a_change_without_a_gesture_is_one_undo_step() -> None:
    session = Session()
    drag(session, 0.1, 0.2, gesture=None)
    assert session.undo()
    assert session.edit.psi == 0.1


def test_another_gesture_is_another_step() -> None:
    session = Session()
    session.change(with_psi(session.edit, 0.1), gesture="a")
    session.change(with_psi(session.edit, 0.2), gesture="b")
    assert session.undo()
    assert session.edit.psi == 0.1


def test_undo_ends_a_gesture() -> None:
    session = Session()
    session.change(with_psi(session.edit, 0.1), gesture="psi")
    session.undo()
    session.change(with_psi(session.edit, 0.2), gesture="psi")
    assert not session.can_redo
    assert session.undo()
    assert session.edit.psi == 0.7


def test_an_equal_edit_is_not_a_step() -> None:
    session = Session()
    version = session.version
    session.change(session.edit)
    assert (session.version, session.can_undo) == (version, False)


def test_the_timeline_is_undone_too() -> None:
    session = Session()
    session.change_timeline(session.timeline.with_keyframe(session.edit))
    drag(session, 0.1)
    session.undo()
    assert len(session.timeline.keyframes) == 1
    session.undo()
    assert session.timeline == Timeline()


@given(st.lists(st.one_of(st.floats(-1, 1), st.sampled_from(["undo", "redo", "end"])), max_size=30))
def test_undoing_and_redoing_everything_reaches_both_ends(actions: list[float | str]) -> None:
    session = Session()
    start = session.edit
    for action in actions:
        if isinstance(action, float):
            session.change(with_psi(session.edit, action), gesture="psi")
        else:
            {"undo": session.undo, "redo": session.redo, "end": session.end_gesture}[action]()
    while session.redo():
        pass
    end = session.edit
    while session.undo():
        pass
    assert session.edit == start
    while session.redo():
        pass
    assert session.edit == end


def test_restoring_a_recipe_is_one_undo_step() -> None:
    session = Session()
    timeline = Timeline().with_keyframe(default_edit(10))
    session.restore(with_psi(default_edit(10), 0.1), timeline, {"ab": np.zeros(3)})
    assert (session.edit.psi, session.timeline) == (0.1, timeline)
    assert "ab" in session.stored
    session.undo()
    assert (session.edit.psi, session.timeline) == (0.7, Timeline())


def test_opening_a_model_with_the_same_layers_keeps_the_history() -> None:
    session = Session(model_info_with(8))
    drag(session, 0.2)
    session.open_model(replace(model_info_with(8), name="later"))
    assert session.edit.psi == 0.2
    assert session.can_undo


def test_in_a_new_session_a_model_with_other_classes_opens_with_its_own_edit() -> None:
    session = Session(model_info_with(8, c_dim=2))
    session.open_model(model_info_with(8, c_dim=3))
    assert session.edit == default_edit(8, class_count=3)
    assert (session.is_new, session.is_fitted) == (True, False)


@pytest.mark.parametrize("has_keyframes", [False, True])
def test_another_model_keeps_both_the_edit_and_the_keyframes(has_keyframes: bool) -> None:
    """They are fitted to it, and the model before gets them back whole."""
    session = Session(model_info_with(8))
    drag(session, 0.2)
    session.change(with_mix(session.edit, [7], 1.0))
    if has_keyframes:
        session.change_timeline(session.timeline.with_keyframe(session.edit))
    session.locked_noise = frozenset({5})
    session.locked_sources = frozenset({1})
    made, version = session.work, session.version
    session.open_model(model_info_with(6, c_dim=3))
    edits = [session.edit, *(keyframe.edit for keyframe in session.timeline.keyframes)]
    assert len(edits) == 1 + has_keyframes
    for edit in edits:
        assert (edit.psi, edit.num_layers) == (0.2, 6)
        assert edit.sources[0].class_weights == (1.0, 0.0, 0.0)
    assert (session.locked_sources, session.locked_noise) == (frozenset({1}), frozenset({5}))
    assert (session.is_new, session.is_fitted) == (False, True)
    assert session.version > version
    session.open_model(model_info_with(8))
    assert session.work == made


def test_a_new_session_with_keyframes_keeps_them_and_the_edit() -> None:
    session = Session(model_info_with(8))
    session.change_timeline(session.timeline.with_keyframe(session.edit))
    edit = session.edit
    session.open_model(model_info_with(6))
    session.open_model(model_info_with(8))
    assert session.edit == session.timeline.keyframes[0].edit == edit


def test_a_reset_is_one_undo_step_and_unlocks_everything() -> None:
    session = Session(model_info_with(8))
    drag(session, 0.2)
    session.change_timeline(session.timeline.with_keyframe(session.edit))
    session.locked_sources = session.locked_noise = frozenset({0})
    before = session.work.step
    session.reset()
    assert (session.edit, session.timeline) == (default_edit(8), Timeline())
    assert not session.locked_sources | session.locked_noise
    session.undo()
    assert session.work.step == before


def test_work_is_taken_with_its_history() -> None:
    session = Session(model_info_with(8))
    drag(session, 0.2)
    session.restore(session.edit, Timeline().with_keyframe(session.edit), {"ab": np.zeros(3)})
    drag(session, 0.5)
    session.undo()
    session.locked_noise = frozenset({3})
    other = Session(model_info_with(8))
    other.take(session.work)
    assert (other.edit, other.timeline) == (session.edit, session.timeline)
    assert (other.locked_noise, set(other.stored)) == (frozenset({3}), {"ab"})
    drag(other, 0.9)
    assert session.edit.psi == 0.2
    other.undo()
    assert other.work == replace(session.work, future=other.work.future)
    while other.undo():
        pass
    assert other.edit == default_edit(8)


def test_work_waits_for_its_model_and_is_fitted_to_another() -> None:
    session = Session(model_info_with(10))
    session.change(with_mix(session.edit, [8], 1.0))
    work = session.work
    later = Session()
    later.take(work)
    assert (later.edit, later.is_new) == (session.edit, False)
    later.open_model(model_info_with(8))
    assert later.edit.num_layers == 8
    later.close_model()
    assert later.work == work


def test_opening_the_first_model_is_not_an_undo_step() -> None:
    session = Session()
    session.open_model(model_info_with(6))
    assert session.edit == default_edit(6)
    assert not session.can_undo


def test_a_timeline_is_fitted_to_a_model_of_another_size() -> None:
    """Opening the model that it was made with brings all of it back."""
    session = Session(model_info_with(10))
    made = with_mix(session.edit, [8], 1.0)
    session.change_timeline(session.timeline.with_keyframe(session.edit).with_keyframe(made))
    timeline = session.timeline
    session.open_model(model_info_with(8))
    small = session.timeline
    assert [k.edit.num_layers for k in small.keyframes] == [8, 8]
    assert [k.duration_s for k in small.keyframes] == [k.duration_s for k in timeline.keyframes]
    session.open_model(model_info_with(10))
    assert session.timeline == timeline
    session.undo()
    session.undo()
    assert session.timeline == Timeline()


@pytest.mark.parametrize("edits_with_small_model", [False, True])
def test_a_timeline_loses_nothing_to_a_smaller_model(edits_with_small_model: bool) -> None:
    """Layers and classes of its keyframes come back, whatever happened to the edit meanwhile."""
    large, small = model_info_with(10, c_dim=3), model_info_with(8)
    session = Session(large)
    made = with_class_weights(with_mix(session.edit, [8], 1.0), 0, (0.0, 0.0, 1.0))
    session.change_timeline(session.timeline.with_keyframe(session.edit).with_keyframe(made))
    timeline = session.timeline
    session.change(made)
    session.open_model(small)
    if edits_with_small_model:
        session.change(with_mix(session.edit, [2], 0.5))
    assert session.timeline != timeline
    session.open_model(large)
    assert session.timeline == timeline
    session.undo()
    assert session.timeline == timeline


def test_a_timeline_that_is_changed_with_a_smaller_model_is_made_for_it() -> None:
    session = Session(model_info_with(10))
    made = with_mix(session.edit, [8], 1.0)
    session.change_timeline(session.timeline.with_keyframe(made))
    session.open_model(model_info_with(8))
    session.change_timeline(session.timeline.with_keyframe(session.edit))
    session.open_model(model_info_with(10))
    assert mix_of(session.timeline.keyframes[0].edit, 8) == 0
    assert len(session.timeline.keyframes) == 2


def test_a_snapshot_of_another_size_keeps_the_edit_without_an_undo_step() -> None:
    """Nothing is lost by opening a snapshot that has fewer layers."""
    session = Session(model_info_with(10))
    session.change(with_mix(session.edit, [8], 1.0))
    made = session.edit
    session.open_model(model_info_with(8))
    assert session.edit.num_layers == 8
    session.open_model(model_info_with(10))
    assert session.edit == made
    session.open_model(model_info_with(8))
    session.undo()
    assert session.edit == default_edit(8)
    assert not session.can_undo
    session.redo()
    session.open_model(model_info_with(10))
    assert session.edit == made


def test_a_model_with_another_seed_numbering_opens_with_its_own_edit() -> None:
    """Imported models have official seeds, and the truncation of their own tool."""
    session = Session(model_info_with(12))
    card = {"seed_convention": "official", "truncation_cutoff": None}
    session.open_model(replace(model_info_with(12), card=card))
    assert [source.latent for source in session.edit.sources] == [
        Walk(seed, convention="official") for seed in (1, 2)
    ]
    assert session.edit.cutoff == 12


@pytest.mark.parametrize(
    ("card", "cutoff"),
    [({}, 8), ({"truncation_cutoff": 3}, 3), ({"truncation_cutoff": "4"}, 10)],
)
def test_a_model_opens_with_the_cutoff_of_its_card(card: dict[str, Any], cutoff: int) -> None:
    assert new_edit(replace(model_info_with(10), card=card)).cutoff == cutoff


def test_a_new_edit_has_the_seed_convention_of_its_model(model_info: ModelInfo) -> None:
    official = replace(model_info, card={**model_info.card, "seed_convention": "official"})
    assert new_edit(official) != default_edit(model_info.num_layers) == new_edit(model_info)
