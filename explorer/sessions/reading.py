"""Read session files, strictly; `writing` has their format. No torch."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, TypeVar

from explorer.edit.edit import Edit
from explorer.edit.edit_json import MAX_CLASSES, MAX_LAYERS, MAX_SOURCES, from_json
from explorer.edit.fields import Fields, FormatError, NewerVersion, value_errors_at
from explorer.edit.model_info import EditShape
from explorer.edit.ops import with_two_sources
from explorer.edit.session import UNDO_LIMIT
from explorer.edit.step import LockedNoise, Step, Work
from explorer.edit.timeline import EASINGS, Keyframe, Timeline
from explorer.edit.timeline_json import MAX_KEYFRAMES, checked_timeline, flow_from_json
from explorer.export.recipe_json import vectors_from_json
from explorer.sessions.saved import SavedModel, SavedSession, SavedView, WindowPlace
from stylegan_core.errors import UserError
from stylegan_core.json_text import parsed_json

FORMAT: Final = "stylegan-explorer session"
VERSION: Final = 1
MAX_VALUES: Final = 1_500_000
"""JSON values of a session file. The oldest steps are left out where it would hold more."""

_MAX_BYTES: Final = 128_000_000
_MAX_SUMMARY: Final = 200_000
_MAX_STEPS: Final = 2 * UNDO_LIMIT + 1
_MAX_EDITS: Final = 100_000
_MAX_PATH: Final = 32_768
_MAX_PIXELS: Final = 100_000
_MIN_RATE: Final = 0.001
_MAX_RATE: Final = 100.0

T = TypeVar("T")


class SessionError(UserError):
    """A file that does not hold a session; the message says what is wrong with it."""


class NewerSession(SessionError):
    """A session of a later version of the program, which this one leaves alone."""


@dataclass(frozen=True)
class Summary:
    """The facts about a session that a list shows, read without the rest of the file."""

    is_current: bool
    model: SavedModel | None
    steps: int
    keyframes: int
    saved_at_s: float = 0.0  # seconds since 1970


def read_summary(path: Path) -> Summary:
    """Return the summary of a session file. Raises `SessionError` and `OSError`."""
    with path.open("rb") as file:
        summary = _summary(file.readline(_MAX_SUMMARY), path.name)
        return replace(summary, saved_at_s=os.fstat(file.fileno()).st_mtime)


def read_session(path: Path) -> SavedSession:
    """Return the session in a file. Raises `SessionError` and `OSError`."""
    with path.open("rb") as file:
        content = file.read(_MAX_BYTES + 1)
    if len(content) > _MAX_BYTES:
        raise SessionError(f"{path.name} is too large for a session.")
    return from_text(content, path.name)


def from_text(text: bytes, name: str = "The session") -> SavedSession:
    """Return the session that `to_text` wrote. Raises `SessionError`, which begins with `name`."""
    first, _, rest = text.partition(b"\n")
    summary = _summary(first, name)
    with _session_errors(name):
        return _session_from(_fields(rest), summary)


def _summary(line: bytes, name: str) -> Summary:
    with _session_errors(name):
        fields = _fields(line)
        fields.check_format(FORMAT, VERSION)
        model = fields.raw("model")
        summary = Summary(
            fields.flag("is_current"),
            None if model is None else _model(model),
            fields.integer("steps"),
            fields.integer("keyframes"),
        )
        fields.done()
        return summary


@contextmanager
def _session_errors(name: str) -> Iterator[None]:
    """Turn errors in what a file holds into a `SessionError` that names the file."""
    try:
        yield
    except FormatError as error:
        kind = NewerSession if isinstance(error, NewerVersion) else SessionError
        raise kind(f"{name} cannot be used: {error}.") from None
    except ValueError as error:
        raise SessionError(f"{name} is damaged, or is not a session: {error}.") from None


def _fields(text: bytes) -> Fields:
    return Fields(parsed_json(text, MAX_VALUES, is_strict=True), "session")


def _session_from(fields: Fields, summary: Summary) -> SavedSession:
    edits = [with_two_sources(from_json(*item)) for item in fields.items("edits", _MAX_EDITS)]
    timelines = [_timeline(*item, edits) for item in fields.items("timelines", _MAX_STEPS)]
    shapes = [_shape(*item) for item in fields.items("shapes", _MAX_STEPS)]
    steps = _StepReader(edits, timelines, shapes)
    work = Work(
        steps.read(fields.raw("step"), "session.step"),
        tuple(steps.read(*item) for item in fields.items("past", UNDO_LIMIT)),
        tuple(steps.read(*item) for item in fields.items("future", UNDO_LIMIT)),
        vectors_from_json(fields.raw("stored")),
        frozenset(_integers(fields.items("locked_sources", MAX_SOURCES), MAX_SOURCES)),
        _locked_noise(fields.raw("locked_noise"), "session.locked_noise"),
    )
    view, window = _view(fields.raw("view")), fields.raw("window")
    fields.done()
    place = None if window is None else _place(window)
    return SavedSession(work, summary.model, view, place, summary.is_current)


class _StepReader:
    """Turns the numbers that stand for a step into the step."""

    def __init__(
        self, edits: Sequence[Edit], timelines: Sequence[Timeline], shapes: Sequence[EditShape]
    ) -> None:
        self._edits = edits
        self._timelines = timelines
        self._shapes = shapes

    def read(self, data: object, where: str) -> Step:
        """Return a step. Raises `FormatError` if its parts do not exist or do not fit."""
        edit, timeline, edit_shape, timeline_shape = _exactly(data, 4, where)
        step = Step(
            _one_of(self._edits, edit, where),
            _one_of(self._timelines, timeline, where),
            _one_of(self._shapes, edit_shape, where),
            _one_of(self._shapes, timeline_shape, where),
        )
        keyframes = step.timeline.keyframes
        fit = _fits(step.edit, step.edit_shape) and all(
            _fits(keyframe.edit, step.timeline_shape) for keyframe in keyframes[:1]
        )
        if not fit:
            raise FormatError(f"{where} has a shape that its edit does not have")
        return step


def _fits(edit: Edit, shape: EditShape) -> bool:
    return len(shape.resolutions) in (0, edit.num_layers)


def _timeline(data: object, where: str, edits: Sequence[Edit]) -> Timeline:
    fields = Fields(data, where)
    loop, flow = fields.flag("loop"), flow_from_json(fields, where)
    keyframes = tuple(
        _keyframe(item, place, edits) for item, place in fields.items("keyframes", MAX_KEYFRAMES)
    )
    fields.done()
    return checked_timeline(keyframes, loop, flow, where)


def _keyframe(data: object, where: str, edits: Sequence[Edit]) -> Keyframe:
    number, duration_s, name = _exactly(data, 3, where)
    fields = Fields({"duration_s": duration_s, "easing": name}, where)
    fields.text("easing", choices=EASINGS)
    easing = next(easing for easing in EASINGS if easing == name)
    with value_errors_at(where):
        return Keyframe(_one_of(edits, number, where), fields.number("duration_s"), easing)


def _shape(data: object, where: str) -> EditShape:
    resolutions, class_count, has_transform = _exactly(data, 3, where)
    fields = Fields({"resolutions": resolutions, "classes": class_count}, where)
    if not isinstance(has_transform, bool):
        raise FormatError(f"{where} should end with true or false")
    classes = fields.integer("classes", high=MAX_CLASSES)
    return EditShape(_resolutions(fields), classes, has_transform)


def _locked_noise(data: object, where: str) -> LockedNoise:
    layers, resolutions = _exactly(data, 2, where)
    fields = Fields({"layers": layers, "resolutions": resolutions}, where)
    return LockedNoise(
        frozenset(_integers(fields.items("layers", MAX_LAYERS), MAX_LAYERS)),
        _resolutions(fields),
    )


def _model(data: object) -> SavedModel:
    fields = Fields(data, "session.model")
    path = fields.text("path", max_length=_MAX_PATH)
    model = SavedModel(path, fields.text("name"), fields.text("content_hash"))
    fields.done()
    return model


def _place(data: object) -> WindowPlace:
    numbers = [
        Fields({"number": n}, "session.window").integer("number", low=-_MAX_PIXELS)
        for n in _exactly(data, 4, "session.window")
    ]
    return WindowPlace(*numbers)


def _view(data: object) -> SavedView:
    fields = Fields(data, "session.view")
    view = SavedView(tab=fields.text("tab"), zoom=fields.number("zoom"))
    centre = fields.numbers("centre", 2)
    if len(centre) != 2:
        raise FormatError("session.view.centre should be two numbers")
    playhead_s = _optional(fields, "playhead_s")
    view = replace(
        view,
        centre=(centre[0], centre[1]),
        keyframe=_optional_keyframe(fields, "keyframe"),
        edited_keyframe=_optional_keyframe(fields, "edited_keyframe"),
        auto_key=fields.flag("auto_key"),
        playhead_s=None if playhead_s is None else abs(playhead_s.number("playhead_s", limit=1e9)),
        open_blocks=tuple(_integers(fields.items("open_blocks", MAX_LAYERS), 10**6)),
        rate=_possible_rate(fields.number("rate")),
        rates=tuple(_speed(*item) for item in fields.items("rates", MAX_LAYERS)),
        flowing=tuple(_speed(*item) for item in fields.items("flowing", MAX_LAYERS)),
    )
    fields.done()
    return view


def _optional(fields: Fields, name: str) -> Fields | None:
    """Return the field alone, or None if it is null."""
    value = fields.raw(name)
    return None if value is None else Fields({name: value}, "session.view")


def _optional_keyframe(fields: Fields, name: str) -> int | None:
    alone = _optional(fields, name)
    return None if alone is None else alone.integer(name, high=MAX_KEYFRAMES)


def _speed(data: object, where: str) -> tuple[int, float]:
    number, rate = _exactly(data, 2, where)
    fields = Fields({"of": number, "rate": rate}, where)
    return fields.integer("of"), _possible_rate(fields.number("rate"))


def _possible_rate(rate: float) -> float:
    """Return the nearest speed at which noise can flow."""
    return min(max(rate, _MIN_RATE), _MAX_RATE)


def _resolutions(fields: Fields) -> tuple[int, ...]:
    return tuple(_integers(fields.items("resolutions", MAX_LAYERS), 10**6, low=1))


def _integers(items: Iterable[tuple[object, str]], high: int, low: int = 0) -> Iterator[int]:
    return (Fields({"it": item}, where).integer("it", low=low, high=high) for item, where in items)


def _exactly(data: object, count: int, where: str) -> list[Any]:
    """Return a list that has exactly `count` values."""
    if not isinstance(data, list) or len(data) != count:
        raise FormatError(f"{where} should be a list of {count}")
    return data


def _one_of(values: Sequence[T], number: object, where: str) -> T:
    """Return the value with that number."""
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number < len(values):
        raise FormatError(f"{where} refers to a part that is not there")
    return values[number]
