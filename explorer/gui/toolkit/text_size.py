"""The width of texts in the font of the window."""

from __future__ import annotations

import dearpygui.dearpygui as dpg

from explorer.gui.toolkit.scale import FONT_SIZE, px


def text_width(text: str, size: float | None = None) -> float:
    """Return the width in screen pixels, at a font size in screen pixels or the usual one.

    It is 0 before the first frame, when nothing can be measured.
    """
    measured = dpg.get_text_size(text)
    scale = 1.0 if size is None else size / px(FONT_SIZE)
    return float(measured[0]) * scale if measured else 0.0
