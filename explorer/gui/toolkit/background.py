"""Work that may take long, off the main thread."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


def in_background(
    work: Callable[[], T],
    later: Callable[[Callable[[], None]], None],
    done: Callable[[Future[T]], None],
) -> None:
    """Calls `work` on a thread of its own and then, by `later`, `done` on the main one.

    What `work` returned or raised is the result of the future.
    """
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except Exception as error:
            future.set_exception(error)
        later(lambda: done(future))

    threading.Thread(target=run, name="background", daemon=True).start()
