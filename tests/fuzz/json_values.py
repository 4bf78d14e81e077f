"""Hostile JSON: a sound value in which some values are others."""

from __future__ import annotations

import json
from collections.abc import Iterator
from random import Random
from typing import Any, Final

RAW: Final = (
    "9" * 4300,
    "-" + "9" * 400,
    "1e999",
    "-1e999",
    "NaN",
    "Infinity",
    "[" * 200 + "]" * 200,
    "[" * 100_000 + "]" * 100_000,
    '{"a":' * 5000 + "1" + "}" * 5000,
    "[" + "[]," * 20_000 + "[]]",
    "[" + "0," * 600_000 + "0]",
    '"' + "x" * 100_000 + '"',
    '"\\ud800"',
    '"\\u001b]0;title\\u0007\\nforged: yes"',
    '"\\u202e"',
    "null",
    "true",
    "-1",
    "0",
    "2",
    "65536",
    "1e308",
    "4.5",
    "18446744073709551616",
    '""',
    '"a"',
    "[]",
    "{}",
    '[[4, "x"]]',
    '{"resolution": 64}',
    "[[[[1]]]]",
    "undefined",
)
"""Texts that stand in the place of a value, not all of them JSON."""

_PLACE: Final = "<the place of a hostile value {}>"


def hostile_json(value: Any, chance: Random) -> str:
    """Return the text of a JSON value in which one or a few values are hostile."""
    copy = json.loads(json.dumps(value))
    holders = list(_holders(copy))
    raw = []
    for index in range(chance.choice((1, 1, 1, 2, 4)) if holders else 0):
        holder, key = chance.choice(holders)
        if isinstance(holder, dict) and chance.random() < 0.1:
            holder.pop(key, None)
            continue
        if isinstance(holder, dict) or key < len(holder):
            holder[key] = _PLACE.format(index)
            raw.append((index, chance.choice(RAW)))
    text = json.dumps(copy)
    for index, content in raw:
        text = text.replace(json.dumps(_PLACE.format(index)), content)
    if chance.random() < 0.1:
        return text[: chance.randrange(len(text) + 1)]
    return chance.choice(RAW) if chance.random() < 0.03 else text


def _holders(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every list and dictionary inside a value, with each of its keys."""
    keys: Any = ()
    if isinstance(value, dict):
        keys = list(value)
    elif isinstance(value, list):
        keys = range(len(value))
    for key in keys:
        yield value, key
        yield from _holders(value[key])
