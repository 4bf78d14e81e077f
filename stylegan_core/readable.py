"""Text from outside, made fit for every terminal and every label.

JSON and pickles can hold halves of characters (lone surrogates), and so do file names that are not
UTF-8. They cannot be encoded: printing or saving them raises an exception. Control characters can
do worse: a terminal obeys them. Both are shown instead.
"""

import re
from collections.abc import Mapping
from typing import Any

_HALF = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""Control characters but the line break, and those that turn the direction of the text around."""

MAX_SHOWN = 1500
"""Characters of a message. What is longer loses its middle."""

MAX_NAME = 200
"""Characters of a name."""

_CUT = " [...] "


def readable(text: str) -> str:
    """Return the text with a replacement character for each half of a character."""
    return _HALF.sub("\N{REPLACEMENT CHARACTER}", text)


def is_readable(text: str) -> bool:
    """Tell whether a text holds whole characters only."""
    return _HALF.search(text) is None


def shown(text: str, limit: int = MAX_SHOWN) -> str:
    """Return a message as it is shown: readable, control characters as escapes, not too long."""
    return escaped(_shortened(text, limit))


def shown_name(text: str, limit: int = MAX_NAME) -> str:
    """Return a name or value from a file as it is shown within a line."""
    return shown(text, limit).replace("\n", "\\n")


def escaped(text: str) -> str:
    """Return the text, readable, with an escape such as \\x1b for each control character."""
    return _CONTROL.sub(_escape, readable(text))


def _escape(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode()


def _shortened(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    end = (limit - len(_CUT)) // 3
    return text[: limit - len(_CUT) - end] + _CUT + text[len(text) - end :]


def all_readable(value: Any) -> Any:
    """Return a JSON value with all its texts made readable, the names of fields included."""
    if isinstance(value, str):
        return readable(value)
    if isinstance(value, Mapping):
        return {all_readable(name): all_readable(field) for name, field in value.items()}
    if isinstance(value, list | tuple):
        return [all_readable(item) for item in value]
    return value
