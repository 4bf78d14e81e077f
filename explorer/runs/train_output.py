"""Read the output of a training process in RUN/train.log, and tell from it how training ended."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from stylegan_core.exit_codes import BAD_INPUT, DONE, FAILED, INTERRUPTED
from stylegan_core.readable import shown_name
from stylegan_core.training.run_files import COMPLETE, STOPPED

LOG: Final = "train.log"
_TAIL_BYTES: Final = 4000


class TrainOutput:
    """Reads the output of one process; `start` is the length of the log before it, in bytes."""

    def __init__(self, run: Path, start: int = 0) -> None:
        self._path = run / LOG
        self._start = start

    def last_line(self) -> str:
        """Return the last line that is not empty, "" before the first."""
        try:
            with self._path.open("rb") as log:
                log.seek(max(self._start, log.seek(0, os.SEEK_END) - _TAIL_BYTES))
                lines = log.read().decode(errors="replace").split("\n")
        except OSError:
            return ""
        return shown_name(next((line.strip() for line in reversed(lines) if line.strip()), ""))

    def exit_code(self) -> int:
        """Infer the exit code of a process that has ended, where the system does not report it."""
        line = self.last_line()
        if line.startswith(STOPPED):
            return INTERRUPTED
        return DONE if line.startswith(COMPLETE) else FAILED

    def failure(self, exit_code: int) -> str | None:
        """Return a message that says what went wrong, or None for a process that did not fail.

        Negative exit codes are signals.
        """
        if exit_code in (DONE, INTERRUPTED):
            return None
        line = self.last_line()
        if exit_code == BAD_INPUT and line:
            return line
        end = f"was ended by signal {-exit_code}" if exit_code < 0 else "failed"
        return f"Training {end}{': ' + line if line else '.'}\nIts whole output is in {self._path}."
