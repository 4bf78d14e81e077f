"""The worker's pictures with real threads: newest wins, order of channels, failures."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from explorer.rendering.messages import Failure, FrameResult, ModelFailed, ModelLoaded, ModelOpening
from explorer.rendering.pausable import Pausable
from explorer.rendering.worker import PATIENCE
from stylegan_core.errors import UserError
from tests.explorer.bench import PATIENT_S, Bench


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


def test_work_in_parts_lets_more_urgent_pictures_pass(bench: Bench) -> None:
    """Small pictures that take long are made part by part between pictures of the main channel."""
    model = bench.opened()
    parts: list[int] = []

    def small() -> Pausable[str]:
        for part in range(3):
            parts.append(part)
            bench.ask("main", f"after part {part}")
            yield
        return "small"

    model.payloads["in parts"] = small
    bench.ask("thumbs", "in parts", stamp=4)
    result = bench.until_frame("small")
    assert (result.channel, result.stamp) == ("thumbs", 4)
    assert result.render_ms >= 0
    shown = [payload for channel, payload in model.rendered if channel == "main"]
    assert shown == ["after part 0", "after part 1", "after part 2"]
    assert parts == [0, 1, 2]


def test_a_picture_of_many_parts_is_not_held_up_by_small_ones(bench: Bench) -> None:
    model = bench.opened()
    order: list[str] = []

    def work(name: str, parts: int) -> Callable[[], Pausable[str]]:
        def made() -> Pausable[str]:
            for _ in range(parts):
                order.append(name)
                yield
            return name

        return made

    model.payloads |= {"large": work("large", 3 * PATIENCE), "small": work("small", 4)}
    model.may_render.clear()
    bench.ask("stored", "first")
    assert model.started.acquire(timeout=PATIENT_S)
    bench.ask("thumbs", "small")
    bench.ask("main", "large")
    model.may_render.set()
    bench.until_frame("small")
    assert order == ["large"] * 3 * PATIENCE + ["small"] * 4


def test_newer_work_takes_the_place_of_what_was_begun(bench: Bench) -> None:
    model = bench.opened()
    parts: list[str] = []

    def slow(name: str) -> Callable[[], Pausable[str]]:
        def work() -> Pausable[str]:
            for _ in range(3):
                parts.append(name)
                if parts == ["old"]:
                    bench.ask("strip", "new")
                yield
            return name

        return work

    model.payloads |= {"old": slow("old"), "new": slow("new")}
    bench.ask("strip", "old")
    bench.until_frame("new")
    assert parts == ["old", "new", "new", "new"]


def test_a_failure_in_a_later_part_is_a_message(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    model = bench.opened()

    def broken() -> Pausable[str]:
        yield
        raise UserError("This part cannot be made.")

    model.payloads["broken"] = broken
    bench.ask("heat", "broken", stamp=9)
    bench.until(lambda r: r == Failure("heat", "This part cannot be made.", 9))
    bench.ask("heat", "still alive")
    bench.until_frame("still alive")


def test_the_model_rests_once_nothing_is_asked(bench: Bench) -> None:
    model = bench.opened()
    before = model.rested
    bench.ask("main", "picture")
    bench.until_frame("picture")
    deadline = time.monotonic() + PATIENT_S
    while model.rested == before and time.monotonic() < deadline:
        time.sleep(0.005)
    assert model.rested > before


def test_a_model_that_fails_at_rest_does_not_end_the_worker(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    model = bench.opened()
    failed = threading.Event()

    def rest() -> None:
        failed.set()
        raise RuntimeError("expected both to be float")

    model.rest = rest  # type: ignore[method-assign]
    bench.ask("main", "picture")
    bench.until_frame("picture")
    assert failed.wait(PATIENT_S)
    bench.ask("main", "still alive")
    bench.until_frame("still alive")
    assert "expected both to be float" in caplog.text


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
    bench.until(lambda r: r == ModelFailed("bad.safetensors", "It is no model.", True))
    bench.ask("main", "the old one")
    bench.until_frame("the old one")
    bench.worker.open("broken.safetensors")
    bench.until(lambda r: isinstance(r, ModelFailed) and "KeyError" in r.message)
    for path in ("no device", "no memory"):
        bench.worker.open(path)
        failed = bench.until(lambda r, path=path: isinstance(r, ModelFailed) and r.path == path)
        assert isinstance(failed, ModelFailed)
        assert not failed.is_damaged


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


def test_a_newer_model_ends_the_reading_of_an_older_one(bench: Bench) -> None:
    bench.worker.open("long")
    told = bench.until(lambda r: isinstance(r, ModelOpening))
    assert isinstance(told, ModelOpening)
    assert (told.path, told.total) == ("long", 10**9)
    bench.opened()
    assert not any(isinstance(r, ModelFailed) for r in bench.posted)


def test_opening_can_be_stopped(bench: Bench) -> None:
    model = bench.opened()
    bench.worker.open("long")
    assert bench.reading.wait(PATIENT_S)
    bench.worker.stop_opening()
    bench.ask("main", "again")
    bench.until_frame("again")
    assert bench.models == [model]
    assert not any(isinstance(r, ModelFailed) for r in bench.posted)


def test_closing_ends_the_reading(bench: Bench) -> None:
    bench.worker.open("long")
    assert bench.reading.wait(PATIENT_S)
    bench.worker.close()
    assert not bench.worker.is_alive()
