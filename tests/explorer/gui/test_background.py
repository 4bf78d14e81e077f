"""Work on another thread, and the way of its result to the main thread."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future

import pytest

from explorer.gui.toolkit.background import in_background
from stylegan_core.errors import UserError


def result_of(work: Callable[[], str]) -> Future[str]:
    """Run work in the background while this thread waits for what is posted to it."""
    posted: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
    done: list[Future[str]] = []
    in_background(work, posted.put, done.append)
    assert not done, "the result waits until this thread takes it"
    posted.get(timeout=30)()
    (future,) = done
    return future


def test_work_runs_on_another_thread() -> None:
    assert result_of(lambda: threading.current_thread().name).result() == "background"


def test_errors_of_the_work_are_raised_on_the_main_thread() -> None:
    def work() -> str:
        raise UserError("There is no folder.")

    with pytest.raises(UserError, match="no folder"):
        result_of(work).result()
