"""The picture in the middle: one texture, zoom and pan, and the words that stand there while there
is no picture.
"""

from __future__ import annotations

import math
import time
from collections import deque
from typing import Final

import dearpygui.dearpygui as dpg
import numpy as np
import numpy.typing as npt
from PIL import Image

from explorer.gui.toolkit import theme
from explorer.gui.toolkit.theme import Item, px

Pixels = npt.NDArray[np.uint8]
Point = tuple[float, float]

DRAWLIST: Final = "canvas"
SMALLEST_TEXTURE: Final = 512
LARGEST_ZOOM: Final = 16.0
FRAMES_TO_SHOW: Final = (
    3  # Dear PyGui shows a texture one frame late, and a new one is blank for a frame
)


def texture_side(resolution: int) -> int:
    """The texture's side for pictures of a resolution: small ones are enlarged smoothly by a whole
    factor.
    """
    return resolution * max(1, SMALLEST_TEXTURE // resolution)


def enlarge(picture: Pixels, side: int) -> Pixels:
    """The picture at the size of the texture, uint8 [H, W, 3] -> [side, side, 3]."""
    if picture.shape[0] == side and picture.shape[1] == side:
        return picture
    return np.asarray(Image.fromarray(picture).resize((side, side), Image.Resampling.BICUBIC))


class Canvas:
    """Shows the newest picture. All methods belong to the main thread."""

    def __init__(self) -> None:
        self.picture: Pixels | None = None  # what is shown, as it was rendered
        self.shown = 0  # how many pictures have been shown
        self.shown_at: deque[float] = deque(maxlen=32)  # when the newest ones were, monotonic clock
        self._resolution = 0
        self._side = 0
        self._texture: Item | None = None
        self._buffers: list[npt.NDArray[np.float32]] = []
        self._zoom, self._centre = 1.0, (0.5, 0.5)
        self._size = (16, 16)
        self._place: tuple[Point, Point] = ((0.0, 0.0), (0.0, 0.0))
        with dpg.texture_registry() as self._registry:
            pass

    def build(self) -> None:
        """Draws the canvas into the current container."""
        with dpg.drawlist(16, 16, tag=DRAWLIST):
            self._layer = dpg.add_draw_layer()
            self._words = dpg.add_draw_layer()
            self._label = dpg.add_draw_layer()
        self._image: Item | None = None
        self._size = (0, 0)
        if self.picture is not None:
            self.show(self.picture, self._resolution)

    def show(self, picture: Pixels, resolution: int) -> None:
        """Shows a picture, uint8 [H, W, 3], of a model of that resolution: a smaller one takes the
        same place.
        """
        self.picture, self.shown = picture, self.shown + 1
        self._resolution = resolution
        self._use_texture(texture_side(resolution))
        back = self._buffers[1]
        np.multiply(enlarge(picture, self._side), np.float32(1 / 255), out=back[:, :, :3])
        assert self._texture is not None
        dpg.set_value(self._texture, back)
        self._buffers.reverse()
        self.shown_at.append(time.monotonic())
        self._layout()

    def say(self, title: str, words: str = "") -> None:
        """Words in the middle of the canvas; empty ones remove them."""
        dpg.delete_item(self._words, children_only=True)
        top = self._size[1] / 2 - px(30)
        for index, line in enumerate([title, *words.split("\n")] if title else []):
            size = px(20) if index == 0 else px(15)
            x = (self._size[0] - _width(line, size)) / 2
            y = top + index * px(26) + (px(6) if index else 0)
            dpg.draw_text(
                (x, y),
                line,
                size=size,
                color=theme.DIM if index else theme.TEXT,
                parent=self._words,
            )

    def label(self, words: str) -> None:
        """A label at the lower edge that says what is shown; an empty one removes it."""
        dpg.delete_item(self._label, children_only=True)
        if not words:
            return
        size, (width, height) = px(14), self._size
        across = _width(words, size)
        left = (width - across) / 2 - px(12)
        top = min(self._place[1][1], height) - px(42)
        right, bottom = left + across + px(24), top + px(28)
        dpg.draw_rectangle(
            (left, top),
            (right, bottom),
            fill=theme.LABEL,
            color=theme.CLEAR,
            rounding=px(14),
            parent=self._label,
        )
        dpg.draw_text(
            (left + px(12), top + px(6)), words, size=size, color=theme.TEXT, parent=self._label
        )

    def resize(self, width: int, height: int) -> bool:
        """Fits the canvas into its panel. Returns True when its size changed."""
        if (width, height) == self._size or width < 1 or height < 1:
            return False
        self._size = (width, height)
        dpg.configure_item(DRAWLIST, width=width, height=height)
        self._layout()
        return True

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, screen pixels."""
        return self._size

    @property
    def zoom(self) -> float:
        """1 shows the whole picture."""
        return self._zoom

    def fit(self) -> None:
        """Shows the whole picture."""
        self._zoom, self._centre = 1.0, (0.5, 0.5)
        self._layout()

    def zoom_at(self, steps: float, at: Point) -> None:
        """Zooms by wheel steps; the point under the pointer (canvas pixels) stays in place."""
        before = self._side_on_screen()
        u, v = self._picture_point(at)
        self._zoom = min(max(self._zoom * math.exp(0.18 * steps), 0.5), LARGEST_ZOOM)
        after = self._side_on_screen()
        if after != before:
            width, height = self._size
            self._centre = (u - (at[0] - width / 2) / after, v - (at[1] - height / 2) / after)
        self._layout()

    def pan(self, dx: float, dy: float) -> None:
        """Moves the picture by screen pixels."""
        side = self._side_on_screen()
        self._centre = (self._centre[0] - dx / side, self._centre[1] - dy / side)
        self._layout()

    def place(self) -> tuple[Point, Point]:
        """The picture's corners on the canvas, pixels; for tests and overlays."""
        return self._place

    def _picture_point(self, at: Point) -> Point:
        side, (width, height) = self._side_on_screen(), self._size
        return (
            self._centre[0] + (at[0] - width / 2) / side,
            self._centre[1] + (at[1] - height / 2) / side,
        )

    def _side_on_screen(self) -> float:
        return max(min(self._size) - px(24), 32) * self._zoom

    def _layout(self) -> None:
        limit = 0.5 + 0.5 / max(self._zoom, 1.0)  # the picture never leaves the canvas altogether
        self._centre = tuple(min(max(c, 1 - limit), limit) for c in self._centre)  # type: ignore[assignment]
        side, (width, height) = self._side_on_screen(), self._size
        left = round(width / 2 - self._centre[0] * side)
        top = round(height / 2 - self._centre[1] * side)
        self._place = ((left, top), (left + round(side), top + round(side)))
        if self._image is not None:
            dpg.configure_item(self._image, pmin=self._place[0], pmax=self._place[1])

    def _use_texture(self, side: int) -> None:
        """A texture of the side. The old one of another size is deleted after nothing shows it any
        more.
        """
        if side != self._side or self._texture is None:
            old, self._side = self._texture, side
            self._buffers = [np.ones((side, side, 4), np.float32) for _ in range(2)]
            self._texture = dpg.add_raw_texture(
                side, side, self._buffers[0], format=dpg.mvFormat_Float_rgba, parent=self._registry
            )
            dpg.delete_item(self._layer, children_only=True)
            self._image = None
            if old is not None:
                dpg.delete_item(old)
        if self._image is None:
            self._image = dpg.draw_image(self._texture, *self._place, parent=self._layer)


def _width(words: str, size: float) -> float:
    """How wide words are, screen pixels; 0 before the first frame, when nothing can be measured."""
    measured = dpg.get_text_size(words)
    return float(measured[0]) * size / px(theme.FONT_SIZE) if measured else 0.0
