"""Key tables: where each of our parameters comes from, and how its array is converted.

They are strict: a missing array is an error, and so is an array that no rule asks for.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Array = NDArray[Any]
Converter = Callable[[Array], Array]


class Rule(NamedTuple):
    """The official name of a parameter, and how its array is converted to ours."""

    name: str
    convert: Converter


def same(value: Array) -> Array:
    """Return the array as it is."""
    return value


def flat(value: Array) -> Array:
    """[1, C, 1, 1] and the like -> [C]."""
    return value.reshape(-1)


def plus_one(value: Array) -> Array:
    """Convert a style bias to which the official code adds 1."""
    return value + 1


def tensorflow_conv(value: Array) -> Array:
    """[h, w, in, out] -> [out, in, h, w]."""
    return value.transpose(3, 2, 0, 1)


def tensorflow_dense(value: Array) -> Array:
    """[in, out] -> [out, in]."""
    return value.transpose(1, 0)


def pair(
    ours: str,
    theirs: str,
    convert: Converter = same,
    weight: str = ".weight",
    bias: str = ".bias",
) -> dict[str, Rule]:
    """Return the rules of a layer's weight, which `convert` converts, and of its bias."""
    return {
        f"{ours}.weight": Rule(f"{theirs}{weight}", convert),
        f"{ours}.bias": Rule(f"{theirs}{bias}", same),
    }


def count_matching(pattern: str, names: Iterable[str]) -> int:
    """Return how many names match a regular expression as a whole."""
    return sum(re.fullmatch(pattern, name) is not None for name in names)


def check_names(
    names: Iterable[str],
    rules: Mapping[str, Rule],
    skipped: Iterable[str] = (),
    owner: str = "it",
) -> None:
    """Raise ValueError unless the names, except the skipped ones, are exactly those of the rules.

    `owner` is the subject of the message.
    """
    wanted, present = {rule.name for rule in rules.values()}, set(names) - set(skipped)
    problems = []
    if missing := wanted - present:
        problems.append(f"lacks {_listed(missing, 'weight')}")
    if unknown := present - wanted:
        problems.append(f"has {_listed(unknown, 'unknown weight')}")
    if problems:
        raise ValueError(f"{owner} {' and '.join(problems)}")


def _listed(names: Collection[str], noun: str) -> str:
    """Return names for a message: the only one, or how many there are and the first."""
    first = min(names)
    return f"the {noun} '{first}'" if len(names) == 1 else f"{len(names)} {noun}s such as '{first}'"


def convert(
    arrays: Mapping[str, Array], rules: Mapping[str, Rule], skipped: Iterable[str] = ()
) -> dict[str, Tensor]:
    """Return our state dict, float32, from official arrays, which are read one at a time.

    Raises ValueError for a name that is missing, or that no rule asks for and that is not skipped.
    """
    check_names(arrays, rules, skipped)
    return {
        ours: torch.from_numpy(
            np.asarray(rule.convert(np.asarray(arrays[rule.name], dtype=np.float32)), order="C")
        )
        for ours, rule in rules.items()
    }
