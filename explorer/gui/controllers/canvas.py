"""The commands and the mouse of the canvas: walking, zooming, face A alone, and its captions."""

from __future__ import annotations

import math
from functools import cache, partial
from typing import Final

import dearpygui.dearpygui as dpg

from explorer.edit.ops import before_walk, with_walk
from explorer.gui.canvas import DRAWLIST, Canvas
from explorer.gui.canvas_label import Scale
from explorer.gui.context import Ui
from explorer.gui.toolkit import texts
from explorer.gui.toolkit.commands import REPEATS, Command, section
from explorer.gui.toolkit.pointer import Area, Point
from explorer.rendering.heatmap import FIGURE_GAIN, colours

_WALK_RAD: Final = math.pi / 2  # for a drag across the whole canvas
_OPENING_HINT: Final = "The first picture appears in a few seconds."
_HEATS: Final = (  # the lowest value of the scale and the highest, in less and less room
    ("Noise changes the picture by 0", "{} levels of 255"),
    ("0", "{} levels of 255"),
    ("0", "{} of 255"),
)
_HEAT_STEPS: Final = 64
_FIRST_HINTS: Final = ("Drag the sliders on the right to mix A and B", "Drag the sliders to mix")
_READING: Final = "Reading the run\N{HORIZONTAL ELLIPSIS}"
_NO_MODEL: Final = "No model is open"
_KEY_HINT: Final = "Press Ctrl+O to choose a model or a saved picture."
_DROP_HINT: Final = (
    "Drop a model or a saved picture on this window,\nor press Ctrl+O to choose a file."
)
_NO_SNAPSHOT: Final = "This run has no snapshot yet"
_NO_SNAPSHOT_HINT: Final = "The first one opens as soon as it is saved."


@cache
def _heat_labels() -> tuple[tuple[str, Scale], ...]:
    """Return texts for the heat map, each with the colours from no change to the largest shown."""
    steps = colours()[:: 256 // _HEAT_STEPS]
    shades = tuple((int(r), int(g), int(b), 255) for r, g, b in steps)
    largest = round(255 / FIGURE_GAIN)
    return tuple((text, Scale(shades, unit.format(largest))) for text, unit in _HEATS)


class CanvasController:
    """Reacts to the mouse and to keys, and keeps the captions of the canvas up to date."""

    def __init__(self, ui: Ui, canvas: Canvas) -> None:
        self._ui = ui
        self._canvas = canvas
        self._shown_caption: object = None

    def commands(self) -> tuple[Command, ...]:
        """Return the commands of the View menu, except those about the interface."""
        return section(
            "View",
            ("view.fit", "Fit the picture", "F", self._canvas.fit),
            ("view.zoom_in", "Zoom in", "+", partial(self._zoom, 1), REPEATS),
            ("view.zoom_out", "Zoom out", "-", partial(self._zoom, -1), REPEATS),
            ("view.heat", "Heat map of the noise", "H", self._toggle_heat),
        )

    def area(self) -> Area:
        """Return the canvas as an area for the mouse."""
        return Area(
            DRAWLIST,
            dragged=self._dragged,
            released=lambda _button: self._ui.session.end_gesture(),
            double=lambda _at: self._canvas.fit(),
            wheel=self._canvas.zoom_at,
        )

    def watch_tab(self, is_blocked: bool) -> None:
        """Compare for as long as Tab is held, unless other things have the keyboard.

        That shows the picture before a walk, or face A alone where there was none.
        """
        is_held = bool(dpg.is_key_down(dpg.mvKey_Tab)) and not is_blocked
        if is_held != self._ui.view.show_a:
            self._ui.view.show_a = is_held
            self._ui.stale = True

    def forget_caption(self) -> None:
        """Draw the caption anew next time, for example at another size of text."""
        self._shown_caption = None

    def refresh_caption(self) -> None:
        """Explain an empty canvas, or label a picture that is not the usual one.

        A heat map of the picture before is dimmed until the new one is there.
        """
        self._canvas.dim(self._ui.view.heat_is_old)
        label, scale = self._label()
        title, text = self._explanation() if self._ui.session.model_info is None else ("", "")
        hint = "" if label else self._first_hint()
        caption = (title, text, label, scale, hint, self._canvas.size, self._canvas.corners())
        if caption != self._shown_caption:
            self._shown_caption = caption
            self._canvas.say(title, text)
            self._canvas.label(label or hint, scale, is_hint=not label)

    def _explanation(self) -> tuple[str, str]:
        """Return a title and a hint for the canvas without a model."""
        view = self._ui.view
        if view.loading:
            return f"Opening {view.loading}…", _OPENING_HINT
        if view.run is not None and (not view.run.is_read or view.run.wanted is not None):
            return _READING, _OPENING_HINT
        if view.run is not None:
            return _NO_SNAPSHOT, _NO_SNAPSHOT_HINT
        return _NO_MODEL, _DROP_HINT if view.takes_drops else _KEY_HINT

    def _label(self) -> tuple[str, Scale | None]:
        """Return the label of what the canvas shows, and the scale of a heat map."""
        view = self._ui.view
        is_being_made = not view.shows_heat or view.heat_is_old
        if self._ui.session.model_info is None:
            return "", None
        if view.loading:
            return f"Opening {view.loading}…", None
        if view.heat and (view.heat_share is not None or is_being_made):
            done = "" if view.heat_share is None else f" {view.heat_share:.0%}"
            return f"Making the heat map…{done}", None
        if view.shows_heat:
            fits = self._canvas.has_room_for
            return next((heat for heat in _heat_labels() if fits(*heat)), _heat_labels()[-1])
        return self._comparison(), None

    def _comparison(self) -> str:
        """Name the picture that is shown while Tab is held, once it is there."""
        view = self._ui.view
        if not view.show_a:
            return ""
        if before_walk(self._ui.edit, 0) is None:
            return "Face A alone" if view.shows_a else ""
        is_there = view.pictured is not None and before_walk(view.pictured, 0) is None
        return "Before the walk" if is_there else ""

    def _first_hint(self) -> str:
        """Say what to drag, until the first change."""
        if self._ui.view.hint_until != self._ui.session.version:
            return ""
        return next(filter(self._canvas.has_room_for, _FIRST_HINTS), "")

    def _dragged(self, button: int, _at: Point, dx: float, dy: float) -> None:
        """Walk from face A with the left button, move the picture with any other."""
        session = self._ui.session
        if button != dpg.mvMouseButton_Left:
            self._canvas.pan(dx, dy)
        elif 0 in session.locked_sources and session.model_info is not None:
            self._ui.say("Face A is locked. Unlock it to walk.")
        elif session.model_info is not None:
            rad = _WALK_RAD / max(self._canvas.size[0], 1)
            self._ui.change(with_walk(self._ui.edit, 0, dx * rad, dy * rad), "walk")

    def _zoom(self, steps: float) -> None:
        width, height = self._canvas.size
        self._canvas.zoom_at(steps, (width / 2, height / 2))

    def _toggle_heat(self) -> None:
        model_info = self._ui.session.model_info
        if model_info is not None and not model_info.takes_noise:
            self._ui.say(texts.NO_NOISE)
            return
        self._ui.view.heat = not self._ui.view.heat
        self._ui.stale = True
