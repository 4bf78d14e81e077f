"""The state of a training run, as values for the window. No torch."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from explorer.runs.snapshot import Sheet, Snapshot
from stylegan_core.log_record import LogRecord

PATIENCE_S: Final = 60.0
PATIENCE_RECORDS: Final = 4.0

Status = Literal["waiting", "running", "quiet", "complete"]
"""A waiting run has written nothing yet. A quiet one has written nothing for PATIENCE_S, nor for
PATIENCE_RECORDS times the interval between the last two records of its log."""


@dataclass(frozen=True)
class RunState:
    """The content of a run's folder at one moment.

    `records` are those of its log, each with a "kimg"; `saved_kimg` is that of the newest snapshot.
    """

    folder: Path
    total_kimg: float | None = None
    records: tuple[LogRecord, ...] = ()
    snapshots: tuple[Snapshot, ...] = ()
    saved_kimg: float = 0.0
    sheet: Sheet | None = None
    status: Status = "waiting"

    @property
    def kimg(self) -> float:
        """How far the run has come: the kimg of its log or newest snapshot, the larger one."""
        return max(self.records[-1]["kimg"] if self.records else 0.0, self.saved_kimg)

    def newest(self, name: str) -> float | None:
        """Return a column of the last record of the log, or None if it lacks the column."""
        return self.records[-1].get(name) if self.records else None

    def curve(self, name: str, points: int = 400) -> tuple[list[float], list[float]]:
        """Return kimg and values of a column of the log, averaged down to at most `points`."""
        pairs = [(record["kimg"], record[name]) for record in self.records if name in record]
        step = max(1, math.ceil(len(pairs) / points))
        groups = [pairs[i : i + step] for i in range(0, len(pairs), step)]
        return (
            [sum(kimg for kimg, _ in group) / len(group) for group in groups],
            [sum(value for _, value in group) / len(group) for group in groups],
        )


def status_of(state: RunState, idle_s: float | None) -> Status:
    """Return a run's status; `idle_s` is the time since it wrote last, None if it never did."""
    if state.total_kimg is not None and state.kimg >= state.total_kimg:
        return "complete"
    if idle_s is None:
        return "waiting"
    times_s = [record["seconds"] for record in state.records[-2:] if "seconds" in record]
    interval_s = max(times_s[1] - times_s[0], 0.0) if len(times_s) == 2 else 0.0
    return "running" if idle_s < max(PATIENCE_S, PATIENCE_RECORDS * interval_s) else "quiet"
