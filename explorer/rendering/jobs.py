"""A job: long work, such as an export, that advances step by step beside the pictures."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from explorer.rendering.failures import reported
from explorer.rendering.messages import JobProgress, JobState

ModelT = TypeVar("ModelT")

Steps = Generator[tuple[int, int], None, None]
"""Yields (done, total) after each step; closing it cancels the work."""

PATIENCE_S = 1.0
"""A job waits this long at most for the picture on the canvas."""


@dataclass(eq=False)
class Job(Generic[ModelT]):
    """A generator of steps, made when the first step is due. Belongs to the worker."""

    job_id: int
    make_steps: Callable[[ModelT], Steps]
    label: str
    model: ModelT | None = None  # None for the first one that opens
    is_cancelled: bool = False
    _steps: Steps | None = None
    _started_s: float = 0.0
    _waiting_since_s: float = field(default_factory=time.monotonic)
    _done: int = 0
    _total: int = 0

    @property
    def is_impatient(self) -> bool:
        """Tell whether the job has waited too long for its next step."""
        return time.monotonic() - self._waiting_since_s >= PATIENCE_S

    def advance(self, model: ModelT) -> JobProgress:
        """Run one step."""
        try:
            self._step(model)
        except StopIteration:
            return self._progress("done")
        except Exception as error:
            return self._progress("failed", reported(error))
        self._waiting_since_s = time.monotonic()
        return self._progress("running")

    def cancel(self) -> JobProgress:
        """End the steps, so that they can clean up."""
        try:
            if self._steps is not None:
                self._steps.close()
        except Exception as error:
            return self._progress("failed", reported(error))
        return self._progress("cancelled")

    def _step(self, model: ModelT) -> None:
        if self._steps is None:
            self._started_s = time.monotonic()
            self._steps = self.make_steps(model)
        self._done, self._total = next(self._steps)

    def _progress(self, state: JobState, message: str = "") -> JobProgress:
        seconds_left = self._seconds_left() if state == "running" else None
        return JobProgress(
            self.job_id, self._done, self._total, message or self.label, state, seconds_left
        )

    def _seconds_left(self) -> float | None:
        if self._done <= 0:
            return None
        return (time.monotonic() - self._started_s) / self._done * (self._total - self._done)
