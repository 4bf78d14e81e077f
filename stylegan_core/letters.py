"""Text from outside, as every terminal and every widget can show it.

JSON and pickles can hold halves of letters (lone surrogates), and so do file names that are not
written in UTF-8. They cannot be encoded, and what is not prepared for that ends.
"""

from collections.abc import Mapping
from typing import Any


def readable(text: str) -> str:
    """The text with "?" for each half of a letter."""
    return text.encode("utf-8", "replace").decode("utf-8")


def is_readable(text: str) -> bool:
    """Whether it holds whole letters only."""
    return readable(text) == text


def all_readable(value: Any) -> Any:
    """A JSON value with its texts, names of fields among them, made readable."""
    if isinstance(value, str):
        return readable(value)
    if isinstance(value, Mapping):
        return {all_readable(name): all_readable(field) for name, field in value.items()}
    if isinstance(value, list | tuple):
        return [all_readable(item) for item in value]
    return value
