"""Runs the parts of the window so that one that fails does not end it."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable
from typing import Any

import dearpygui.dearpygui as dpg

log = logging.getLogger(__name__)


class Guard:
    """Calls parts; what one raises is logged, counted and said, and the others still run."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.errors = 0
        self._say = say
        self._failing: dict[Callable[..., Any], str] = {}  # parts of the loop, and how they fail

    def run_callbacks(self) -> None:
        """Runs what Dear PyGui has queued in the last frame."""
        for job in dpg.get_callback_queue() or ():
            if job[0] is not None:
                self.call(job[0], *job[1 : 1 + arity(job[0])])

    def call(self, part: Callable[..., object], *arguments: object) -> Any:
        """What a part returns, None where it fails."""
        try:
            return part(*arguments)
        except Exception as error:
            self._failed(error)
            return None

    def repeat(self, part: Callable[..., object], *arguments: object) -> Any:
        """`call` for what runs again and again: a failure is said once for as long as it lasts."""
        try:
            value = part(*arguments)
        except Exception as error:
            if self._failing.get(part) != repr(error):
                self._failing[part] = repr(error)
                self._failed(error)
            return None
        self._failing.pop(part, None)
        return value

    def _failed(self, error: Exception) -> None:
        log.exception("in the window")
        self.errors += 1
        self._say(f"That did not work: {error}.")


def arity(callback: Callable[..., Any]) -> int:
    """How many of (sender, value, data) a callback takes."""
    code = getattr(callback, "__code__", None)
    if code is None or code.co_flags & inspect.CO_VARARGS:
        return 3
    return min(int(code.co_argcount) - inspect.ismethod(callback), 3)
