"""Icons of the bundled font: one character each, so they go into any label (assets/fonts/build.py
makes them).
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
    """The character of an icon; KeyError for a name that does not exist."""
    return _ICONS[name]


def label(name: str, text: str) -> str:
    """An icon with words beside it."""
    return f"{_ICONS[name]}  {text}"
