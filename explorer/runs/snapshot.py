"""Snapshots and sample sheets of a training run: files that are named by their kimg. No torch."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from stylegan_core import sample_sheet
from stylegan_core.card import CheckpointError, read_card
from stylegan_core.log_record import is_number
from stylegan_core.picture_files.errors import PictureError
from stylegan_core.picture_files.opening import load, opened

MAX_SHEET_WIDTH: Final = 720  # pixels


@dataclass(frozen=True)
class Snapshot:
    """A snapshot or sample sheet, a file named by its kimg; one that is written again differs."""

    kimg: int
    path: Path
    written_ns: int


@dataclass(frozen=True)
class Sheet:
    """A sample sheet: the pictures of the fixed latents at one moment, uint8 [h, w, 3]."""

    file: Snapshot
    picture: np.ndarray = field(compare=False)

    def seed_at(self, u: float, v: float) -> int | None:
        """Return the seed of the cell at (u, v), 0..1 from the upper left; None outside."""
        height, width = self.picture.shape[:2]
        columns = sample_sheet.COLUMNS
        rows = max(round(columns * height / width), 1)
        if not (0 <= u < 1 and 0 <= v < 1):
            return None
        seed = int(v * rows) * columns + int(u * columns)
        return seed if seed in sample_sheet.SEEDS else None


def files_by_kimg(folder: Path, suffix: str) -> tuple[Snapshot, ...]:
    """Return the files of a folder with this suffix that are named by their kimg, in order."""
    try:
        paths = [path for path in folder.iterdir() if path.suffix == suffix]
    except OSError:
        return ()
    files = [file for path in paths if (file := _snapshot(path)) is not None]
    return tuple(sorted(files, key=lambda file: (file.kimg, file.path)))


def _snapshot(path: Path) -> Snapshot | None:
    """Return the file, or None if its name is not a kimg or it has just been deleted."""
    if not (path.stem.isascii() and path.stem.isdigit() and len(path.stem) < 16):
        return None
    try:
        return Snapshot(int(path.stem), path, path.stat().st_mtime_ns)
    except OSError:
        return None


def exact_kimg(snapshot: Snapshot) -> float:
    """Return the kimg in a snapshot's card, or that of its name if the card does not say."""
    try:
        training = read_card(snapshot.path).get("training")
    except CheckpointError:
        training = None
    kimg = training.get("kimg") if isinstance(training, dict) else None
    return float(kimg) if isinstance(kimg, int | float) and is_number(kimg) else snapshot.kimg


def read_sheet(file: Snapshot) -> Sheet | None:
    """Return a sheet, at most MAX_SHEET_WIDTH wide; None if it cannot be read."""
    try:
        with opened(file.path, formats=("PNG",)) as image:
            load(image)
            picture = image.convert("RGB")
    except PictureError:
        return None
    if picture.width > MAX_SHEET_WIDTH:
        height = max(round(picture.height * MAX_SHEET_WIDTH / picture.width), 1)
        picture = picture.resize((MAX_SHEET_WIDTH, height), Image.Resampling.BOX)
    return Sheet(file, np.array(picture))
