"""Say in a sentence what a file holds that is not a known network, so that its owner can act."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, Final

from stylegan_core.importers.arrays import StoredArray
from stylegan_core.importers.pickle_values import Global, InertObject

MAX_KEYS: Final = 6
MAX_NAME: Final = 40  # characters
MAX_DIMENSIONS: Final = 8
ADVICE: Final = (
    "This program opens generators of StyleGAN 1, 2 and 3, StyleGAN-XL and R3GAN: whole, or their "
    "weights alone with the names that their code gave them"
)


def unknown_contents(root: Any) -> str:
    """Return why a file cannot be opened; the sentence continues after the file's name."""
    return f"holds no network that this program knows: it is {_described(root)}. {ADVICE}."


def _described(value: Any, with_parts: bool = True) -> str:
    match value:
        case dict():
            return _of_dict(value, with_parts)
        case InertObject():
            return _of_object(value, with_parts)
        case list() | tuple():
            return _of_list(value, with_parts)
        case StoredArray():
            return f"an array of shape {_shape(value)}"
        case str():
            return "a text"
        case bool() | int() | float():
            return "a number"
        case Global():
            return f"the name {_quoted(value.name)}"
        case None:
            return "nothing"
    return "a value of another kind"


def _of_dict(value: Mapping[Any, Any], with_parts: bool) -> str:
    arrays = {key: v for key, v in value.items() if isinstance(v, StoredArray)}
    if not value:
        return "an empty dictionary"
    if len(arrays) == len(value):
        name, first = next(iter(arrays.items()))
        return f"{_counted(len(arrays), 'array')}, the first {_quoted(name)} of {_shape(first)}"
    if not with_parts:
        return f"a dictionary of {_counted(len(value), 'entry', 'entries')}"
    return f"a dictionary of {_listed(value)}"


def _of_object(value: InertObject, with_parts: bool) -> str:
    title = f"an object of the class {_quoted(value.name.replace(' ', '.'))}"
    modules = value.state.get("_modules")
    if isinstance(modules, dict) and modules and with_parts:
        return f"{title} with the modules {_listed(modules)}"
    return title


def _of_list(value: Sequence[Any], with_parts: bool) -> str:
    if not value or not with_parts:
        return f"a list of {_counted(len(value), 'value')}"
    return f"a list of {_counted(len(value), 'value')}, the first {_described(value[0], False)}"


def _listed(value: Mapping[Any, Any]) -> str:
    """Name the first entries of a dictionary, and count the others."""
    shown = [
        f"{_quoted(key)} ({_described(part, with_parts=False)})"
        for key, part in islice(value.items(), MAX_KEYS)
    ]
    more = len(value) - len(shown)
    return ", ".join(shown) + (f" and {more:,} more" if more else "")


def _shape(array: StoredArray) -> str:
    return " x ".join(map(str, array.shape[:MAX_DIMENSIONS])) or "a single number"


def _counted(count: int, one: str, many: str = "") -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def _quoted(name: Any) -> str:
    text = str(name) if isinstance(name, str | int) else "a key"
    short = text if len(text) <= MAX_NAME else text[: MAX_NAME - 3] + "..."
    return f"'{short}'" if short.isprintable() else ascii(short)
