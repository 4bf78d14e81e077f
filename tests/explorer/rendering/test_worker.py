"""The worker's pictures with real threads: the newest wins, priorities, failures, opening."""

import logging
import threading
from functools import partial

import pytest

from explorer.rendering.messages import (
    Failure,
    ModelFailed,
    ModelLoaded,
    ModelOpening,
    PictureRequest,
    Rendered,
    Request,
    RequestProgress,
    StoredVectorsRequest,
)
from explorer.rendering.pausable import Pausable
from explorer.rendering.request_queue import MAX_PASSED_OVER
from stylegan_core.errors import UserError
from tests.explorer.bench import (
    PATIENT_S,
    RENDERED,
    Bench,
    heat_map,
    picture,
    psi_strip,
    raising,
    thumbnails,
)

STORED = StoredVectorsRequest({})


def test_a_reply_brings_the_request_itself_the_picture_and_the_time(bench: Bench) -> None:
    bench.opened()
    request = picture(7)
    bench.worker.request(request)
    reply = bench.until_reply(request)
    assert reply.request is request
    assert reply.rendered is RENDERED
    assert reply.render_ms >= 0


def test_the_newest_of_a_kind_wins(bench: Bench) -> None:
    model = bench.opened()
    model.may_render.clear()
    bench.worker.request(picture(0))
    assert model.started.acquire(timeout=PATIENT_S)
    for i in range(1, 100):
        bench.worker.request(picture(i))
    model.may_render.set()
    bench.until_reply(picture(99))
    assert model.served == [picture(0), picture(99)]


def test_requests_are_served_by_priority(bench: Bench) -> None:
    model = bench.opened()
    model.may_render.clear()
    bench.worker.request(picture(0))
    assert model.started.acquire(timeout=PATIENT_S)
    for request in (heat_map(), psi_strip(), thumbnails(), picture(1), STORED):
        bench.worker.request(request)
    model.may_render.set()
    bench.until_reply(heat_map())
    assert model.served == [
        picture(0),
        STORED,
        picture(1),
        thumbnails(),
        psi_strip(),
        heat_map(),
    ]


def test_no_request_starves(bench: Bench) -> None:
    """A new picture is asked for whenever one is served, and yet thumbnails come."""
    model = bench.opened()
    has_enough = threading.Event()
    render = model.render
    numbers = iter(range(1, 10**9))

    def busy(request: Request) -> Pausable[Rendered]:
        if isinstance(request, PictureRequest) and not has_enough.is_set():
            bench.worker.request(picture(next(numbers)))
        return render(request)

    model.render = busy  # type: ignore[method-assign]
    bench.worker.request(thumbnails())
    bench.worker.request(picture(0))
    bench.until_reply(thumbnails())
    has_enough.set()
    assert model.served.index(thumbnails()) <= MAX_PASSED_OVER + 1


def test_more_urgent_requests_pass_at_a_pause(bench: Bench) -> None:
    """Slow thumbnails are made between pictures for the canvas."""
    model = bench.opened()
    done: list[int] = []

    def slow() -> Pausable[None]:
        for part in range(3):
            done.append(part)
            bench.worker.request(picture(part))
            yield None

    model.on(thumbnails(), slow)
    bench.worker.request(thumbnails())
    reply = bench.until_reply(thumbnails())
    assert reply.rendered is RENDERED
    assert reply.render_ms >= 0
    pictures = [request for request in model.served if isinstance(request, PictureRequest)]
    assert pictures == [picture(0), picture(1), picture(2)]
    assert done == [0, 1, 2]


def test_a_request_reports_how_much_is_done(bench: Bench) -> None:
    model = bench.opened()

    def slow() -> Pausable[None]:
        yield 0.25
        yield None
        yield 0.5

    request = heat_map()
    model.on(request, slow)
    bench.worker.request(request)
    bench.until_reply(request)
    progress = [result for result in bench.posted if isinstance(result, RequestProgress)]
    assert progress == [RequestProgress(request, 0.25), RequestProgress(request, 0.5)]
    assert all(result.request is request for result in progress)


def test_a_picture_with_many_pauses_is_not_held_up_by_thumbnails(bench: Bench) -> None:
    model = bench.opened()
    order: list[str] = []

    def large() -> Pausable[None]:
        for _ in range(3 * MAX_PASSED_OVER):
            order.append("large")
            yield None

    def small() -> Pausable[None]:
        for _ in range(4):
            order.append("small")
            yield None

    model.on(picture(), large)
    model.on(thumbnails(), small)
    model.may_render.clear()
    bench.worker.request(STORED)
    assert model.started.acquire(timeout=PATIENT_S)
    bench.worker.request(thumbnails())
    bench.worker.request(picture())
    model.may_render.set()
    bench.until_reply(thumbnails())
    assert order == ["large"] * 3 * MAX_PASSED_OVER + ["small"] * 4


def test_a_newer_request_replaces_one_that_is_half_served(bench: Bench) -> None:
    model = bench.opened()
    parts: list[str] = []

    def old() -> Pausable[None]:
        for _ in range(3):
            parts.append("old")
            bench.worker.request(psi_strip(1))
            yield None

    def new() -> Pausable[None]:
        for _ in range(3):
            parts.append("new")
            yield None

    model.on(psi_strip(0), old)
    model.on(psi_strip(1), new)
    bench.worker.request(psi_strip(0))
    bench.until_reply(psi_strip(1))
    assert parts == ["old", "new", "new", "new"]


def test_a_failure_after_a_pause_is_a_message(bench: Bench) -> None:
    model = bench.opened()
    model.on(heat_map(1), raising(UserError("This part cannot be made."), after_pauses=1))
    request = heat_map(1)
    bench.worker.request(request)
    failure = bench.until_failure(request)
    assert failure == Failure(request, "This part cannot be made.")
    assert failure.request is request
    bench.worker.request(heat_map(2))
    bench.until_reply(heat_map(2))


def test_what_is_not_a_request_is_refused_at_once(bench: Bench) -> None:
    with pytest.raises(TypeError, match="'picture' is not a request"):
        bench.worker.request("picture")  # type: ignore[arg-type]


def test_a_failure_is_a_message_and_the_worker_goes_on(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    model = bench.opened()
    model.on(picture(1), raising(UserError("Choose a smaller size.")))
    bench.worker.request(picture(1))
    assert bench.until_failure(picture(1)).message == "Choose a smaller size."
    assert not caplog.records
    model.on(picture(2), raising(ZeroDivisionError("by zero")))
    bench.worker.request(picture(2))
    assert "ZeroDivisionError: by zero" in bench.until_failure(picture(2)).message
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    model.on(picture(3), raising(MemoryError()))
    bench.worker.request(picture(3))
    assert "not enough memory" in bench.until_failure(picture(3)).message
    bench.worker.request(picture(4))
    bench.until_reply(picture(4))


def test_a_file_that_does_not_open_leaves_the_model(bench: Bench) -> None:
    bench.opened()
    bench.worker.open("bad.safetensors")
    expected = ModelFailed("bad.safetensors", "It is not a model.", is_damaged=True)
    bench.until(ModelFailed, lambda failed: failed == expected)
    bench.worker.request(picture())
    bench.until_reply(picture())
    bench.worker.open("broken.safetensors")
    bench.until(ModelFailed, lambda failed: "KeyError" in failed.message)
    for path in ("no device", "no memory"):
        bench.worker.open(path)
        assert not bench.until(ModelFailed, partial(has_path, path)).is_damaged


def has_path(path: str, failed: ModelFailed) -> bool:
    return failed.path == path


def test_opening_drops_requests_for_the_model_before(bench: Bench) -> None:
    model = bench.opened()
    model.may_render.clear()
    bench.worker.request(picture(0))
    assert model.started.acquire(timeout=PATIENT_S)
    bench.worker.open("older")
    bench.worker.open("good too")
    bench.worker.request(picture(1))
    model.may_render.set()
    bench.until(ModelLoaded, lambda _: len(bench.models) == 2)
    bench.worker.request(picture(2))
    bench.until_reply(picture(2))
    assert bench.models[1].path == "good too"
    assert bench.models[1].served == [picture(2)]


def test_a_request_before_any_model_is_dropped(bench: Bench) -> None:
    bench.worker.request(picture())
    model = bench.opened()
    bench.worker.request(thumbnails())
    bench.until_reply(thumbnails())
    assert model.served == [thumbnails()]


def test_a_newer_model_ends_the_reading_of_an_older_one(bench: Bench) -> None:
    bench.worker.open("long")
    opening = bench.until(ModelOpening)
    assert (opening.path, opening.total) == ("long", 10**9)
    bench.opened()
    assert not any(isinstance(r, ModelFailed) for r in bench.posted)


def test_opening_can_be_stopped(bench: Bench) -> None:
    model = bench.opened()
    bench.worker.open("long")
    assert bench.reading.wait(PATIENT_S)
    bench.worker.stop_opening()
    bench.worker.request(picture())
    bench.until_reply(picture())
    assert bench.models == [model]
    assert not any(isinstance(r, ModelFailed) for r in bench.posted)


def test_closing_ends_the_reading(bench: Bench) -> None:
    bench.worker.open("long")
    assert bench.reading.wait(PATIENT_S)
    bench.worker.close()
    assert not bench.worker.is_alive()
