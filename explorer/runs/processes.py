"""Processes that may outlive the window: recognise, suspend, wake and interrupt them.

Suspending and waking reach a process together with all that it started. On Windows neither is
possible, and no process is recognised.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

CAN_SUSPEND: Final = sys.platform != "win32"


@dataclass(frozen=True)
class ProcessInfo:
    """A process as the system describes it.

    Systems use process ids again: the time when a process was `started`, as the system spells it,
    tells two processes with the same id apart.
    """

    started: str
    is_suspended: bool


def info_of(pid: int) -> ProcessInfo | None:
    """Describe a process of this user that runs or is suspended; None if there is none."""
    if sys.platform == "win32":
        return None
    try:
        os.kill(pid, 0)
        state, started = _from_proc(pid) if sys.platform.startswith("linux") else _from_ps(pid)
    except (OSError, ValueError, IndexError, OverflowError):
        return None
    return None if state.startswith(("Z", "X")) else ProcessInfo(started, state.startswith("T"))


def _from_proc(pid: int) -> tuple[str, str]:
    """Return state and start of a process (proc(5): fields 3 and 22, after the name and a ")")."""
    fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    return fields[0], fields[19]


def _from_ps(pid: int) -> tuple[str, str]:
    """Return state and start of a process, as on macOS."""
    command = ["ps", "-o", "stat=", "-o", "lstart=", "-p", str(pid)]
    line = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    state, started = line.split(maxsplit=1)
    return state, started.strip()


def suspend(pid: int) -> None:
    """Suspend a process and all that it started; they keep their memory."""
    _signal_group(pid, "SIGSTOP")


def wake(pid: int) -> None:
    """Let a suspended process, and all that it started, go on where they were."""
    _signal_group(pid, "SIGCONT")


def _signal_group(pid: int, name: str) -> None:
    """Signal the group that a process leads, unless it has just ended."""
    if sys.platform != "win32":
        with suppress(ProcessLookupError):
            os.killpg(pid, getattr(signal, name))


def interrupt(pid: int) -> None:
    """Ask one process to end, as Ctrl-C does; a suspended one obeys once it is woken."""
    with suppress(ProcessLookupError):
        if sys.platform == "win32":
            os.kill(pid, signal.CTRL_BREAK_EVENT)
        else:
            os.kill(pid, signal.SIGINT)
