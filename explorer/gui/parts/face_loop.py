"""The two numbers of a loop through random faces, and the timeline that has no keyframe yet."""

from __future__ import annotations

from typing import Final

import dearpygui.dearpygui as dpg

from explorer.edit.face_loop import MAX_FACES, MIN_FACES
from explorer.gui import widgets
from explorer.gui.context import Ui
from explorer.gui.toolkit.icons import label
from explorer.gui.toolkit.numbers import Numbers
from explorer.gui.toolkit.scale import px

_FACES: Final = Numbers(MIN_FACES, MAX_FACES, digits=0, unit=" faces", whole=True)
_SECONDS: Final = Numbers(1, 600, digits=1, unit=" s")
_HINT: Final = (
    "Press K to keep the picture as a keyframe. Change it, press K again, then Space to play."
)
_LOOP_TIP: Final = (
    "Make keyframes of random faces, with everything else as in this picture, and play them as a "
    "loop that closes."
)


def draw_empty_timeline(ui: Ui) -> None:
    """Draw how to begin: a hint, and a loop through random faces in one click."""
    widgets.gap(2)
    with widgets.row(0, widgets.AUTO):
        widgets.note(ui, _HINT, tag="timeline.hint", small=False, wrap=True)
        with dpg.group(horizontal=True, horizontal_spacing=px(6)):
            widgets.command_button(
                ui,
                "timeline.face_loop",
                label("dices", "Loop through random faces"),
                _LOOP_TIP,
                tag="timeline.face_loop",
                width=226,
            )
            draw_face_loop(ui, "timeline", 84)


def draw_face_loop(ui: Ui, prefix: str, width: int) -> None:
    """Draw the fields PREFIX.faces and PREFIX.seconds, each as wide as `width`."""

    def set_faces(faces: float) -> None:
        ui.view.loop_faces = round(faces)
        ui.stale = True

    def set_seconds(seconds: float) -> None:
        ui.view.loop_s = seconds
        ui.stale = True

    for name, numbers, changed, speed, tip in (
        ("faces", _FACES, set_faces, 0.05, "Set the number of faces in the loop."),
        ("seconds", _SECONDS, set_seconds, 0.05, "Set how long the whole loop lasts."),
    ):
        widgets.drag_number(
            ui, f"{prefix}.{name}", numbers, changed, width=width, speed=speed, tip=tip
        )


def show_face_loop(ui: Ui, prefix: str = "timeline") -> None:
    """Show the numbers in their fields."""
    widgets.show_number(f"{prefix}.faces", ui.view.loop_faces)
    widgets.show_number(f"{prefix}.seconds", ui.view.loop_s)
