"""The small previews and their names in the atlas: both faces, and a picture for each psi."""

from __future__ import annotations

from typing import Final

FACES: Final = ("A", "B")
PSIS: Final = (-1.0, -0.5, 0.0, 0.5, 0.7, 1.0)
LOWEST_PSI: Final = -1.0  # the ends of the slider
HIGHEST_PSI: Final = 1.5


def psi_name(index: int) -> str:
    """Return the name of the preview at `PSIS[index]`."""
    return f"psi{index}"


NAMES: Final = (*FACES, *(psi_name(index) for index in range(len(PSIS))))
