"""A metric: a function that measures a generator, and one that writes its section of the page.

To add one, write a file with these two functions and a line in `table.METRICS`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from stylegan_core.data.portraits import World
from stylegan_core.labels.network import LabelNetwork
from stylegan_core.networks.contract import Generator

HELD_OUT_SEED = 102  # of portraits that no model is trained on
READABLE = 0.5  # factors that are read less reliably are left out of the page

Quality = Mapping[str, Any]  # the card's entry `quality`: what all metrics measured, as JSON
ReadLabels = Callable[[Tensor], Tensor]  # uint8 [N, 3, H, W] -> readings [N, COLUMNS.width]


@dataclass(frozen=True)
class Evaluation:
    """The inputs of all metrics, made once; pictures are uint8 [N, 3, R, R]."""

    generator: Generator
    world: World
    made: Tensor  # pictures of seeds 0 .. N - 1 at psi 1
    held_out: Tensor  # portraits of HELD_OUT_SEED
    more_held_out: Tensor  # as many more of them, for the floor of a distance
    reader: LabelNetwork


@dataclass(frozen=True)
class Metric:
    """One row of the table of metrics.

    `measure` returns entries of the card's quality: plain values, or mappings of them.
    `section` returns the Markdown lines below the title. It may read the entries named in `reads`;
    the page leaves the section out where a card lacks one of them, as older cards do.
    """

    title: str
    measure: Callable[[Evaluation], Quality]
    section: Callable[[Quality], list[str]]
    reads: tuple[str, ...]


def is_readable(quality: Quality, factor: str) -> bool:
    """Tell whether the reading network read a factor reliably."""
    return bool(quality["reliability"].get(factor, 0) >= READABLE)
