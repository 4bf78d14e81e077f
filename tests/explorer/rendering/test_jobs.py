"""The worker's jobs with real threads: progress, cancelling, failing, and the end of the thread."""

import threading
import time
from collections.abc import Callable

import pytest

from explorer.rendering import jobs
from explorer.rendering.jobs import Steps
from explorer.rendering.messages import JobProgress, ModelLoaded, Request
from explorer.rendering.pausable import Pausable
from explorer.rendering.worker import Progress, Worker
from stylegan_core.errors import UserError
from tests.explorer.bench import PATIENT_S, Bench, Model, heat_map, picture


def test_a_job_reports_its_progress(bench: Bench) -> None:
    model = bench.opened()
    given: list[Model] = []

    def steps(loaded: Model) -> Steps:
        given.append(loaded)
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
    assert given == [model]


def endless(cleaned: threading.Event) -> Callable[[Model], Steps]:
    def steps(_: Model) -> Steps:
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
        bench.worker.request(picture(i))
        bench.until_reply(picture(i))
    assert sum(isinstance(r, JobProgress) for r in bench.posted) > 5
    bench.worker.cancel(job_id)
    bench.until_job(job_id, "cancelled")


@pytest.mark.parametrize("request_", [picture(), heat_map()])
@pytest.mark.parametrize(("patience_s", "steps_meanwhile"), [(PATIENT_S, 0), (0.0, 19)])
def test_a_picture_with_many_pauses_comes_before_a_job(
    bench: Bench,
    monkeypatch: pytest.MonkeyPatch,
    request_: Request,
    patience_s: float,
    steps_meanwhile: int,
) -> None:
    """Only a job that has waited for too long takes a step at each pause."""
    monkeypatch.setattr(jobs, "PATIENCE_S", patience_s)
    model = bench.opened()
    order: list[str] = []

    def slow() -> Pausable[None]:
        for _ in range(20):
            order.append("part")
            yield None

    def steps(_: Model) -> Steps:
        for i in range(10**9):
            if i == 0:
                bench.worker.request(request_)
            order.append("step")
            yield i, 10**9

    model.on(request_, slow)
    job_id = bench.worker.start_job(steps, "exporting")
    bench.until_reply(request_)
    first, last = order.index("part"), len(order) - order[::-1].index("part")
    assert order[first:last].count("step") == steps_meanwhile
    bench.until(JobProgress, lambda job: job.done > 2)
    bench.worker.cancel(job_id)
    bench.until_job(job_id, "cancelled")


def test_a_job_is_cancelled_while_a_picture_is_made(bench: Bench) -> None:
    model = bench.opened()
    cleaned = threading.Event()
    job_id = bench.worker.start_job(endless(cleaned), "long")
    bench.until(JobProgress, lambda job: job.done > 2)

    def slow() -> Pausable[None]:
        bench.worker.cancel(job_id)
        while not cleaned.is_set():
            yield None

    model.on(picture(), slow)
    bench.worker.request(picture())
    bench.until_reply(picture())


def test_a_cancelled_job_cleans_up_and_others_go_on(bench: Bench) -> None:
    bench.opened()
    cleaned, other_cleaned = threading.Event(), threading.Event()
    held: list[Steps] = []  # keeps the generator alive, so that only closing it ends it

    def steps(loaded: Model) -> Steps:
        held.append(endless(cleaned)(loaded))
        return held[0]

    job_id = bench.worker.start_job(steps, "one")
    other = bench.worker.start_job(endless(other_cleaned), "two")
    bench.until(JobProgress, lambda job: job.job_id == other and job.done > 3)
    bench.worker.cancel(job_id)
    bench.until_job(job_id, "cancelled")
    assert cleaned.is_set()
    assert not other_cleaned.is_set()
    bench.worker.cancel(12345)


def test_a_job_may_be_cancelled_before_it_starts(bench: Bench) -> None:
    job_id = bench.worker.start_job(endless(threading.Event()), "no model yet")
    bench.worker.cancel(job_id)
    bench.until_job(job_id, "cancelled")


def test_a_failing_job_says_why(bench: Bench) -> None:
    bench.opened()

    def steps(_: Model) -> Steps:
        yield 0, 2
        raise OSError(28, "No space left on device", "/tmp/film.mp4")

    def refuses(_: Model) -> Steps:
        raise UserError("There is no keyframe yet.")

    job_id = bench.worker.start_job(steps, "exporting")
    failed = bench.until_job(job_id, "failed")
    assert failed.message == "No space left on device: /tmp/film.mp4"
    failed = bench.until_job(bench.worker.start_job(refuses, "exporting"), "failed")
    assert failed.message == "There is no keyframe yet."
    bench.worker.request(picture())
    bench.until_reply(picture())


def test_a_job_keeps_its_model_when_another_opens(bench: Bench) -> None:
    first = bench.opened()
    seen = []

    def steps(loaded: Model) -> Steps:
        for i in range(50):
            seen.append(loaded)
            time.sleep(0.002)
            yield i, 50

    job_id = bench.worker.start_job(steps, "exporting")
    bench.until(JobProgress, lambda job: job.done > 2)
    bench.worker.open("good 2")
    bench.until(ModelLoaded, lambda _: len(bench.models) == 2)
    bench.until_job(job_id, "done")
    assert seen == [first] * 50


def test_a_job_that_waits_keeps_the_model_it_was_started_with(bench: Bench) -> None:
    """Another one opens before its first step, or is open but not announced yet."""
    first = bench.opened()
    first.may_render.clear()
    bench.worker.request(picture())
    assert first.started.acquire(timeout=PATIENT_S)
    bench.worker.open("good 2")
    seen = []
    began = threading.Event()

    def steps(loaded: Model) -> Steps:
        seen.append(loaded)
        began.set()
        yield 1, 1

    job_id = bench.worker.start_job(steps, "exporting")
    first.may_render.set()
    assert began.wait(PATIENT_S)
    late = bench.worker.start_job(steps, "exporting too")
    bench.until_job(job_id, "done")
    bench.until_job(late, "done")
    assert len(bench.models) == 2
    assert seen == [first, first]


def test_closing_cancels_and_cleans_up(bench: Bench) -> None:
    bench.opened()
    cleaned = threading.Event()
    job_id = bench.worker.start_job(endless(cleaned), "long")
    bench.until(JobProgress, lambda job: job.done > 2)
    bench.worker.close()
    assert cleaned.is_set()
    assert not bench.worker.is_alive()
    bench.until_job(job_id, "cancelled")
    bench.worker.close()


def test_closing_a_worker_that_never_started() -> None:
    def open_model(path: str, progress: Progress) -> Model:
        return Model(path)

    worker = Worker(open_model, lambda: None)
    worker.close()
    assert not worker.is_alive()
