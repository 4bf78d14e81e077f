"""The commands of the Faces menu: the seeds, classes and locks of the faces A and B."""

from __future__ import annotations

import random
from functools import partial
from typing import Final

from explorer.edit.classes import ClassBlend, blend_of
from explorer.edit.ops import (
    convention_of,
    with_class_weights,
    with_convention,
    with_seed,
    with_swapped_sources,
)
from explorer.gui.context import Ui
from explorer.gui.toolkit import texts
from explorer.gui.toolkit.commands import Command, section
from stylegan_core.conventions import SeedConvention

_LARGEST_DRAWN_SEED: Final = 100_000


class FacesController:
    """Changes the sources of the edit; a locked face refuses."""

    def __init__(self, ui: Ui) -> None:
        self._ui = ui

    def commands(self) -> tuple[Command, ...]:
        """Return the commands of the Faces menu."""
        return section(
            "Faces",
            ("sources.shuffle_a", "Another face A", "A", partial(self._shuffle, 0)),
            ("sources.shuffle_b", "Another face B", "B", partial(self._shuffle, 1)),
            ("sources.swap", "Swap A and B", "X", self._swap),
            ("sources.lock_a", "Lock face A", "Shift+A", partial(self._toggle_lock, 0)),
            ("sources.lock_b", "Lock face B", "Shift+B", partial(self._toggle_lock, 1)),
            ("sources.class_a", "Next class for A", "C", partial(self._next_class, 0)),
            ("sources.class_b", "Next class for B", "Shift+C", partial(self._next_class, 1)),
            (
                "sources.convention",
                "Official or Explorer seeds",
                "O",
                self._switch_convention,
            ),
        )

    def _shuffle(self, index: int) -> None:
        if index in self._ui.session.locked_sources:
            self._ui.say("This face is locked. Unlock it to draw another one.")
            return
        self._ui.change(with_seed(self._ui.edit, index, random.randrange(_LARGEST_DRAWN_SEED)))

    def _swap(self) -> None:
        if self._ui.session.locked_sources:
            self._ui.say("A locked face stays in its place. Unlock it to swap the faces.")
            return
        self._ui.change(with_swapped_sources(self._ui.edit, 0, 1))

    def _toggle_lock(self, index: int) -> None:
        self._ui.session.locked_sources ^= {index}
        self._ui.stale = True

    def _next_class(self, index: int) -> None:
        """Show a face of the next class from the same seed; the first follows the last."""
        model_info, edit = self._ui.session.model_info, self._ui.edit
        if model_info is None or not model_info.c_dim:
            self._ui.say("This model has no classes.")
            return
        if index in self._ui.session.locked_sources:
            self._ui.say("This face is locked. Unlock it to change its class.")
            return
        present = blend_of(edit.sources[index].class_weights).first
        following = ClassBlend((present + 1) % model_info.c_dim)
        self._ui.change(with_class_weights(edit, index, following.weights(model_info.c_dim)))

    def _switch_convention(self) -> None:
        """Use official seeds for all faces, or Explorer seeds if all are official already."""
        edit = self._ui.edit
        if self._ui.session.locked_sources:
            self._ui.say("A locked face keeps its seed. Unlock it to switch the numbering.")
            return
        all_official = all(convention_of(source) == "official" for source in edit.sources)
        convention: SeedConvention = "ours" if all_official else "official"
        for index in range(len(edit.sources)):
            edit = with_convention(edit, index, convention)
        self._ui.change(edit)
        self._ui.say(texts.SEEDS[convention])
