"""Check the options of a new training run, and turn them into a command line."""

from __future__ import annotations

import os
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stylegan_core.errors import UserError
from stylegan_core.training.run_files import check_free
from stylegan_core.training.settings import parse_settings


@dataclass(frozen=True)
class TrainOptions:
    """A new run for `stylegan train`; `more` holds further settings, as "name=value"."""

    data: str
    resolution: int
    preset: str
    kimg: float
    out: Path
    start_from: Path | None = None
    more: str = ""

    @property
    def settings(self) -> tuple[str, ...]:
        """The further settings one by one. Raises `UserError` for quotes that do not close."""
        try:
            return tuple(shlex.split(self.more))
        except ValueError as error:
            raise UserError(f"The further settings cannot be read: {error}.") from None


@dataclass(frozen=True)
class PresetInfo:
    """A preset, its purpose, and the resolution and length that it proposes."""

    name: str
    purpose: str
    resolution: int
    kimg: float


def presets() -> tuple[PresetInfo, ...]:
    """Return all presets, those for portraits first. Imports torch."""
    from stylegan_core.training.presets import PRESETS

    infos = [
        PresetInfo(name, preset.purpose, preset.config.resolution, preset.config.total_kimg)
        for name, preset in PRESETS.items()
    ]
    return tuple(sorted(infos, key=lambda info: not info.name.startswith("portraits")))


def check(options: TrainOptions) -> None:
    """Raise `UserError` for options that the process would refuse later. Imports torch."""
    from stylegan_core.data.folders import find_pictures
    from stylegan_core.data.spec import parse_data_spec
    from stylegan_core.training.config_json import with_values
    from stylegan_core.training.presets import PRESETS

    if not options.data.strip():
        raise UserError("Choose the pictures to train with: a folder, a zip file, or 'portraits'.")
    data = parse_data_spec(options.data)
    if isinstance(data, Path):
        find_pictures(data)
    check_free(options.out)
    if options.start_from is not None and not os.path.isfile(options.start_from):
        raise UserError(
            f"There is no model {options.start_from}: choose another one to start from."
        )
    changes = changes_of(options)
    if changes.pop("init_from", None):  # then the model decides the resolution
        del changes["resolution"]
    with_values(PRESETS[options.preset].config, changes)


def changes_of(options: TrainOptions) -> dict[str, Any]:
    """Return the settings in which a run differs from its preset, by name. Raises UserError."""
    changes = parse_settings(options.settings)
    changes |= {"data": options.data, "total_kimg": options.kimg, "resolution": options.resolution}
    if options.start_from is not None:
        changes["init_from"] = str(options.start_from)
    return changes


def new_command(options: TrainOptions, threads: int) -> list[str]:
    """Return the command line of a new run."""
    line = [*_train(threads), "--out", str(options.out), "--data", options.data]
    line += ["--resolution", str(options.resolution), "--kimg", f"{options.kimg:g}"]
    line += ["--preset", options.preset, "--workers", str(threads)]
    if options.start_from is not None:
        line += ["--from", str(options.start_from)]
    return [*line, *(part for setting in options.settings for part in ("--set", setting))]


def resume_command(run: Path, threads: int) -> list[str]:
    """Return the command line that continues a run."""
    return [*_train(threads), "--resume", str(run)]


def _train(threads: int) -> list[str]:
    return [sys.executable, "-m", "stylegan_core", "train", "--threads", str(threads)]


def spare_threads() -> int:
    """Return half of the processor's threads, so that the window stays fast during training."""
    return max((os.cpu_count() or 1) // 2, 1)
