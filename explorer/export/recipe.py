"""A recipe: the edit or timeline, the stored vectors it uses, and the model it was made with.

Every picture and video carries its recipe, so that opening one restores it. No torch.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from explorer.edit import ops
from explorer.edit.edit import Edit, Stored
from explorer.edit.fit import check_fits, default_resolutions, fit_timeline, fit_to_model
from explorer.edit.model_info import ModelInfo
from explorer.edit.step import StoredVectors
from explorer.edit.timeline import Timeline


@dataclass(frozen=True)
class ModelRef:
    """The model a recipe was made with: its name, content hash, and the resolution per layer."""

    name: str = ""
    digest: str = ""
    resolutions: tuple[int, ...] = ()

    @property
    def known_as(self) -> str:
        """The name and the start of the content hash, for messages."""
        name = f"'{self.name}'" if self.name else "a model without a name"
        return f"{name} ({self.digest[:12]})" if self.digest else name


@dataclass(frozen=True)
class Recipe:
    """An edit or timeline that can be shown again.

    `stored` maps content hashes to float32 vectors in W [D] or W+ [L, D].
    """

    content: Edit | Timeline
    model: ModelRef = ModelRef()
    stored: StoredVectors = field(default_factory=dict, compare=False)

    @property
    def timeline(self) -> Timeline | None:
        """The timeline; None for a single picture."""
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

    @property
    def vectors_used(self) -> set[str]:
        """The content hashes of all stored vectors that the edits name."""
        latents = (source.latent for edit in self.edits for source in edit.sources)
        return {latent.digest for latent in latents if isinstance(latent, Stored)}


def recipe_of(
    content: Edit | Timeline, model_info: ModelInfo | None, stored: StoredVectors | None = None
) -> Recipe:
    """Return the recipe of an edit or timeline, with only the stored vectors that it uses."""
    model = (
        ModelRef()
        if model_info is None
        else ModelRef(model_info.name, model_info.digest, model_info.resolutions)
    )
    return with_used_vectors(Recipe(content, model, stored or {}))


def with_used_vectors(recipe: Recipe) -> Recipe:
    """Drop the stored vectors that no edit of the recipe names."""
    used = {d: recipe.stored[d] for d in recipe.vectors_used if d in recipe.stored}
    return replace(recipe, stored=used)


def for_model(recipe: Recipe, model_info: ModelInfo) -> Recipe:
    """Return the recipe as the model can show it, fitted if it was made with another model.

    Raises `MisfitError` for a recipe that names this model but does not fit it.
    """
    if recipe.model.digest != model_info.digest:
        return fit_recipe(recipe, model_info)
    for edit in recipe.edits:
        check_fits(edit, model_info)
    return recipe


def fit_recipe(recipe: Recipe, model_info: ModelInfo) -> Recipe:
    """Match a recipe's rows to another model's layers by resolution, and name that model."""
    rows = recipe.model.resolutions or default_resolutions(recipe.edit.num_layers)
    fitted: Edit | Timeline
    if isinstance(recipe.content, Edit):
        fitted = fit_to_model(recipe.content, model_info, rows)
    else:
        fitted = fit_timeline(recipe.content, model_info, rows)
    return recipe_of(fitted, model_info, recipe.stored)


def with_two_sources(recipe: Recipe) -> Recipe:
    """Return a recipe of the same pictures with at least two sources, as the window needs them."""
    return _with_each(recipe, ops.with_two_sources)


def _with_each(recipe: Recipe, change: Callable[[Edit], Edit]) -> Recipe:
    """Apply a change to the edit, or to that of each keyframe."""
    if isinstance(recipe.content, Edit):
        return replace(recipe, content=change(recipe.content))
    keyframes = tuple(replace(k, edit=change(k.edit)) for k in recipe.content.keyframes)
    return replace(recipe, content=replace(recipe.content, keyframes=keyframes))


def vector_digest(vector: np.ndarray) -> str:
    """Return a vector's content hash: SHA-256 over its shape and little-endian float32 values."""
    shape = ",".join(map(str, vector.shape))
    values = np.ascontiguousarray(vector, dtype="<f4").tobytes()
    return hashlib.sha256(shape.encode() + b"\n" + values).hexdigest()
