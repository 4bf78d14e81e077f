"""The worker with real threads: newest wins, order of channels, jobs, failures, and its end."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from explorer.worker import (
    PATIENCE,
    Failure,
    FrameRequest,
    FrameResult,
    JobProgress,
    ModelFailed,
    ModelLoaded,
    Result,
    Worker,
)
from stylegan_core.errors import UserError
from tests.explorer.test_session import facts_with

PATIENT_S = 10


class Model:
    """Renders by giving the payload back; waits where a test wants it to."""

    def __init__(self, path: str = "good") -> None:
        self.facts = facts_with(8)
        self.detail = "layers 3-7"
        self.path = path
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
        return payload


class Bench:
    """A running worker, the models it opened, and everything it has posted."""

    def __init__(self) -> None:
        self.models: list[Model] = []
        self.posted: list[Result] = []
        self.woken = threading.Semaphore(0)
        self.worker = Worker(self.open_model, self.woken.release)
        self.worker.start()

    def open_model(self, path: str) -> Model:
        if path.startswith("bad"):
            raise UserError(f"{path} is not a model")
        if path.startswith("broken"):
            raise KeyError("surprise")
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


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench()
    yield bench
    for model in bench.models:
        model.may_render.set()
    bench.worker.close()
    assert not bench.worker.is_alive()


def test_a_request_comes_back_with_stamp_time_and_detail(bench: Bench) -> None:
    bench.opened()
    bench.ask("main", "picture", stamp=7)
    result = bench.until_frame("picture")
    assert isinstance(result, FrameResult)
    assert (result.channel, result.stamp, result.detail) == ("main", 7, "layers 3-7")
    assert result.render_ms >= 0


def test_the_newest_of_a_channel_wins(bench: Bench) -> None:
    model = bench.opened()
    model.may_render.clear()
    bench.ask("main", 0)
    assert model.started.acquire(timeout=PATIENT_S)
    for i in range(1, 100):
        bench.ask("main", i)
    model.may_render.set()
    bench.until_frame(99)
    assert [payload for _, payload in model.rendered] == [0, 99]


def test_channels_are_served_in_their_order(bench: Bench) -> None:
    model = bench.opened()
    model.may_render.clear()
    bench.ask("main", "first")
    assert model.started.acquire(timeout=PATIENT_S)
    for channel in ("heat", "strip", "thumbs", "main", "stored"):
        bench.ask(channel, channel)
    model.may_render.set()
    bench.until_frame("heat")
    order = [channel for channel, _ in model.rendered]
    assert order == ["main", "stored", "main", "thumbs", "strip", "heat"]


def test_no_channel_waits_for_ever(bench: Bench) -> None:
    model = bench.opened()
    asked_again = threading.Event()
    render = model.render

    def busy(channel: str, payload: Any) -> Any:
        if channel == "main" and not asked_again.is_set():
            bench.ask("main", payload + 1)
        return render(channel, payload)

    model.render = busy  # type: ignore[method-assign]
    bench.ask("thumbs", "small")
    bench.ask("main", 0)
    bench.until_frame("small")
    asked_again.set()
    before = [channel for channel, _ in model.rendered].index("thumbs")
    assert before <= PATIENCE + 1


def test_an_unknown_channel_is_refused_at_once(bench: Bench) -> None:
    with pytest.raises(ValueError, match="no channel 'mian'"):
        bench.ask("mian", 1)


def test_a_failure_is_a_message_and_the_worker_lives_on(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.opened()
    bench.ask("main", UserError("Choose a smaller size."), stamp=3)
    bench.until(lambda r: r == Failure("main", "Choose a smaller size.", 3))
    assert not caplog.records
    bench.ask("main", ZeroDivisionError("by zero"))
    bench.until(lambda r: isinstance(r, Failure) and "ZeroDivisionError: by zero" in r.message)
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    bench.ask("main", MemoryError())
    bench.until(lambda r: isinstance(r, Failure) and "not enough memory" in r.message)
    bench.ask("main", "still alive")
    bench.until_frame("still alive")


def test_a_file_that_does_not_open_leaves_the_model(bench: Bench) -> None:
    bench.opened()
    bench.worker.open("bad.safetensors")
    bench.until(lambda r: r == ModelFailed("bad.safetensors", "bad.safetensors is not a model"))
    bench.ask("main", "the old one")
    bench.until_frame("the old one")
    bench.worker.open("broken.safetensors")
    bench.until(lambda r: isinstance(r, ModelFailed) and "KeyError" in r.message)


def test_opening_drops_requests_for_the_model_before(bench: Bench) -> None:
    model = bench.opened()
    model.may_render.clear()
    bench.ask("main", "running")
    assert model.started.acquire(timeout=PATIENT_S)
    bench.worker.open("older")
    bench.worker.open("good too")
    bench.ask("main", "for the model before")
    model.may_render.set()
    bench.until(lambda r: isinstance(r, ModelLoaded) and len(bench.models) == 2)
    bench.ask("main", "for the new one")
    bench.until_frame("for the new one")
    assert bench.models[1].path == "good too"
    assert bench.models[1].rendered == [("main", "for the new one")]


def test_a_request_before_any_model_waits_for_nothing(bench: Bench) -> None:
    bench.ask("main", "too early")
    model = bench.opened()
    bench.ask("thumbs", "now")
    bench.until_frame("now")
    assert model.rendered == [("thumbs", "now")]


def test_a_job_reports_its_progress(bench: Bench) -> None:
    model = bench.opened()
    given_models = []

    def steps(loaded: Any) -> Iterator[tuple[int, int]]:
        given_models.append(loaded)
        for i in range(4):
            yield i, 3

    job_id = bench.worker.start_job(steps, "exporting")
    bench.until_job(job_id, "done")
    progress = [r for r in bench.posted if isinstance(r, JobProgress)]
    assert [(p.done, p.total, p.state) for p in progress] == [
        (0, 3, "running"),
        (1, 3, "running"),
        (2, 3, "running"),
        (3, 3, "running"),
        (3, 3, "done"),
    ]
    assert progress[0].seconds_left is None
    assert progress[1].seconds_left is not None
    assert progress[3].seconds_left == 0
    assert progress[0].message == "exporting"
    assert given_models == [model]


def endless(cleaned: threading.Event) -> Callable[[Any], Iterator[tuple[int, int]]]:
    def steps(_: Any) -> Iterator[tuple[int, int]]:
        try:
            for i in range(10**9):
                time.sleep(0.001)
                yield i, 10**9
        finally:
            cleaned.set()

    return steps


def test_pictures_stay_live_during_a_job(bench: Bench) -> None:
    bench.opened()
    job_id = bench.worker.start_job(endless(threading.Event()), "long")
    for i in range(20):
        bench.ask("main", i)
        bench.until_frame(i)
    assert sum(isinstance(r, JobProgress) for r in bench.posted) > 5
    bench.worker.cancel(job_id)
    bench.until_job(job_id, "cancelled")


def test_a_cancelled_job_cleans_up_and_others_go_on(bench: Bench) -> None:
    bench.opened()
    cleaned, other_cleaned = threading.Event(), threading.Event()
    held = []  # so that nothing but closing it ends the iterator

    def steps(loaded: Any) -> Iterator[tuple[int, int]]:
        held.append(endless(cleaned)(loaded))
        return held[0]

    job_id = bench.worker.start_job(steps, "one")
    other = bench.worker.start_job(endless(other_cleaned), "two")
    bench.until(lambda r: isinstance(r, JobProgress) and r.job_id == other and r.done > 3)
    bench.worker.cancel(job_id)
    bench.until_job(job_id, "cancelled")
    assert cleaned.is_set()
    assert not other_cleaned.is_set()
    bench.worker.cancel(12345)


def test_a_job_may_be_cancelled_before_it_starts(bench: Bench) -> None:
    job_id = bench.worker.start_job(endless(threading.Event()), "no model yet")
    bench.worker.cancel(job_id)
    bench.until_job(job_id, "cancelled")


def test_a_job_that_fails(bench: Bench) -> None:
    bench.opened()

    def steps(_: Any) -> Iterator[tuple[int, int]]:
        yield 0, 2
        raise OSError(28, "No space left on device", "/tmp/film.mp4")

    def refuses(_: Any) -> Iterator[tuple[int, int]]:
        raise UserError("There is no keyframe yet.")

    job_id = bench.worker.start_job(steps, "exporting")
    failed = bench.until_job(job_id, "failed")
    assert isinstance(failed, JobProgress)
    assert failed.message == "No space left on device: /tmp/film.mp4"
    failed = bench.until_job(bench.worker.start_job(refuses, "exporting"), "failed")
    assert isinstance(failed, JobProgress)
    assert failed.message == "There is no keyframe yet."
    bench.ask("main", "alive")
    bench.until_frame("alive")


def test_a_job_keeps_its_model_when_another_opens(bench: Bench) -> None:
    first = bench.opened()
    seen = []

    def steps(loaded: Any) -> Iterator[tuple[int, int]]:
        for i in range(50):
            seen.append(loaded)
            time.sleep(0.002)
            yield i, 50

    job_id = bench.worker.start_job(steps, "exporting")
    bench.until(lambda r: isinstance(r, JobProgress) and r.done > 2)
    bench.worker.open("good 2")
    bench.until(lambda r: isinstance(r, ModelLoaded) and len(bench.models) == 2)
    bench.until_job(job_id, "done")
    assert seen == [first] * 50


def test_closing_cancels_and_cleans_up(bench: Bench) -> None:
    bench.opened()
    cleaned = threading.Event()
    job_id = bench.worker.start_job(endless(cleaned), "long")
    bench.until(lambda r: isinstance(r, JobProgress) and r.done > 2)
    bench.worker.close()
    assert cleaned.is_set()
    assert not bench.worker.is_alive()
    bench.until_job(job_id, "cancelled")
    bench.worker.close()


def test_closing_a_worker_that_never_started() -> None:
    Worker(Model, lambda: None).close()
