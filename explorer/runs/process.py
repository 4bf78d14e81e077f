"""Training in a process of its own: start it, find it again, pause, resume and stop it.

The process can go on when the window is closed. RUN/train.pid says which process trains a run, so
that another window finds it. No torch.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Final

from explorer.runs import processes
from explorer.runs.train_output import LOG, TrainOutput
from stylegan_core.advice import FROM_WINDOW
from stylegan_core.errors import UserError
from stylegan_core.files import make_folder
from stylegan_core.json_text import parsed_json
from stylegan_core.training.run_files import holds_run
from stylegan_core.training.run_lock import LOCK
from stylegan_core.write_errors import writing

PID_FILE: Final = "train.pid"


class TrainProcess:
    """A process of `stylegan train` for one run, started by this window or an earlier one."""

    def __init__(
        self, run: Path, pid: int, poll: Callable[[], int | None], output: TrainOutput
    ) -> None:
        self.run = run
        self.is_new = False  # whether `start` made the folder
        self.is_stopping = False
        self._pid = pid
        self._poll = poll
        self._output = output

    @classmethod
    def start(cls, command: Sequence[str], run: Path) -> TrainProcess:
        """Start a process. Raises `UserError` if that is impossible."""
        is_new, log = not run.exists(), run / LOG
        make_folder(run)
        output = TrainOutput(run, log.stat().st_size if log.exists() else 0)
        with writing(log):
            file = log.open("ab")
        try:
            child = _detached(command, file)
        except OSError as error:
            raise UserError(f"Training cannot be started: {error.strerror or error}.") from None
        finally:
            file.close()
        _write_pid_file(run, child.pid)
        process = cls(run, child.pid, child.poll, output)
        process.is_new = is_new
        return process

    @classmethod
    def find(cls, run: Path) -> TrainProcess | None:
        """Return the process that a window started earlier, or None if it has ended."""
        pid_and_start = _read_pid_file(run)
        if pid_and_start is None:
            return None
        pid, started = pid_and_start
        output = TrainOutput(run)

        def poll() -> int | None:
            info = processes.info_of(pid)
            return None if info is not None and info.started == started else output.exit_code()

        process = cls(run, pid, poll, output)
        return process if process.exit_code() is None else None

    def exit_code(self) -> int | None:
        """Return the exit code; None while the process runs or is paused."""
        return self._poll()

    @property
    def is_paused(self) -> bool:
        """True while the process is suspended, by this window or in another way."""
        info = processes.info_of(self._pid) if self.exit_code() is None else None
        return info is not None and info.is_suspended

    def pause(self) -> None:
        """Suspend the process with its memory; where the system cannot do that, stop it."""
        if not processes.CAN_SUSPEND:
            self.stop()
        elif self.exit_code() is None:
            processes.suspend(self._pid)

    def resume(self) -> None:
        """Let the process go on after a pause."""
        if self.exit_code() is None:
            processes.wake(self._pid)

    def stop(self) -> None:
        """Ask the process to save and end, paused or not, without waiting for it."""
        if self.exit_code() is None and not self.is_stopping:
            self.is_stopping = True
            processes.interrupt(self._pid)
            processes.wake(self._pid)

    def last_line(self) -> str:
        """Return the last line of the process's output, "" before the first."""
        return self._output.last_line()

    def failure(self) -> str | None:
        """Return what went wrong in a process that has ended; None if nothing did."""
        code = self.exit_code()
        if code is None or (code < 0 and self.is_stopping):
            return None
        return self._output.failure(code)

    def clean_up(self) -> None:
        """Remove what only a running process needs, and the folder of a run that never began."""
        (self.run / PID_FILE).unlink(missing_ok=True)
        if holds_run(self.run):
            return
        for name in (LOG, LOCK):
            (self.run / name).unlink(missing_ok=True)
        if self.is_new and self.run.is_dir() and not any(self.run.iterdir()):
            self.run.rmdir()


def _write_pid_file(run: Path, pid: int) -> None:
    """Write down which process trains the run; if this fails, `find` will not find it."""
    info = processes.info_of(pid)
    if info is not None:
        with suppress(OSError):
            (run / PID_FILE).write_text(json.dumps([pid, info.started]))


def _read_pid_file(run: Path) -> tuple[int, str] | None:
    """Return id and start of the run's process; None if the file is missing or damaged."""
    try:
        pid, started = parsed_json((run / PID_FILE).read_bytes())
    except (OSError, ValueError, TypeError):
        return None
    return (pid, started) if type(pid) is int and pid > 1 and isinstance(started, str) else None


def _detached(command: Sequence[str], log: IO[bytes]) -> subprocess.Popen[bytes]:
    """Start a process that neither Ctrl-C in a terminal nor the end of the window reaches."""
    options: dict[str, Any] = (
        {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)}
        if sys.platform == "win32"
        else {"start_new_session": True}
    )
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", FROM_WINDOW: "1"}
    return subprocess.Popen(
        list(command),
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        env=environment,
        **options,
    )
