"""Processes that may outlive the window: known again by their number, suspended and woken together
with all that they started. Windows offers none of it, and there nothing is found.
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
class Look:
    """A process as its system tells it. Numbers come again: `began`, the moment when the process
    was started, tells two processes of the same number apart.
    """

    began: str
    is_suspended: bool


def look_at(pid: int) -> Look | None:
    """A process of this user that is at work or suspended; None where there is none."""
    if sys.platform == "win32":
        return None
    try:
        os.kill(pid, 0)
        found = _from_proc(pid) if sys.platform.startswith("linux") else _from_ps(pid)
    except (OSError, ValueError, IndexError, OverflowError):
        return None
    state, began = found
    return None if state.startswith(("Z", "X")) else Look(began, state.startswith("T"))


def _from_proc(pid: int) -> tuple[str, str]:
    """State and start of a process (proc(5): fields 3 and 22, after a name in brackets)."""
    fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    return fields[0], fields[19]


def _from_ps(pid: int) -> tuple[str, str]:
    line = ["ps", "-o", "stat=", "-o", "lstart=", "-p", str(pid)]
    said = subprocess.run(line, capture_output=True, text=True, check=False).stdout
    state, began = said.split(maxsplit=1)
    return state, began.strip()


def suspend(pid: int) -> None:
    """Stops a process and those it started, wherever they are; they keep their memory."""
    _signal_group(pid, "SIGSTOP")


def wake(pid: int) -> None:
    """Lets what was suspended go on where it was."""
    _signal_group(pid, "SIGCONT")


def _signal_group(pid: int, name: str) -> None:
    """Signals a process that leads a group; one that has just ended needs none."""
    if sys.platform != "win32":
        with suppress(ProcessLookupError):
            os.killpg(pid, getattr(signal, name))


def interrupt(pid: int) -> None:
    """Asks one process to end, as Ctrl-C does; one that is suspended has to be woken for it."""
    with suppress(ProcessLookupError):
        if sys.platform == "win32":
            os.kill(pid, signal.CTRL_BREAK_EVENT)
        else:
            os.kill(pid, signal.SIGINT)
