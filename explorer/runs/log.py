"""Read the log of a training run as it grows. Damaged lines are left out. No torch."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from stylegan_core.log_record import LogRecord, parsed


class RunLog:
    """Reads log.jsonl: only its new lines, until it is cut or replaced."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._forget()

    def _forget(self, file_id: object = None) -> None:
        self._file_id = file_id
        self._offset = 0
        self._lines: tuple[LogRecord, ...] = ()

    def read(self) -> tuple[LogRecord, ...]:
        """Return all whole lines so far."""
        try:
            with self._path.open("rb") as file:
                self._read_on(file)
        except FileNotFoundError:
            self._forget()
        except OSError:
            pass  # the next look may succeed
        return self._lines

    def _read_on(self, file: BinaryIO) -> None:
        stat = os.fstat(file.fileno())
        file_id = (stat.st_dev, stat.st_ino)
        if file_id != self._file_id or stat.st_size < self._offset:
            self._forget(file_id)
        file.seek(self._offset)
        new = file.read()
        whole = new[: new.rfind(b"\n") + 1]  # the last line may be half written
        self._offset += len(whole)
        lines = (line for text in whole.splitlines() if (line := parsed(text)) is not None)
        self._lines = in_order(self._lines, lines)


def in_order(old: tuple[LogRecord, ...], new: Iterable[LogRecord]) -> tuple[LogRecord, ...]:
    """Join lines; a run that was resumed repeats some, and the new ones replace the old."""
    lines = list(old)
    for line in new:
        while lines and lines[-1]["kimg"] >= line["kimg"]:
            lines.pop()
        lines.append(line)
    return tuple(lines)
