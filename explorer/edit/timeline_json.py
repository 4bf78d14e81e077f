"""The JSON form of a timeline: plain values, read strictly."""

from __future__ import annotations

from typing import Any

from explorer.edit.edit_json import MAX_LAYERS, from_json, to_json
from explorer.edit.fields import Fields, FormatError, value_errors_at
from explorer.edit.flow import NoiseFlow
from explorer.edit.timeline import DEFAULT_DURATION_S, EASINGS, Keyframe, Timeline

MAX_KEYFRAMES = 10_000


def timeline_to_json(timeline: Timeline) -> dict[str, Any]:
    """Return a timeline as plain JSON values; `timeline_from_json` is the inverse."""
    return {
        "loop": timeline.loop,
        **flow_to_json(timeline.flow),
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
    flow = flow_from_json(fields, where)
    keyframes = tuple(_keyframe(*item) for item in fields.items("keyframes", MAX_KEYFRAMES))
    fields.done()
    return checked_timeline(keyframes, loop, flow, where)


def flow_to_json(flow: NoiseFlow | None) -> dict[str, Any]:
    """Return the field of a timeline that holds its flow; none if no noise flows."""
    return {} if flow is None else {"noise_rates": list(flow.rates)}


def flow_from_json(fields: Fields, where: str) -> NoiseFlow | None:
    """Return the flow in the fields of a timeline. Raises `FormatError`."""
    rates = fields.numbers("noise_rates", MAX_LAYERS, [])
    with value_errors_at(where):
        return NoiseFlow(rates) if rates else None


def checked_timeline(
    keyframes: tuple[Keyframe, ...], loop: bool, flow: NoiseFlow | None, where: str
) -> Timeline:
    """Return a timeline whose parts all have the same number of layers. Raises `FormatError`."""
    counts = {keyframe.edit.num_layers for keyframe in keyframes}
    if len(counts) > 1:
        raise FormatError(f"the keyframes of {where} differ in their number of layers")
    if flow is not None and counts != {len(flow.rates)}:
        raise FormatError(f"{where}.noise_rates does not have one rate per layer")
    return Timeline(keyframes, loop, flow)


def _keyframe(data: object, where: str) -> Keyframe:
    fields = Fields(data, where)
    duration_s = fields.number("duration_s", DEFAULT_DURATION_S)
    name = fields.text("easing", "smooth", EASINGS)
    edit = from_json(fields.raw("edit"), f"{where}.edit")
    fields.done()
    easing = next(easing for easing in EASINGS if easing == name)
    with value_errors_at(where):
        return Keyframe(edit, duration_s, easing)
