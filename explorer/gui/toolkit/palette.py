"""The colours of the window: one accent, one colour for each face, and shades of a cool grey."""

from __future__ import annotations

from typing import Final

Colour = tuple[int, int, int, int]
"""Red, green, blue and alpha, 0 to 255."""


def _rgb(code: str, alpha: int = 255) -> Colour:
    return int(code[0:2], 16), int(code[2:4], 16), int(code[4:6], 16), alpha


GROUND: Final = _rgb("131418")
PANEL: Final = _rgb("1b1d22")
RAISED: Final = _rgb("24272e")
FRAME: Final = _rgb("2d313a")
FRAME_HOVER: Final = _rgb("383d48")
FRAME_ACTIVE: Final = _rgb("444a57")
LINE: Final = _rgb("33373f")
TEXT: Final = _rgb("e7e8ec")
DIM: Final = _rgb("a2a8b4")
FAINT: Final = _rgb("7b8290")
ACCENT: Final = _rgb("9d8cff")
ACCENT_DEEP: Final = _rgb("6a5acd")
FACE_A: Final = _rgb("f2a65a")
FACE_B: Final = _rgb("4fc9bb")
SOLO: Final = _rgb("e3c04e")
MUTE: Final = _rgb("a8433f")
WARNING: Final = _rgb("ff8f7a")
LABEL: Final = _rgb("131418", 215)
SHADE: Final = _rgb("08090b", 150)
CLEAR: Final = (0, 0, 0, 0)
WHITE: Final = _rgb("ffffff")  # pictures in their own colours
OUTDATED: Final = _rgb("ffffff", 120)  # pictures that are to be replaced


def blend(a: Colour, b: Colour, t: float) -> Colour:
    """Return the colour between a (t = 0) and b (t = 1)."""
    r, g, blue, alpha = (
        round(x + (y - x) * min(max(t, 0.0), 1.0)) for x, y in zip(a, b, strict=True)
    )
    return r, g, blue, alpha
