"""The canvas in the middle of the window: the picture, and texts over it or in its place."""

from __future__ import annotations

import time
from collections import deque
from typing import Final

import dearpygui.dearpygui as dpg
import numpy as np
import numpy.typing as npt
from PIL import Image

from explorer.export.scaling import over_white
from explorer.gui.canvas_label import LONGEST_LINE, Scale, draw_label, has_room
from explorer.gui.toolkit import palette
from explorer.gui.toolkit.letters import shown_name
from explorer.gui.toolkit.scale import px
from explorer.gui.toolkit.text_size import text_width
from explorer.gui.toolkit.theme import Item
from explorer.gui.zoom import Point, Zoom

Pixels = npt.NDArray[np.uint8]

DRAWLIST: Final = "canvas"
SMALLEST_TEXTURE: Final = 512
FRAMES_TO_SHOW: Final = 3
"""Dear PyGui shows a texture one frame late, and a new one is blank for a frame."""
_MARGIN: Final = 24  # between the picture and the edge of the canvas, in design pixels
_PICTURE_TIMES: Final = 32  # how many are kept, for tests


def texture_side(resolution: int) -> int:
    """Return the side of the texture for pictures of a resolution.

    Small pictures are enlarged smoothly by a whole factor.
    """
    return resolution * max(1, SMALLEST_TEXTURE // resolution)


def enlarge(picture: Pixels, side: int) -> Pixels:
    """Resize a picture to the texture, uint8 [H, W, 3] -> [side, side, 3]."""
    if picture.shape[0] == side and picture.shape[1] == side:
        return picture
    return np.asarray(Image.fromarray(picture).resize((side, side), Image.Resampling.BICUBIC))


class Canvas:
    """Shows the newest picture in one texture. All methods belong to the main thread."""

    def __init__(self) -> None:
        self.picture: Pixels | None = None  # as it was rendered
        self.shown = 0  # how many pictures have been shown
        self.shown_at: deque[float] = deque(maxlen=_PICTURE_TIMES)  # times of a steady clock
        self._zoom = Zoom()
        self._size = (0, 0)
        self._resolution = 0
        self._side = 0
        self._texture: Item | None = None
        self._tint = palette.WHITE
        self._buffers: list[npt.NDArray[np.float32]] = []
        with dpg.texture_registry() as self._registry:
            pass

    def build(self) -> None:
        """Draw the canvas into the current container."""
        with dpg.drawlist(16, 16, tag=DRAWLIST):
            self._picture_layer = dpg.add_draw_layer()
            self._message_layer = dpg.add_draw_layer()
            self._label_layer = dpg.add_draw_layer()
        self._image: Item | None = None
        self._size = (0, 0)
        if self.picture is not None:
            self.show(self.picture, self._resolution)

    def show(self, picture: Pixels, resolution: int) -> None:
        """Show a picture, uint8 [H, W, 3 or 4], of a model of that resolution.

        A smaller picture, such as a draft, takes the same place. White lies behind transparency.
        """
        self.picture = picture
        self.shown += 1
        self.shown_at.append(time.monotonic())
        self._resolution = resolution
        self._use_texture(texture_side(resolution))
        back = self._buffers[1]
        np.multiply(
            enlarge(over_white(picture), self._side), np.float32(1 / 255), out=back[:, :, :3]
        )
        assert self._texture is not None
        dpg.set_value(self._texture, back)
        self._buffers.reverse()
        self._place_image()

    def clear(self) -> None:
        """Show no picture, until the next one comes."""
        self.picture = None
        self._image = None
        dpg.delete_item(self._picture_layer, children_only=True)

    def dim(self, is_dim: bool) -> None:
        """Dim the picture, because another one will replace it, or show it as it is."""
        tint = palette.OUTDATED if is_dim else palette.WHITE
        if tint != self._tint:
            self._tint = tint
            if self._image is not None:
                dpg.configure_item(self._image, color=tint)

    def say(self, title: str, text: str = "") -> None:
        """Show a message in the middle; an empty title removes it."""
        dpg.delete_item(self._message_layer, children_only=True)
        if not title:
            return
        title = shown_name(title, LONGEST_LINE)
        top = self._size[1] / 2 - px(30)
        self._draw_centred(title, top, px(20), palette.TEXT, self._message_layer)
        for index, line in enumerate(text.split("\n"), start=1):
            self._draw_centred(
                line, top + index * px(26) + px(6), px(15), palette.DIM, self._message_layer
            )

    def label(self, text: str, scale: Scale | None = None, *, is_hint: bool = False) -> None:
        """Show a label at the lower edge of the picture; an empty text removes it.

        A scale stands after the text. A hint stands below the picture where there is room.
        """
        dpg.delete_item(self._label_layer, children_only=True)
        if not text:
            return
        bottom_of_picture = self._zoom.corners()[1][1]
        top = min(bottom_of_picture, self._size[1]) - px(42)
        if is_hint and bottom_of_picture + px(30) <= self._size[1]:
            top = bottom_of_picture + px(1)
        draw_label(self._size[0], top, text, scale, self._label_layer)

    def has_room_for(self, text: str, scale: Scale | None = None) -> bool:
        """Tell whether a label fits into the width of the canvas."""
        return has_room(self._size[0], text, scale)

    def resize(self, width: int, height: int) -> bool:
        """Fit the canvas into its place. Return True if its size changed."""
        if (width, height) == self._size or width < 1 or height < 1:
            return False
        self._size = (width, height)
        dpg.configure_item(DRAWLIST, width=width, height=height)
        self._zoom.resize(self._size, px(_MARGIN))
        self._place_image()
        return True

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in screen pixels."""
        return self._size

    @property
    def zoom(self) -> float:
        """The zoom; 1 shows the whole picture."""
        return self._zoom.factor

    @property
    def centre(self) -> Point:
        """The point of the picture in the middle of the canvas, 0 to 1."""
        return self._zoom.centre

    def look(self, zoom: float, centre: Point) -> None:
        """Zoom to a factor, with a point of the picture in the middle."""
        self._zoom.look(zoom, centre)
        self._place_image()

    def fit(self) -> None:
        """Show the whole picture."""
        self._zoom.fit()
        self._place_image()

    def zoom_at(self, steps: float, at: Point) -> None:
        """Zoom by steps of the wheel, so that the point under the pointer stays in place."""
        self._zoom.zoom_at(steps, at)
        self._place_image()

    def pan(self, dx: float, dy: float) -> None:
        """Move the picture by screen pixels."""
        self._zoom.pan(dx, dy)
        self._place_image()

    def corners(self) -> tuple[Point, Point]:
        """Return the corners of the picture on the canvas, in pixels."""
        return self._zoom.corners()

    def _draw_centred(
        self, text: str, top: float, size: int, colour: palette.Colour, layer: Item
    ) -> None:
        left = (self._size[0] - text_width(text, size)) / 2
        dpg.draw_text((left, top), text, size=size, color=colour, parent=layer)

    def _place_image(self) -> None:
        if self._image is not None:
            upper_left, lower_right = self._zoom.corners()
            dpg.configure_item(self._image, pmin=upper_left, pmax=lower_right)

    def _use_texture(self, side: int) -> None:
        """Use a texture of that side; delete the previous one once nothing shows it any more."""
        if side != self._side or self._texture is None:
            previous, self._side = self._texture, side
            self._buffers = [np.ones((side, side, 4), np.float32) for _ in range(2)]
            self._texture = dpg.add_raw_texture(
                side, side, self._buffers[0], format=dpg.mvFormat_Float_rgba, parent=self._registry
            )
            dpg.delete_item(self._picture_layer, children_only=True)
            self._image = None
            if previous is not None:
                dpg.delete_item(previous)
        if self._image is None:
            self._image = dpg.draw_image(
                self._texture,
                *self._zoom.corners(),
                color=self._tint,
                parent=self._picture_layer,
            )
