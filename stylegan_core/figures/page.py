"""What a figure shows: pictures with captions, before anything is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Cell:
    """A picture, uint8 [C, H, W], as a part of the usual width; None leaves the place free."""

    picture: Tensor | None
    caption: str = ""  # below it
    width: float = 1.0  # of the usual one


@dataclass(frozen=True)
class Band:
    """Rows of cells that belong together, each from left to right, and their label beside them."""

    rows: Sequence[Sequence[Cell]]
    label: str = ""


@dataclass(frozen=True)
class Page:
    """A whole figure: bands from top to bottom, and its caption below them."""

    bands: Sequence[Band]
    caption: str
