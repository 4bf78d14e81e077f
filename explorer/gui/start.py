"""The file that the program starts with, checked before a window opens."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from explorer.export import model_files
from explorer.export.embedding import extract_text
from explorer.gui.dialogs.paths import RECIPE_SUFFIXES
from explorer.gui.toolkit import texts
from explorer.runs.watch import is_run
from explorer.sessions.reading import read_session
from explorer.sessions.saved import is_session
from stylegan_core.card import read_card
from stylegan_core.errors import UserError
from stylegan_core.importers import check, is_foreign
from stylegan_core.importers.latents import read_latent

_NO_MODEL: Final = (
    "No model came with this installation: give the path of one, as in "
    "stylegan-explorer MODEL.safetensors, or train one with stylegan train."
)


def starting_file(path: str | None) -> tuple[Path | None, str | None]:
    """Return the file to start with, or a message of one sentence. Reads headers only."""
    if path is None:
        bundled = model_files.bundled_models()
        return (bundled[0], None) if bundled else (None, _NO_MODEL)
    file = Path(path)
    problem = texts.unshowable(file) or _problem(file)
    return (file, None) if problem is None else (None, problem)


def _problem(file: Path) -> str | None:
    """Return why a model, a file with a recipe or the folder of a run cannot be opened."""
    if os.path.isdir(file):
        return None if is_run(file) else f"{file} is a folder without a training run."
    try:
        if is_session(file):
            read_session(file)
        elif file.suffix.lower() in RECIPE_SUFFIXES:
            extract_text(file)
        elif read_latent(file) is not None:
            return None
        elif is_foreign(file):
            check(file)
        else:
            read_card(file)
    except UserError as error:
        return str(error)
    except OSError as error:
        reason = error.strerror or error
        return f"{file} cannot be opened: {reason}. Give the path of a model or a picture."
    return None
