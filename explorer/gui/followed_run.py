"""The training run that is followed, as the window shows it: values that panels read, and a few
choices they make.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from explorer.runs.watch import RunState, Snapshot
from stylegan_core.durations import duration

Own = Literal["none", "running", "paused", "stopping", "ended"]
"""How the process stands that this window trains the run with, if it does."""


@dataclass
class FollowedRun:
    """A run, which of its snapshots is to be seen, and how its training stands."""

    state: RunState
    pinned: bool = True  # the newest snapshot is shown as it appears
    chosen: Snapshot | None = None
    failed: set[Snapshot] = field(default_factory=set)  # those that could not be opened
    own: Own = "none"
    said: str = ""  # the last line of the own process

    @property
    def name(self) -> str:
        return self.state.folder.name or str(self.state.folder)

    @property
    def usable(self) -> tuple[Snapshot, ...]:
        """The snapshots that are there and not known to be damaged."""
        return tuple(s for s in self.state.snapshots if s not in self.failed)

    @property
    def wanted(self) -> Snapshot | None:
        """The snapshot to be shown: the newest, or the one that was chosen."""
        if not self.pinned:
            return self.chosen
        return self.usable[-1] if self.usable else None

    @property
    def index(self) -> int | None:
        """The place of the wanted snapshot among the usable ones."""
        wanted, usable = self.wanted, self.usable
        return usable.index(wanted) if wanted in usable else None

    def owns(self, path: str | Path) -> bool:
        """Whether a file is a snapshot of this run."""
        return Path(path).parent == self.state.folder / "snapshots"

    def moment_of(self, path: str) -> str:
        """ " at 120 kimg" for a snapshot of this run, "" for any other file."""
        found = next((s for s in self.state.snapshots if str(s.path) == path), None)
        return f" at {found.kimg} kimg" if found is not None else ""

    def choose(self, index: int) -> None:
        """Shows one of the usable snapshots, the nearest where there is none of that number."""
        if self.usable:
            self.chosen = self.usable[min(max(index, 0), len(self.usable) - 1)]
            self.pinned = False

    def pin(self) -> None:
        """Shows the newest snapshot from now on."""
        self.pinned, self.chosen = True, None

    def look_at(self, path: Path) -> None:
        """A model is looked at: one of the snapshots, or another one."""
        if self.wanted is None or self.wanted.path != path:
            self.chosen = next((s for s in self.usable if s.path == path), None)
            self.pinned = False

    @property
    def can_stop(self) -> bool:
        """Whether there is training to be ended."""
        return self.own in ("running", "paused")

    @property
    def can_resume(self) -> bool:
        """Whether training could go on: in a process that waits, or in a new one."""
        return self.own == "paused" or self.can_go_on

    @property
    def can_go_on(self) -> bool:
        """Whether training could be continued from what was saved."""
        unfinished = self.state.status in ("running", "quiet")
        return unfinished and (
            self.own == "ended" or (self.own, self.state.status) == ("none", "quiet")
        )

    @property
    def standing(self) -> str:
        """How the run stands, in a word or two."""
        status = self.state.status
        if self.own in ("stopping", "paused"):
            return "saving" if self.own == "stopping" else "paused"
        if self.own == "running":
            return "training" if self.state.lines else "preparing"
        if status == "complete":
            return "complete"
        if self.own == "ended":
            return "stopped"
        return {"waiting": "nothing here", "quiet": "not at work"}.get(status, "training")

    @property
    def live_line(self) -> str:
        """Images per second, time left and what else the last line of the log tells."""
        state = self.state
        if self.own in ("running", "stopping") and not state.lines:
            return self.said or "Starting…"
        if not state.lines:
            return "No line in the log yet."
        parts = []
        at_work = self.standing == "training"
        rate, left = state.newest("images_per_s"), state.newest("seconds_left")
        if rate is not None and at_work:
            parts.append(f"{rate:.1f} images/s")
        if left is not None and at_work:
            parts.append(f"{duration(left)} left")
        size, memory = state.newest("resolution"), state.newest("memory_mib")
        if size is not None:
            parts.append(f"now at {size:.0f} px")
        if memory:
            parts.append(f"{memory / 1024:.1f} GiB")
        return "   ·   ".join(parts)


def kimg_text(kimg: float) -> str:
    """Thousands of images as people write them: 0.4, 12.5, 480."""
    return f"{kimg:.1f}".removesuffix(".0")
