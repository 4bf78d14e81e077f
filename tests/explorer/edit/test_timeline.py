"""Timelines: exact frames, loops that close, easing, and keyframes added, moved and removed."""

import json
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.edit.edit import Edit, default_edit
from explorer.edit.fields import FormatError
from explorer.edit.ops import with_psi
from explorer.edit.timeline import EASINGS, Easing, Keyframe, Timeline, ease
from explorer.edit.timeline_json import timeline_from_json, timeline_to_json
from tests.explorer.strategies import timelines


def at_psi(psi: float) -> Edit:
    return with_psi(default_edit(4), psi)


simple_edits = st.floats(-1, 1).map(at_psi)


def timeline_of(*durations_s: float, loop: bool = False, easing: Easing = "linear") -> Timeline:
    keyframes = (Keyframe(at_psi(float(i)), d, easing) for i, d in enumerate(durations_s))
    return Timeline(tuple(keyframes), loop)


@given(timelines())
def test_json_gives_the_same_timeline_back(timeline: Timeline) -> None:
    assert timeline_from_json(json.loads(json.dumps(timeline_to_json(timeline)))) == timeline


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"duration_s": 0}, "a keyframe lasts"),
        ({"duration_s": -1}, "a keyframe lasts"),
        ({"easing": "bouncy"}, "one of ease in"),
        ({"edit": None}, "keyframes\\[0\\].edit should be an object"),
        ({"speed": 1}, "unknown field 'speed'"),
    ],
)
def test_a_wrong_keyframe_is_named(change: dict[str, object], message: str) -> None:
    data = timeline_to_json(timeline_of(1, 2))
    data["keyframes"][0] |= change
    with pytest.raises(FormatError, match=message):
        timeline_from_json(data)


def test_keyframes_must_have_the_same_number_of_layers() -> None:
    mixed = Timeline((Keyframe(default_edit(4)), Keyframe(default_edit(6))))
    with pytest.raises(FormatError, match="number of layers"):
        timeline_from_json(timeline_to_json(mixed))


@pytest.mark.parametrize("easing", EASINGS)
def test_easing_starts_at_0_and_never_goes_back(easing: Easing) -> None:
    steps = [ease(easing, t / 100) for t in range(101)]
    assert steps[0] == 0
    assert steps == sorted(steps)
    assert steps[-1] == (0 if easing == "hold" else 1)


def test_keyframes_are_reached_exactly() -> None:
    timeline = timeline_of(1, 0.5, 2)
    assert timeline.duration_s == 1.5
    assert [timeline.at(t).psi for t in (0, 0.5, 1, 1.25, 1.5, 9)] == [0, 0.5, 1, 1.5, 2, 2]
    assert [timeline.at(t) for t in timeline.start_times] == [k.edit for k in timeline.keyframes]


def test_hold_stays_until_the_next_keyframe() -> None:
    timeline = timeline_of(1, 1, easing="hold")
    assert [timeline.at(t).psi for t in (0, 0.99, 1)] == [0, 0, 1]
    assert [timeline.at(t).psi for t in timeline.frame_times(Fraction(4))] == [0, 0, 0, 1]


@given(
    timelines(simple_edits), st.sampled_from([Fraction(24), Fraction(30), Fraction(30000, 1001)])
)
def test_a_loop_closes_exactly(timeline: Timeline, fps: Fraction) -> None:
    timeline = replace(timeline, loop=True)
    times = list(timeline.frame_times(fps))
    assert len(times) == timeline.frame_count(fps)
    after_the_last = times[-1] + (times[1] - times[0] if len(times) > 1 else timeline.duration_s)
    assert timeline.at(after_the_last) == timeline.at(times[0]) == timeline.keyframes[0].edit


def test_frames_with_and_without_a_loop() -> None:
    loop, line = timeline_of(1, 1, loop=True), timeline_of(1, 1)
    assert [loop.frame_count(Fraction(30)), line.frame_count(Fraction(30))] == [60, 30]
    assert list(loop.frame_times(Fraction(30)))[7] == Fraction(7, 30)
    assert list(line.frame_times(Fraction(30)))[-1] == 1, "the last frame is the last keyframe"
    assert list(loop.frame_times(Fraction(30)))[59] == Fraction(59, 30)
    assert timeline_of(0.1, 0.2, loop=True).frame_count(Fraction(10)) == 3
    assert timeline_of(1).frame_count(Fraction(30)) == 1


@given(
    timelines(simple_edits), st.sampled_from([Fraction(10), Fraction(24), Fraction(30000, 1001)])
)
def test_without_a_loop_equal_steps_lead_from_start_to_end(
    timeline: Timeline, fps: Fraction
) -> None:
    timeline = replace(timeline, loop=False)
    times = list(timeline.frame_times(fps))
    assert len(times) == timeline.frame_count(fps)
    assert times[0] == 0
    assert len({after - before for before, after in pairwise(times)}) <= 1
    assert len(times) == 1 or timeline.at(times[-1]) == timeline.keyframes[-1].edit


def test_a_timeline_at_another_rate_shows_the_same_moments() -> None:
    timeline = timeline_of(1, 1, loop=True)
    slow = [timeline.at(t) for t in timeline.frame_times(Fraction(10))]
    fast = [timeline.at(t) for t in timeline.frame_times(Fraction(30))]
    assert slow == fast[::3]


def test_an_empty_timeline_has_no_edit() -> None:
    assert Timeline().duration_s == 0
    with pytest.raises(ValueError, match="no keyframe"):
        Timeline().at(0)


def test_an_inserted_keyframe_keeps_the_times_of_the_others() -> None:
    timeline = timeline_of(1, 2, 1, loop=True).with_keyframe(at_psi(9), 1.5)
    assert timeline.start_times == (0, 1, 1.5, 3)
    assert timeline.duration_s == 4
    assert timeline.at(1.5).psi == 9


def test_a_keyframe_is_appended_or_replaces_another() -> None:
    assert timeline_of(1, 2).with_keyframe(at_psi(9)).start_times == (0, 1, 3)
    assert timeline_of(1, 2).with_keyframe(at_psi(9), 5).start_times == (0, 1, 5)
    replaced = timeline_of(1, 2).with_keyframe(at_psi(9), 1)
    assert [k.edit.psi for k in replaced.keyframes] == [0, 9]


def test_removing_a_keyframe_keeps_the_times_of_the_others() -> None:
    assert timeline_of(1, 2, 3).without_keyframe(1).start_times == (0, 3)
    assert timeline_of(1, 2, 3, loop=True).without_keyframe(2).duration_s == 6
    assert timeline_of(1, 2, 3).without_keyframe(0).start_times == (0, 2)


def test_a_moved_keyframe_stays_between_its_neighbours() -> None:
    timeline = timeline_of(1, 2, 3)
    assert timeline.moved(1, 2.5).start_times == (0, 2.5, 3)
    assert timeline.moved(2, 7).start_times == (0, 1, 7)
    assert timeline.moved(0, 5) == timeline
    assert timeline.moved(1, 99).start_times == (0, 2.99, 3)
    looped = replace(timeline, loop=True).moved(2, 4)
    assert (looped.start_times, looped.duration_s) == ((0, 1, 4), 6)


@given(timelines(simple_edits), st.floats(0, 20), st.integers(0, 9))
def test_edited_timelines_have_increasing_times(timeline: Timeline, t_s: float, index: int) -> None:
    index %= len(timeline.keyframes)
    for changed in (timeline.with_keyframe(at_psi(1), t_s), timeline.moved(index, t_s)):
        starts = changed.start_times
        assert list(starts) == sorted(set(starts))
