"""Letters that the window can draw; all others are shown as escapes.

Two different names then never look the same, whatever script they are in.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cache
from typing import Final

from explorer.gui.toolkit.theme import assets
from stylegan_core import readable

_LAST_OF_HEADINGS: Final = 0x45F
"""The last letter of the headings' font, but for punctuation; text in others is not set in it."""


def shown(text: str, limit: int = readable.MAX_SHOWN) -> str:
    """Return a message from outside as the window shows it; see `readable.shown`."""
    return drawable(readable.shown(text, limit))


def shown_name(text: str, limit: int = readable.MAX_NAME) -> str:
    """Return a name from outside as the window shows it within a line."""
    return drawable(readable.shown_name(text, limit))


def drawable(text: str) -> str:
    """Return the text with an escape such as \\U00020000 for each letter that no font here has."""
    if text.isascii():
        return text
    return "".join(letter if _is_drawn(letter) else _escape(letter) for letter in text)


def suits_headings(text: str) -> bool:
    """Tell whether the headings' font has all letters of a text."""
    return all(ord(letter) <= _LAST_OF_HEADINGS for letter in text)


def _is_drawn(letter: str) -> bool:
    starts, ends = _ranges()
    code = ord(letter)
    index = bisect_right(starts, code) - 1
    return code < 0x80 or 0xE000 <= code < 0xF900 or (index >= 0 and code <= ends[index])


def _escape(letter: str) -> str:
    return letter.encode("unicode_escape").decode()


@cache
def _ranges() -> tuple[list[int], list[int]]:
    """Return the first and the last code of each range of the font, in rising order."""
    lines = (assets() / "fonts" / "coverage.txt").read_text(encoding="ascii").splitlines()
    ranges = [tuple(int(code, 16) for code in line.split("-")) for line in lines]
    return [first for first, _ in ranges], [last for _, last in ranges]
