"""The scale of the interface: the one function that turns design pixels into screen pixels."""

from __future__ import annotations

from typing import Final

FONT_SIZE: Final = 15
FRAME_PADDING_Y: Final = 4
PANEL_PADDING: Final = 12
_SMALLEST: Final = 0.75
_LARGEST: Final = 4.0

_scale = 1.0


def set_scale(scale: float) -> None:
    """Set the size of the whole interface; 1.0 suits a screen of 96 dpi."""
    global _scale
    _scale = min(max(scale, _SMALLEST), _LARGEST)


def current_scale() -> float:
    """Return the current size of the interface."""
    return _scale


def px(design_pixels: float) -> int:
    """Return the screen pixels of a length at scale 1. Every length in the window passes here."""
    return round(design_pixels * _scale)


def menu_height() -> int:
    """Return the height of the menu bar in screen pixels."""
    return px(FONT_SIZE) + 2 * px(FRAME_PADDING_Y)
