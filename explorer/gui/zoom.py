"""The place of a square picture on the canvas: zoom and pan, without Dear PyGui."""

from __future__ import annotations

import math
from typing import Final

Point = tuple[float, float]

LARGEST_ZOOM: Final = 16.0
SMALLEST_ZOOM: Final = 0.5
_STEP: Final = 0.18  # of the wheel, as the logarithm of the factor
_SMALLEST_SIDE: Final = 32.0


class Zoom:
    """Places the picture. Sizes and points are pixels from the upper left corner of the canvas."""

    def __init__(self) -> None:
        self.factor = 1.0  # 1 shows the whole picture
        self._centre = (0.5, 0.5)
        self._size = (16, 16)
        self._margin = 0

    def resize(self, size: tuple[int, int], margin: int) -> None:
        """Set the size of the canvas and the space it keeps free around the whole picture."""
        self._size = size
        self._margin = margin

    def fit(self) -> None:
        """Show the whole picture."""
        self.factor = 1.0
        self._centre = (0.5, 0.5)

    @property
    def centre(self) -> Point:
        """The point of the picture in the middle of the canvas, 0 to 1."""
        return self._centre

    def look(self, factor: float, centre: Point) -> None:
        """Zoom to a factor, with a point of the picture in the middle of the canvas."""
        self.factor = min(max(factor, SMALLEST_ZOOM), LARGEST_ZOOM)
        self._centre = centre
        self._keep_in_sight()

    def zoom_at(self, steps: float, at: Point) -> None:
        """Zoom by steps of the wheel, so that the point under the pointer stays in place."""
        u, v = self._on_picture(at)
        factor = self.factor * math.exp(_STEP * steps)
        self.factor = min(max(factor, SMALLEST_ZOOM), LARGEST_ZOOM)
        side, (width, height) = self._side(), self._size
        self._centre = (u - (at[0] - width / 2) / side, v - (at[1] - height / 2) / side)
        self._keep_in_sight()

    def pan(self, dx: float, dy: float) -> None:
        """Move the picture."""
        side = self._side()
        self._centre = (self._centre[0] - dx / side, self._centre[1] - dy / side)
        self._keep_in_sight()

    def corners(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Return the upper left and the lower right corner of the picture."""
        side, (width, height) = self._side(), self._size
        left = round(width / 2 - self._centre[0] * side)
        top = round(height / 2 - self._centre[1] * side)
        return (left, top), (left + round(side), top + round(side))

    def _on_picture(self, at: Point) -> Point:
        side, (width, height) = self._side(), self._size
        return (
            self._centre[0] + (at[0] - width / 2) / side,
            self._centre[1] + (at[1] - height / 2) / side,
        )

    def _side(self) -> float:
        return max(min(self._size) - self._margin, _SMALLEST_SIDE) * self.factor

    def _keep_in_sight(self) -> None:
        """Let the middle of the canvas always show a point of the picture."""
        u, v = (min(max(c, 0.0), 1.0) for c in self._centre)
        self._centre = (u, v)
