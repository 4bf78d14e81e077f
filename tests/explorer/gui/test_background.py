"""Work off the main thread, and its way back."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future

import pytest

from explorer.gui.toolkit.background import in_background
from stylegan_core.errors import UserError


def result_of(work: Callable[[], str]) -> Future[str]:
    """Lets it be done while this thread waits for what comes later."""
    later: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
    done: list[Future[str]] = []
    in_background(work, later.put, done.append)
    assert not done, "nothing is done before this thread takes it"
    later.get(timeout=30)()
    (future,) = done
    return future


def test_it_runs_beside_the_main_thread() -> None:
    assert result_of(lambda: threading.current_thread().name).result() == "background"


def test_what_it_raises_is_raised_on_the_main_thread() -> None:
    def work() -> str:
        raise UserError("There is no folder.")

    with pytest.raises(UserError, match="no folder"):
        result_of(work).result()
