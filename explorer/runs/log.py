"""The log of a training run, line by line as it grows. A line that is damaged is left out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from stylegan_core.log_record import LogRecord, parsed


class RunLog:
    """log.jsonl, of which only new lines are read until it is cut or replaced."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: object = None  # which file the lines are of
        self._offset = 0
        self._lines: tuple[LogRecord, ...] = ()

    def read(self) -> tuple[LogRecord, ...]:
        """All whole lines so far."""
        try:
            with self._path.open("rb") as file:
                self._read_on(file)
        except FileNotFoundError:
            self._file, self._offset, self._lines = None, 0, ()
        except OSError:
            pass
        return self._lines

    def _read_on(self, file: Any) -> None:
        found = _stat_of(file)
        if self._file != found[0] or found[1] < self._offset:
            self._file, self._offset, self._lines = found[0], 0, ()
        file.seek(self._offset)
        new = file.read()
        whole = new[: new.rfind(b"\n") + 1]  # the last line may be half written
        if whole:
            self._offset += len(whole)
            lines = [line for text in whole.splitlines() if (line := parsed(text)) is not None]
            self._lines = in_order(self._lines, lines)


def _stat_of(file: Any) -> tuple[object, int]:
    """Which file it is, and how long."""
    found = os.fstat(file.fileno())
    return (found.st_dev, found.st_ino), found.st_size


def in_order(old: tuple[LogRecord, ...], new: list[LogRecord]) -> tuple[LogRecord, ...]:
    """Old lines and new ones; a run that was resumed writes from an earlier kimg on again."""
    lines = list(old)
    for line in new:
        while lines and lines[-1]["kimg"] >= line["kimg"]:
            lines.pop()
        lines.append(line)
    return tuple(lines)
