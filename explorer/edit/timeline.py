"""Timelines: keyframes, how each eases into the next, and the exact times of frames."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal, get_args

from explorer.edit.edit import Edit
from explorer.edit.flow import NoiseFlow
from explorer.edit.interpolate import interpolate

Easing = Literal["linear", "smooth", "ease in", "ease out", "hold"]
EASINGS: tuple[Easing, ...] = get_args(Easing)

MAX_DURATION_S = 86_400.0
MIN_DURATION_S = 0.01
DEFAULT_DURATION_S = 2.0


def ease(easing: Easing, t: float) -> float:
    """Return how far the picture has moved after the share t of a segment's time; 0..1 -> 0..1.

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
    """An edit, the seconds from it to the next keyframe, and the easing in between.

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
    """Keyframes in order, and noise that may flow. The methods that edit it return a new timeline.

    With `flow`, noise moves on between and through the keyframes, and is back at the end.
    """

    keyframes: tuple[Keyframe, ...] = ()
    loop: bool = True
    flow: NoiseFlow | None = None

    @property
    def duration_s(self) -> float:
        """The seconds from start to end; without a loop it ends at the last keyframe."""
        return float(self._exact_duration)

    @property
    def start_times(self) -> tuple[float, ...]:
        """The time of each keyframe, in seconds."""
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
        """Return the edit that is shown at a time in seconds: `between_keyframes`, and the flow."""
        edit = self.between_keyframes(t_s)
        total = self._exact_duration
        if self.flow is None or not total:
            return edit
        t = _exact(t_s) % total if self.loop else min(_exact(t_s), total)
        return self.flow.applied(edit, float(t / total), float(total))

    def between_keyframes(self, t_s: float | Fraction) -> Edit:
        """Return the edit that the keyframes give at a time. Raises ValueError if there is none.

        Past its end a loop starts again; any other timeline stays at its last keyframe.
        """
        if not self.keyframes:
            raise ValueError("the timeline has no keyframe")
        index, share = self._segment_at(t_s)
        here = self.keyframes[index]
        following = self.keyframes[(index + 1) % len(self.keyframes)]
        return interpolate(here.edit, following.edit, ease(here.easing, share))

    def _segment_at(self, t_s: float | Fraction) -> tuple[int, float]:
        """Return the index of the segment at a time, and the share of it that has passed."""
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
        """Return the number of frames, at least one. A loop does not show its first frame again."""
        return max(1, math.floor(self._exact_duration * fps + Fraction(1, 2)))

    def frame_times(self, fps: Fraction) -> Iterator[Fraction]:
        """Return the exact time of each frame, in equal steps.

        Steps are 1 / fps in a loop that lasts a whole number of frames. Otherwise they are
        adjusted a little: a loop closes, and the last frame of any other timeline shows its end.
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
        """Append a keyframe, or insert it at a time so that the others keep their times.

        Without a time, it follows the last keyframe, whose duration stays. At the time of an
        existing keyframe, the edit replaces that one's.
        """
        keyframes, starts = self.keyframes, self.start_times
        if t_s is None or not keyframes:
            return replace(self, keyframes=(*keyframes, Keyframe(edit, duration_s, easing)))
        for i, start in enumerate(starts):
            if abs(start - t_s) < MIN_DURATION_S:
                return self.replaced(i, edit=edit)
        index = max((i for i, start in enumerate(starts) if start < t_s), default=0)
        before, end = keyframes[index], starts[index] + keyframes[index].duration_s
        gap = _clamped_duration(t_s - starts[index])
        rest = end - t_s
        if index + 1 == len(keyframes) and (not self.loop or rest < MIN_DURATION_S):
            rest = duration_s
        new = Keyframe(edit, _clamped_duration(rest), easing)
        head = (*keyframes[:index], replace(before, duration_s=gap), new)
        return replace(self, keyframes=head + keyframes[index + 1 :])

    def without_keyframe(self, index: int) -> Timeline:
        """Remove a keyframe; the one before it then lasts until the one after it.

        No noise flows without a keyframe.
        """
        keyframes = list(self.keyframes)
        removed = keyframes.pop(index)
        if 0 < index < len(self.keyframes) - 1 or (self.loop and index > 0):
            before = keyframes[index - 1]
            duration_s = _clamped_duration(before.duration_s + removed.duration_s)
            keyframes[index - 1] = replace(before, duration_s=duration_s)
        return replace(self, keyframes=tuple(keyframes), flow=self.flow if keyframes else None)

    def moved(self, index: int, t_s: float) -> Timeline:
        """Move a keyframe in time, between its neighbours; the first one stays at 0."""
        if index == 0:
            return self
        starts, keyframes = self.start_times, list(self.keyframes)
        is_last = index + 1 == len(keyframes)
        end = starts[index] + keyframes[index].duration_s
        limit = end - MIN_DURATION_S if self.loop or not is_last else MAX_DURATION_S
        t_s = max(starts[index - 1] + MIN_DURATION_S, min(t_s, limit))
        gap = _clamped_duration(t_s - starts[index - 1])
        keyframes[index - 1] = replace(keyframes[index - 1], duration_s=gap)
        if self.loop or not is_last:
            keyframes[index] = replace(keyframes[index], duration_s=_clamped_duration(end - t_s))
        return replace(self, keyframes=tuple(keyframes))

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
        return replace(self, keyframes=(*self.keyframes[:index], new, *self.keyframes[index + 1 :]))


def _clamped_duration(seconds: float) -> float:
    """Return the nearest duration that a keyframe may have."""
    return max(MIN_DURATION_S, min(seconds, MAX_DURATION_S))


def _exact(seconds: float | Fraction) -> Fraction:
    """Return the decimal number that was meant: 0.1 is a tenth, so that frame counts are exact."""
    if isinstance(seconds, Fraction):
        return seconds
    return Fraction(seconds).limit_denominator(1_000_000)
