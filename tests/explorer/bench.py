"""A running worker with a stand-in for the model, for the tests of its pictures and its jobs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np

from explorer.edit.edit import Edit, default_edit
from explorer.rendering.messages import (
    Failure,
    HeatMapRequest,
    JobProgress,
    JobState,
    ModelLoaded,
    PictureRequest,
    PsiStripRequest,
    Rendered,
    RenderedPicture,
    Reply,
    Request,
    Result,
    ThumbnailsRequest,
)
from explorer.rendering.pausable import Pausable
from explorer.rendering.worker import Progress, Worker
from stylegan_core.card import CheckpointError
from stylegan_core.errors import UserError
from tests.explorer.model_infos import model_info_with

PATIENT_S = 10
RENDERED = RenderedPicture(np.zeros((4, 4, 3), np.uint8), "layers 3-7")
FAILURES: dict[str, Exception] = {  # what opening a path that begins like this raises
    "bad": CheckpointError("It is not a model."),
    "broken": KeyError("surprise"),
    "no device": UserError("The device is not available."),
    "no memory": MemoryError(),
}

ResultT = TypeVar("ResultT", bound=Result)


def edit(number: int) -> Edit:
    return default_edit(8, seeds=(number, 1))


def picture(number: int = 0) -> PictureRequest:
    return PictureRequest(edit(number), is_moving=False)


def thumbnails(number: int = 0) -> ThumbnailsRequest:
    return ThumbnailsRequest((edit(number),))


def psi_strip(number: int = 0) -> PsiStripRequest:
    return PsiStripRequest(edit(number), (0.0, 1.0))


def heat_map(number: int = 0) -> HeatMapRequest:
    return HeatMapRequest(edit(number))


class Model:
    """Serves each request with `RENDERED`; waits or does more where a test wants it to."""

    def __init__(self, path: str = "good") -> None:
        self.model_info = model_info_with(8)
        self.path = path
        self.served: list[Request] = []
        self.may_render = threading.Event()
        self.may_render.set()
        self.started = threading.Semaphore(0)
        self._work: list[tuple[Request, Callable[[], Pausable[None]]]] = []

    def on(self, request: Request, work: Callable[[], Pausable[None]]) -> None:
        """Let a request take some work, which may pause or raise."""
        self._work.append((request, work))

    def render(self, request: Request) -> Pausable[Rendered]:
        self.started.release()
        assert self.may_render.wait(PATIENT_S)
        self.served.append(request)
        for expected, work in self._work:
            if request == expected:
                yield from work()
        return RENDERED


def raising(error: Exception, after_pauses: int = 0) -> Callable[[], Pausable[None]]:
    """Return work that fails."""

    def work() -> Pausable[None]:
        for _ in range(after_pauses):
            yield None
        raise error

    return work


class Bench:
    """A running worker, the models it opened, and everything it has posted."""

    def __init__(self) -> None:
        self.models: list[Model] = []
        self.posted: list[Result] = []
        self.reading = threading.Event()  # a long file is being read
        self.woken = threading.Semaphore(0)
        self.worker = Worker(self.open_model, self.woken.release)
        self.worker.start()

    def open_model(self, path: str, progress: Progress) -> Model:
        for start, error in FAILURES.items():
            if path.startswith(start):
                raise error
        if path.startswith("long"):
            for done in range(2, 10**9):
                progress(done, 10**9)
                self.reading.set()
        self.models.append(Model(path))
        return self.models[-1]

    def until(
        self, kind: type[ResultT], is_expected: Callable[[ResultT], bool] = lambda _: True
    ) -> ResultT:
        """Wait for a result, unless it was posted before; all results are in `posted`."""
        seen = 0
        deadline_s = time.monotonic() + PATIENT_S
        while time.monotonic() < deadline_s:
            self.posted += self.worker.results()
            for result in self.posted[seen:]:
                if isinstance(result, kind) and is_expected(result):
                    return result
            seen = len(self.posted)
            self.woken.acquire(timeout=0.1)
        raise AssertionError(f"the result never came; posted: {self.posted}")

    def until_reply(self, request: Request) -> Reply:
        return self.until(Reply, lambda reply: reply.request == request)

    def until_failure(self, request: Request) -> Failure:
        return self.until(Failure, lambda failure: failure.request == request)

    def until_job(self, job_id: int, state: JobState) -> JobProgress:
        return self.until(JobProgress, lambda job: job.job_id == job_id and job.state == state)

    def opened(self) -> Model:
        self.worker.open("good")
        self.until(ModelLoaded)
        return self.models[-1]
