"""Follow a training run through its folder (see `stylegan_core.training.run_folder`). No torch.

A run may be written to, resumed, damaged or deleted at any time. What cannot be read is left out
until it can be read.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from explorer.runs.log import RunLog
from explorer.runs.run_state import RunState, status_of
from explorer.runs.snapshot import Sheet, Snapshot, exact_kimg, files_by_kimg, read_sheet
from stylegan_core.json_text import parsed_json
from stylegan_core.log_record import is_number

POLL_S: Final = 1.0


def is_run(path: Path) -> bool:
    """Tell whether a folder holds a training run, or the remains of one."""
    return os.path.isdir(path) and any(
        os.path.exists(path / name) for name in ("config.json", "log.jsonl")
    )


class RunReader:
    """Reads the folder of a run; only what has changed is read again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._log = RunLog(folder / "log.jsonl")
        self._sheet: Sheet | None = None
        self._newest: Snapshot | None = None
        self._saved_kimg = 0.0  # of the newest snapshot
        self._config_version: object = None  # its time and size when it was read last
        self._config: Mapping[str, Any] = {}

    def poll(self, now_s: float | None = None) -> RunState:
        """Return the run's state. `now_s` is the Unix time, by default the present one."""
        now_s = time.time() if now_s is None else now_s
        self._read_config()
        records = self._log.read()
        snapshots = files_by_kimg(self.folder / "snapshots", ".safetensors")
        sheets = files_by_kimg(self.folder / "samples", ".png")
        self._read_newest(snapshots)
        self._read_sheet(sheets)
        state = RunState(
            folder=self.folder,
            total_kimg=self._total_kimg(),
            records=records,
            snapshots=snapshots,
            saved_kimg=self._saved_kimg,
            sheet=self._sheet,
        )
        written_s = self._last_write_s(snapshots + sheets)
        idle_s = None if written_s is None else now_s - written_s
        return replace(state, status=status_of(state, idle_s))

    def _total_kimg(self) -> float | None:
        total: Any = self._config.get("total_kimg")
        return float(total) if is_number(total) and total > 0 else None

    def _read_config(self) -> None:
        path = self.folder / "config.json"
        try:
            stat = path.stat()
            version = stat.st_mtime_ns, stat.st_size
            if version == self._config_version:
                return
            config = parsed_json(path.read_bytes())
        except (OSError, ValueError):
            return
        self._config_version = version
        self._config = config if isinstance(config, dict) else {}

    def _read_newest(self, snapshots: tuple[Snapshot, ...]) -> None:
        newest = snapshots[-1] if snapshots else None
        if newest != self._newest:
            self._newest = newest
            self._saved_kimg = 0.0 if newest is None else exact_kimg(newest)

    def _read_sheet(self, files: tuple[Snapshot, ...]) -> None:
        """Read the newest sheet; if that fails, the previous one stays."""
        if not files:
            self._sheet = None
        elif self._sheet is None or self._sheet.file != files[-1]:
            self._sheet = read_sheet(files[-1]) or self._sheet

    def _last_write_s(self, files: tuple[Snapshot, ...]) -> float | None:
        times = [file.written_ns / 1e9 for file in files]
        for name in ("config.json", "log.jsonl", "state.pt", "train.log"):
            try:
                times.append((self.folder / name).stat().st_mtime)
            except OSError:
                continue
        return max(times, default=None)


class Watcher(threading.Thread):
    """Polls a run and calls `changed`, on its own thread, with the first state and each new one."""

    def __init__(self, folder: Path, changed: Callable[[RunState], None]) -> None:
        super().__init__(name="run watcher", daemon=True)
        self._reader = RunReader(folder)
        self._changed = changed
        self._closing = threading.Event()

    def run(self) -> None:
        """Poll until the watcher is closed."""
        last: RunState | None = None
        while not self._closing.is_set():
            state = self._reader.poll()
            if state != last:
                last = state
                self._changed(state)
            self._closing.wait(POLL_S)

    def close(self) -> None:
        """End the thread soon, without waiting for it."""
        self._closing.set()
