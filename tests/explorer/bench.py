"""A running worker with a stand-in for the model, for the tests of its pictures and its jobs."""

import threading
import time
from collections.abc import Callable
from typing import Any

from explorer.rendering.messages import FrameRequest, FrameResult, JobProgress, ModelLoaded, Result
from explorer.rendering.worker import Progress, Worker
from stylegan_core.card import CheckpointError
from stylegan_core.errors import UserError
from tests.explorer.edit.test_session import model_info_with

PATIENT_S = 10
FAILURES: dict[str, Exception] = {
    "bad": CheckpointError("It is no model."),
    "broken": KeyError("surprise"),
    "no device": UserError("The device is not available."),
    "no memory": MemoryError(),
}


class Model:
    """Renders by giving the payload back; waits where a test wants it to."""

    def __init__(self, path: str = "good") -> None:
        self.model_info = model_info_with(8)
        self.detail = "layers 3-7"
        self.path = path
        self.rested = 0
        self.payloads: dict[Any, Callable[[], Any]] = {}  # what stands for some payloads
        self.rendered: list[tuple[str, Any]] = []
        self.may_render = threading.Event()
        self.may_render.set()
        self.started = threading.Semaphore(0)

    def render(self, channel: str, payload: Any) -> Any:
        self.started.release()
        assert self.may_render.wait(PATIENT_S)
        self.rendered.append((channel, payload))
        if isinstance(payload, Exception):
            raise payload
        return self.payloads[payload]() if payload in self.payloads else payload

    def rest(self) -> None:
        self.rested += 1


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
            for part in range(2, 10**9):
                progress(part, 10**9)
                self.reading.set()
        self.models.append(Model(path))
        return self.models[-1]

    def ask(self, channel: str, payload: Any, stamp: int = 0) -> None:
        self.worker.request(FrameRequest(channel, stamp, payload))

    def until(self, found: Callable[[Result], bool]) -> Result:
        """Wait for a result of a kind; whatever came before it is in `posted`."""
        seen = 0
        deadline_s = time.monotonic() + PATIENT_S
        while time.monotonic() < deadline_s:
            self.posted += self.worker.results()
            for result in self.posted[seen:]:
                if found(result):
                    return result
            seen = len(self.posted)
            self.woken.acquire(timeout=0.1)
        raise AssertionError(f"it never came; there was {self.posted}")

    def until_frame(self, payload: Any) -> Result:
        return self.until(lambda r: isinstance(r, FrameResult) and r.value == payload)

    def until_job(self, job_id: int, state: str) -> Result:
        return self.until(
            lambda r: isinstance(r, JobProgress) and r.job_id == job_id and r.state == state
        )

    def opened(self) -> Model:
        self.worker.open("good")
        self.until(lambda r: isinstance(r, ModelLoaded))
        return self.models[-1]
