"""The commands of the Edit menu: undo and redo."""

from __future__ import annotations

from explorer.gui.context import Ui
from explorer.gui.toolkit.commands import REPEATS, Command, section


class EditController:
    """Goes back and forth in the history of the session."""

    def __init__(self, ui: Ui) -> None:
        self._ui = ui

    def commands(self) -> tuple[Command, ...]:
        """Return the commands of the Edit menu."""
        return section(
            "Edit",
            ("edit.undo", "Undo", "Ctrl+Z", self._undo, REPEATS),
            ("edit.redo", "Redo", "Ctrl+Shift+Z Ctrl+Y", self._redo, REPEATS),
        )

    def _undo(self) -> None:
        self._ui.player.return_to_edit()
        self._ui.say("" if self._ui.session.undo() else "There is nothing to undo.")

    def _redo(self) -> None:
        self._ui.player.return_to_edit()
        self._ui.say("" if self._ui.session.redo() else "There is nothing to redo.")
