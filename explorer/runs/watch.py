"""A training run, followed through its folder (see `stylegan_core.training.run_folder`): values for
the window, and a thread that looks for new ones. No torch.

A run may be written to, resumed, damaged or deleted while it is looked at: what cannot be read is
left out until it can.
"""

from __future__ import annotations

import json
import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from PIL import Image

from explorer.runs.log import RunLog
from stylegan_core.card import CheckpointError, read_card
from stylegan_core.data.images import UNREADABLE
from stylegan_core.log_record import LogRecord, is_number

SHEET_COLUMNS: Final = 8
SHEET_CELLS: Final = 40  # the seeds 0 to 39, in rows
SHEET_PSI: Final = 0.7
SHEET_WIDTH: Final = 720  # pixels; larger sheets are shrunk to it

POLL_S: Final = 1.0
QUIET_S: Final = 60.0  # a run that wrote nothing for this long, or for four of its own
QUIET_LINES: Final = 4.0  # intervals between two lines, is not at work

Status = Literal["waiting", "running", "quiet", "complete"]


@dataclass(frozen=True)
class Snapshot:
    """One saved model of the run; a file that is written again is another snapshot."""

    kimg: int
    path: Path
    written_ns: int


@dataclass(frozen=True)
class Sheet:
    """The pictures of the fixed latents at one moment, uint8 [h, w, 3]."""

    file: Snapshot
    picture: np.ndarray = field(compare=False)

    def seed_at(self, u: float, v: float) -> int | None:
        """The seed of the cell at a place, both 0 to 1 from the upper left; None beside them."""
        height, width = self.picture.shape[:2]
        rows = max(round(SHEET_COLUMNS * height / width), 1)
        if not (0 <= u < 1 and 0 <= v < 1):
            return None
        seed = int(v * rows) * SHEET_COLUMNS + int(u * SHEET_COLUMNS)
        return seed if seed < SHEET_CELLS else None


@dataclass(frozen=True)
class RunState:
    """What a run's folder says. `lines` are those of its log, each with its "kimg"; `saved_kimg` is
    what the card of the newest snapshot says.
    """

    folder: Path
    total_kimg: float | None = None
    lines: tuple[LogRecord, ...] = ()
    snapshots: tuple[Snapshot, ...] = ()
    saved_kimg: float = 0.0
    sheet: Sheet | None = None
    status: Status = "waiting"

    @property
    def kimg(self) -> float:
        """How far the run is: by its log, or by its newest snapshot where that is further."""
        return max(self.lines[-1]["kimg"] if self.lines else 0.0, self.saved_kimg)

    def newest(self, name: str) -> float | None:
        """The last value of a column of the log, None where the last line lacks it."""
        return self.lines[-1].get(name) if self.lines else None

    def curve(self, name: str, points: int = 400) -> tuple[list[float], list[float]]:
        """kimg and values of a column, averaged down to at most so many points."""
        found = [(line["kimg"], line[name]) for line in self.lines if name in line]
        step = max(1, math.ceil(len(found) / points))
        groups = [found[i : i + step] for i in range(0, len(found), step)]
        return (
            [sum(x for x, _ in group) / len(group) for group in groups],
            [sum(y for _, y in group) / len(group) for group in groups],
        )


def is_run(path: Path) -> bool:
    """Whether a folder holds a training run, or what is left of one."""
    return path.is_dir() and any((path / name).exists() for name in ("config.json", "log.jsonl"))


class RunWatch:
    """Looks into the folder of a run; only what has changed is read again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._log = RunLog(folder / "log.jsonl")
        self._sheet: Sheet | None = None
        self._saved: tuple[Snapshot | None, float] = None, 0.0
        self._config_mark: object = None
        self._config: Mapping[str, Any] = {}

    def poll(self, now_s: float | None = None) -> RunState:
        """The run as it is at a time of day in seconds, by default now."""
        now_s = time.time() if now_s is None else now_s
        self._read_config()
        lines = self._log.read()
        snapshots = _numbered(self.folder / "snapshots", ".safetensors")
        sheets = _numbered(self.folder / "samples", ".png")
        self._read_sheet(sheets)
        state = RunState(
            self.folder,
            self._total_kimg(),
            lines,
            snapshots,
            self._saved_kimg(snapshots),
            self._sheet,
        )
        return _with_status(state, self._last_write_s(snapshots + sheets), now_s)

    def _total_kimg(self) -> float | None:
        total: Any = self._config.get("total_kimg")
        return float(total) if is_number(total) and total > 0 else None

    def _saved_kimg(self, snapshots: tuple[Snapshot, ...]) -> float:
        newest = snapshots[-1] if snapshots else None
        if self._saved[0] != newest:
            self._saved = newest, 0.0 if newest is None else _kimg_of(newest)
        return self._saved[1]

    def _read_config(self) -> None:
        path = self.folder / "config.json"
        try:
            found = path.stat()
            mark = found.st_mtime_ns, found.st_size
            if mark == self._config_mark:
                return
            config = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return
        self._config_mark, self._config = mark, config if isinstance(config, dict) else {}

    def _read_sheet(self, files: tuple[Snapshot, ...]) -> None:
        """The newest sheet; where it cannot be read the one before stays."""
        if not files:
            self._sheet = None
        elif self._sheet is None or self._sheet.file != files[-1]:
            picture = _picture(files[-1].path)
            if picture is not None:
                self._sheet = Sheet(files[-1], picture)

    def _last_write_s(self, files: tuple[Snapshot, ...]) -> float:
        times = [file.written_ns / 1e9 for file in files]
        for name in ("config.json", "log.jsonl", "state.pt", "train.log"):
            try:
                times.append((self.folder / name).stat().st_mtime)
            except OSError:
                continue
        return max(times, default=0.0)


class Watcher(threading.Thread):
    """Calls `changed` from a thread of its own with each new state of a run, the first at once."""

    def __init__(self, folder: Path, changed: Callable[[RunState], None]) -> None:
        super().__init__(name="run watcher", daemon=True)
        self._watch, self._changed = RunWatch(folder), changed
        self._closing = threading.Event()

    def run(self) -> None:
        """The loop of the thread."""
        last: RunState | None = None
        while not self._closing.is_set():
            state = self._watch.poll()
            if state != last:
                last = state
                self._changed(state)
            self._closing.wait(POLL_S)

    def close(self) -> None:
        """Ends the thread soon; nothing is waited for."""
        self._closing.set()


def _numbered(folder: Path, suffix: str) -> tuple[Snapshot, ...]:
    """The files named by their kimg, in order."""
    try:
        paths = [path for path in folder.iterdir() if path.suffix == suffix]
    except OSError:
        return ()
    files = [file for path in paths if (file := _file(path)) is not None]
    return tuple(sorted(files, key=lambda file: (file.kimg, file.path)))


def _file(path: Path) -> Snapshot | None:
    """A file named by its kimg; None for another name, and for one that has just gone."""
    if not (path.stem.isascii() and path.stem.isdigit() and len(path.stem) < 16):
        return None
    try:
        return Snapshot(int(path.stem), path, path.stat().st_mtime_ns)
    except OSError:
        return None


def _kimg_of(snapshot: Snapshot) -> float:
    """The thousands of images that a snapshot's card tells; by its name where it is damaged."""
    try:
        training = read_card(snapshot.path).get("training")
    except CheckpointError:
        training = None
    kimg = training.get("kimg") if isinstance(training, dict) else None
    return float(kimg) if isinstance(kimg, int | float) and is_number(kimg) else snapshot.kimg


def _picture(path: Path) -> np.ndarray | None:
    """uint8 [h, w, 3], at most SHEET_WIDTH wide; None where it cannot be read."""
    try:
        with Image.open(path) as file:
            picture = file.convert("RGB")
    except UNREADABLE:
        return None
    if picture.width > SHEET_WIDTH:
        height = max(round(picture.height * SHEET_WIDTH / picture.width), 1)
        picture = picture.resize((SHEET_WIDTH, height), Image.Resampling.BOX)
    return np.array(picture)


def _with_status(state: RunState, written_s: float, now_s: float) -> RunState:
    if state.total_kimg is not None and state.kimg >= state.total_kimg:
        return replace(state, status="complete")
    if not written_s:
        return state
    seconds = [line["seconds"] for line in state.lines[-2:] if "seconds" in line]
    interval_s = max(seconds[1] - seconds[0], 0.0) if len(seconds) == 2 else 0.0
    patience_s = max(QUIET_S, QUIET_LINES * interval_s)
    return replace(state, status="running" if now_s - written_s < patience_s else "quiet")
