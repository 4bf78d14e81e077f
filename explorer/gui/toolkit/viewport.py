"""The window as the desktop sees it: size, place and icon."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import dearpygui.dearpygui as dpg

from explorer.gui.toolkit import palette, theme
from explorer.gui.toolkit.scale import wanted_scale

Size = tuple[int, int]
Place = tuple[int, int, int, int]  # left, top, width, height, in screen pixels
WorkArea = Place

TITLE: Final = "StyleGAN Explorer"
SIZE: Final = (1280, 800)
LEAST_SIZE: Final = (1024, 640)
_MARGIN: Final = 100  # screen pixels from the edges of the work area


def show(areas: Sequence[WorkArea], close: Callable[[], None], place: Place | None = None) -> None:
    """Show the window at the scale of the interface, within the first work area, if one is known.

    `place` is where the window was before: it returns there if that still lies on a screen. Where
    the screens are not known, it keeps its size alone.
    `close` is called when the user closes the window.
    """
    area = areas[0] if areas else None
    least_width, least_height = _within(LEAST_SIZE, area)
    size, seen = _within(SIZE, area), None
    if place is not None:
        seen = seen_place(place, areas)
        size = place[2:] if seen is None and not areas else size
    left, top, width, height = seen or (*_corner(size, area), *size)
    width, height = max(width, least_width), max(height, least_height)
    icon = str(theme.assets() / "icon.png")
    dpg.create_viewport(
        title=TITLE,
        x_pos=left,
        y_pos=top,
        width=width,
        height=height,
        min_width=least_width,
        min_height=least_height,
        small_icon=icon,
        large_icon=icon,
        clear_color=palette.GROUND,
        disable_close=True,  # the exit callback closes
    )
    dpg.set_exit_callback(lambda *_: close())
    dpg.setup_dearpygui()
    dpg.show_viewport()


def place() -> Place:
    """Return where the window is."""
    left, top = dpg.get_viewport_pos()
    return round(left), round(top), dpg.get_viewport_width(), dpg.get_viewport_height()


def seen_place(place: Place, areas: Sequence[WorkArea]) -> Place | None:
    """Return the place of a window no larger than its screen; None where it would not be seen.

    Enough of it has to be on a screen to move it by its title bar.
    """
    left, top, width, height = place
    for x, y, area_width, area_height in areas:
        is_beside = left + width < x + _MARGIN or left > x + area_width - _MARGIN
        is_over_or_under = top < y - _MARGIN or top > y + area_height - _MARGIN
        if not (is_beside or is_over_or_under):
            return left, top, min(width, area_width), min(height, area_height)
    return None


def keep_room(area: WorkArea | None) -> None:
    """Enforce the least size at the present scale, now and while the user resizes the window."""
    least = _within(LEAST_SIZE, area)
    dpg.set_viewport_min_width(least[0])
    dpg.set_viewport_min_height(least[1])
    if dpg.get_viewport_width() < least[0]:
        dpg.set_viewport_width(least[0])
    if dpg.get_viewport_height() < least[1]:
        dpg.set_viewport_height(least[1])


def _within(design: Size, area: WorkArea | None) -> Size:
    """Return a size in screen pixels: a design size at the scale set, within the work area."""
    width, height = (round(length * wanted_scale()) for length in design)
    return (width, height) if area is None else (min(width, area[2]), min(height, area[3]))


def _corner(size: Size, area: WorkArea | None) -> tuple[int, int]:
    """Return the upper left corner for a window of that size, in screen pixels."""
    if area is None:
        return _MARGIN, _MARGIN
    left, top, width, height = area
    return left + min(_MARGIN, width - size[0]), top + min(_MARGIN, height - size[1])
