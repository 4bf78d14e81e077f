"""The window as the desktop sees it: size, place and icon."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import dearpygui.dearpygui as dpg

from explorer.gui.toolkit import palette, theme
from explorer.gui.toolkit.scale import px

Size = tuple[int, int]
Place = tuple[int, int, int, int]  # left, top, width, height, in screen pixels
WorkArea = Place

TITLE: Final = "StyleGAN Explorer"
SIZE: Final = (1280, 800)
LEAST_SIZE: Final = (1024, 640)
_MARGIN: Final = 100  # screen pixels from the edges of the work area


def show(areas: Sequence[WorkArea], close: Callable[[], None], place: Place | None = None) -> None:
    """Show the window at the scale of the interface, within the first work area, if one is known.

    `place` is where the window was before: it returns there if that still lies on a screen.
    `close` is called when the user closes the window.
    """
    area = areas[0] if areas else None
    least_width, least_height = _within(LEAST_SIZE, area)
    if place is not None and is_on_screen(place, areas):
        left, top = place[:2]
        width, height = max(place[2], least_width), max(place[3], least_height)
    else:
        width, height = _within(SIZE, area)
        left, top = _corner((width, height), area)
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


def is_on_screen(place: Place, areas: Sequence[WorkArea]) -> bool:
    """Tell whether enough of a window would be seen to move it by its title bar."""
    left, top, width, height = place
    return width > 0 < height and any(
        x <= left + width - _MARGIN
        and left + _MARGIN <= x + area_width
        and y <= top <= y + area_height - _MARGIN
        for x, y, area_width, area_height in areas
    )


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
    """Return a size in screen pixels: a design size at this scale, within the work area."""
    width, height = px(design[0]), px(design[1])
    return (width, height) if area is None else (min(width, area[2]), min(height, area[3]))


def _corner(size: Size, area: WorkArea | None) -> tuple[int, int]:
    """Return the upper left corner for a window of that size, in screen pixels."""
    if area is None:
        return _MARGIN, _MARGIN
    left, top, width, height = area
    return left + min(_MARGIN, width - size[0]), top + min(_MARGIN, height - size[1])
