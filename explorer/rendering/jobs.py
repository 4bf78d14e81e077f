"""A job: long work, such as an export, that advances step by step beside the pictures."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from explorer.rendering.failures import reported
from explorer.rendering.messages import JobProgress, JobState

Steps = Iterator[tuple[int, int]]

PATIENCE_S = 1.0
"""A job waits this long at most for the picture on the canvas."""


@dataclass(eq=False)
class Job:
    """An iterator of (done, total), made when its first step is due. Belongs to the worker."""

    job_id: int
    make_steps: Callable[[Any], Steps]
    label: str
    model: Any = None
    cancelled: bool = False
    _steps: Steps | None = None
    _began_s: float = 0.0
    _waits_since_s: float = field(default_factory=time.monotonic)
    _done: int = 0
    _total: int = 0

    @property
    def is_impatient(self) -> bool:
        """Whether it has waited too long for its next step."""
        return time.monotonic() - self._waits_since_s >= PATIENCE_S

    def advance(self, model: Any) -> JobProgress:
        """One step, or the end of a job that was cancelled, is done or failed."""
        state: JobState = "running"
        message, left = self.label, None
        try:
            if self.cancelled:
                state = "cancelled"
                self._close()
            else:
                self._step(model)
                left = self._seconds_left()
        except StopIteration:
            state = "done"
        except Exception as error:
            state, message = "failed", reported(error)
        self._waits_since_s = time.monotonic()
        return JobProgress(self.job_id, self._done, self._total, message, state, left)

    def _step(self, model: Any) -> None:
        if self._steps is None:
            self._began_s = time.monotonic()
            self._steps = self.make_steps(model)
        self._done, self._total = next(self._steps)

    def _close(self) -> None:
        close = getattr(self._steps, "close", None)
        if close is not None:
            close()

    def _seconds_left(self) -> float | None:
        if self._done <= 0:
            return None
        return (time.monotonic() - self._began_s) / self._done * (self._total - self._done)
