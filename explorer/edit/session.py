"""The user's work: the open model, the current edit and timeline, undo and redo.

The window reads from the session and writes to it; widgets keep no state of their own. No torch.
"""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np

from explorer.edit.edit import Edit, default_edit
from explorer.edit.model_info import ModelInfo
from explorer.edit.step import NO_MODEL, LockedNoise, Step, StoredVectors, Work
from explorer.edit.timeline import Timeline

UNDO_LIMIT = 1000
"""Steps that can be undone."""

LAYERS_WITHOUT_MODEL = 10  # those of a 64 x 64 StyleGAN


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
        shape = NO_MODEL if model_info is None else model_info.shape
        self._fitted = Step(edit or new_edit(model_info), Timeline(), shape, shape)
        self._as_made = self._fitted
        self._past: list[Step] = []
        self._future: list[Step] = []
        self._gesture: object = None
        self.stored: dict[str, np.ndarray] = {}
        self.locked_sources: frozenset[int] = frozenset()
        self._locked_noise = LockedNoise()
        self._shown_first: Edit | None = None  # an example, which is not the user's work
        self.version = 0

    @property
    def edit(self) -> Edit:
        return self._fitted.edit

    @property
    def timeline(self) -> Timeline:
        return self._fitted.timeline

    @property
    def locked_noise(self) -> frozenset[int]:
        """The layers whose noise is locked; kept as made, like the steps."""
        made = self._locked_noise
        return made.layers if self.model_info is None else made.fitted(self.model_info)

    @locked_noise.setter
    def locked_noise(self, layers: frozenset[int]) -> None:
        resolutions = self._locked_noise.resolutions
        if self.model_info is not None:
            resolutions = self.model_info.resolutions
        self._locked_noise = LockedNoise(layers, resolutions)

    def change(
        self, edit: Edit, timeline: Timeline | None = None, *, gesture: Hashable | None = None
    ) -> None:
        """Make `edit` the current one, and `timeline` if there is one.

        Changes of one gesture, if not None, are one undo step.
        """
        self._change(edit, self.timeline if timeline is None else timeline, gesture)

    def change_timeline(self, timeline: Timeline, *, gesture: Hashable | None = None) -> None:
        """Make `timeline` the current one; it is undone and redone like an edit."""
        self._change(self.edit, timeline, gesture)

    def restore(
        self, edit: Edit, timeline: Timeline | None = None, stored: StoredVectors | None = None
    ) -> None:
        """Take over an opened recipe as one undo step; without a timeline the current one stays."""
        self.stored.update(stored or {})
        self._change(edit, self.timeline if timeline is None else timeline, None)

    @property
    def work(self) -> Work:
        """All that the user has made here, as a value from which `take` continues."""
        return Work(
            self._as_made,
            tuple(self._past),
            tuple(self._future),
            dict(self.stored),
            self.locked_sources,
            self._locked_noise,
        )

    def take(self, work: Work) -> None:
        """Continue from the work of another session, in place of the present one."""
        model_info = self.model_info
        self._as_made = work.step
        self._fitted = work.step if model_info is None else work.step.fitted(model_info)
        self._past = list(work.past)
        self._future = list(work.future)
        self._gesture = None
        self.stored = dict(work.stored)
        self.locked_sources = work.locked_sources
        self._locked_noise = work.locked_noise
        self.version += 1

    def open_model(self, model_info: ModelInfo) -> None:
        """Switch to a model.

        The edit, the timeline, the locks and the history stay, fitted to the model, always from the
        steps as they were made. In a new session, the model's usual edit replaces the edit.
        """
        is_new = self.is_new
        self.model_info = model_info
        if is_new:
            self._as_made = Step(
                new_edit(model_info), self.timeline, model_info.shape, model_info.shape
            )
        self._fitted = self._as_made.fitted(model_info)
        self.version += 1

    def show_first(self, edit: Edit) -> None:
        """Begin a new session with an edit of the open model, which is not a step to undo."""
        self._shown_first = edit
        self._as_made = self._fitted = self._as_made._replace(edit=edit)
        self.version += 1

    def reset(self) -> None:
        """Go back to the edit that the model opens with, without keyframes and locks.

        Edit and timeline are one step to undo.
        """
        shape = NO_MODEL if self.model_info is None else self.model_info.shape
        step = Step(new_edit(self.model_info), Timeline(), shape, shape)
        self._take_step(step, step, None)
        self.locked_sources = frozenset()
        self.locked_noise = frozenset()

    def close_model(self) -> None:
        """Be without a model, until another one opens."""
        self.model_info = None
        self._fitted = self._as_made
        self.version += 1

    @property
    def is_new(self) -> bool:
        """True while there is nothing to keep for another model: no keyframe, and no own edit.

        An edit is one's own once it differs from the one that the model opened with.
        """
        made = self._as_made
        usual = (new_edit(self.model_info), self._shown_first)
        is_usual = made.edit_shape == NO_MODEL or made.edit in usual
        return is_usual and not made.timeline.keyframes

    @property
    def is_fitted(self) -> bool:
        """True if the edit or a keyframe was made for other layers than the model has."""
        return self._fitted != self._as_made

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

    def _move_step(self, taken_from: list[Step], added_to: list[Step]) -> bool:
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
        self._take_step(Step(edit, timeline, shape, shape), as_made, gesture)

    def _take_step(self, fitted: Step, as_made: Step, gesture: Hashable | None) -> None:
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
