"""Slow work on a thread of its own, whose result returns to the main thread."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")
Post = Callable[[Callable[[], None]], None]
"""Runs a function on the main thread soon; callable from any thread."""


def in_background(work: Callable[[], T], post: Post, done: Callable[[Future[T]], None]) -> None:
    """Run `work` on a new thread, then `done` on the main thread.

    The future that `done` gets holds what `work` returned or raised.
    """
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except Exception as error:
            future.set_exception(error)
        post(lambda: done(future))

    threading.Thread(target=run, name="background", daemon=True).start()
