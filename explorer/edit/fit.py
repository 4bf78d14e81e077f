"""An edit for a model with other layers: rows are matched by resolution; and whether it fits."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

from explorer.edit.edit import Edit
from explorer.edit.model_info import ModelInfo
from stylegan_core.errors import UserError


def default_resolutions(num_layers: int) -> tuple[int, ...]:
    """Two layers per resolution from 4 x 4 up, as in the style-based generator."""
    return tuple(4 << (i // 2) for i in range(num_layers))


class MisfitError(UserError):
    """A recipe that says it is for a model, but cannot be."""


def check_fits(edit: Edit, model_info: ModelInfo) -> None:
    """Raises MisfitError, which says what of an edit does not fit to the model."""
    problem = ""
    if edit.num_layers != model_info.num_layers:
        problem = f"it has {edit.num_layers} layers, the model {model_info.num_layers}"
    elif any(len(source.class_weights) != model_info.c_dim for source in edit.sources):
        problem = f"a face in it does not have a weight for each of {model_info.c_dim} classes"
    elif edit.transform is not None and not model_info.takes_transform:
        problem = "it moves the picture, which this model cannot"
    if problem:
        raise MisfitError(f"The recipe does not fit to the model {model_info.name}: {problem}.")


def fit_to_model(edit: Edit, model_info: ModelInfo, resolutions: Sequence[int] = ()) -> Edit:
    """The edit with one row per layer of the model.

    `resolutions` says what the edit's rows are; without it two rows per doubling are assumed. A
    layer takes the row of its resolution, the first its first and the second its second; a
    resolution that the edit lacks takes the nearest. Class weights are dropped where the number of
    classes differs, the transform where the model has none.
    """
    old = tuple(resolutions) or default_resolutions(edit.num_layers)
    new = model_info.resolutions
    edit = _with_classes(edit, model_info.c_dim)
    edit = edit if model_info.takes_transform else replace(edit, transform=None)
    if old == new:
        return edit
    rows = [_matching_row(old, new, i) for i in range(len(new))]
    return replace(
        edit,
        layers=tuple(edit.layers[row] for row in rows),
        noise=tuple(edit.noise[row] for row in rows),
        layer_psi=tuple(edit.layer_psi[row] for row in rows),
        cutoff=_matching_cutoff(old, new, edit.cutoff),
        directions=tuple(
            replace(
                d,
                first=_matching_cutoff(old, new, d.first),
                last=_matching_cutoff(old, new, d.last + 1) - 1,
            )
            for d in edit.directions
        ),
    )


def _matching_row(old: Sequence[int], new: Sequence[int], layer: int) -> int:
    resolution = new[layer]
    nth = list(new[:layer]).count(resolution)
    nearest = min(old, key=lambda r: (abs(math.log2(r / resolution)), r))
    rows = [row for row, r in enumerate(old) if r == nearest]
    if nearest != resolution:
        return rows[-1] if nearest < resolution else rows[0]
    return rows[min(nth, len(rows) - 1)]


def _matching_cutoff(old: Sequence[int], new: Sequence[int], cutoff: int) -> int:
    """How many new layers lie below a boundary between old layers."""
    if cutoff >= len(old):
        return len(new)
    resolution = old[cutoff]
    inside = cutoff - list(old).index(resolution)  # 1 when it falls between layers of a resolution
    below = sum(1 for r in new if r < resolution)
    return min(below + inside, bisect_right(sorted(new), resolution))


def _with_classes(edit: Edit, c_dim: int) -> Edit:
    default = (1.0,) + (0.0,) * (c_dim - 1) if c_dim else ()
    return replace(
        edit,
        sources=tuple(
            source if len(source.class_weights) == c_dim else replace(source, class_weights=default)
            for source in edit.sources
        ),
    )
