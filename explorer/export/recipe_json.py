"""Convert recipes to JSON text and back, and read the files that carry it. No torch."""

from __future__ import annotations

import base64
import binascii
import json
from pathlib import Path
from typing import Any

import numpy as np

from explorer.edit.edit import Edit
from explorer.edit.edit_json import MAX_LAYERS, from_json, to_json
from explorer.edit.fields import Fields, FormatError
from explorer.edit.step import StoredVectors
from explorer.edit.timeline import Timeline
from explorer.edit.timeline_json import timeline_from_json, timeline_to_json
from explorer.export.embedding import FORMAT, RecipeError, extract_text
from explorer.export.recipe import ModelRef, Recipe, vector_digest
from stylegan_core.files import replacing
from stylegan_core.json_text import parsed_json
from stylegan_core.readable import readable

VERSION = 1
MAX_VECTORS = 4096
MAX_VECTOR_WIDTH = 16_384


def read_recipe(path: str | Path) -> Recipe:
    """Return the recipe of a PNG, GIF, WebP, MP4 or JSON file.

    Raises `RecipeError`, which names the file.
    """
    path = Path(path)
    return from_text(extract_text(path), path.name)


def write_recipe(path: str | Path, recipe: Recipe) -> None:
    """Write a recipe as an indented JSON file, completely or not at all."""
    with replacing(Path(path)) as partial:
        partial.write_text(json.dumps(json.loads(to_text(recipe)), indent=1), encoding="utf-8")


def to_text(recipe: Recipe) -> str:
    """Return a recipe as ASCII JSON."""
    data: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "model": {
            "name": recipe.model.name,
            "content_hash": recipe.model.digest,
            "resolutions": list(recipe.model.resolutions),
        },
        "stored": vectors_to_json(recipe.stored),
    }
    if isinstance(recipe.content, Edit):
        data |= {"kind": "edit", "edit": to_json(recipe.content)}
    else:
        data |= {"kind": "timeline", "timeline": timeline_to_json(recipe.content)}
    return json.dumps(data, separators=(",", ":"), allow_nan=False)


def from_text(text: str, name: str = "The recipe") -> Recipe:
    """Return the recipe that `to_text` wrote.

    Raises `RecipeError`, whose message begins with `name`.
    """
    try:
        data = parsed_json(text, is_strict=True)
    except ValueError as error:
        raise RecipeError(f"{name} is damaged or incomplete: {error}.") from error
    try:
        return _recipe_from(Fields(data, "recipe"))
    except FormatError as error:
        raise RecipeError(f"{name} cannot be used: {error}.") from error


def _recipe_from(fields: Fields) -> Recipe:
    fields.check_format(FORMAT, VERSION)
    content = _content_from(fields)
    model = _model_from_json(fields.raw("model", {}))
    recipe = Recipe(content, model, vectors_from_json(fields.raw("stored", {})))
    fields.done()
    if model.resolutions and len(model.resolutions) != recipe.edit.num_layers:
        raise FormatError("model.resolutions does not have one entry per layer")
    if missing := recipe.vectors_used - recipe.stored.keys():
        raise FormatError(f"it names a stored vector that it does not carry ({min(missing)[:12]})")
    return recipe


def _content_from(fields: Fields) -> Edit | Timeline:
    if fields.text("kind", choices=("edit", "timeline")) == "edit":
        return from_json(fields.raw("edit"))
    timeline = timeline_from_json(fields.raw("timeline"))
    if not timeline.keyframes:
        raise FormatError("the timeline has no keyframe")
    return timeline


def _model_from_json(data: object) -> ModelRef:
    fields = Fields(data, "model")
    name, digest = fields.text("name", ""), fields.text("content_hash", "")
    resolutions = fields.numbers("resolutions", MAX_LAYERS, [])
    fields.done()
    if any(resolution < 1 or resolution != int(resolution) for resolution in resolutions):
        raise FormatError("model.resolutions should hold whole numbers from 1 up")
    return ModelRef(name, digest, tuple(map(int, resolutions)))


def vectors_to_json(vectors: StoredVectors) -> dict[str, Any]:
    """Return stored vectors as plain JSON values; `vectors_from_json` is the inverse."""
    return {digest: _vector_to_json(vector) for digest, vector in vectors.items()}


def _vector_to_json(vector: np.ndarray) -> dict[str, Any]:
    values = np.ascontiguousarray(vector, dtype="<f4").tobytes()
    return {"shape": list(vector.shape), "float32": base64.b64encode(values).decode("ascii")}


def vectors_from_json(data: object) -> StoredVectors:
    """Return the vectors that `vectors_to_json` wrote. Raises `FormatError`."""
    if not isinstance(data, dict) or len(data) > MAX_VECTORS:
        raise FormatError(f"stored should be an object of at most {MAX_VECTORS} vectors")
    return {digest: _vector_from_json(digest, item) for digest, item in data.items()}


def _vector_from_json(digest: str, data: object) -> np.ndarray:
    where = f"stored.{readable(digest[:12])}"
    fields = Fields(data, where)
    shape = tuple(map(int, fields.numbers("shape", 2)))
    text = fields.raw("float32")
    fields.done()
    if not shape or not all(0 < n <= MAX_VECTOR_WIDTH for n in shape) or not isinstance(text, str):
        raise FormatError(f"{where} is not a vector of one or two dimensions")
    try:
        values = np.frombuffer(base64.b64decode(text, validate=True), dtype="<f4")
        vector = values.reshape(shape).astype(np.float32)
    except (binascii.Error, ValueError) as error:
        raise FormatError(f"{where} does not hold {shape} numbers") from error
    if not np.isfinite(vector).all() or vector_digest(vector) != digest:
        raise FormatError(f"{where} is damaged: its content does not match its name")
    return vector
