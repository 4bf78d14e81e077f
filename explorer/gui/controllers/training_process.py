"""The process that trains the followed run, if this window started or found it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from explorer.gui.context import Ui
from explorer.gui.followed_run import ProcessState
from explorer.runs.process import TrainProcess

_INTERVAL_S: Final = 0.5  # between two checks of the process


class OwnProcess:
    """Starts, finds, pauses and stops the process, and shows its state in the followed run."""

    def __init__(self, ui: Ui) -> None:
        self._ui = ui
        self._process: TrainProcess | None = None
        self._looked_at_s = 0.0

    @property
    def is_running(self) -> bool:
        """True while there is a process, at work or paused."""
        return self._process is not None and self._process.exit_code() is None

    @property
    def is_paused(self) -> bool:
        """True while the process is suspended."""
        return self._process is not None and self._process.is_paused

    @property
    def is_stopping(self) -> bool:
        """True once the process was asked to save and end."""
        return self._process is not None and self._process.is_stopping

    @property
    def name(self) -> str:
        """The name of the run that the process trains, "" without one."""
        return self._process.run.name if self._process is not None else ""

    def start(self, command: list[str], folder: Path) -> None:
        """Start a process. Raises UserError where that is impossible."""
        self._process = TrainProcess.start(command, folder)
        self._look_soon()

    def pause_or_resume(self) -> None:
        """Suspend the process, or let it go on."""
        process = self._process
        if process is None:
            return
        if process.is_paused:
            process.resume()
            self._ui.say(f"Training of {self.name} continues.")
        else:
            process.pause()
            state = "being saved …" if process.is_stopping else "paused."
            self._ui.say(f"Training of {self.name} is {state}")
        self._look_soon()

    def wake(self) -> None:
        """Let the process go on if it is paused."""
        if self._process is not None:
            self._process.resume()

    def stop(self) -> None:
        """Ask the process to save and end."""
        process = self._process
        if process is not None:
            process.stop()
            text = f"{self.name} is being saved …"
            self._ui.say(text, during=lambda: self._process is process)
            self._look_soon()

    def advance(self, now: float) -> TrainProcess | None:
        """Look at the process from time to time; return it once it has ended."""
        if now - self._looked_at_s < _INTERVAL_S:
            return None
        self._looked_at_s = now
        run = self._ui.view.run
        if self._process is None and run is not None and run.process in ("none", "ended"):
            self._process = TrainProcess.find(run.state.folder)
        process = self._process
        if process is None:
            return None
        state = _state_of(process)
        self._show(process, state)
        if state != "ended":
            return None
        self._process = None
        return process

    def _show(self, process: TrainProcess, state: ProcessState) -> None:
        run = self._ui.view.run
        if run is None or run.state.folder != process.run:
            return
        line = process.last_line()
        if (state, line) != (run.process, run.last_message):
            run.process = state
            run.last_message = line
            self._ui.stale = True

    def _look_soon(self) -> None:
        self._looked_at_s = 0.0


def _state_of(process: TrainProcess) -> ProcessState:
    if process.exit_code() is not None:
        return "ended"
    if process.is_stopping:
        return "stopping"
    return "paused" if process.is_paused else "running"
