"""Take a latent that another tool has found for a picture into an edit, as one of its faces."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from explorer.edit.edit import Edit, Stored
from explorer.edit.model_info import ModelInfo
from explorer.edit.ops import with_psi, with_source
from explorer.export.recipe import vector_digest
from stylegan_core.importers.latents import FoundLatent, LatentError, Space

FACES = ("A", "B")


class Projected(NamedTuple):
    """An edit with a projected face, the vector that it names, and which face it is."""

    edit: Edit
    vector: np.ndarray
    face: str


def with_projected(
    edit: Edit, found: FoundLatent, model_info: ModelInfo, locked: Collection[int] = ()
) -> Projected:
    """Return an edit that shows a latent as the first face that is neither stored nor locked.

    That is face A if both are stored; psi becomes 1, so that the face looks as it was found. Raises
    `LatentError` for a latent of another model, and if both faces are locked.
    """
    space, vector = fitted(found, model_info)
    free = [i for i in range(len(FACES)) if i not in locked]
    if not free:
        raise LatentError(f"Both faces are locked: unlock one, then open {found.name} again.")
    sources = edit.sources
    index = next((i for i in free if not isinstance(sources[i].latent, Stored)), free[0])
    latent = Stored(vector_digest(vector), space)
    changed = with_psi(with_source(edit, index, replace(sources[index], latent=latent)), 1.0)
    return Projected(changed, vector, FACES[index])


def fitted(found: FoundLatent, model_info: ModelInfo) -> tuple[Space, np.ndarray]:
    """Return the space and the vector of a latent: z [D], W [D] or W+ [L, D].

    Raises `LatentError`, which says what does not fit.
    """
    values, is_one = found.values, found.values.ndim == 1
    width = values.shape[-1]
    may_be_z = found.space == "z" or (found.space is None and width != model_info.w_dim)
    if may_be_z and is_one and width == model_info.z_dim:
        return "z", values
    expected = model_info.z_dim if found.space == "z" else model_info.w_dim
    if width != expected:
        problem = f"vectors of {width} numbers, where {model_info.name} takes {expected}"
    elif found.space == "z":
        problem = f"{len(values)} latents z; one of them is needed"
    elif is_one or len(values) == model_info.num_layers:
        return "w", values
    else:
        problem = f"{len(values)} rows, where {model_info.name} has {model_info.num_layers} layers"
    raise LatentError(
        f"{found.name} holds {problem}. Open the model that it was made with, then this file."
    )
