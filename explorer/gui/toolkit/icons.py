"""Icons of the bundled font, one character each, which fit into any label.

assets/fonts/build.py puts them into the font, in this order.
"""

from __future__ import annotations

from typing import Final

_NAMES: Final = (
    *("shuffle", "dices", "lock", "lock_open", "swap", "reset", "mute", "solo", "play", "pause"),
    *("plus", "chevron_right", "chevron_down", "repeat", "skip_back", "skip_forward", "trash"),
    *("camera", "close", "download", "folder_open", "undo", "redo", "eye", "waves", "flame"),
    *("image", "film", "maximize", "blend", "keyboard", "warning", "keyframe_add", "copy"),
    *("check", "up", "folder", "file", "ban", "sparkles", "stop"),
)

_ICONS: Final = {name: chr(0xE000 + index) for index, name in enumerate(_NAMES)}


def icon(name: str) -> str:
    """Return the character of an icon. Raises KeyError for an unknown name."""
    return _ICONS[name]


def label(name: str, text: str) -> str:
    """Return an icon with a text beside it."""
    return f"{_ICONS[name]}  {text}"
