"""The scale of the interface: the one function that turns design pixels into screen pixels."""

from __future__ import annotations

from typing import Final

FONT_SIZE: Final = 15
FRAME_PADDING_Y: Final = 4
PANEL_PADDING: Final = 12
LEAST_ROOM: Final = (848, 470)
"""Width and height, in design pixels, of the smallest window in which every panel has its place."""
_SMALLEST: Final = 0.75
_LARGEST: Final = 4.0
_STEP: Final = 0.05  # of a scale that a small window enforces

_display = 1.0
_wanted = 1.0
_scale = 1.0


def set_display_scale(scale: float) -> None:
    """Say which size suits the display; 1.0 suits a screen of 96 dpi."""
    global _display
    _display = scale


def set_scale(scale: float) -> None:
    """Set the size of the whole interface; 0 is the one that suits the display."""
    global _scale, _wanted
    _scale = _wanted = min(max(scale or _display, _SMALLEST), _LARGEST)


def fit_scale(width: int, height: int) -> bool:
    """Keep to a scale at which all panels fit into a window; return True if the scale changes.

    It is the one that was set, as soon as the window has room for that.
    """
    global _scale
    room = min(width / LEAST_ROOM[0], height / LEAST_ROOM[1])
    before = _scale
    _scale = min(_wanted, max(_STEP * int(room / _STEP), _SMALLEST))
    return _scale != before


def current_scale() -> float:
    """Return the current size of the interface."""
    return _scale


def wanted_scale() -> float:
    """Return the size that was set, which a small window may not have room for."""
    return _wanted


def px(design_pixels: float) -> int:
    """Return the screen pixels of a length at scale 1. Every length in the window passes here."""
    return round(design_pixels * _scale)


def menu_height() -> int:
    """Return the height of the menu bar in screen pixels."""
    return px(FONT_SIZE) + 2 * px(FRAME_PADDING_Y)
