"""A recipe: the edit or timeline, the stored vectors it uses, and the model it was made with.

Carried by every picture and video, so that opening one restores it. No torch.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from explorer.edit import ops
from explorer.edit.edit import Edit, Stored
from explorer.edit.edit_json import MAX_LAYERS, from_json, to_json
from explorer.edit.fields import Fields, FormatError
from explorer.edit.fit import check_fits, default_resolutions, fit_to_model
from explorer.edit.model_info import ModelInfo
from explorer.edit.session import StoredVectors
from explorer.edit.timeline import Timeline, timeline_from_json, timeline_to_json
from explorer.export.embedding import RecipeError, extract_text
from stylegan_core.readable import readable

__all__ = [
    "ModelRef",
    "Recipe",
    "RecipeError",
    "fit_recipe",
    "fit_to_model",
    "for_model",
    "from_text",
    "read_recipe",
    "recipe_of",
    "to_text",
    "vector_digest",
    "with_two_sources",
    "write_recipe",
]

FORMAT = "stylegan-explorer recipe"
VERSION = 1
MAX_VECTORS = 4096
MAX_VECTOR_WIDTH = 16_384


@dataclass(frozen=True)
class ModelRef:
    """The model a recipe was made with: its name, content hash, and the resolution per layer."""

    name: str = ""
    digest: str = ""
    resolutions: tuple[int, ...] = ()

    @property
    def known_as(self) -> str:
        """The model in words, for messages."""
        name = f"'{self.name}'" if self.name else "a model without a name"
        return f"{name} ({self.digest[:12]})" if self.digest else name


@dataclass(frozen=True)
class Recipe:
    """What a file carries. `stored` maps content hashes to float32 vectors [D] or [L, D] in W."""

    content: Edit | Timeline
    model: ModelRef = ModelRef()
    stored: StoredVectors = field(default_factory=dict, compare=False)

    @property
    def timeline(self) -> Timeline | None:
        """The timeline, None when the recipe is of one picture."""
        return self.content if isinstance(self.content, Timeline) else None

    @property
    def edit(self) -> Edit:
        """The picture, or the first keyframe of the timeline."""
        return self.edits[0]

    @property
    def edits(self) -> tuple[Edit, ...]:
        """The picture, or all keyframes."""
        if isinstance(self.content, Edit):
            return (self.content,)
        return tuple(keyframe.edit for keyframe in self.content.keyframes)


def recipe_of(
    content: Edit | Timeline, model_info: ModelInfo | None, stored: StoredVectors | None = None
) -> Recipe:
    """The recipe of an edit or timeline with the stored vectors that it uses and no others."""
    model = (
        ModelRef()
        if model_info is None
        else ModelRef(model_info.name, model_info.digest, model_info.resolutions)
    )
    return with_used_vectors(Recipe(content, model, stored or {}))


def with_used_vectors(recipe: Recipe) -> Recipe:
    """The recipe without vectors that nothing in it names."""
    used = {d: recipe.stored[d] for d in _digests(recipe) if d in recipe.stored}
    return replace(recipe, stored=used)


def fit_recipe(recipe: Recipe, model_info: ModelInfo) -> Recipe:
    """The recipe for another model: rows matched by resolution, the model named anew."""
    rows = recipe.model.resolutions or default_resolutions(recipe.edit.num_layers)
    fitted = _with_each(recipe, lambda edit: fit_to_model(edit, model_info, rows))
    return recipe_of(fitted.content, model_info, recipe.stored)


def for_model(recipe: Recipe, model_info: ModelInfo) -> Recipe:
    """The recipe as the model can show it: fitted if it was made with another model.

    Raises MisfitError where it was made with this one, it says, but does not fit to it.
    """
    if recipe.model.digest != model_info.digest:
        return fit_recipe(recipe, model_info)
    for edit in recipe.edits:
        check_fits(edit, model_info)
    return recipe


def with_two_sources(recipe: Recipe) -> Recipe:
    """The recipe for the window, whose panels show two sources: the same pictures."""
    return _with_each(recipe, ops.with_two_sources)


def _with_each(recipe: Recipe, change: Callable[[Edit], Edit]) -> Recipe:
    """The recipe with its edit, or that of each keyframe, changed."""
    if isinstance(recipe.content, Edit):
        return replace(recipe, content=change(recipe.content))
    keyframes = tuple(replace(k, edit=change(k.edit)) for k in recipe.content.keyframes)
    return replace(recipe, content=replace(recipe.content, keyframes=keyframes))


def vector_digest(vector: np.ndarray) -> str:
    """The content hash of a stored vector: SHA-256 over shape and little-endian float32 values."""
    shape = ",".join(map(str, vector.shape))
    values = np.ascontiguousarray(vector, dtype="<f4").tobytes()
    return hashlib.sha256(shape.encode() + b"\n" + values).hexdigest()


def to_text(recipe: Recipe) -> str:
    """The recipe as ASCII JSON."""
    data: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "model": {
            "name": recipe.model.name,
            "content_hash": recipe.model.digest,
            "resolutions": list(recipe.model.resolutions),
        },
        "stored": {name: _vector_to_json(vector) for name, vector in recipe.stored.items()},
    }
    if isinstance(recipe.content, Edit):
        data |= {"kind": "edit", "edit": to_json(recipe.content)}
    else:
        data |= {"kind": "timeline", "timeline": timeline_to_json(recipe.content)}
    return json.dumps(data, separators=(",", ":"), allow_nan=False)


def from_text(text: str, name: str = "The recipe") -> Recipe:
    """The recipe that `to_text` wrote; `name` is what messages call it. Raises RecipeError."""
    try:
        data = json.loads(text, parse_constant=_refuse_constant)
    except RecursionError as error:
        raise RecipeError(f"{name} is not a recipe: it is nested too deeply.") from error
    except ValueError as error:
        raise RecipeError(f"{name} is damaged or incomplete: it is not JSON ({error}).") from error
    try:
        return _from_data(data)
    except RecipeError as error:
        raise RecipeError(f"{name} {error}") from error
    except FormatError as error:
        raise RecipeError(f"{name} cannot be used: {error}.") from error


def read_recipe(path: str | Path) -> Recipe:
    """The recipe of a PNG, GIF, WebP, MP4 or JSON file. Raises RecipeError, naming the file."""
    path = Path(path)
    return from_text(extract_text(path), path.name)


def write_recipe(path: str | Path, recipe: Recipe) -> None:
    """Write a recipe as a JSON file that people can read, whole or not at all."""
    from stylegan_core.files import replacing

    with replacing(Path(path)) as aside:
        aside.write_text(json.dumps(json.loads(to_text(recipe)), indent=1), encoding="utf-8")


def _from_data(data: object) -> Recipe:
    fields = Fields(data, "recipe")
    if fields.raw("format", None) != FORMAT:
        raise RecipeError("is JSON, but not a recipe of StyleGAN Explorer.")
    version = fields.integer("version", low=1)
    if version > VERSION:
        raise RecipeError(
            f"is a recipe of version {version}, and this program reads up to version {VERSION}: "
            "update StyleGAN Explorer to open it."
        )
    content: Edit | Timeline
    if fields.text("kind", choices=("edit", "timeline")) == "edit":
        content = from_json(fields.raw("edit"))
    else:
        content = timeline_from_json(fields.raw("timeline"))
        if not content.keyframes:
            raise FormatError("the timeline has no keyframe")
    model = _model_from_json(fields.raw("model", {}))
    recipe = Recipe(content, model, _vectors_from_json(fields.raw("stored", {})))
    fields.done()
    if model.resolutions and len(model.resolutions) != recipe.edit.num_layers:
        raise FormatError("model.resolutions does not have one entry per layer")
    if missing := _digests(recipe) - recipe.stored.keys():
        raise FormatError(f"it names a stored vector that it does not carry ({min(missing)[:12]})")
    return recipe


def _model_from_json(data: object) -> ModelRef:
    fields = Fields(data, "model")
    name, digest = fields.text("name", ""), fields.text("content_hash", "")
    rows = fields.numbers("resolutions", MAX_LAYERS, [])
    fields.done()
    if any(row < 1 or row != int(row) for row in rows):
        raise FormatError("model.resolutions should hold whole numbers from 1 up")
    return ModelRef(name, digest, tuple(map(int, rows)))


def _vector_to_json(vector: np.ndarray) -> dict[str, Any]:
    values = np.ascontiguousarray(vector, dtype="<f4").tobytes()
    return {"shape": list(vector.shape), "float32": base64.b64encode(values).decode("ascii")}


def _vectors_from_json(data: object) -> Mapping[str, np.ndarray]:
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


def _digests(recipe: Recipe) -> set[str]:
    latents = (source.latent for edit in recipe.edits for source in edit.sources)
    return {latent.digest for latent in latents if isinstance(latent, Stored)}


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number that a recipe may hold")
