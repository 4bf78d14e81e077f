"""The commands of the Edit menu: undo and redo."""

from __future__ import annotations

from collections.abc import Callable

from explorer.edit.keyframes import changed_keyframe, index_after, keyframe_of
from explorer.edit.timeline import Timeline
from explorer.gui.context import Ui
from explorer.gui.toolkit.commands import REPEATS, Command, section


class EditController:
    """Goes back and forth in the history of the session; the playhead follows."""

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
        self._move(self._ui.session.undo, "There is nothing to undo.")

    def _redo(self) -> None:
        self._move(self._ui.session.redo, "There is nothing to redo.")

    def _move(self, move: Callable[[], bool], refusal: str) -> None:
        ui, session = self._ui, self._ui.session
        edit, timeline = session.edit, session.timeline
        ui.player.pause()
        if not move():
            ui.say(refusal)
            return
        ui.say("")
        ui.player.position = min(ui.player.position, session.timeline.duration_s)
        if not session.timeline.keyframes:
            ui.player.leave_timeline()
        if session.edit != edit:
            self._show_edit()
        else:
            self._show_change(timeline)

    def _show_edit(self) -> None:
        """Show the edit that came back, at its keyframe if it has one."""
        ui = self._ui
        ui.player.return_to_edit()
        kept = keyframe_of(ui.session.timeline, ui.session.edit, ui.chosen_keyframe)
        if kept is not None:
            self._choose(kept)
        ui.view.edited_keyframe = ui.chosen_keyframe

    def _show_change(self, before: Timeline) -> None:
        """Go to the keyframe that came back, while the timeline is shown or marked on the track."""
        ui, timeline = self._ui, self._ui.session.timeline
        changed = changed_keyframe(before, timeline)
        chosen = ui.chosen_keyframe if changed is None else changed
        if chosen is not None:
            self._choose(chosen)
        edited = index_after(before, timeline, ui.view.edited_keyframe)
        ui.view.edited_keyframe = edited if ui.player.shows_timeline else ui.chosen_keyframe

    def _choose(self, index: int) -> None:
        """Choose a keyframe, and put the playhead there if it stands anywhere."""
        ui = self._ui
        ui.view.keyframe = index
        if ui.player.placed:
            ui.player.position = ui.session.timeline.start_times[index]
