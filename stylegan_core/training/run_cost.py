"""The time that a training run takes, as a value. No torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Stage:
    """The part of a run at one size of pictures."""

    images: float
    seconds_per_image: float
    seconds_before: float  # in which new layers are fitted


@dataclass(frozen=True)
class RunCost:
    """The stages of a run, and the sizes in px at which steps were timed.

    Where the largest size was not timed, its cost is estimated from smaller ones.
    """

    stages: tuple[Stage, ...]
    timed: tuple[int, ...]
    is_timed_in_full: bool

    def seconds(self, kimg: float) -> float:
        """Return how long a run of that length takes once its pictures are prepared."""
        left, seconds = 1000 * kimg, 0.0
        for stage in self.stages:
            if left <= 0:
                break
            shown = min(left, stage.images)
            seconds += stage.seconds_before + shown * stage.seconds_per_image
            left -= shown
        return seconds

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values; `from_json` is the inverse."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> RunCost:
        """Read what `to_json` returned."""
        stages = tuple(Stage(**stage) for stage in values["stages"])
        return cls(stages, tuple(values["timed"]), values["is_timed_in_full"])
