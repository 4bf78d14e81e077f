"""Session files: the same session again, and refusals in one sentence."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.edit.edit import Edit, Source, Stored, default_edit
from explorer.edit.ops import with_psi
from explorer.edit.session import UNDO_LIMIT, Session
from explorer.edit.step import NO_MODEL, LockedNoise, Step, Work
from explorer.edit.timeline import Keyframe, Timeline
from explorer.export.recipe import vector_digest
from explorer.sessions import writing
from explorer.sessions.edit_texts import EditTexts
from explorer.sessions.reading import (
    NewerSession,
    SessionError,
    from_text,
    read_session,
    read_summary,
)
from explorer.sessions.saved import SavedModel, SavedSession, SavedView, WindowPlace
from explorer.sessions.writing import to_text
from tests.explorer.model_infos import model_info_with
from tests.explorer.strategies import edits, timelines

VECTOR = np.arange(3, dtype=np.float32)
DIGEST = vector_digest(VECTOR)
rates = st.floats(0.01, 8)


def encoded(saved: SavedSession) -> bytes:
    return to_text(saved).encode("ascii")


@st.composite
def works(draw: st.DrawFn) -> Work:
    """Draw work in which steps share edits and timelines, as undo lists do."""
    made = draw(st.lists(edits().filter(lambda e: len(e.sources) > 1), min_size=1, max_size=3))
    lines = [Timeline(), *draw(st.lists(timelines(), max_size=2))]
    shapes = [NO_MODEL, model_info_with(3).shape]
    steps = st.builds(
        Step,
        st.sampled_from(made),
        st.sampled_from(lines).map(lambda line: _with_two_sources(line)),
        st.sampled_from(shapes),
        st.sampled_from(shapes),
    )
    return Work(
        draw(steps),
        tuple(draw(st.lists(steps, max_size=6))),
        tuple(draw(st.lists(steps, max_size=3))),
        {},
        frozenset(draw(st.sets(st.integers(0, 3)))),
        LockedNoise(frozenset(draw(st.sets(st.integers(0, 2)))), (4, 4, 8)),
    )


def _with_two_sources(timeline: Timeline) -> Timeline:
    keyframes = timeline.keyframes
    return timeline if all(len(k.edit.sources) > 1 for k in keyframes) else Timeline()


views = st.builds(
    SavedView,
    tab=st.sampled_from(["Mix", "Noise", "Training"]),
    zoom=st.floats(0.5, 16),
    centre=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    keyframe=st.none() | st.integers(0, 9),
    edited_keyframe=st.none() | st.integers(0, 9),
    auto_key=st.booleans(),
    playhead_s=st.none() | st.floats(0, 1e6),
    open_blocks=st.sets(st.sampled_from([4, 8, 1024])).map(lambda found: tuple(sorted(found))),
    rate=rates,
    rates=st.dictionaries(st.sampled_from([4, 8]), rates).map(lambda d: tuple(sorted(d.items()))),
    flowing=st.dictionaries(st.integers(0, 17), rates).map(lambda d: tuple(sorted(d.items()))),
)
models = st.just(SavedModel("/m\u00fcll/\u6a21\u578b.pkl", "m", "00"))
places = st.builds(WindowPlace, *[st.integers(-5000, 9000)] * 2, *[st.integers(1, 9000)] * 2)
sessions = st.builds(
    SavedSession, works(), st.none() | models, views, st.none() | places, st.booleans()
)


@given(sessions)
def test_a_session_comes_back_as_it_was(saved: SavedSession) -> None:
    assert from_text(encoded(saved)) == saved


@pytest.mark.slow
@given(sessions, sessions)
def test_texts_that_are_kept_for_the_next_time_change_nothing(
    saved: SavedSession, later: SavedSession
) -> None:
    texts = EditTexts()
    assert to_text(saved, texts) == to_text(saved)
    assert to_text(later, texts) == to_text(later)
    assert to_text(saved, texts) == to_text(saved)


def long_session() -> SavedSession:
    """Return a session at the limit of undo, of a model of 18 layers."""
    session = Session(model_info_with(18))
    for i in range(UNDO_LIMIT + 5):
        session.change(with_psi(session.edit, i / 1000))
    return SavedSession(session.work)


def test_each_edit_is_written_once() -> None:
    edit = default_edit(18)
    other = with_psi(edit, 0.1)
    timeline = Timeline((Keyframe(edit), Keyframe(other)))
    steps = tuple(Step(e, timeline) for e in (edit, other, default_edit(18)) * 100)
    text = to_text(SavedSession(Work(steps[0], steps)))
    assert text.count('"sources"') == 2
    assert len(text) < 3 * 3000 + 300 * 20
    assert from_text(text.encode()).work.past == steps


def test_a_session_at_the_limit_of_undo_stays_small_and_comes_back() -> None:
    saved = long_session()
    text = encoded(saved)
    assert len(text) < 4e6
    assert from_text(text) == saved


def test_the_oldest_steps_give_way_where_a_file_would_grow_too_large(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    saved = long_session()
    monkeypatch.setattr(writing, "MAX_VALUES", 60_000)
    again = from_text(encoded(saved))
    kept = again.work.past
    assert 50 < len(kept) < 200
    assert kept == saved.work.past[-len(kept) :]
    assert again.work.step == saved.work.step


def test_vectors_are_kept_for_as_long_as_a_step_names_them() -> None:
    photo = Source(Stored(DIGEST))
    edit = replace(default_edit(10), sources=(photo, photo))
    session = Session(model_info_with(10))
    session.restore(edit, stored={DIGEST: VECTOR, vector_digest(VECTOR + 1): VECTOR + 1})
    session.change(default_edit(10))
    stored = from_text(encoded(SavedSession(session.work))).work.stored
    assert list(stored) == [DIGEST]
    assert (stored[DIGEST] == VECTOR).all()


def test_a_summary_is_read_without_the_rest(tmp_path: Path) -> None:
    session = Session(model_info_with(10))
    session.change_timeline(session.timeline.with_keyframe(session.edit))
    path = tmp_path / "a.session"
    path.write_bytes(encoded(SavedSession(session.work, SavedModel("/m", "m", "00"))))
    summary = read_summary(path)
    assert (summary.steps, summary.keyframes, summary.is_current) == (1, 1, True)
    assert summary.model == SavedModel("/m", "m", "00")
    assert summary.saved_at_s == pytest.approx(path.stat().st_mtime)


TEXT = encoded(SavedSession(Session(model_info_with(4)).work))
LINE, REST = TEXT.split(b"\n", 1)


@pytest.mark.parametrize("length", [0, 1, 40, len(LINE), len(LINE) + 30, len(TEXT) - 10])
def test_a_truncated_file_is_refused(tmp_path: Path, length: int) -> None:
    path = tmp_path / "cut.session"
    path.write_bytes(TEXT[:length])
    with pytest.raises(SessionError, match=r"^cut\.session "):
        read_session(path)


def changed(**fields: object) -> bytes:
    """Return a session of which some fields are something else."""
    return LINE + b"\n" + json.dumps({**json.loads(REST), **fields}).encode()


EDIT = json.loads(REST)["edits"][0]


@pytest.mark.parametrize(
    "text",
    [
        LINE.replace(b'"version":1', b'"version":2') + b"\n" + REST,
        changed(edits=[{**EDIT, "version": 2}]),
    ],
)
def test_a_session_of_a_later_version_is_told_from_a_damaged_one(text: bytes) -> None:
    with pytest.raises(NewerSession, match="of version 2, and this program reads up to version 1"):
        from_text(text, "It")


@pytest.mark.parametrize(
    "text",
    [
        b"\x89PNG\r\n\x1a\n" + bytes(100),
        b'{"format": "stylegan-explorer recipe", "version": 1}',
        b"[" * 100_000 + b"\n" + b"[" * 100_000,
        LINE.replace(b'"steps":0', b'"steps":' + b"9" * 5000) + b"\n" + REST,
        LINE + b"\n[]",
        LINE + b"\n" + REST.replace(b"0.7", b"NaN"),
        changed(step=[1, 0, 0, 0]),
        changed(step=[0, 0, 0, -1]),
        changed(step=[True, 0, 0, 0]),
        changed(step={}),
        changed(past=[[0, 0, 0, 0]] * (UNDO_LIMIT + 1)),
        changed(edits=[]),
        changed(edits=[{**EDIT, "psi": 1e300}]),
        changed(shapes=[[[4, 4, 8], 0, False]]),
        changed(shapes=[[[0, 4, 8, 8], 0, False]]),
        changed(timelines=[{"loop": True, "keyframes": [[7, 1, "smooth"]]}]),
        changed(timelines=[{"loop": True, "keyframes": [[0, 1, "sudden"]]}]),
        changed(timelines=[{"loop": True, "keyframes": [[0, 0, "smooth"]]}]),
        changed(window=[0, 0, 1e9, 5]),
        changed(stored={"00": {"shape": [10**9], "float32": ""}}),
        changed(view={**json.loads(REST)["view"], "rate": "fast"}),
        changed(view={**json.loads(REST)["view"], "flowing": [[1]]}),
        changed(view={**json.loads(REST)["view"], "centre": [0.5]}),
        changed(locked_noise=[[-1], [4]]),
        changed(more=1),
    ],
)
def test_a_damaged_or_hostile_file_is_refused_in_one_sentence(text: bytes) -> None:
    with pytest.raises(SessionError) as caught:
        from_text(text, "It")
    message = str(caught.value)
    assert message.startswith("It ")
    assert len(message) < 300
    assert "\n" not in message


@settings(max_examples=200)
@given(st.integers(0, len(TEXT) - 1), st.binary(min_size=1, max_size=4))
def test_a_file_with_other_bytes_is_a_session_or_refused(place: int, new: bytes) -> None:
    try:
        from_text(TEXT[:place] + new + TEXT[place + len(new) :])
    except SessionError:
        return


def test_a_model_may_have_any_name_and_hash() -> None:
    """Both come from its file."""
    odd = replace(model_info_with(4), name="\ud800" * 5000, digest="x" * 5000)
    saved = SavedSession(Session(odd).work, SavedModel.of(odd))
    assert from_text(encoded(saved)) == saved


def test_a_reset_without_a_model_can_be_saved() -> None:
    session = Session()
    session.take(Session(model_info_with(18)).work)
    session.reset()
    saved = SavedSession(session.work)
    assert from_text(encoded(saved)) == saved
    session.undo()
    assert session.edit.num_layers == 18


def test_an_edit_of_one_source_gets_a_second_one() -> None:
    """The window mixes two; a file of another tool may hold one."""
    lone: Edit = default_edit(4, seeds=(5,))
    again = from_text(encoded(SavedSession(Work(Step(lone, Timeline())))))
    assert len(again.work.step.edit.sources) == 2
