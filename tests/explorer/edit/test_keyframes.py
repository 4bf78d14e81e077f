"""Which keyframe is meant: at a moment, of an edit, changed between two timelines."""

from __future__ import annotations

from dataclasses import replace

import pytest

from explorer.edit.edit import Edit, default_edit
from explorer.edit.keyframes import (
    changed_keyframe,
    index_after,
    keyframe_at,
    keyframe_of,
    with_edit_at,
)
from explorer.edit.ops import with_psi
from explorer.edit.timeline import Keyframe, Timeline


def at_psi(psi: float) -> Edit:
    return with_psi(default_edit(4), psi)


def timeline_of(*psis: float, loop: bool = True) -> Timeline:
    return Timeline(tuple(Keyframe(at_psi(psi), 1.0) for psi in psis), loop)


@pytest.mark.parametrize("loop", [True, False])
def test_the_keyframe_at_a_moment(loop: bool) -> None:
    timeline = timeline_of(0.1, 0.2, 0.3, loop=loop)
    assert [keyframe_at(timeline, t) for t in (0.0, 0.5, 1.0, 1.005, 2.0)] == [0, None, 1, 1, 2]
    assert keyframe_at(timeline, timeline.duration_s) == (0 if loop else 2)
    assert keyframe_at(Timeline(), 0.0) is None


def test_the_keyframe_of_an_edit() -> None:
    timeline = timeline_of(0.1, 0.2, 0.1)
    assert keyframe_of(timeline, at_psi(0.1)) == 0
    assert keyframe_of(timeline, at_psi(0.1), preferred=2) == 2
    assert keyframe_of(timeline, at_psi(0.1), preferred=1) == 0
    assert keyframe_of(timeline, at_psi(0.9)) is None


def test_what_changed_between_two_timelines() -> None:
    three = timeline_of(0.1, 0.2, 0.3)
    assert changed_keyframe(three, three.without_keyframe(1)) == 1
    assert changed_keyframe(three, three.without_keyframe(2)) == 1, "the new last one"
    assert changed_keyframe(three.without_keyframe(1), three) == 1
    assert changed_keyframe(three, three.replaced(2, edit=at_psi(0.7))) == 2
    assert changed_keyframe(three, three.moved(1, 1.5)) is None
    assert changed_keyframe(three, replace(three, loop=False)) is None
    assert changed_keyframe(timeline_of(0.1), Timeline()) is None


def test_where_a_keyframe_stands_after_others_came_or_went() -> None:
    three = timeline_of(0.1, 0.2, 0.3)
    two = three.without_keyframe(1)
    assert [index_after(three, two, i) for i in (0, 1, 2, None)] == [0, None, 1, None]
    assert [index_after(two, three, i) for i in (0, 1)] == [0, 2]
    assert [index_after(three, three.with_keyframe(at_psi(0.9)), i) for i in range(3)] == [0, 1, 2]
    updated = three.replaced(1, edit=at_psi(0.9))
    assert [index_after(three, updated, i) for i in range(3)] == [0, 1, 2]
    assert index_after(timeline_of(0.1), Timeline(), 0) is None


def test_an_edit_at_a_moment_is_a_new_keyframe_or_another_picture_of_the_one_there() -> None:
    two, edit = timeline_of(0.1, 0.2), at_psi(0.9)
    assert [k.edit.psi for k in with_edit_at(two, edit, 0.5).keyframes] == [0.1, 0.9, 0.2]
    assert with_edit_at(two, edit, 1.0) == two.replaced(1, edit=edit)
    assert with_edit_at(two, edit, 2.0) == two.replaced(0, edit=edit), "the end of a loop"
    line = replace(two, loop=False)
    assert with_edit_at(line, edit, 1.0) == line.replaced(1, edit=edit)
