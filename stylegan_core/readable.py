"""Text from outside, repaired so that every terminal and every widget can show it.

JSON and pickles can hold halves of characters (lone surrogates), and so do file names that are not
UTF-8. They cannot be encoded: printing or saving them raises an exception.
"""

import re
from collections.abc import Mapping
from typing import Any

_HALF = re.compile("[\ud800-\udfff]")


def readable(text: str) -> str:
    """Return the text with a replacement character for each half of a character."""
    return _HALF.sub("\N{REPLACEMENT CHARACTER}", text)


def is_readable(text: str) -> bool:
    """Tell whether a text holds whole characters only."""
    return _HALF.search(text) is None


def all_readable(value: Any) -> Any:
    """Return a JSON value with all its texts made readable, the names of fields included."""
    if isinstance(value, str):
        return readable(value)
    if isinstance(value, Mapping):
        return {all_readable(name): all_readable(field) for name, field in value.items()}
    if isinstance(value, list | tuple):
        return [all_readable(item) for item in value]
    return value
