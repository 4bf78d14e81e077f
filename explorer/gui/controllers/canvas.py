"""What the picture's area does with the mouse and the keyboard: walking, zooming, comparing with A,
and its captions.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import dearpygui.dearpygui as dpg

from explorer.edit.ops import with_walk
from explorer.gui.canvas import DRAWLIST, Canvas
from explorer.gui.context import Ui
from explorer.gui.dialogs.modal import Dialogs
from explorer.gui.dialogs.paths import Paths
from explorer.gui.dialogs.shortcuts import WIDTH as HELP_WIDTH
from explorer.gui.dialogs.shortcuts import shortcuts_dialog
from explorer.gui.toolkit import texts, theme
from explorer.gui.toolkit.commands import Command
from explorer.gui.toolkit.pointer import Area, Point

_WALK: Final = math.pi / 2  # radians for a drag across the whole canvas
_SCALES: Final = (0.75, 1.0, 1.25, 1.5, 2.0, 2.5, 3.0)
_PATIENCE: Final = "The first picture appears in a few seconds."
_EMPTY: Final = "No model is open"
_ASK: Final = "Press Ctrl+O to choose a model or a saved picture."
_DROP: Final = "Drop a model or a saved picture on this window,\nor press Ctrl+O to choose a file."
_NO_SNAPSHOT: Final = (
    "This run has no snapshot yet",
    "The first one opens here by itself once it is saved.",
)


class Stage:
    """The middle of the window."""

    def __init__(
        self,
        ui: Ui,
        canvas: Canvas,
        dialogs: Dialogs,
        paths: Paths,
        rebuild: Callable[[], None],
        quit_: Callable[[], None],
    ) -> None:
        self._ui, self._canvas, self._dialogs, self._paths = ui, canvas, dialogs, paths
        self._rebuild, self._quit = rebuild, quit_
        self._caption: tuple[str, str, str, tuple[int, int]] | None = None

    def commands(self) -> tuple[Command, ...]:
        """View and Help, and the way out."""
        zoom_in, zoom_out = (lambda: self._zoom(1)), (lambda: self._zoom(-1))
        return (
            Command("file.quit", "Quit", "File", ("Ctrl+Q",), self._quit),
            Command("view.fit", "Fit the picture", "View", ("F",), self._canvas.fit),
            Command("view.zoom_in", "Zoom in", "View", ("+",), zoom_in, repeats=True),
            Command("view.zoom_out", "Zoom out", "View", ("-",), zoom_out, repeats=True),
            Command("view.heat", "Heat map of the noise", "View", ("H",), self._heat),
            Command(
                "view.larger", "Larger interface", "View", ("Ctrl++",), lambda: self._rescale(1)
            ),
            Command(
                "view.smaller", "Smaller interface", "View", ("Ctrl+-",), lambda: self._rescale(-1)
            ),
            Command("help.keys", "Keys", "Help", ("F1", "?"), self._keys),
            Command("help.about", "About", "Help", (), self._about),
        )

    def area(self) -> Area:
        """The canvas and what the mouse does on it."""
        return Area(
            DRAWLIST,
            dragged=self._dragged,
            released=lambda _button: self._ui.session.end_gesture(),
            double=lambda _at: self._canvas.fit(),
            wheel=self._canvas.zoom_at,
        )

    def watch_keys(self) -> None:
        """Face A alone for as long as Tab is held."""
        held = bool(dpg.is_key_down(dpg.mvKey_Tab)) and not self._dialogs.is_open()
        if held != self._ui.view.show_a:
            self._ui.view.show_a, self._ui.stale = held, True

    def forget_caption(self) -> None:
        """Draws the words anew when next asked to."""
        self._caption = None

    def caption(self) -> None:
        """Words on the canvas while there is no picture, and a label when the picture is not the
        usual one.
        """
        view, model_info = self._ui.view, self._ui.session.model_info
        title = hint = label = ""
        if model_info is None:
            how = _DROP if view.takes_drops else _ASK
            empty = (_EMPTY, how) if view.run is None else _NO_SNAPSHOT
            title, hint = (f"Opening {view.loading}…", _PATIENCE) if view.loading else empty
        elif view.loading:
            label = f"Opening {view.loading}…"
        elif view.heat:
            label = "Where chance acts: bright places change with the noise"
        elif view.show_a:
            label = "Face A alone"
        caption = (title, hint, label, self._canvas.size)
        if caption != self._caption:
            self._caption = caption
            self._canvas.say(title, hint)
            self._canvas.label(label)

    def _dragged(self, button: int, _at: Point, dx: float, dy: float) -> None:
        if button != dpg.mvMouseButton_Left:
            self._canvas.pan(dx, dy)
            return
        if self._ui.session.model_info is None:
            return
        if 0 in self._ui.session.locked_sources:
            self._ui.say("Face A is locked; unlock it to walk.")
            return
        angle = _WALK / max(self._canvas.size[0], 1)
        self._ui.change(with_walk(self._ui.edit, 0, dx * angle, dy * angle), "walk")

    def _zoom(self, steps: float) -> None:
        width, height = self._canvas.size
        self._canvas.zoom_at(steps, (width / 2, height / 2))

    def _heat(self) -> None:
        model_info = self._ui.session.model_info
        if model_info is not None and not model_info.takes_noise:
            self._ui.say(texts.NO_NOISE)
            return
        self._ui.view.heat = not self._ui.view.heat
        self._ui.stale = True

    def _rescale(self, step: int) -> None:
        nearest = min(range(len(_SCALES)), key=lambda i: abs(_SCALES[i] - theme.scale()))
        wanted = _SCALES[min(max(nearest + step, 0), len(_SCALES) - 1)]
        theme.set_scale(wanted)
        self._paths.change_settings(ui_scale=wanted)
        self._ui.theme = theme.Theme()
        self._caption = None
        self._rebuild()
        self._ui.say(f"Interface at {wanted:.0%}.")

    def _keys(self) -> None:
        if self._dialogs.is_open():
            self._dialogs.close()
        else:
            self._dialogs.open("Keys", lambda: shortcuts_dialog(self._ui), HELP_WIDTH)

    def _about(self) -> None:
        model_info = self._ui.session.model_info
        lines = ["StyleGAN Explorer: pictures by layers, noise and truncation."]
        if model_info is not None:
            lines.append(
                f"Model: {model_info.name}, {texts.size(model_info.resolution)}, "
                f"{model_info.num_layers} layers."
            )
            lines += [
                f"{key}: {model_info.card[key]}"
                for key in ("data", "licence")
                if key in model_info.card
            ]
            lines.append(f"File: {model_info.path}")
        lines.append("Text is set in Inter (SIL OFL 1.1), icons are by Lucide (ISC).")
        self._dialogs.message("About", "\n\n".join(lines))
