"""Read JSON that others have written, within bounds. No torch.

`json` alone recurses as deeply as the text says, makes whole numbers too long to be printed or
converted, and takes fifty bytes of memory for a bracket.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final, NoReturn

MAX_JSON_VALUES: Final = 500_000
MAX_JSON_DEPTH: Final = 64
MAX_DIGITS: Final = 30  # of a whole number: more than any count, seed or size has


def parsed_json(
    text: str | bytes,
    max_values: int = MAX_JSON_VALUES,
    *,
    is_strict: bool = False,
) -> Any:
    """Return the value that a JSON text describes. Raises ValueError, also beyond the bounds.

    The error continues a sentence. `is_strict` refuses NaN and Infinity, which JSON does not have.
    """
    if isinstance(text, bytes):
        text = _decoded(text)
    if sum(map(text.count, ",[{")) > max_values:  # each value follows one of these
        raise ValueError(f"it has more than {max_values:,} values")
    try:
        refuse = _refuse_constant if is_strict else None
        value = json.loads(text, parse_int=_whole, parse_constant=refuse)
    except json.JSONDecodeError as error:
        raise ValueError(f"it is not JSON ({error})") from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    _check_depth(value)
    return value


def _decoded(text: bytes) -> str:
    try:
        return text.decode(json.detect_encoding(text))
    except UnicodeDecodeError:
        raise ValueError("it is not a text in UTF-8") from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number that JSON has")


def _whole(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise ValueError(f"it has a number of {len(digits):,} digits")
    return int(digits)


def _check_depth(value: Any) -> None:
    level = [value]
    for _ in range(MAX_JSON_DEPTH):
        level = [child for parent in level for child in _children(parent)]
        if not level:
            return
    raise ValueError("it is nested too deeply")


def _children(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
