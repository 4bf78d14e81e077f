"""A guard around every part of the window: a failure in one does not end the program."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable
from typing import Any

import dearpygui.dearpygui as dpg

log = logging.getLogger(__name__)


class Guard:
    """Calls functions. An exception is logged, counted and shown, and the caller goes on."""

    def __init__(self, show: Callable[[str], None]) -> None:
        self.errors = 0
        self._show = show
        self._failing: dict[Callable[..., Any], str] = {}  # repeated functions and their last error

    def run_callbacks(self) -> None:
        """Run the callbacks that Dear PyGui queued during the last frame."""
        for job in dpg.get_callback_queue() or ():
            if job[0] is not None:
                self.call(job[0], *job[1 : 1 + arity(job[0])])

    def call(self, function: Callable[..., object], *arguments: object) -> Any:
        """Return what a function returns, or None when it fails."""
        try:
            return function(*arguments)
        except Exception as error:
            self._report(error)
            return None

    def repeat(self, function: Callable[..., object], *arguments: object) -> Any:
        """Call a function of the loop as `call` does, but report a lasting failure only once."""
        try:
            value = function(*arguments)
        except Exception as error:
            if self._failing.get(function) != repr(error):
                self._failing[function] = repr(error)
                self._report(error)
            return None
        self._failing.pop(function, None)
        return value

    def _report(self, error: Exception) -> None:
        log.exception("A function of the window failed.")
        self.errors += 1
        self._show(f"That did not work: {error}.")


def arity(callback: Callable[..., Any]) -> int:
    """Return how many of the arguments (sender, value, data) a callback takes."""
    code = getattr(callback, "__code__", None)
    if code is None or code.co_flags & inspect.CO_VARARGS:
        return 3
    return min(int(code.co_argcount) - inspect.ismethod(callback), 3)
