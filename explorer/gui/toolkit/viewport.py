"""The window as the desktop sees it: size, place and icon."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import dearpygui.dearpygui as dpg

from explorer.gui.toolkit import palette, theme
from explorer.gui.toolkit.scale import px

Size = tuple[int, int]
WorkArea = tuple[int, int, int, int]  # left, top, width, height, in screen pixels

TITLE: Final = "StyleGAN Explorer"
SIZE: Final = (1280, 800)
LEAST_SIZE: Final = (1024, 640)
_MARGIN: Final = 100  # screen pixels from the edges of the work area


def show(area: WorkArea | None, close: Callable[[], None]) -> None:
    """Show the window at the scale of the interface, within the work area where that is known.

    `close` is called when the user closes the window.
    """
    width, height = _within(SIZE, area)
    left, top = _corner((width, height), area)
    least_width, least_height = _within(LEAST_SIZE, area)
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
