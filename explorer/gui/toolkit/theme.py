"""The look of the window: its fonts, and a theme for each kind of item."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

import dearpygui.dearpygui as dpg

from explorer.gui.toolkit import item_themes, palette
from explorer.gui.toolkit.scale import (
    FONT_SIZE,
    FRAME_PADDING_Y,
    PANEL_PADDING,
    current_scale,
    px,
)

Item = int | str
"""An item of Dear PyGui, whose functions are untyped: a number or a name."""

_MIX_STEPS: Final = 9


@cache
def assets() -> Path:
    """Return the folder with fonts and icon, in the installed package or in the work tree."""
    packaged = Path(__file__).parents[2] / "_data" / "assets"
    return packaged if packaged.is_dir() else Path(__file__).parents[3] / "assets"


class Theme:
    """Fonts and item themes, made once for each scale of the interface."""

    def __init__(self) -> None:
        self.scale = current_scale()  # at which it was made
        self._make_fonts()
        self._make_places()
        self._make_buttons()
        self._make_texts_and_sliders()
        self.plot = item_themes.plot()
        self.lines = {
            colour: item_themes.line(colour)
            for colour in (palette.ACCENT, palette.FACE_A, palette.FACE_B)
        }
        self.tight = item_themes.style(dpg.mvStyleVar_ItemSpacing, 6, 1)
        self.dense = item_themes.style(dpg.mvStyleVar_CellPadding, 3, 0)
        self.small_field = item_themes.style(dpg.mvStyleVar_FramePadding, 3, FRAME_PADDING_Y + 1)
        self.menu = item_themes.style(dpg.mvStyleVar_WindowPadding, 10, 8)
        dpg.bind_font(self.font)
        dpg.bind_theme(item_themes.base())

    def mix_slider(self, share: float) -> Item:
        """Return the slider theme whose grab has a colour between the faces A (0) and B (1)."""
        return self._mix[round(min(max(share, 0.0), 1.0) * (_MIX_STEPS - 1))]

    def _make_fonts(self) -> None:
        with dpg.font_registry():
            self.font = _font("explorer-regular.ttf", FONT_SIZE)
            self.heading = _font("explorer-semibold.ttf", FONT_SIZE)
            self.small = _font("explorer-regular.ttf", FONT_SIZE - 2)

    def _make_places(self) -> None:
        self.root = item_themes.root()
        self.ground = item_themes.place(palette.GROUND, 0, 0)
        self.panel = item_themes.place(palette.PANEL, PANEL_PADDING, 10)
        self.bar = item_themes.place(palette.PANEL, PANEL_PADDING, 5)
        self.well = item_themes.place(palette.GROUND, 6, 4)

    def _make_buttons(self) -> None:
        p, button = palette, item_themes.button
        self.quiet = button(p.CLEAR, p.FRAME_HOVER, p.FRAME_ACTIVE, p.DIM)
        self.on = button(p.ACCENT_DEEP, p.ACCENT, p.ACCENT, p.TEXT)
        self.solo = button(p.SOLO, p.SOLO, p.SOLO, p.GROUND)
        self.mute = button(p.MUTE, p.MUTE, p.MUTE, p.TEXT)
        self.primary = button(p.ACCENT_DEEP, p.ACCENT, p.ACCENT_DEEP, p.TEXT)
        self.tab = button(p.CLEAR, p.FRAME_HOVER, p.FRAME, p.DIM)
        self.tab_on = button(p.FRAME, p.FRAME, p.FRAME, p.TEXT)
        self.fold = button(p.CLEAR, p.FRAME_HOVER, p.FRAME_ACTIVE, p.TEXT, align=0.0)
        self.tile = item_themes.tile(p.RAISED)
        self.tile_on = item_themes.tile(p.ACCENT)

    def _make_texts_and_sliders(self) -> None:
        self.dim_text = item_themes.text(palette.DIM)
        self.text_a = item_themes.text(palette.FACE_A)
        self.text_b = item_themes.text(palette.FACE_B)
        self.accent_text = item_themes.text(palette.ACCENT)
        self.warning_text = item_themes.text(palette.WARNING)
        self.mixed = item_themes.slider(palette.FAINT)
        self._mix = [
            item_themes.slider(
                palette.blend(palette.FACE_A, palette.FACE_B, step / (_MIX_STEPS - 1))
            )
            for step in range(_MIX_STEPS)
        ]


def _font(file: str, size: int) -> Item:
    font: Item = dpg.add_font(str(assets() / "fonts" / file), px(size))
    return font
