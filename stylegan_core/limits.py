"""How much a file may ask for: every bound on reading what others have written.

A file of a few bytes can describe work and memory without end: values that are shared, nested or
named again and again, shapes without data, counts without entries. `Budget` holds what reading one
file may cost, in proportion to its size. `reading` gives a file its budget, and `budget` returns it
to whatever walks through the file. A real file never comes near these bounds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

MAX_STEPS: Final = 1_000_000
"""Instructions of all pickles in one file."""

MAX_ENTRIES: Final = 1_000_000
"""Entries of lists, dictionaries and texts that are copied or walked through."""

STEPS_PER_BYTE: Final = 2
ENTRIES_PER_BYTE: Final = 4
READS_PER_BYTE: Final = 8
AT_LEAST: Final = 10_000
"""Steps, entries and bytes that the smallest file may cost."""

MAX_NESTING: Final = 1000  # marks of a pickle
MAX_DEPTH: Final = 32  # of modules in modules, and of values in values
MAX_ARRAYS: Final = 50_000
MAX_DIMENSIONS: Final = 8
MAX_SIZE: Final = 2**48  # of one dimension, or one count
MAX_EMPTY_SIDE: Final = 2**16  # of an array without any numbers
MAX_NAME_LENGTH: Final = 300
MAX_CLASSES_NAMED: Final = 5000  # classes and functions outside the vocabulary
MAX_PLAIN_VALUES: Final = 100_000  # in all the attributes of one network
MAX_INTEGER_BYTES: Final = 32
MAX_INTEGER_KEY: Final = 2**32
MAX_DIRECTORY_BYTES: Final = 4_000_000  # of a zip file: some forty thousand members
MAX_HEADER_BYTES: Final = 8_000_000  # of a checkpoint: forty thousand tensors and a card

FILE_ERRORS: Final = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RuntimeError,  # RecursionError among them
    TypeError,
    ValueError,
)
"""Errors that impossible values in a file raise: the file is to blame."""

Progress = Callable[[int, int], None]
"""Takes how much of a file has been read, and how much there is to read."""

STEPS_BETWEEN_LOOKS: Final = 4096
"""Steps or entries after which the caller may stop the reading."""


class LimitExceeded(ValueError):
    """A file asks for more than a real one of its size would. The message continues a sentence."""


class Budget:
    """The steps, entries and bytes left for a file of `size` bytes; methods raise `LimitExceeded`.

    `look` is called now and then; what it raises ends the reading.
    """

    def __init__(self, size: int, look: Callable[[], None] = lambda: None) -> None:
        self._steps_left = min(MAX_STEPS, AT_LEAST + STEPS_PER_BYTE * size)
        self._entries_left = min(MAX_ENTRIES, AT_LEAST + ENTRIES_PER_BYTE * size)
        self._bytes_left = AT_LEAST + READS_PER_BYTE * size
        self._until_look = STEPS_BETWEEN_LOOKS
        self.look = look

    def step(self) -> None:
        """Count one instruction."""
        self._steps_left -= 1
        if self._steps_left < 0:
            raise LimitExceeded("it asks for more steps than a network needs")
        self._pass_time(1)

    def entries(self, count: int) -> None:
        """Count entries before they are copied or walked through."""
        self._entries_left -= count
        if self._entries_left < 0:
            raise LimitExceeded("it repeats more than any network does")
        self._pass_time(count)

    def read(self, count: int) -> None:
        """Count bytes before they are read or computed with."""
        self._bytes_left -= count
        if self._bytes_left < 0:
            raise LimitExceeded("it describes more numbers than it holds")
        self.look()

    def _pass_time(self, count: int) -> None:
        self._until_look -= count
        if self._until_look < 0:
            self._until_look = STEPS_BETWEEN_LOOKS
            self.look()


class Reports:
    """Progress (done, total) of reading a file: `look` repeats the last report.

    The one who is told can therefore stop the reading between two reports, by raising an error.
    """

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._last = (0, 1)

    def report(self, done: int, total: int) -> None:
        """Say how far the reading has come."""
        self._last = done, total
        self.look()

    def look(self) -> None:
        """Say it again."""
        if self._progress is not None:
            self._progress(*self._last)


_current: ContextVar[Budget | None] = ContextVar("the budget of the file that is being read")


@contextmanager
def reading(size: int, look: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Read a file of `size` bytes within a budget; see `Budget` for `look`."""
    token = _current.set(Budget(size, look))
    try:
        yield
    finally:
        _current.reset(token)


def budget() -> Budget:
    """Return the budget of the file that is being read, or the largest one if there is none."""
    return _current.get(None) or Budget(MAX_SIZE)
