"""Runs what Dear PyGui has queued, on the thread that calls it."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable
from typing import Any

import dearpygui.dearpygui as dpg

log = logging.getLogger(__name__)


def run_callbacks() -> list[Exception]:
    """Runs the callbacks of the last frame. One that fails is logged, and the others still run."""
    errors = []
    for job in dpg.get_callback_queue() or ():
        if job[0] is not None:
            errors += guarded(job[0], job[1 : 1 + arity(job[0])])
    return errors


def guarded(callback: Callable[..., Any], arguments: tuple[Any, ...]) -> list[Exception]:
    """Calls something; what it raises is logged and returned instead."""
    try:
        callback(*arguments)
    except Exception as error:
        log.exception("in the window")
        return [error]
    return []


def arity(callback: Callable[..., Any]) -> int:
    """How many of (sender, value, data) a callback takes."""
    code = getattr(callback, "__code__", None)
    if code is None or code.co_flags & inspect.CO_VARARGS:
        return 3
    return min(int(code.co_argcount) - inspect.ismethod(callback), 3)
