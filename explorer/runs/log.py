"""Read the log of a training run as it grows. Damaged lines are skipped. No torch."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from stylegan_core.log_record import LogRecord, parsed


class RunLog:
    """Reads log.jsonl: only its new lines, or all again if it was cut or replaced."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._forget()

    def _forget(self, file_id: object = None) -> None:
        self._file_id = file_id
        self._offset = 0
        self._records: tuple[LogRecord, ...] = ()

    def read(self) -> tuple[LogRecord, ...]:
        """Return the records of all complete lines so far."""
        try:
            with self._path.open("rb") as file:
                self._read_new_lines(file)
        except FileNotFoundError:
            self._forget()
        except OSError:
            pass  # the next attempt may succeed
        return self._records

    def _read_new_lines(self, file: BinaryIO) -> None:
        stat = os.fstat(file.fileno())
        file_id = (stat.st_dev, stat.st_ino)
        if file_id != self._file_id or stat.st_size < self._offset:
            self._forget(file_id)
        file.seek(self._offset)
        new = file.read()
        complete = new[: new.rfind(b"\n") + 1]  # the last line may be half written
        self._offset += len(complete)
        new_records = (
            record for line in complete.splitlines() if (record := parsed(line)) is not None
        )
        self._records = in_order(self._records, new_records)


def in_order(old: tuple[LogRecord, ...], new: Iterable[LogRecord]) -> tuple[LogRecord, ...]:
    """Join records; a run that was resumed repeats some, and the new ones replace the old."""
    records = list(old)
    for record in new:
        while records and records[-1]["kimg"] >= record["kimg"]:
            records.pop()
        records.append(record)
    return tuple(records)
