"""Tell a folder with a training run from one that is free for a new run. No torch."""

from pathlib import Path
from typing import Final

from stylegan_core.errors import UserError
from stylegan_core.files import check_folder

SNAPSHOTS: Final = "snapshots"  # the folder of its models
CONFIG: Final = "config.json"  # the file that makes a folder a run
COMPLETE: Final = "Saved in"  # how the last line of a command begins, for those who read it
STOPPED: Final = "Stopped and saved in"


def model_to_start_from(path: Path) -> Path:
    """Return a model's file; for the folder of a run, its newest snapshot. Raises `UserError`."""
    if not path.is_dir():
        return path
    run = run_of(path)
    if run is None:
        raise UserError(f"{path} is a folder without a training run: name the file of a model.")
    snapshots = sorted((run / SNAPSHOTS).glob("*.safetensors"))
    if not snapshots:
        raise UserError(f"The run in {run} has saved no snapshot yet: wait for the first one.")
    return snapshots[-1]


def check_resumable(path: Path) -> None:
    """Raise `UserError` for a file or folder within a run, where its own folder is meant."""
    run = run_of(path)
    if run is None or run == path:
        return
    if path.parent.name == SNAPSHOTS and path.is_file():
        raise UserError(
            f"{path} lies in the training run {run}: resume that run, or start a new one from this "
            "snapshot.",
            options=f"Resume it with --resume {run}, or start with --from {path}.",
        )
    raise UserError(
        f"{path} lies in the training run {run}: resume that run.",
        options=f"Resume it with --resume {run}.",
    )


def run_of(path: Path) -> Path | None:
    """Return the folder of the run that a path is or lies in; None if there is none."""
    return next((folder for folder in (path, *path.parents[:2]) if holds_run(folder)), None)


def holds_run(folder: Path) -> bool:
    """Tell whether a run was started in a folder."""
    return (folder / CONFIG).exists()


def check_free(folder: Path) -> None:
    """Raise `UserError` if a new run cannot start in a folder."""
    check_folder(folder)
    if holds_run(folder):
        raise UserError(
            f"{folder} already holds a training run: choose another folder, or resume that run.",
            options=f"Resume it with --resume {folder}.",
        )
