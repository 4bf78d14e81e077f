"""The mouse on drawn areas, such as the picture and the timeline: presses, drags, wheel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import dearpygui.dearpygui as dpg

Point = tuple[float, float]


def _ignore(*_: object) -> None:
    return None


@dataclass(frozen=True)
class Area:
    """A drawn item and its reactions to the mouse.

    Points are pixels from the item's upper left corner. Buttons are 0 left, 1 right, 2 middle.
    `dragged` also gets the movement since its last call.
    """

    tag: str
    pressed: Callable[[int, Point], None] = _ignore
    dragged: Callable[[int, Point, float, float], None] = _ignore
    released: Callable[[int], None] = _ignore
    double: Callable[[Point], None] = _ignore
    wheel: Callable[[float, Point], None] = _ignore


class Pointer:
    """Sends mouse events to the area on which a button went down, until that button goes up."""

    def __init__(self) -> None:
        self._areas: dict[str, Area] = {}
        self._held: tuple[Area, int, Point] | None = None
        with dpg.handler_registry():
            dpg.add_mouse_click_handler(callback=self._click)
            dpg.add_mouse_move_handler(callback=self._move)
            dpg.add_mouse_release_handler(callback=self._release)
            dpg.add_mouse_double_click_handler(dpg.mvMouseButton_Left, callback=self._double)
            dpg.add_mouse_wheel_handler(callback=self._wheel)

    def add(self, area: Area) -> None:
        """Add an area, in place of an older one with the same tag."""
        self._areas[area.tag] = area

    def watch(self) -> None:
        """End a drag whose button is up: without the focus, the window does not see it go up."""
        if self._held is not None and not dpg.is_mouse_button_down(self._held[1]):
            area, button, _ = self._held
            self._held = None
            area.released(button)

    def _area_under_mouse(self) -> Area | None:
        for area in self._areas.values():
            if dpg.does_item_exist(area.tag) and dpg.is_item_hovered(area.tag):
                return area
        return None

    def _click(self, _sender: object, button: int, _data: object) -> None:
        area = self._area_under_mouse()
        if area is not None and self._held is None:
            self._held = (area, button, _mouse_position())
            area.pressed(button, _position_in(area))

    def _move(self, *_: object) -> None:
        if self._held is None:
            return
        area, button, last = self._held
        now = _mouse_position()
        if now != last:
            self._held = (area, button, now)
            area.dragged(button, _position_in(area), now[0] - last[0], now[1] - last[1])

    def _release(self, _sender: object, button: int, _data: object) -> None:
        if self._held is not None and self._held[1] == button:
            self._move()
            area, self._held = self._held[0], None
            area.released(button)

    def _double(self, *_: object) -> None:
        area = self._area_under_mouse()
        if area is not None:
            area.double(_position_in(area))

    def _wheel(self, _sender: object, steps: float, _data: object) -> None:
        area = self._area_under_mouse()
        if area is not None:
            area.wheel(steps, _position_in(area))


def _mouse_position() -> Point:
    x, y = dpg.get_mouse_pos(local=False)
    return float(x), float(y)


def _position_in(area: Area) -> Point:
    x, y = _mouse_position()
    if not dpg.does_item_exist(area.tag):
        return 0.0, 0.0
    left, top = dpg.get_item_rect_min(area.tag)
    return x - left, y - top
