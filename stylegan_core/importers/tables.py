"""Key tables: where each of our parameters comes from, strict both ways."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Array = NDArray[Any]
Turn = Callable[[Array], Array]


class Rule(NamedTuple):
    """Where a parameter comes from, and how its axes are turned."""

    name: str
    convert: Turn


def same(value: Array) -> Array:
    """As it is."""
    return value


def conv(value: Array) -> Array:
    """A convolution of TensorFlow: [h, w, in, out] -> [out, in, h, w]."""
    return value.transpose(3, 2, 0, 1)


def dense(value: Array) -> Array:
    """A dense layer of TensorFlow: [in, out] -> [out, in]."""
    return value.transpose(1, 0)


def pair(ours: str, theirs: str, turn: Turn, join: str) -> dict[str, Rule]:
    """The rules of a weight and its bias; `join` stands before a name in the official ones."""
    return {
        f"{ours}.weight": Rule(f"{theirs}{join}weight", turn),
        f"{ours}.bias": Rule(f"{theirs}{join}bias", same),
    }


def convert(arrays: Mapping[str, Array], rules: Mapping[str, Rule]) -> dict[str, Tensor]:
    """Official arrays -> our state dict. ValueError on any name that is missing or left over."""
    expected = {rule.name for rule in rules.values()}
    if expected != arrays.keys():
        missing, unknown = sorted(expected - arrays.keys()), sorted(arrays.keys() - expected)
        raise ValueError(f"parameters missing: {missing}; parameters unknown: {unknown}")
    return {
        ours: torch.from_numpy(np.array(rule.convert(arrays[rule.name]), order="C"))
        for ours, rule in rules.items()
    }
