"""The user's work: the open model, the current edit and timeline, undo and redo.

The window reads from the session and writes to it; widgets keep no state of their own. No torch.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from explorer.edit.edit import Edit, default_edit
from explorer.edit.fit import fit_to_model
from explorer.edit.model_info import EditShape, ModelInfo
from explorer.edit.timeline import Timeline

UNDO_LIMIT = 1000
"""Steps that can be undone."""

StoredVectors = Mapping[str, np.ndarray]
"""Vectors in W [D] or W+ [L, D], float32, by content hash."""

_NO_MODEL = EditShape((), 0, False)
LAYERS_WITHOUT_MODEL = 10  # those of a 64 x 64 StyleGAN


class _Step(NamedTuple):
    """A step of the history: an edit and a timeline, and the shapes they were made for."""

    edit: Edit
    timeline: Timeline
    edit_shape: EditShape = _NO_MODEL
    timeline_shape: EditShape = _NO_MODEL

    def fitted(self, model_info: ModelInfo) -> _Step:
        """Return the step fitted to a model."""
        edit, timeline = self.edit, self.timeline
        if self.edit_shape != model_info.shape:
            edit = fit_to_model(edit, model_info, self.edit_shape.resolutions)
        if self.timeline_shape != model_info.shape:
            rows = self.timeline_shape.resolutions
            keyframes = tuple(
                replace(keyframe, edit=fit_to_model(keyframe.edit, model_info, rows))
                for keyframe in timeline.keyframes
            )
            timeline = replace(timeline, keyframes=keyframes)
        return _Step(edit, timeline, model_info.shape, model_info.shape)


class Session:
    """The current edit and timeline with their history.

    `version` grows with every change, so that the window knows when to request a new picture.
    `stored` holds the vectors that edits name by hash.

    The current step exists twice: as the user made it, and fitted to the open model. The history
    keeps steps as they were made, so that rows which a small model lacks come back with the next
    large one.
    """

    def __init__(self, model_info: ModelInfo | None = None, edit: Edit | None = None) -> None:
        self.model_info = model_info
        shape = _NO_MODEL if model_info is None else model_info.shape
        self._fitted = _Step(edit or new_edit(model_info), Timeline(), shape, shape)
        self._as_made = self._fitted
        self._past: list[_Step] = []
        self._future: list[_Step] = []
        self._gesture: object = None
        self.stored: dict[str, np.ndarray] = {}
        self.locked_sources: frozenset[int] = frozenset()
        self.locked_noise: frozenset[int] = frozenset()
        self.version = 0

    @property
    def edit(self) -> Edit:
        return self._fitted.edit

    @property
    def timeline(self) -> Timeline:
        return self._fitted.timeline

    def change(self, edit: Edit, *, gesture: Hashable | None = None) -> None:
        """Make `edit` the current one. Changes of one gesture, if not None, are one undo step."""
        self._change(edit, self.timeline, gesture)

    def change_timeline(self, timeline: Timeline, *, gesture: Hashable | None = None) -> None:
        """Make `timeline` the current one; it is undone and redone like an edit."""
        self._change(self.edit, timeline, gesture)

    def restore(
        self, edit: Edit, timeline: Timeline | None = None, stored: StoredVectors | None = None
    ) -> None:
        """Take over an opened recipe as one undo step; without a timeline the current one stays."""
        self.stored.update(stored or {})
        self._change(edit, self.timeline if timeline is None else timeline, None)

    def open_model(self, model_info: ModelInfo, *, keep: bool = False) -> None:
        """Switch to a model.

        The edit stays if it means the same with both models, or if `keep` is set; otherwise the
        model's usual edit replaces it, as an undo step. The timeline and the history stay. All of
        them are fitted to the model, always from the step as it was made.
        """
        previous = self.model_info
        self.model_info = model_info
        as_made = self._as_made
        kept = as_made.fitted(model_info)
        if not model_info.takes_edits_of(previous):
            self.locked_sources = frozenset()
            self.locked_noise = frozenset()
            if previous is None or not keep:
                as_made = as_made._replace(edit=new_edit(model_info), edit_shape=model_info.shape)
        fitted = kept if as_made is self._as_made else as_made.fitted(model_info)
        if previous is None:
            self._fitted = fitted
            self._as_made = as_made
        elif fitted == kept:
            self._fitted = kept
        else:
            self._take_step(fitted, as_made, None)
        self.version += 1

    def end_gesture(self) -> None:
        """End a gesture (the mouse button went up): the next change is a new undo step."""
        self._gesture = None

    @property
    def can_undo(self) -> bool:
        return bool(self._past)

    @property
    def can_redo(self) -> bool:
        return bool(self._future)

    def undo(self) -> bool:
        """Go back one step; return False if there is none."""
        return self._move_step(self._past, self._future)

    def redo(self) -> bool:
        """Take back the last undo; return False if there is none."""
        return self._move_step(self._future, self._past)

    def _move_step(self, taken_from: list[_Step], added_to: list[_Step]) -> bool:
        """Put the current step on one list, and make the last step of the other the current one."""
        self._gesture = None
        if not taken_from:
            return False
        added_to.append(self._as_made)
        step = taken_from.pop()
        self._as_made = step
        self._fitted = step if self.model_info is None else step.fitted(self.model_info)
        self.version += 1
        return True

    def _change(self, edit: Edit, timeline: Timeline, gesture: Hashable | None) -> None:
        """Record what is new as made for the open model; the rest stays as it was made."""
        as_made, shape = self._as_made, self._fitted.edit_shape
        if edit != self.edit:
            as_made = as_made._replace(edit=edit, edit_shape=shape)
        if timeline != self.timeline:
            as_made = as_made._replace(timeline=timeline, timeline_shape=shape)
        self._take_step(_Step(edit, timeline, shape, shape), as_made, gesture)

    def _take_step(self, fitted: _Step, as_made: _Step, gesture: Hashable | None) -> None:
        if fitted == self._fitted:
            return
        if gesture is None or gesture != self._gesture:
            self._past.append(self._as_made)
            del self._past[:-UNDO_LIMIT]
        self._future.clear()
        self._gesture = gesture
        self._fitted = fitted
        self._as_made = as_made
        self.version += 1


def new_edit(model_info: ModelInfo | None) -> Edit:
    """Return the edit that a model opens with; without a model, that of a 64 x 64 StyleGAN."""
    if model_info is None:
        return default_edit(LAYERS_WITHOUT_MODEL)
    return default_edit(
        model_info.num_layers,
        class_count=model_info.c_dim,
        convention=model_info.convention,
        cutoff=model_info.cutoff,
    )
