"""Training in a process of its own: what is asked, what can be said beforehand, start, pause and
stop.

The process goes on when the window is closed, unless it was stopped. What it says is kept in
train.log of the run's folder, and which process it is in train.pid, so that another window finds
it again. Torch is imported only to check settings.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from explorer.runs import processes
from stylegan_core.exit_codes import BAD_INPUT, DONE, FAILED, INTERRUPTED
from stylegan_core.errors import UserError
from stylegan_core.files import check_folder, make_folder
from stylegan_core.training.run_lock import LOCK

LOG: Final = "train.log"
MARK: Final = "train.pid"
_TAIL_BYTES: Final = 4000


@dataclass(frozen=True)
class TrainOptions:
    """A new run, as `stylegan train` takes it; `more` holds further settings, "name=value"."""

    data: str
    resolution: int
    preset: str
    kimg: float
    out: Path
    start_from: Path | None = None
    more: str = ""

    @property
    def settings(self) -> tuple[str, ...]:
        """The further settings one by one. Raises UserError for quotes that do not close."""
        try:
            return tuple(shlex.split(self.more))
        except ValueError as error:
            raise UserError(f"The further settings cannot be read: {error}.") from None


@dataclass(frozen=True)
class PresetInfo:
    """A preset, what it is for, and what it begins with."""

    name: str
    purpose: str
    resolution: int
    kimg: float


def presets() -> tuple[PresetInfo, ...]:
    """All presets, ours first. Imports torch."""
    from stylegan_core.training.presets import PRESETS

    found = [
        PresetInfo(name, preset.purpose, preset.config.resolution, preset.config.total_kimg)
        for name, preset in PRESETS.items()
    ]
    return tuple(sorted(found, key=lambda model_info: not model_info.name.startswith("portraits")))


def check(options: TrainOptions) -> None:
    """Say now what the process would say later. Raises UserError. Imports torch."""
    from stylegan_core.cli.train import parse_settings
    from stylegan_core.data.dataset import portrait_count
    from stylegan_core.data.folders import find_pictures
    from stylegan_core.training.config import with_values
    from stylegan_core.training.presets import PRESETS

    if not options.data.strip():
        raise UserError("Choose the pictures to train with: a folder, a zip file, or 'portraits'.")
    if portrait_count(options.data) is None:
        find_pictures(Path(options.data))
    check_free(options.out)
    if options.start_from is not None and not options.start_from.is_file():
        raise UserError(f"There is no model {options.start_from} to begin with any more.")
    changes: dict[str, Any] = {**parse_settings(options.settings), "total_kimg": options.kimg}
    if options.start_from is None:  # the sizes of a model to begin with are its own
        changes["resolution"] = options.resolution
    with_values(PRESETS[options.preset].config, changes)


def check_free(out: Path) -> None:
    """Raise UserError where no new run can begin."""
    check_folder(out)
    if (out / "config.json").exists():
        raise UserError(
            f"{out} holds a run already: choose another folder, or follow that run and go on."
        )


def new_command(options: TrainOptions, threads: int) -> list[str]:
    """The command line of a new run."""
    line = [*_train(threads), "--out", str(options.out), "--data", options.data]
    line += ["--resolution", str(options.resolution), "--kimg", f"{options.kimg:g}"]
    line += ["--preset", options.preset, "--workers", str(threads)]
    if options.start_from is not None:
        line += ["--from", str(options.start_from)]
    return [*line, *(part for setting in options.settings for part in ("--set", setting))]


def resume_command(run: Path, threads: int) -> list[str]:
    """The command line that continues a run."""
    return [*_train(threads), "--resume", str(run)]


def spare_threads() -> int:
    """Half of the processor, so that exploring goes on beside training."""
    return max((os.cpu_count() or 1) // 2, 1)


def _train(threads: int) -> list[str]:
    return [sys.executable, "-m", "stylegan_core", "train", "--threads", str(threads)]


class TrainProcess:
    """`stylegan train` at work on a run: one that was started here, or found again."""

    def __init__(self, run: Path, pid: int, poll: Callable[[], int | None], log_start: int) -> None:
        self.run, self.is_new = run, False
        self._pid, self._poll = pid, poll
        self._log, self._start = run / LOG, log_start
        self.is_stopping = False

    @classmethod
    def start(cls, command: Sequence[str], run: Path) -> TrainProcess:
        """Start one. Raises UserError where that cannot even be done."""
        is_new, log = not run.exists(), run / LOG
        make_folder(run)
        start = log.stat().st_size if log.exists() else 0
        try:
            with log.open("ab") as file:
                process = _started(command, file)
        except OSError as error:
            raise UserError(f"Training cannot be started: {error.strerror or error}.") from None
        _leave_mark(run, process.pid)
        started = cls(run, process.pid, process.poll, start)
        started.is_new = is_new
        return started

    @classmethod
    def find(cls, run: Path) -> TrainProcess | None:
        """The process that a window started earlier and that is still there, None without one."""
        marked = _read_mark(run)
        if marked is None:
            return None
        pid, began = marked

        def poll() -> int | None:
            look = processes.look_at(pid)
            return None if look is not None and look.began == began else found.code_told()

        found = cls(run, pid, poll, 0)
        return found if poll() is None else None

    def exit_code(self) -> int | None:
        """None while it is there, at work or paused."""
        return self._poll()

    @property
    def is_paused(self) -> bool:
        """Whether it is suspended, by whomever."""
        look = processes.look_at(self._pid) if self.exit_code() is None else None
        return look is not None and look.is_suspended

    def pause(self) -> None:
        """Suspend it at once, with its memory; where the system cannot do that, save and end."""
        if not processes.CAN_SUSPEND:
            self.stop()
        elif self.exit_code() is None:
            processes.suspend(self._pid)

    def resume(self) -> None:
        """Let it go on after a pause."""
        if self.exit_code() is None:
            processes.wake(self._pid)

    def stop(self) -> None:
        """Ask it to save and end, paused or not; nothing is waited for."""
        if self.exit_code() is None and not self.is_stopping:
            self.is_stopping = True
            processes.interrupt(self._pid)
            processes.wake(self._pid)

    def code_told(self) -> int:
        """The exit code of a process that is nobody's child here, as its last words tell it."""
        said = self.last_line()
        if not said.startswith("Saved in"):
            return FAILED
        return INTERRUPTED if "--resume" in said else DONE

    def last_line(self) -> str:
        """The last thing it said, "" before the first."""
        try:
            with self._log.open("rb") as log:
                log.seek(max(self._start, log.seek(0, os.SEEK_END) - _TAIL_BYTES))
                lines = log.read().decode(errors="replace").split("\n")
        except OSError:
            return ""
        return next((line.strip() for line in reversed(lines) if line.strip()), "")

    def failure(self) -> str | None:
        """What went wrong, in a sentence, once it has ended; None where nothing did."""
        code = self.exit_code()
        if code is None or code in (DONE, INTERRUPTED) or (code < 0 and self.is_stopping):
            return None
        said = self.last_line()
        if code == BAD_INPUT and said:
            return said
        how = f"was ended by signal {-code}" if code < 0 else "failed"
        return f"Training {how}{': ' + said if said else '.'}\nAll it said stands in {self._log}."

    def clean_up(self) -> None:
        """Remove what only a process at work needs, and the folder of a run that never began."""
        (self.run / MARK).unlink(missing_ok=True)
        if (self.run / "config.json").exists():
            return
        for name in (LOG, LOCK):
            (self.run / name).unlink(missing_ok=True)
        if self.is_new and self.run.is_dir() and not any(self.run.iterdir()):
            self.run.rmdir()


def _leave_mark(run: Path, pid: int) -> None:
    """Write down which process it is; without it, it is only not found again."""
    look = processes.look_at(pid)
    if look is not None:
        with suppress(OSError):
            (run / MARK).write_text(json.dumps([pid, look.began]))


def _read_mark(run: Path) -> tuple[int, str] | None:
    """Number and start of the run's process; None without a mark, or where it is damaged."""
    try:
        pid, began = json.loads((run / MARK).read_text())
    except (OSError, ValueError, TypeError, RecursionError):
        return None
    return (pid, began) if type(pid) is int and pid > 1 and isinstance(began, str) else None


def _started(command: Sequence[str], log: IO[bytes]) -> subprocess.Popen[bytes]:
    """A process that neither Ctrl-C in a terminal nor the end of the window reaches."""
    apart: dict[str, Any] = (
        {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)}
        if sys.platform == "win32"
        else {"start_new_session": True}
    )
    quiet = {**os.environ, "PYTHONUNBUFFERED": "1"}
    return subprocess.Popen(
        list(command), stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=quiet, **apart
    )
