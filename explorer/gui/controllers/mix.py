"""The commands of the Mix menu: groups of layers from face A or face B."""

from __future__ import annotations

from functools import partial

from explorer.gui.changes import MixChanges
from explorer.gui.context import Ui
from explorer.gui.toolkit.commands import Command, section


class MixController:
    """Mixes the layers of a group, or all of them, at once."""

    def __init__(self, ui: Ui) -> None:
        self._ui = ui
        self._changes = MixChanges(ui)

    def commands(self) -> tuple[Command, ...]:
        """Return the commands of the Mix menu."""
        return section(
            "Mix",
            ("mix.coarse", "Coarse layers from A or B", "1", partial(self._flip, "coarse")),
            ("mix.middle", "Middle layers from A or B", "2", partial(self._flip, "middle")),
            ("mix.fine", "Fine layers from A or B", "3", partial(self._flip, "fine")),
            ("mix.reset", "All layers from A", "R 0", self._reset),
        )

    def _flip(self, group: str) -> None:
        layers = self._changes.layers(group)
        if layers:
            self._changes.flip(layers)
        elif self._ui.session.model_info is not None:
            self._ui.say(f"This model has no {group} layers.")

    def _reset(self) -> None:
        self._changes.reset(range(self._ui.edit.num_layers))
