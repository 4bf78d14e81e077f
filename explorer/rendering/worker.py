"""The one thread that owns the model. It exchanges values with the window and imports no torch.

The newest request of a kind wins; jobs are generators that advance between pictures, so that the
canvas stays live while a video is exported. Every error becomes a message, and the thread goes on.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from explorer.edit.model_info import ModelInfo
from explorer.rendering.failures import reported
from explorer.rendering.jobs import Job, Steps
from explorer.rendering.messages import (
    DevicesFound,
    Failure,
    HeatMapRequest,
    ModelFailed,
    ModelLoaded,
    ModelOpening,
    PictureRequest,
    Rendered,
    Reply,
    Request,
    RequestProgress,
    Result,
)
from explorer.rendering.pausable import Pausable
from explorer.rendering.request_queue import RequestQueue, Work
from stylegan_core.card import CheckpointError
from stylegan_core.devices import is_device_failure

OPENING_EVERY_S = 0.1
"""Time between two messages about how much of a model has been read."""

CLOSING_PATIENCE_S = 0.5
"""How long `close` waits for a model that is being opened."""

CLOSING_STEP_S = 0.05

Progress = Callable[[int, int], None]


class Model(Protocol):
    """The part of `explorer.rendering.loaded_model.LoadedModel` that the worker uses."""

    @property
    def model_info(self) -> ModelInfo: ...

    def render(self, request: Request) -> Pausable[Rendered]:
        """Serve one request."""
        ...


ModelT = TypeVar("ModelT", bound=Model)


class _OpeningCancelled(Exception):
    """Another model is wanted by now, or none."""


class Worker(threading.Thread, Generic[ModelT]):
    """Opens models, serves requests and advances jobs, from `start()` to `close()`.

    Every other method may be called from any thread and returns at once.
    `open_model(path, progress)` runs on this thread and must not catch what
    `progress(done, total)` raises. `wake` is called after every posted result. `find_devices` is
    called first, on this thread.
    """

    def __init__(
        self,
        open_model: Callable[[str, Progress], ModelT],
        wake: Callable[[], None],
        find_devices: Callable[[], DevicesFound] | None = None,
    ) -> None:
        super().__init__(name="render worker", daemon=True)
        self._open_model = open_model
        self._wake = wake
        self._find_devices = find_devices
        self._changed = threading.Condition()  # guards everything below
        self._path_to_open: str | None = None
        self._is_opening = False  # whether the thread is inside `open_model`
        self._is_opening_stopped = False
        self._opening_posted_s = 0.0
        self._requests = RequestQueue()
        self._jobs: deque[Job[ModelT]] = deque()
        self._job_count = 0
        self._results: list[Result] = []
        self._is_closing = False
        self._model: ModelT | None = None
        self._announced: ModelT | None = None  # the model whose ModelLoaded was taken last

    def open(self, path: str) -> None:
        """Open a model file; running jobs keep the old model.

        ModelLoaded or ModelFailed answers, unless another file is asked for meanwhile.
        """
        with self._changed:
            self._path_to_open = path
            self._is_opening_stopped = False
            self._changed.notify()

    def stop_opening(self) -> None:
        """Stop opening a model; there is no answer then."""
        with self._changed:
            self._path_to_open = None
            self._is_opening_stopped = True

    def request(self, request: Request) -> None:
        """Ask for something in place of any older request of the same kind.

        A Reply or a Failure answers it.
        """
        with self._changed:
            self._requests.put(request)
            self._changed.notify()

    def start_job(self, make_steps: Callable[[ModelT], Steps], label: str) -> int:
        """Run a generator of (done, total) beside the pictures; return the job's number.

        `make_steps` is called on the worker's thread. Its model is the one that `results` announced
        last, even if another one has been opened since; if there is none yet, the first that opens.
        JobProgress messages follow.
        """
        with self._changed:
            self._job_count += 1
            self._jobs.append(Job(self._job_count, make_steps, label, self._announced))
            self._changed.notify()
            return self._job_count

    def cancel(self, job_id: int) -> None:
        """Stop a job; its generator is closed, so that it can clean up."""
        with self._changed:
            for job in self._jobs:
                job.is_cancelled = job.is_cancelled or job.job_id == job_id
            self._changed.notify()

    def results(self) -> list[Result]:
        """Return everything posted since the last call, oldest first."""
        with self._changed:
            results, self._results = self._results, []
            if any(isinstance(result, ModelLoaded) for result in results):
                self._announced = self._model
            return results

    def close(self) -> bool:
        """Cancel all jobs, let the current step end, and join the thread.

        Returns False for a thread that goes on, because a file does not let it end.
        """
        with self._changed:
            self._is_closing = True
            for job in self._jobs:
                job.is_cancelled = True
            self._changed.notify()
        asked_s = time.monotonic()
        while self.is_alive():
            self.join(CLOSING_STEP_S)
            if self._is_opening and time.monotonic() - asked_s > CLOSING_PATIENCE_S:
                return False
        return True

    def run(self) -> None:
        """Open a model if one is wanted, else serve a request to a pause; advance a job; repeat."""
        self._post_devices()
        while True:
            with self._changed:
                self._changed.wait_for(self._has_work)
                path, self._path_to_open = self._path_to_open, None
                is_closing = self._is_closing
                work = None if is_closing or path is not None else self._next_work()
            if path is not None and not is_closing:
                self._open(path)
            if work is not None:
                self._serve(work)
            job = self._next_job()
            if job is not None:
                self._advance(job)
            if is_closing and job is None:
                return

    def _has_work(self) -> bool:
        if self._is_closing or self._path_to_open is not None:
            return True
        if self._model is None:
            return any(job.is_cancelled for job in self._jobs)
        return bool(self._jobs) or self._requests.has_any()

    def _next_work(self) -> Work | None:
        return None if self._model is None else self._requests.next(self._model.render)

    def _post(self, result: Result) -> None:
        with self._changed:
            self._results.append(result)
        self._wake()

    def _open(self, path: str) -> None:
        self._is_opening = True
        try:
            model = self._open_model(
                path, lambda done, total: self._post_opening(path, done, total)
            )
        except _OpeningCancelled:
            return
        except Exception as error:
            is_damaged = isinstance(error, CheckpointError)
            self._post(ModelFailed(path, reported(error), is_damaged, is_device_failure(error)))
            return
        finally:
            self._is_opening = False
        with self._changed:
            if self._is_opening_stopped:
                return
            self._requests.clear()
            self._model = model
            self._results.append(ModelLoaded(model.model_info))
        self._wake()

    def _post_devices(self) -> None:
        """Post which devices there are. If torch cannot tell, opening a model will say why."""
        if self._find_devices is not None:
            try:
                self._post(self._find_devices())
            except Exception as error:
                reported(error)

    def _post_opening(self, path: str, done: int, total: int) -> None:
        """Post how much has been read. Raises _OpeningCancelled if it is no longer wanted."""
        with self._changed:
            if self._is_closing or self._path_to_open is not None or self._is_opening_stopped:
                raise _OpeningCancelled
        now_s = time.monotonic()
        if now_s - self._opening_posted_s > OPENING_EVERY_S:
            self._opening_posted_s = now_s
            self._post(ModelOpening(path, done, total))

    def _serve(self, work: Work) -> None:
        """Run a request to its next pause; post the reply at its end."""
        started_s = time.perf_counter()
        result: Result
        try:
            share = next(work.rendering)
            work.spent_s += time.perf_counter() - started_s
            if share is not None:
                self._post(RequestProgress(work.request, share))
            return
        except StopIteration as end:
            render_ms = (work.spent_s + time.perf_counter() - started_s) * 1000
            result = Reply(work.request, end.value, render_ms)
        except Exception as error:
            result = Failure(work.request, reported(error), is_device_failure(error))
        with self._changed:
            self._requests.finish(work)
        self._post(result)

    def _next_job(self) -> Job[ModelT] | None:
        """Pick a cancelled job, else the first one, unless the canvas waits for a picture.

        A step of a job at each pause would hold up that picture. An impatient job is picked anyway.
        """
        with self._changed:
            cancelled = next((job for job in self._jobs if job.is_cancelled), None)
            if cancelled is not None or self._model is None or not self._jobs:
                return cancelled
            is_canvas_waiting = self._requests.has_any(PictureRequest, HeatMapRequest)
            first = self._jobs[0]
            return first if not is_canvas_waiting or first.is_impatient else None

    def _advance(self, job: Job[ModelT]) -> None:
        """Run one step of a job, which then goes to the end of the queue or leaves it."""
        model = job.model or self._model
        progress = job.cancel() if job.is_cancelled or model is None else job.advance(model)
        with self._changed:
            self._jobs.remove(job)
            if progress.state == "running":
                self._jobs.append(job)
        self._post(progress)
