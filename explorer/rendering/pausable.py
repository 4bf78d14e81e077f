"""Work that pauses, so that something more urgent can come first."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

Value = TypeVar("Value")
Pausable = Generator[None, None, Value]
"""Pauses at each `yield` and returns its value at the end; it may be dropped at any pause."""


def run_to_end(parts: Pausable[Value]) -> Value:
    """What work in parts returns, all of it done at once."""
    while True:
        try:
            next(parts)
        except StopIteration as end:
            value: Value = end.value
            return value
