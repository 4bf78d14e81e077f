"""What the user works on: the model's facts, the current edit, the timeline, undo and redo.

The window reads from here and writes here; nothing of it lives in widgets. No torch.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from explorer.edit import Edit, default_edit
from explorer.facts import ModelFacts, Shape
from explorer.fit import fit_to_model
from explorer.timeline import Timeline

UNDO_LIMIT = 1000

StoredVectors = Mapping[str, np.ndarray]
"""Vectors in W [D] or W+ [L, D], float32, by content hash."""


class _Step(NamedTuple):
    """A moment of the history, and what it was made for."""

    edit: Edit
    timeline: Timeline
    shape: Shape = ((), 0, False)

    def fitted(self, facts: ModelFacts) -> _Step:
        """The same for another model."""
        if self.shape == facts.shape:
            return self
        rows, *_ = self.shape
        keyframes = tuple(
            replace(k, edit=fit_to_model(k.edit, facts, rows)) for k in self.timeline.keyframes
        )
        edit = fit_to_model(self.edit, facts, rows)
        return _Step(edit, replace(self.timeline, keyframes=keyframes), facts.shape)


class Session:
    """The current edit and timeline with their history.

    `version` grows with every change, so that the window knows when to ask for a new picture.
    `stored` holds the vectors that edits name by hash.
    """

    def __init__(self, facts: ModelFacts | None = None, edit: Edit | None = None) -> None:
        self.facts = facts
        self._now = _Step(edit or new_edit(facts), Timeline())
        if facts is not None:
            self._now = self._now._replace(shape=facts.shape)
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
        self._go(self._now._replace(edit=edit), gesture)

    def change_timeline(self, timeline: Timeline, *, gesture: Hashable | None = None) -> None:
        """Make `timeline` the current one, undone and redone like an edit."""
        self._go(self._now._replace(timeline=timeline), gesture)

    def restore(
        self, edit: Edit, timeline: Timeline | None = None, stored: StoredVectors | None = None
    ) -> None:
        """Take over an opened recipe as one undo step; without a timeline the present one stays."""
        self.stored.update(stored or {})
        line = self.timeline if timeline is None else timeline
        self._go(self._now._replace(edit=edit, timeline=line), None)

    def open_model(self, facts: ModelFacts, *, keep: bool = False) -> None:
        """Switch to a model.

        The edit stays when both models have the same layers, classes and meaning of seeds, or if
        `keep` is set; otherwise the model begins with its usual one, as an undo step. What stays,
        the timeline and what is undone are fitted to the model, always from what they were made
        for: what a small model has no layers for is there again with the next large one.
        """
        before, self.facts = self.facts, facts
        fitted = step = self._made.fitted(facts)
        if not facts.takes_edits_of(before):
            self.locked_sources = self.locked_noise = frozenset()
            if before is None or not keep:
                step = fitted._replace(edit=new_edit(facts))
        if before is None:
            self._now = self._made = step
        elif step == fitted:
            self._now = fitted
        else:
            self._go(step, None)
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
        self._now = self._made if self.facts is None else self._made.fitted(self.facts)
        self.version += 1
        return True

    def _go(self, step: _Step, gesture: Hashable | None) -> None:
        if step == self._now:
            return
        if gesture is None or gesture != self._gesture:
            self._past.append(self._made)
            del self._past[:-UNDO_LIMIT]
        self._future.clear()
        self._gesture = gesture
        self._now = self._made = step
        self.version += 1


def new_edit(facts: ModelFacts | None) -> Edit:
    """The edit that a model opens with; without a model, one of a 64 x 64 StyleGAN."""
    if facts is None:
        return default_edit(10)
    return default_edit(
        facts.num_layers,
        class_count=facts.c_dim,
        convention=facts.convention,
        cutoff=facts.cutoff,
    )
