"""The JSON form of a timeline: plain values, read strictly."""

from __future__ import annotations

from typing import Any

from explorer.edit.edit_json import from_json, to_json
from explorer.edit.fields import Fields, FormatError, value_errors_at
from explorer.edit.timeline import DEFAULT_DURATION_S, EASINGS, Keyframe, Timeline

MAX_KEYFRAMES = 10_000


def timeline_to_json(timeline: Timeline) -> dict[str, Any]:
    """Return a timeline as plain JSON values; `timeline_from_json` is the inverse."""
    return {
        "loop": timeline.loop,
        "keyframes": [
            {"duration_s": k.duration_s, "easing": k.easing, "edit": to_json(k.edit)}
            for k in timeline.keyframes
        ],
    }


def timeline_from_json(data: object, where: str = "timeline") -> Timeline:
    """Return the timeline that `timeline_to_json` wrote. Raises `FormatError`.

    `where` names the value in messages.
    """
    fields = Fields(data, where)
    loop = fields.flag("loop", True)
    keyframes = tuple(_keyframe(*item) for item in fields.items("keyframes", MAX_KEYFRAMES))
    fields.done()
    if len({keyframe.edit.num_layers for keyframe in keyframes}) > 1:
        raise FormatError(f"the keyframes of {where} differ in their number of layers")
    return Timeline(keyframes, loop)


def _keyframe(data: object, where: str) -> Keyframe:
    fields = Fields(data, where)
    duration_s = fields.number("duration_s", DEFAULT_DURATION_S)
    name = fields.text("easing", "smooth", EASINGS)
    edit = from_json(fields.raw("edit"), f"{where}.edit")
    fields.done()
    easing = next(easing for easing in EASINGS if easing == name)
    with value_errors_at(where):
        return Keyframe(edit, duration_s, easing)
