"""Fit an edit to a model with other layers, matching them by resolution; check whether it fits.

The rows of an edit are its entries for each layer: mix, noise and psi.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace

from explorer.edit.edit import Edit, one_hot
from explorer.edit.flow import NoiseFlow
from explorer.edit.model_info import ModelInfo
from explorer.edit.timeline import Timeline
from stylegan_core.errors import UserError


def default_resolutions(num_layers: int) -> tuple[int, ...]:
    """Return the resolution of each layer, in pairs from 4 x 4 up, as in StyleGAN 1."""
    return tuple(4 << (i // 2) for i in range(num_layers))


class MisfitError(UserError):
    """Raised for a recipe that names a model but does not fit it."""


def check_fits(edit: Edit, model_info: ModelInfo) -> None:
    """Raise `MisfitError`, which says why, unless an edit fits a model."""
    problem = ""
    if edit.num_layers != model_info.num_layers:
        problem = f"it has {edit.num_layers} layers, the model has {model_info.num_layers}"
    elif any(len(source.class_weights) != model_info.c_dim for source in edit.sources):
        problem = f"a face in it does not have a weight for each of {model_info.c_dim} classes"
    elif edit.transform is not None and not model_info.takes_transform:
        problem = "it moves the picture, which this model cannot do"
    if problem:
        raise MisfitError(f"The recipe does not fit the model {model_info.name}: {problem}.")


def fit_to_model(edit: Edit, model_info: ModelInfo, resolutions: Sequence[int] = ()) -> Edit:
    """Return the edit with one row for each layer of the model.

    `resolutions` are those of the edit's rows; without them, two rows per resolution are assumed.
    A layer takes the row of its resolution: the first layer the first row, the second the second.
    If the edit lacks that resolution, the layer takes a row of the nearest one.
    Class weights are reset if the number of classes differs. The transform is dropped if the model
    has none.
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


def fit_timeline(
    timeline: Timeline, model_info: ModelInfo, resolutions: Sequence[int] = ()
) -> Timeline:
    """Return the timeline with its keyframes and its flow fitted, as by `fit_to_model`."""
    if not timeline.keyframes:
        return replace(timeline, flow=None)
    old = tuple(resolutions) or default_resolutions(timeline.keyframes[0].edit.num_layers)
    keyframes = tuple(
        replace(keyframe, edit=fit_to_model(keyframe.edit, model_info, old))
        for keyframe in timeline.keyframes
    )
    flow, new = timeline.flow, model_info.resolutions
    if flow is not None and old != new:
        rows = (_matching_row(old, new, i) for i in range(len(new)))
        flow = NoiseFlow(tuple(flow.rates[row] for row in rows))
    return replace(timeline, keyframes=keyframes, flow=flow)


def fit_layers(
    chosen: Iterable[int], resolutions: Sequence[int], new: Sequence[int]
) -> frozenset[int]:
    """Return the layers of a model that take a row of one of the chosen layers.

    `resolutions` are those of the layers from which they were chosen, as for `fit_to_model`.
    """
    old, chosen = tuple(resolutions), frozenset(chosen)
    if not chosen or not old or old == tuple(new):
        return chosen
    return frozenset(i for i in range(len(new)) if _matching_row(old, new, i) in chosen)


def _matching_row(old: Sequence[int], new: Sequence[int], layer: int) -> int:
    """Return the old row that a new layer takes."""
    resolution = new[layer]
    nth = list(new[:layer]).count(resolution)
    nearest = min(old, key=lambda r: (abs(math.log2(r / resolution)), r))
    rows = [row for row, r in enumerate(old) if r == nearest]
    if nearest != resolution:
        return rows[-1] if nearest < resolution else rows[0]
    return rows[min(nth, len(rows) - 1)]


def _matching_cutoff(old: Sequence[int], new: Sequence[int], cutoff: int) -> int:
    """Return how many of the new layers lie below a boundary between old layers."""
    if cutoff >= len(old):
        return len(new)
    resolution = old[cutoff]
    inside = cutoff - list(old).index(resolution)  # 1 if it parts two layers of one resolution
    below = sum(1 for r in new if r < resolution)
    return min(below + inside, bisect_right(sorted(new), resolution))


def _with_classes(edit: Edit, c_dim: int) -> Edit:
    default = one_hot(0, c_dim)
    return replace(
        edit,
        sources=tuple(
            source if len(source.class_weights) == c_dim else replace(source, class_weights=default)
            for source in edit.sources
        ),
    )
