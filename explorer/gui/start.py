"""What the program begins with, looked at before a window opens."""

from __future__ import annotations

from pathlib import Path

from explorer.export import model_files
from explorer.export.embedding import extract_text
from explorer.gui.dialogs.paths import RECIPE_SUFFIXES
from explorer.gui.toolkit import texts
from explorer.runs.watch import is_run
from stylegan_core.card import read_card
from stylegan_core.errors import UserError
from stylegan_core.importers import check, is_foreign

_NO_MODEL = (
    "No model came with this installation: give the path of one, as in "
    "stylegan-explorer MODEL.safetensors, or train one with stylegan train."
)


def starting_file(path: str | None) -> tuple[Path | None, str | None]:
    """The file to begin with, and one sentence when it cannot be that one. Reads headers only."""
    if path is None:
        bundled = model_files.bundled_models()
        return (bundled[0], None) if bundled else (None, _NO_MODEL)
    file = Path(path)
    if problem := texts.unshowable(file):
        return None, problem
    if file.is_dir():
        return (
            (file, None) if is_run(file) else (None, f"{file} is a folder without a training run.")
        )
    try:
        if file.suffix.lower() in RECIPE_SUFFIXES:
            extract_text(file)
        elif is_foreign(file):
            check(file)
        else:
            read_card(file)
    except UserError as error:
        return None, str(error)
    except OSError as error:
        return (
            None,
            f"{file} cannot be opened: {error.strerror or error}. "
            "Give the path of a model or a picture.",
        )
    return file, None
