"""A journey through edits: keyframes, how each eases into the next, and the exact frames."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Literal, get_args

from explorer.edit.edit import Edit
from explorer.edit.edit_json import from_json, to_json
from explorer.edit.fields import Fields, FormatError, naming
from explorer.edit.interpolate import interpolate

__all__ = ["EASINGS", "Easing", "Keyframe", "Timeline", "ease", "interpolate"]

Easing = Literal["linear", "smooth", "ease in", "ease out", "hold"]
EASINGS: tuple[Easing, ...] = get_args(Easing)

MAX_KEYFRAMES = 10_000
MAX_DURATION_S = 86_400.0
MIN_DURATION_S = 0.01
DEFAULT_DURATION_S = 2.0


def ease(easing: Easing, t: float) -> float:
    """How far the picture has gone when the share t of a segment's time has passed; 0..1 -> 0..1.

    "hold" stays at the start until the next keyframe.
    """
    if easing == "linear":
        return t
    if easing == "smooth":
        return t * t * (3.0 - 2.0 * t)
    if easing == "ease in":
        return t * t
    if easing == "ease out":
        return t * (2.0 - t)
    return 0.0


@dataclass(frozen=True)
class Keyframe:
    """An edit, the seconds from it to the next keyframe, and the easing of that way.

    The last keyframe's duration counts only in a loop, where it leads back to the first.
    """

    edit: Edit
    duration_s: float = DEFAULT_DURATION_S
    easing: Easing = "smooth"

    def __post_init__(self) -> None:
        if not MIN_DURATION_S <= self.duration_s <= MAX_DURATION_S:
            raise ValueError(
                f"a keyframe lasts from {MIN_DURATION_S} s to {MAX_DURATION_S:g} s, "
                f"not {self.duration_s:g} s"
            )


@dataclass(frozen=True)
class Timeline:
    """Keyframes in order. Every method that changes something returns a new timeline."""

    keyframes: tuple[Keyframe, ...] = ()
    loop: bool = True

    @property
    def duration_s(self) -> float:
        """Seconds of the whole journey; without a loop it ends at the last keyframe."""
        return float(self._exact_duration)

    @property
    def start_times(self) -> tuple[float, ...]:
        """When each keyframe is reached, in seconds."""
        return tuple(map(float, self._exact_starts))

    @property
    def _exact_starts(self) -> tuple[Fraction, ...]:
        starts = [Fraction(0)]
        for keyframe in self.keyframes:
            starts.append(starts[-1] + _exact(keyframe.duration_s))
        return tuple(starts[: len(self.keyframes)])

    @property
    def _exact_duration(self) -> Fraction:
        if not self.keyframes:
            return Fraction(0)
        last = _exact(self.keyframes[-1].duration_s) if self.loop else Fraction(0)
        return self._exact_starts[-1] + last

    def at(self, t_s: float | Fraction) -> Edit:
        """The edit at a time in seconds: past the end the last one, or round again in a loop.

        Raises ValueError when there is no keyframe.
        """
        if not self.keyframes:
            raise ValueError("the timeline has no keyframe")
        index, share = self._place(t_s)
        here = self.keyframes[index]
        following = self.keyframes[(index + 1) % len(self.keyframes)]
        return interpolate(here.edit, following.edit, ease(here.easing, share))

    def _place(self, t_s: float | Fraction) -> tuple[int, float]:
        """The segment at a time, and the share of it that has passed."""
        t, total = _exact(t_s), self._exact_duration
        if self.loop:
            t %= total
        elif t >= total:
            return len(self.keyframes) - 1, 0.0
        starts = self._exact_starts
        index = max((i for i, start in enumerate(starts) if start <= t), default=0)
        share = (t - starts[index]) / _exact(self.keyframes[index].duration_s)
        return index, float(max(share, Fraction(0)))

    def frame_count(self, fps: Fraction) -> int:
        """Frames of the whole journey at a rate: at least one; a loop's last is not its first."""
        return max(1, math.floor(self._exact_duration * fps + Fraction(1, 2)))

    def frame_times(self, fps: Fraction) -> Iterator[Fraction]:
        """The exact time of each frame, in equal steps; without a loop the last one shows the end.

        Steps are 1 / fps in a loop that lasts a whole number of frames. Any other journey is
        stretched a little: a loop so that it closes, a way so that it ends at its last keyframe.
        """
        count, end = self.frame_count(fps), self._exact_duration
        steps = count if self.loop else max(1, count - 1)
        return (i * end / steps for i in range(count))

    def with_keyframe(
        self,
        edit: Edit,
        t_s: float | None = None,
        duration_s: float = DEFAULT_DURATION_S,
        easing: Easing = "smooth",
    ) -> Timeline:
        """Append a keyframe, or put it in at a time, where the others keep their times.

        Without a time the last keyframe's duration leads to the new one. At the time of an existing
        keyframe the new one replaces it.
        """
        keyframes, starts = self.keyframes, self.start_times
        if t_s is None or not keyframes:
            return self._changed((*keyframes, Keyframe(edit, duration_s, easing)))
        for i, start in enumerate(starts):
            if abs(start - t_s) < MIN_DURATION_S:
                return self.replaced(i, edit=edit)
        index = max((i for i, start in enumerate(starts) if start < t_s), default=0)
        before, end = keyframes[index], starts[index] + keyframes[index].duration_s
        gap = _lasting(t_s - starts[index])
        rest = end - t_s
        if index + 1 == len(keyframes) and (not self.loop or rest < MIN_DURATION_S):
            rest = duration_s
        new = Keyframe(edit, _lasting(rest), easing)
        head = (*keyframes[:index], replace(before, duration_s=gap), new)
        return self._changed(head + keyframes[index + 1 :])

    def without_keyframe(self, index: int) -> Timeline:
        """Remove a keyframe; the one before it now lasts until the one after it."""
        keyframes = list(self.keyframes)
        gone = keyframes.pop(index)
        if 0 < index < len(self.keyframes) - 1 or (self.loop and index > 0):
            before = keyframes[index - 1]
            duration_s = _lasting(before.duration_s + gone.duration_s)
            keyframes[index - 1] = replace(before, duration_s=duration_s)
        return self._changed(tuple(keyframes))

    def moved(self, index: int, t_s: float) -> Timeline:
        """Move a keyframe in time, between its neighbours; the first one stays at 0."""
        if index == 0:
            return self
        starts, keyframes = self.start_times, list(self.keyframes)
        last = index + 1 == len(keyframes)
        end = starts[index] + keyframes[index].duration_s
        limit = end - MIN_DURATION_S if self.loop or not last else MAX_DURATION_S
        t_s = max(starts[index - 1] + MIN_DURATION_S, min(t_s, limit))
        gap = _lasting(t_s - starts[index - 1])
        keyframes[index - 1] = replace(keyframes[index - 1], duration_s=gap)
        if self.loop or not last:
            keyframes[index] = replace(keyframes[index], duration_s=_lasting(end - t_s))
        return self._changed(tuple(keyframes))

    def replaced(
        self,
        index: int,
        edit: Edit | None = None,
        duration_s: float | None = None,
        easing: Easing | None = None,
    ) -> Timeline:
        """Change parts of one keyframe; a new duration shifts everything after it."""
        old = self.keyframes[index]
        new = Keyframe(
            old.edit if edit is None else edit,
            old.duration_s if duration_s is None else duration_s,
            old.easing if easing is None else easing,
        )
        return self._changed((*self.keyframes[:index], new, *self.keyframes[index + 1 :]))

    def _changed(self, keyframes: tuple[Keyframe, ...]) -> Timeline:
        return replace(self, keyframes=keyframes)


def timeline_to_json(timeline: Timeline) -> dict[str, Any]:
    """The timeline as plain JSON values; `timeline_from_json` reads it back equal."""
    return {
        "loop": timeline.loop,
        "keyframes": [
            {"duration_s": k.duration_s, "easing": k.easing, "edit": to_json(k.edit)}
            for k in timeline.keyframes
        ],
    }


def timeline_from_json(data: object, where: str = "timeline") -> Timeline:
    """The timeline that `timeline_to_json` wrote. Raises FormatError naming the wrong field."""
    fields = Fields(data, where)
    loop = fields.flag("loop", True)
    keyframes = tuple(_keyframe(*item) for item in fields.items("keyframes", MAX_KEYFRAMES))
    fields.done()
    if len({keyframe.edit.num_layers for keyframe in keyframes}) > 1:
        raise FormatError(f"the keyframes of {where} are for models with different layers")
    return Timeline(keyframes, loop)


def _keyframe(data: object, where: str) -> Keyframe:
    fields = Fields(data, where)
    duration_s = fields.number("duration_s", DEFAULT_DURATION_S)
    name = fields.text("easing", "smooth", EASINGS)
    edit = from_json(fields.raw("edit"), f"{where}.edit")
    fields.done()
    easing = next(easing for easing in EASINGS if easing == name)
    with naming(where):
        return Keyframe(edit, duration_s, easing)


def _lasting(seconds: float) -> float:
    """The nearest duration that a keyframe may have."""
    return max(MIN_DURATION_S, min(seconds, MAX_DURATION_S))


def _exact(seconds: float | Fraction) -> Fraction:
    """The decimal number a person meant: 0.1 is a tenth, so that frame counts come out whole."""
    return (
        seconds if isinstance(seconds, Fraction) else Fraction(seconds).limit_denominator(1_000_000)
    )
