"""Which keyframe of a timeline is meant: the one at a moment, of an edit, or that has changed."""

from __future__ import annotations

from explorer.edit.edit import Edit
from explorer.edit.timeline import MIN_DURATION_S, Timeline


def keyframe_at(timeline: Timeline, t_s: float) -> int | None:
    """Return the index of the keyframe at a moment; a loop ends at its first one."""
    starts = timeline.start_times
    if timeline.loop and starts and abs(t_s - timeline.duration_s) < MIN_DURATION_S:
        return 0
    return next((i for i, s in enumerate(starts) if abs(s - t_s) < MIN_DURATION_S), None)


def keyframe_of(timeline: Timeline, edit: Edit, preferred: int | None = None) -> int | None:
    """Return the index of a keyframe of an edit, the preferred one if several are."""
    indices = [i for i, keyframe in enumerate(timeline.keyframes) if keyframe.edit == edit]
    return preferred if preferred in indices else next(iter(indices), None)


def changed_keyframe(before: Timeline, after: Timeline) -> int | None:
    """Return the index of the first keyframe that came, went or has another edit; None for none.

    Where the last one went, it is the index of the new last one.
    """
    old, new = before.keyframes, after.keyframes
    first = _first_difference(before, after)
    if first == len(old) == len(new) or not new:
        return None
    return min(first, len(new) - 1)


def index_after(before: Timeline, after: Timeline, index: int | None) -> int | None:
    """Return where a keyframe stands after others came or went; None if it went itself."""
    added = len(after.keyframes) - len(before.keyframes)
    first = _first_difference(before, after)
    if index is None or index < first:
        return index
    return None if first <= index < first - added else index + added


def _first_difference(before: Timeline, after: Timeline) -> int:
    """Return how many keyframes at the start have the same edits."""
    pairs = zip(before.keyframes, after.keyframes, strict=False)
    count = min(len(before.keyframes), len(after.keyframes))
    return next((i for i, (a, b) in enumerate(pairs) if a.edit != b.edit), count)


def with_edit_at(timeline: Timeline, edit: Edit, t_s: float) -> Timeline:
    """Give the moment a keyframe of an edit: the one that is there, or a new one."""
    is_end_of_loop = timeline.loop and t_s >= timeline.duration_s
    return timeline.with_keyframe(edit, 0.0 if is_end_of_loop else t_s)
