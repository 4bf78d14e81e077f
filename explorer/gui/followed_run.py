"""The training run that the window follows: values that panels read, and the choices they make."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from explorer.gui.toolkit.letters import shown_name
from explorer.runs.run_state import RunState
from explorer.runs.snapshot import Snapshot
from stylegan_core.durations import duration

ProcessState = Literal["none", "running", "paused", "stopping", "ended"]
"""The state of the process that trains the run, if this window started or found it; else "none"."""

_SEPARATOR: Final = "   ·   "


@dataclass
class FollowedRun:
    """A run, the snapshot to show, and the state of its training."""

    state: RunState
    is_read: bool = False  # whether the folder has been looked at
    shows_newest: bool = True  # each new snapshot is shown as it appears
    chosen: Snapshot | None = None  # the one shown instead, if any
    failed: set[Snapshot] = field(default_factory=set)  # damaged
    process: ProcessState = "none"
    last_message: str = ""  # of the process

    @property
    def name(self) -> str:
        """The name of the run's folder."""
        return shown_name(self.state.folder.name or str(self.state.folder))

    @property
    def usable(self) -> tuple[Snapshot, ...]:
        """The snapshots that can be opened, as far as is known."""
        return tuple(s for s in self.state.snapshots if s not in self.failed)

    @property
    def wanted(self) -> Snapshot | None:
        """The snapshot to show: the newest, or the chosen one."""
        if not self.shows_newest:
            return self.chosen
        return self.usable[-1] if self.usable else None

    @property
    def index(self) -> int | None:
        """The index of the wanted snapshot among the usable ones."""
        wanted, usable = self.wanted, self.usable
        return usable.index(wanted) if wanted in usable else None

    def has_snapshot(self, path: str | Path) -> bool:
        """Tell whether a file is a snapshot of this run, even if it has been deleted."""
        return Path(path).parent == self.state.folder / "snapshots"

    def moment_of(self, path: str) -> str:
        """Return " at 120 kimg" for a snapshot of this run, "" for any other file."""
        snapshot = next((s for s in self.state.snapshots if str(s.path) == path), None)
        return f" at {snapshot.kimg} kimg" if snapshot is not None else ""

    def choose(self, index: int) -> None:
        """Show the usable snapshot with that index, or the first or last if it lies beyond."""
        if self.usable:
            self.chosen = self.usable[min(max(index, 0), len(self.usable) - 1)]
            self.shows_newest = False

    def show_newest(self) -> None:
        """Show the newest snapshot from now on."""
        self.shows_newest = True
        self.chosen = None

    def note_opening(self, path: Path) -> None:
        """Choose the snapshot that is being opened, or none if another model is."""
        if self.wanted is None or self.wanted.path != path:
            self.chosen = next((s for s in self.usable if s.path == path), None)
            self.shows_newest = False

    @property
    def can_stop(self) -> bool:
        """True while this window's process can be told to save and stop."""
        return self.process in ("running", "paused")

    @property
    def can_resume(self) -> bool:
        """True while training can go on, in a paused process or in a new one."""
        return self.process == "paused" or self.can_continue

    @property
    def can_continue(self) -> bool:
        """True while a new process can continue from what was saved."""
        status = self.state.status
        if self.process == "ended":
            return status in ("running", "quiet")
        return self.process == "none" and status == "quiet"

    @property
    def status_text(self) -> str:
        """The state of the training, in a word or two."""
        status = self.state.status
        if self.process == "stopping":
            return "saving"
        if self.process == "paused":
            return "paused"
        if self.process == "running":
            return "training" if self.state.records else "preparing"
        if status == "complete":
            return "complete"
        if self.process == "ended":
            return "stopped"
        return {"waiting": "nothing written yet", "quiet": "not running"}.get(status, "training")

    @property
    def live_text(self) -> str:
        """Images per second, time left, resolution and memory, from the newest line of the log."""
        state = self.state
        if self.process in ("running", "stopping") and not state.records:
            return self.last_message or "Starting…"
        if not state.records:
            return "The log is still empty."
        parts, is_training = [], self.status_text == "training"
        if is_training:
            rate, seconds_left = state.newest("images_per_s"), state.newest("seconds_left")
            if rate is not None:
                parts.append(f"{rate:.1f} images/s")
            if seconds_left is not None:
                parts.append(f"{duration(seconds_left)} left")
        resolution, memory_mib = state.newest("resolution"), state.newest("memory_mib")
        if resolution is not None:
            parts.append(f"{'now' if is_training else 'last'} at {resolution:.0f} px")
        if memory_mib:
            parts.append(f"{memory_mib / 1024:.1f} GiB")
        return _SEPARATOR.join(parts)


def kimg_text(kimg: float) -> str:
    """Return thousands of images as people write them: 0.4, 12.5, 480."""
    return f"{kimg:.1f}".removesuffix(".0")
