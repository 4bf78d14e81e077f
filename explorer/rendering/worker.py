"""The one thread that owns the model. It exchanges values with the window and imports no torch.

The newest request of a channel wins; jobs are iterators that advance between pictures, so that the
canvas stays live while a video is exported. Whatever is raised becomes a message, and the thread
lives on.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, Protocol

from explorer.edit.model_info import ModelInfo
from explorer.rendering.failures import reported
from explorer.rendering.jobs import Job, Steps
from explorer.rendering.messages import (
    Failure,
    FrameRequest,
    FrameResult,
    ModelFailed,
    ModelLoaded,
    ModelOpening,
    Result,
)
from explorer.rendering.pausable import Pausable
from stylegan_core.card import CheckpointError

CHANNELS = ("stored", "main", "thumbs", "strip", "heat")
"""In the order in which they are served. "stored" hands over vectors that edits name by hash."""

ON_CANVAS = ("main", "heat")
"""What a job waits for, so that a picture in many parts is not held up by a step after each."""

OPENING_EVERY_S = 0.1
"""How often it is told how much of a model has been read."""

PATIENCE = 8
"""A waiting channel is passed over this many times at most before it comes first."""

Progress = Callable[[int, int], None]


class Model(Protocol):
    """What the worker needs of a loaded model (`explorer.rendering.loaded_model.LoadedModel`)."""

    model_info: ModelInfo
    detail: str

    def render(self, channel: str, payload: Any) -> Any:
        """The value of a channel, or work in parts that returns it."""
        ...

    def rest(self) -> None: ...


class _GivenUp(Exception):
    """Another model is wanted by now."""


@dataclass
class _Work:
    """A request that is being served, part by part."""

    request: FrameRequest
    parts: Pausable[Any]
    spent_s: float = 0.0


class Worker(threading.Thread):
    """Start it with `start()`; every method may be called from any thread and returns at once.

    `open_model(path, progress)` runs on this thread and lets pass what `progress(done, total)`
    raises; `wake` is called after every posted result.
    """

    def __init__(
        self, open_model: Callable[[str, Progress], Model], wake: Callable[[], None]
    ) -> None:
        super().__init__(name="render worker", daemon=True)
        self._open_model = open_model
        self._wake = wake
        self._changed = threading.Condition()
        self._path: str | None = None
        self._stopped = False  # the opening that is under way is to end
        self._told_at = 0.0
        self._requests: dict[str, FrameRequest] = {}
        self._begun: dict[str, _Work] = {}
        self._waited: dict[str, int] = {}
        self._jobs: deque[Job] = deque()
        self._job_count = 0
        self._results: list[Result] = []
        self._closing = False
        self._model: Model | None = None
        self._told: Model | None = None  # the one that `results` told of last

    def open(self, path: str) -> None:
        """Open a model file; ModelLoaded or ModelFailed answers, unless another one is opened
        meanwhile. Running jobs keep the old one.
        """
        with self._changed:
            self._path, self._stopped = path, False
            self._changed.notify()

    def stop_opening(self) -> None:
        """Give up the model that is being opened; there is no answer then."""
        with self._changed:
            self._path, self._stopped = None, True

    def request(self, request: FrameRequest) -> None:
        """Ask for a picture in place of any older request of the same channel."""
        if request.channel not in CHANNELS:
            raise ValueError(f"no channel {request.channel!r}; there are {', '.join(CHANNELS)}")
        with self._changed:
            self._requests[request.channel] = request
            self._changed.notify()

    def start_job(self, make_steps: Callable[[Any], Steps], label: str) -> int:
        """Run an iterator of (done, total) beside the pictures; returns the job's number.

        `make_steps` is called on this thread with the model that `results` told of last, also when
        another one is there by then; without one, with the first that opens. JobProgress reports.
        """
        with self._changed:
            self._job_count += 1
            self._jobs.append(Job(self._job_count, make_steps, label, self._told))
            self._changed.notify()
            return self._job_count

    def cancel(self, job_id: int) -> None:
        """Stop a job; its iterator is closed, so that it can clean up."""
        with self._changed:
            for job in self._jobs:
                job.cancelled = job.cancelled or job.job_id == job_id
            self._changed.notify()

    def results(self) -> list[Result]:
        """Everything posted since the last call, oldest first."""
        with self._changed:
            results, self._results = self._results, []
            if any(isinstance(result, ModelLoaded) for result in results):
                self._told = self._model
            return results

    def close(self) -> None:
        """Cancel all jobs, let the present step end, and join the thread."""
        with self._changed:
            self._closing = True
            for job in self._jobs:
                job.cancelled = True
            self._changed.notify()
        if self.is_alive():
            self.join()

    def run(self) -> None:
        """The loop of the thread: a model to open, then a part of a picture, then a step of a job
        where nothing is made for the canvas.
        """
        while True:
            with self._changed:
                self._changed.wait_for(self._has_work)
                path, self._path = self._path, None
                closing = self._closing
                work = None if closing or path is not None else self._next_work()
            if path is not None and not closing:
                self._open(path)
            if work is not None:
                self._serve(work)
            job = self._due_job()
            if job is not None:
                self._advance(job)
            if closing and job is None:
                return
            if self._model is not None and not self._has_work():
                self._rest(self._model)

    def _has_work(self) -> bool:
        ready = self._model is not None
        jobs = any(ready or job.cancelled for job in self._jobs)
        return (
            self._closing
            or self._path is not None
            or jobs
            or (ready and bool(self._requests or self._begun))
        )

    def _next_work(self) -> _Work | None:
        """Of the first waiting channel, unless another has been passed over too often."""
        waiting = [c for c in CHANNELS if c in self._requests or c in self._begun]
        if self._model is None or not waiting:
            return None
        tired = [channel for channel in waiting if self._waited.get(channel, 0) >= PATIENCE]
        chosen = (tired or waiting)[0]
        if chosen in self._requests:  # later parts of a picture pass nobody over again
            for channel in waiting:
                self._waited[channel] = self._waited.get(channel, 0) + 1
        self._waited[chosen] = 0
        if chosen in self._requests:
            request = self._requests.pop(chosen)
            self._begun[chosen] = _Work(request, _in_parts(self._model, request))
        return self._begun[chosen]

    def _post(self, result: Result) -> None:
        with self._changed:
            self._results.append(result)
        self._wake()

    def _open(self, path: str) -> None:
        try:
            model = self._open_model(path, lambda done, total: self._opening(path, done, total))
        except _GivenUp:
            return
        except Exception as error:
            is_damaged = isinstance(error, CheckpointError)
            self._post(ModelFailed(path, reported(error), is_damaged))
            return
        with self._changed:
            if self._stopped:
                return
            self._requests.clear()
            self._begun.clear()
            self._model = model
            self._results.append(ModelLoaded(model.model_info))
        self._wake()

    def _opening(self, path: str, done: int, total: int) -> None:
        """Tells how far the reading is; ends it when another model is wanted, or none."""
        with self._changed:
            if self._closing or self._path is not None or self._stopped:
                raise _GivenUp
        now = time.monotonic()
        if now - self._told_at > OPENING_EVERY_S:
            self._told_at = now
            self._post(ModelOpening(path, done, total))

    def _serve(self, work: _Work) -> None:
        """One part; with the last one its result is posted."""
        assert self._model is not None
        request = work.request
        started_s = time.perf_counter()
        result: Result
        try:
            next(work.parts)
            work.spent_s += time.perf_counter() - started_s
            return
        except StopIteration as end:
            render_ms = (work.spent_s + time.perf_counter() - started_s) * 1000
            detail = self._model.detail
            result = FrameResult(request.channel, request.stamp, end.value, render_ms, detail)
        except Exception as error:
            result = Failure(request.channel, reported(error), request.stamp)
        del self._begun[request.channel]
        self._post(result)

    def _rest(self, model: Model) -> None:
        """What fails here takes nothing from a picture: it goes to the log alone."""
        try:
            model.rest()
        except Exception as error:
            reported(error)

    def _due_job(self) -> Job | None:
        """A cancelled job, or the first one unless the canvas waits for a picture."""
        with self._changed:
            cancelled = next((job for job in self._jobs if job.cancelled), None)
            if cancelled is not None or self._model is None or not self._jobs:
                return cancelled
            is_busy = any(c in self._requests or c in self._begun for c in ON_CANVAS)
            return self._jobs[0] if not is_busy or self._jobs[0].is_impatient else None

    def _advance(self, job: Job) -> None:
        """One step of a job, which then goes to the end of the queue or leaves it."""
        progress = job.advance(job.model or self._model)
        with self._changed:
            self._jobs.remove(job)
            if progress.state == "running":
                self._jobs.append(job)
        self._post(progress)


def _in_parts(model: Model, request: FrameRequest) -> Pausable[Any]:
    value = model.render(request.channel, request.payload)
    if isinstance(value, Generator):
        value = yield from value
    return value
