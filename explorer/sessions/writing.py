"""The text of a session file. No torch.

The first line is a summary, which lists of sessions read alone; the second part is the rest.
Hundreds of steps share their edits and timelines, so each of these is written once, and steps refer
to them by number.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from explorer.edit.model_info import EditShape
from explorer.edit.step import Step
from explorer.edit.timeline import Timeline
from explorer.edit.timeline_json import flow_to_json
from explorer.export.recipe_json import vectors_to_json
from explorer.sessions.edit_texts import EditTexts
from explorer.sessions.reading import FORMAT, MAX_VALUES, VERSION
from explorer.sessions.saved import SavedModel, SavedSession, SavedView, WindowPlace


def to_text(saved: SavedSession, texts: EditTexts | None = None) -> str:
    """Return a session as ASCII JSON; `from_text` is the inverse.

    `texts` keeps the texts of edits from one call to the next.
    """
    texts = EditTexts() if texts is None else texts
    texts.begin()
    work = saved.work
    steps = _Steps(texts)
    current = steps.add(work.step)
    future = [steps.add(step) for step in reversed(work.future)]  # the next one first
    past = [steps.add(step) for step in _newest_that_fit(work.past, texts)]  # the newest first
    summary = {
        "format": FORMAT,
        "version": VERSION,
        "is_current": saved.is_current,
        "model": None if saved.model is None else _model_to_json(saved.model),
        "steps": len(work.past) + len(work.future),
        "keyframes": len(work.step.timeline.keyframes),
    }
    rest = {
        "window": None if saved.window is None else _place_to_json(saved.window),
        "view": _view_to_json(saved.view),
        "locked_sources": sorted(work.locked_sources),
        "locked_noise": [sorted(work.locked_noise.layers), list(work.locked_noise.resolutions)],
        "step": current,
        "past": past[::-1],
        "future": future[::-1],
        "shapes": [_shape_to_json(shape) for shape in steps.shapes],
        "timelines": steps.timelines,
        "stored": vectors_to_json(texts.used_of(work.stored)),
    }
    return f'{_dumped(summary)}\n{_dumped(rest)[:-1]},\n"edits":[\n{texts.joined()}\n]}}\n'


def _dumped(data: Mapping[str, Any]) -> str:
    return json.dumps(data, separators=(",", ":"), allow_nan=False)


class _Steps:
    """Numbers the timelines and shapes of steps, as `EditTexts` numbers their edits."""

    def __init__(self, texts: EditTexts) -> None:
        self.shapes: list[EditShape] = []
        self.timelines: list[dict[str, Any]] = []
        self._texts = texts
        self._numbers: dict[int, int] = {}  # of timelines, by identity

    def add(self, step: Step) -> list[int]:
        """Return the numbers that stand for a step."""
        return [
            self._texts.number(step.edit),
            self._timeline(step.timeline),
            self._shape(step.edit_shape),
            self._shape(step.timeline_shape),
        ]

    def _timeline(self, timeline: Timeline) -> int:
        number = self._numbers.get(id(timeline))
        if number is None:
            number = self._numbers[id(timeline)] = len(self.timelines)
            keyframes = [
                [self._texts.number(k.edit), k.duration_s, k.easing] for k in timeline.keyframes
            ]
            flow = flow_to_json(timeline.flow)
            self.timelines.append({"loop": timeline.loop, **flow, "keyframes": keyframes})
        return number

    def _shape(self, shape: EditShape) -> int:
        if shape not in self.shapes:
            self.shapes.append(shape)
        return self.shapes.index(shape)


def _newest_that_fit(past: Sequence[Step], texts: EditTexts) -> Iterator[Step]:
    """Yield past steps, the newest first, for as long as the file may hold their values."""
    counted: set[int] = set()  # edits and timelines, by identity
    values = 0
    for step in reversed(past):
        keyframes = step.timeline.keyframes if id(step.timeline) not in counted else ()
        edits = {id(e): e for e in (step.edit, *(k.edit for k in keyframes))}
        new = [edit for key, edit in edits.items() if key not in counted]
        counted |= edits.keys() | {id(step.timeline)}
        values += 5 + 4 * len(keyframes) + sum(map(texts.values_of, new))
        if values > MAX_VALUES // 2:
            return
        yield step


def _model_to_json(model: SavedModel) -> dict[str, Any]:
    return {"path": model.path, "name": model.name, "content_hash": model.digest}


def _place_to_json(place: WindowPlace) -> list[int]:
    return [place.left, place.top, place.width, place.height]


def _shape_to_json(shape: EditShape) -> list[Any]:
    return [list(shape.resolutions), shape.class_count, shape.has_transform]


def _view_to_json(view: SavedView) -> dict[str, Any]:
    return {
        "tab": view.tab,
        "zoom": view.zoom,
        "centre": list(view.centre),
        "keyframe": view.keyframe,
        "edited_keyframe": view.edited_keyframe,
        "auto_key": view.auto_key,
        "playhead_s": view.playhead_s,
        "open_blocks": list(view.open_blocks),
        "rate": view.rate,
        "rates": [list(pair) for pair in view.rates],
        "flowing": [list(pair) for pair in view.flowing],
    }
