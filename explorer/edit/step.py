"""Steps of the history, and all the work of a session as one value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from explorer.edit.edit import Edit
from explorer.edit.fit import fit_layers, fit_timeline, fit_to_model
from explorer.edit.model_info import EditShape, ModelInfo
from explorer.edit.timeline import Timeline

StoredVectors = Mapping[str, np.ndarray]
"""Vectors in W [D] or W+ [L, D], float32, by content hash."""

NO_MODEL = EditShape((), 0, False)
"""The shape of an edit that was made while no model was open."""


class Step(NamedTuple):
    """A step of the history: an edit and a timeline, and the shapes they were made for."""

    edit: Edit
    timeline: Timeline
    edit_shape: EditShape = NO_MODEL
    timeline_shape: EditShape = NO_MODEL

    def fitted(self, model_info: ModelInfo) -> Step:
        """Return the step fitted to a model."""
        edit, timeline = self.edit, self.timeline
        if self.edit_shape != model_info.shape:
            edit = fit_to_model(edit, model_info, self.edit_shape.resolutions)
        if self.timeline_shape != model_info.shape:
            timeline = fit_timeline(timeline, model_info, self.timeline_shape.resolutions)
        return Step(edit, timeline, model_info.shape, model_info.shape)


class LockedNoise(NamedTuple):
    """The layers whose noise is locked, and the resolutions of all layers of their model."""

    layers: frozenset[int] = frozenset()
    resolutions: tuple[int, ...] = ()

    def fitted(self, model_info: ModelInfo) -> frozenset[int]:
        """Return the layers of a model that take the noise of a locked layer."""
        return fit_layers(self.layers, self.resolutions, model_info.resolutions)


@dataclass(frozen=True)
class Work:
    """Everything in a session that a user would miss, as it was made.

    `past` holds the steps that can be undone, the oldest first; `future` those that can be redone,
    the next one last.
    """

    step: Step
    past: tuple[Step, ...] = ()
    future: tuple[Step, ...] = ()
    stored: StoredVectors = field(default_factory=dict, compare=False)
    locked_sources: frozenset[int] = frozenset()
    locked_noise: LockedNoise = field(default_factory=LockedNoise)

    @property
    def is_untouched(self) -> bool:
        """True if nothing was done that could be undone, redone or played."""
        return not (self.past or self.future or self.step.timeline.keyframes)
