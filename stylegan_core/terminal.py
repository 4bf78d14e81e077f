"""Everything that the programs print goes through here.

Names, cards, settings and errors come from files, and a terminal obeys the control characters in
them: they are shown as escapes instead. `make check` finds a `print` anywhere else; `protect` sees
to what libraries print.
"""

from __future__ import annotations

import logging
import sys
import threading
import traceback
import warnings
from types import TracebackType
from typing import Any, TextIO

from stylegan_core.readable import escaped


def say(text: object, stream: TextIO | None = None) -> None:
    """Print lines on the standard output, or on another stream."""
    print(escaped(str(text)), file=stream, flush=True)


def complain(text: object) -> None:
    """Print lines on the standard error."""
    say(text, sys.stderr)


def rewrite(text: str, stream: TextIO) -> None:
    """Write a line in place of the last one on a terminal."""
    stream.write("\r" + escaped(text))
    stream.flush()


def protect() -> None:
    """Show as escapes, from now on, what libraries log, warn of, and leave uncaught.

    It is done where the texts are made, and so holds whatever handlers a library has.
    """
    logging.setLogRecordFactory(_EscapedRecord)
    warnings.formatwarning = _formatted_warning
    if sys.excepthook is sys.__excepthook__:
        sys.excepthook = _say_uncaught
    if threading.excepthook is threading.__excepthook__:
        threading.excepthook = _say_uncaught_in_thread


class _EscapedRecord(logging.LogRecord):
    """What a library logs: the message, and the traceback that a formatter adds to it."""

    _exc_text: str | None = None

    def getMessage(self) -> str:
        return escaped(super().getMessage())

    @property
    def exc_text(self) -> str | None:
        return self._exc_text

    @exc_text.setter
    def exc_text(self, text: str | None) -> None:
        self._exc_text = text and escaped(text)


_format_plainly = warnings.formatwarning


def _formatted_warning(*arguments: Any, **options: Any) -> str:
    return escaped(_format_plainly(*arguments, **options))


def _say_uncaught(
    kind: type[BaseException], error: BaseException | None, trace: TracebackType | None
) -> None:
    complain("".join(traceback.format_exception(kind, error, trace)).rstrip("\n"))


def _say_uncaught_in_thread(failure: threading.ExceptHookArgs) -> None:
    if failure.exc_type is not SystemExit:
        _say_uncaught(failure.exc_type, failure.exc_value, failure.exc_traceback)
