"""Work that pauses, so that something more urgent can come first."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

Value = TypeVar("Value")
Pausable = Generator[float | None, None, Value]
"""Pauses at each `yield` and returns its value at the end. It may be dropped at any pause.

A number that it yields is the share of the work that is done.
"""


def run_to_end(work: Pausable[Value]) -> Value:
    """Run work without a pause and return its value."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            value: Value = end.value
            return value
