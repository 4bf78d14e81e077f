"""Find model files: those that come with the program, and the one that a recipe names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from explorer.export.recipe import ModelRef
from stylegan_core.card import CheckpointError, read_card
from stylegan_core.errors import UserError
from stylegan_core.importers import is_foreign


class ModelMissing(UserError):
    """No file at hand holds the model that a recipe names."""


def bundled_models() -> tuple[Path, ...]:
    """Return the checkpoints that come with the program; the first one is the default.

    They lie in the checkout, or in the installed package.
    """
    package = Path(__file__).parents[1]
    for folder in (package.parent / "checkpoints", package / "_data" / "checkpoints"):
        models = tuple(sorted(folder.glob("*.safetensors"), key=lambda path: path.stem))
        if models:
            return models
    return ()


def find_model(ref: ModelRef, seen: Mapping[str, str] | None = None) -> Path:
    """Return the file whose content a recipe names, bundled or `seen` before.

    `seen` maps paths to the content hashes that they had, for files that do not hold their own.
    Raises `ModelMissing`, which names the model.
    """
    known = seen or {}
    for path in (*map(Path, known), *bundled_models()):
        if ref.digest and _digest(path, known.get(str(path), "")) == ref.digest:
            return path
    raise ModelMissing(f"The recipe was made with the model {ref.known_as}, which is not here.")


def _digest(path: Path, known: str) -> str:
    """Return the content hash in a model's card; for other people's files, the known one."""
    if is_foreign(path):
        return known
    try:
        return str(read_card(path).get("content_hash", ""))
    except CheckpointError:
        return ""
