"""What the user works on: the model's facts, the current edit, the timeline, undo and redo.

The window reads from here and writes here; nothing of it lives in widgets. No torch.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from explorer.edit.edit import Edit, default_edit
from explorer.edit.fit import fit_to_model
from explorer.edit.model_info import ModelInfo, Shape
from explorer.edit.timeline import Timeline

UNDO_LIMIT = 1000

StoredVectors = Mapping[str, np.ndarray]
"""Vectors in W [D] or W+ [L, D], float32, by content hash."""


NO_MODEL: Shape = ((), 0, False)


class _Step(NamedTuple):
    """A moment of the history: an edit and a timeline, and what each was made for."""

    edit: Edit
    timeline: Timeline
    edit_shape: Shape = NO_MODEL
    timeline_shape: Shape = NO_MODEL

    def fitted(self, model_info: ModelInfo) -> _Step:
        """The same for another model."""
        edit, line = self.edit, self.timeline
        if self.edit_shape != model_info.shape:
            edit = fit_to_model(edit, model_info, self.edit_shape[0])
        if self.timeline_shape != model_info.shape:
            rows, *_ = self.timeline_shape
            fits = (replace(k, edit=fit_to_model(k.edit, model_info, rows)) for k in line.keyframes)
            line = replace(line, keyframes=tuple(fits))
        return _Step(edit, line, model_info.shape, model_info.shape)


class Session:
    """The current edit and timeline with their history.

    `version` grows with every change, so that the window knows when to ask for a new picture.
    `stored` holds the vectors that edits name by hash.
    """

    def __init__(self, model_info: ModelInfo | None = None, edit: Edit | None = None) -> None:
        self.model_info = model_info
        shape = NO_MODEL if model_info is None else model_info.shape
        self._now = _Step(edit or new_edit(model_info), Timeline(), shape, shape)
        self._made = self._now  # before it was fitted to models that were opened since
        self._past: list[_Step] = []
        self._future: list[_Step] = []
        self._gesture: object = None
        self.stored: dict[str, np.ndarray] = {}
        self.locked_sources: frozenset[int] = frozenset()
        self.locked_noise: frozenset[int] = frozenset()
        self.version = 0

    @property
    def edit(self) -> Edit:
        return self._now.edit

    @property
    def timeline(self) -> Timeline:
        return self._now.timeline

    def change(self, edit: Edit, *, gesture: Hashable | None = None) -> None:
        """Make `edit` the current one. The same gesture (not None) continues one undo step."""
        self._change(edit, self.timeline, gesture)

    def change_timeline(self, timeline: Timeline, *, gesture: Hashable | None = None) -> None:
        """Make `timeline` the current one, undone and redone like an edit."""
        self._change(self.edit, timeline, gesture)

    def restore(
        self, edit: Edit, timeline: Timeline | None = None, stored: StoredVectors | None = None
    ) -> None:
        """Take over an opened recipe as one undo step; without a timeline the present one stays."""
        self.stored.update(stored or {})
        self._change(edit, self.timeline if timeline is None else timeline, None)

    def open_model(self, model_info: ModelInfo, *, keep: bool = False) -> None:
        """Switch to a model.

        The edit stays when both models have the same layers, classes and meaning of seeds, or if
        `keep` is set; otherwise the model begins with its usual one, as an undo step. What stays,
        the timeline and what is undone are fitted to the model, always from what they were made
        for: what a small model has no layers for is there again with the next large one.
        """
        before, self.model_info = self.model_info, model_info
        made, fitted = self._made, self._made.fitted(model_info)
        if not model_info.takes_edits_of(before):
            self.locked_sources = self.locked_noise = frozenset()
            if before is None or not keep:
                made = made._replace(edit=new_edit(model_info), edit_shape=model_info.shape)
        now = fitted if made is self._made else made.fitted(model_info)
        if before is None:
            self._now, self._made = now, made
        elif now == fitted:
            self._now = fitted
        else:
            self._go(now, made, None)
        self.version += 1

    def end_gesture(self) -> None:
        """The mouse button went up: the next change is a new undo step."""
        self._gesture = None

    @property
    def can_undo(self) -> bool:
        return bool(self._past)

    @property
    def can_redo(self) -> bool:
        return bool(self._future)

    def undo(self) -> bool:
        """Go back one step; False when there is none."""
        return self._travel(self._past, self._future)

    def redo(self) -> bool:
        """Take back the last undo; False when there is none."""
        return self._travel(self._future, self._past)

    def _travel(self, source: list[_Step], other: list[_Step]) -> bool:
        self._gesture = None
        if not source:
            return False
        other.append(self._made)
        self._made = source.pop()
        self._now = self._made if self.model_info is None else self._made.fitted(self.model_info)
        self.version += 1
        return True

    def _change(self, edit: Edit, timeline: Timeline, gesture: Hashable | None) -> None:
        """Take over what is new, as made for the present model; the rest stays as it was made."""
        made, shape = self._made, self._now.edit_shape
        if edit != self.edit:
            made = made._replace(edit=edit, edit_shape=shape)
        if timeline != self.timeline:
            made = made._replace(timeline=timeline, timeline_shape=shape)
        self._go(_Step(edit, timeline, shape, shape), made, gesture)

    def _go(self, now: _Step, made: _Step, gesture: Hashable | None) -> None:
        if now == self._now:
            return
        if gesture is None or gesture != self._gesture:
            self._past.append(self._made)
            del self._past[:-UNDO_LIMIT]
        self._future.clear()
        self._gesture = gesture
        self._now, self._made = now, made
        self.version += 1


def new_edit(model_info: ModelInfo | None) -> Edit:
    """The edit that a model opens with; without a model, one of a 64 x 64 StyleGAN."""
    if model_info is None:
        return default_edit(10)
    return default_edit(
        model_info.num_layers,
        class_count=model_info.c_dim,
        convention=model_info.convention,
        cutoff=model_info.cutoff,
    )
