"""The command that makes a loop through random faces."""

from __future__ import annotations

import random
import time
from typing import Final

from explorer.edit.face_loop import face_loop, used_sources
from explorer.gui import widgets
from explorer.gui.changes import NoiseChanges
from explorer.gui.context import Ui
from explorer.gui.dialogs.modal import Dialogs, inner_width
from explorer.gui.parts.face_loop import draw_face_loop, show_face_loop
from explorer.gui.toolkit.commands import Command, section

_WIDTH: Final = 420


class FaceLoopController:
    """Makes the loop at once on an empty timeline, and asks before it replaces another one."""

    def __init__(self, ui: Ui, dialogs: Dialogs) -> None:
        self._ui = ui
        self._dialogs = dialogs

    def commands(self) -> tuple[Command, ...]:
        """Return the command, for the Timeline menu."""
        title = "Loop through random faces"
        return section("Timeline", ("timeline.face_loop", title, "Shift+L", self._begin))

    def _begin(self) -> None:
        ui = self._ui
        if ui.session.model_info is None:
            ui.say("Open a model first.")
        elif not self._free_sources():
            ui.say("The faces of this picture are locked. Unlock one to draw others.")
        elif ui.session.timeline.keyframes:
            self._dialogs.open("Loop through random faces", self._draw, _WIDTH)
        else:
            self._make()

    def _draw(self) -> None:
        with widgets.row(0, 0):
            draw_face_loop(self._ui, "face_loop", -1)
        show_face_loop(self._ui, "face_loop")
        widgets.gap(4)
        count = len(self._ui.session.timeline.keyframes)
        old = "The keyframe of the timeline goes" if count == 1 else f"The {count} keyframes go"
        widgets.note(self._ui, f"{old}; Undo brings everything back.", wrap=True)
        widgets.gap(8)
        self._dialogs.buttons(
            (("Cancel", None),), inner_width(_WIDTH), ("Make the loop", "face_loop.go", self._go)
        )

    def _go(self) -> None:
        self._dialogs.close()
        self._make()

    def _make(self) -> None:
        """Replace edit and timeline in one step to undo, then play."""
        ui = self._ui
        flow = ui.session.timeline.flow
        if flow is None and ui.motion.rates:
            flow = NoiseChanges(ui).flow()
        loop = face_loop(
            ui.edit,
            self._free_sources(),
            ui.view.loop_faces,
            ui.view.loop_s,
            random.Random(),
            flow,
        )
        ui.session.change(loop.keyframes[0].edit, loop)
        ui.view.keyframe = 0
        ui.view.edited_keyframe = 0
        ui.player.leave_timeline()
        ui.player.position = 0.0
        ui.player.play(time.monotonic(), loop.duration_s, loop=True)
        ui.say(f"A loop of {len(loop.keyframes)} random faces, {loop.duration_s:g} s long.")

    def _free_sources(self) -> list[int]:
        """Return the sources that the picture uses and that are not locked."""
        locked = self._ui.session.locked_sources
        return [i for i in used_sources(self._ui.edit) if i not in locked]
