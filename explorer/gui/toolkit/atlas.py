"""One texture for all small pictures of the window.

Dear PyGui uploads every living texture in every frame, so fewer textures are faster.
"""

from __future__ import annotations

from typing import Final

import dearpygui.dearpygui as dpg
import numpy as np
import numpy.typing as npt
from PIL import Image

from explorer.gui.toolkit import palette
from explorer.gui.toolkit.scale import current_scale

TILE: Final = 128  # pixels at scale 1, at least as large as previews are shown
Pixels = npt.NDArray[np.uint8]
Corner = tuple[float, float]


class Atlas:
    """A row of named square tiles. A tile without a picture shows a plain shade."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._side = round(TILE * max(current_scale(), 1.0))
        self._places = {name: index for index, name in enumerate(names)}
        self._shown: dict[str, Pixels] = {}
        self._buffers = [self._blank() for _ in range(2)]
        with dpg.texture_registry():
            self.texture = dpg.add_raw_texture(
                self._side * len(names),
                self._side,
                self._buffers[0],
                format=dpg.mvFormat_Float_rgba,
            )

    def corners(self, name: str) -> tuple[Corner, Corner]:
        """Return the texture coordinates of a tile, half a pixel inside to keep neighbours out."""
        count, index, half = len(self._places), self._places[name], 0.5 / self._side
        return ((index + half) / count, half), ((index + 1 - half) / count, 1 - half)

    def show(self, pictures: dict[str, Pixels]) -> None:
        """Put pictures, uint8 [H, W, 3], on their tiles."""
        self._shown.update(pictures)
        back = self._buffers[1]
        for name, picture in self._shown.items():
            at = self._places[name] * self._side
            back[:, at : at + self._side, :3] = self._fit(picture)
        dpg.set_value(self.texture, back)
        self._buffers.reverse()

    def _blank(self) -> npt.NDArray[np.float32]:
        shape = (self._side, self._side * len(self._places), 4)
        shade = np.asarray(palette.FRAME, np.float32) / np.float32(255)
        return np.broadcast_to(shade, shape).copy()

    def _fit(self, picture: Pixels) -> npt.NDArray[np.float32]:
        image = Image.fromarray(picture).resize((self._side, self._side), Image.Resampling.LANCZOS)
        return np.asarray(image, np.float32) / np.float32(255)
