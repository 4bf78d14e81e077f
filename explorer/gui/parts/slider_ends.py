"""The names A and B above a column of sliders, exactly over their 0 and their 1."""

from __future__ import annotations

from typing import Final

import dearpygui.dearpygui as dpg

from explorer.gui.context import Ui
from explorer.gui.previews import FACES
from explorer.gui.toolkit import palette
from explorer.gui.toolkit.item_themes import GRAB_WIDTH
from explorer.gui.toolkit.numbers import Numbers
from explorer.gui.toolkit.scale import FONT_SIZE, px
from explorer.gui.toolkit.text_size import text_width
from explorer.gui.toolkit.theme import Item

ENDS: Final = "mix.ends"
_COLOURS: Final = (palette.FACE_A, palette.FACE_B)
_TICK: Final = 4
_GRAB_MARGIN: Final = 2  # screen pixels that Dear ImGui leaves at each end of a slider


class SliderEnds:
    """Draws a letter and a tick over each end, as soon as the width of the sliders is known."""

    def __init__(self, ui: Ui, numbers: Numbers) -> None:
        self._ui = ui
        self._numbers = numbers
        self._width = 0

    def draw(self) -> None:
        """Add the drawing, empty, to the current container."""
        dpg.add_drawlist(px(100), px(FONT_SIZE + 2 * _TICK), tag=ENDS)

    def place_above(self, slider: Item) -> None:
        """Put the letters over the ends of a slider in the same column."""
        width = dpg.get_item_rect_size(slider)[0]
        if width == self._width:
            return
        self._width = width
        dpg.configure_item(ENDS, width=width)
        dpg.delete_item(ENDS, children_only=True)
        for value, (name, colour) in enumerate(zip(FACES, _COLOURS, strict=True)):
            self._draw_end(self._x(value), name, colour)

    def _x(self, value: float) -> float:
        """Return where the middle of the grab stands at a value."""
        grab = px(GRAB_WIDTH)
        return (
            _GRAB_MARGIN
            + grab / 2
            + self._numbers.share(value) * (self._width - 2 * _GRAB_MARGIN - grab)
        )

    def _draw_end(self, x: float, name: str, colour: palette.Colour) -> None:
        bottom = px(FONT_SIZE + 2 * _TICK)
        at = (x + 0.5 - text_width(name) / 2, 0)
        dpg.draw_text(at, name, size=px(FONT_SIZE), color=colour, parent=ENDS)
        x -= 0.5  # the middle of a line one pixel wide
        dpg.draw_line((x, bottom - px(_TICK)), (x, bottom), color=colour, parent=ENDS)
