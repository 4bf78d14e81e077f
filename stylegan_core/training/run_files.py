"""Whether a folder holds a training run, or is free for a new one. No torch."""

from pathlib import Path
from typing import Final

from stylegan_core.errors import UserError
from stylegan_core.files import check_folder

CONFIG: Final = "config.json"  # the file that makes a folder a run


def holds_run(folder: Path) -> bool:
    """Tell whether a run was started in a folder."""
    return (folder / CONFIG).exists()


def check_free(folder: Path, advice: str = "") -> None:
    """Raise `UserError` if a new run cannot start in a folder.

    `advice` says what to do about a run that is there; by default it is for command lines.
    """
    check_folder(folder)
    if holds_run(folder):
        advice = advice or f"continue it with --resume {folder} or choose another folder"
        raise UserError(f"{folder} already holds a training run; {advice}.")
