"""The layout of the window: its places, what is drawn into them, and how they share its size."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import dearpygui.dearpygui as dpg

from explorer.gui import widgets
from explorer.gui.context import Refresh, Ui
from explorer.gui.panels import BARS, PANELS, Panel
from explorer.gui.toolkit.scale import menu_height, px
from explorer.gui.toolkit.theme import Item

ROOT: Final = "window"
CANVAS: Final = "place.canvas"
# Lengths in design pixels.
_GAP: Final = 6
_LEFT_SHARE: Final = 0.18
_LEFT_MIN: Final = 252
_LEFT_MAX: Final = 440
_RIGHT_SHARE: Final = 0.33
_RIGHT_SHARE_OF_LARGE: Final = 0.22
_RIGHT_MIN: Final = 412
_RIGHT_USUAL: Final = 480
_RIGHT_MAX: Final = 580
_TIMELINE: Final = 100
_STATUS: Final = 32
_SMALLEST: Final = 120  # side of the canvas, however small the window


def build(ui: Ui, draw_canvas: Callable[[], None]) -> list[Refresh]:
    """Draw the canvas, the bars and all visible panels; return the functions that refresh them."""
    _draw_places(ui)
    with _inside(CANVAS):
        draw_canvas()
    refreshes = [_draw_bar(place, ui) for place in BARS]
    visible = [panel for panel in PANELS if panel.is_visible(ui)]
    refreshes += [_draw_left(panel, ui) for panel in visible if panel.place == "left"]
    refreshes += _draw_tabs([panel for panel in visible if panel.place == "right"], ui)
    dpg.set_primary_window(ROOT, True)
    return refreshes


def arrange(resize_canvas: Callable[[int, int], bool]) -> None:
    """Share the window's size among the places."""
    width, height = dpg.get_viewport_client_width(), dpg.get_viewport_client_height()
    gap, menu = px(_GAP), menu_height()
    left = min(max(round(width * _LEFT_SHARE), px(_LEFT_MIN)), px(_LEFT_MAX))
    right = max(
        px(_RIGHT_MIN),
        min(round(width * _RIGHT_SHARE), px(_RIGHT_USUAL)),
        min(round(width * _RIGHT_SHARE_OF_LARGE), px(_RIGHT_MAX)),
    )
    status, timeline = px(_STATUS), px(_TIMELINE)
    top = menu + gap
    middle = max(height - top - timeline - status - 2 * gap, px(_SMALLEST))
    canvas = max(width - left - right - 4 * gap, px(_SMALLEST))
    _put("left", gap, top, left, middle)
    _put("canvas", left + 2 * gap, top, canvas, middle)
    _put("right", left + canvas + 3 * gap, top, right, middle)
    _put("timeline", gap, top + middle + gap, width - 2 * gap, timeline)
    _put("status", 0, height - status, width, status)
    resize_canvas(canvas, middle)


def _put(place: str, x: int, y: int, width: int, height: int) -> None:
    dpg.configure_item(f"place.{place}", pos=(x, y), width=width, height=height)


def _draw_places(ui: Ui) -> None:
    theme = ui.theme
    with dpg.window(tag=ROOT, menubar=True, no_scrollbar=True, no_scroll_with_mouse=True):
        dpg.bind_item_theme(ROOT, theme.root)
        for place, place_theme, scrolls in (
            ("left", theme.panel, True),
            ("canvas", theme.ground, False),
            ("right", theme.panel, False),
            ("timeline", theme.panel, False),
            ("status", theme.bar, False),
        ):
            item = dpg.add_child_window(
                tag=f"place.{place}",
                no_scrollbar=not scrolls,
                no_scroll_with_mouse=not scrolls,
                always_use_window_padding=True,
            )
            dpg.bind_item_theme(item, place_theme)


def _draw_bar(place: str, ui: Ui) -> Refresh:
    with _inside(ROOT if place == "menu" else f"place.{place}"):
        return BARS[place](ui)


def _draw_left(panel: Panel, ui: Ui) -> Refresh:
    with _inside("place.left"):
        if dpg.get_item_children("place.left", 1):
            widgets.gap(4)
        with widgets.row(0, widgets.AUTO):
            widgets.heading(ui, panel.title, panel.tip)
            if panel.draw_beside_heading is not None:
                panel.draw_beside_heading(ui)
        return panel.draw(ui)


def _draw_tabs(panels: Sequence[Panel], ui: Ui) -> list[Refresh]:
    """Draw the panels on the right, of which one at a time is shown, and the buttons above them."""
    titles = [panel.title for panel in panels]
    if ui.view.tab not in titles:
        ui.view.tab = titles[0]
    with _inside("place.right"):
        with widgets.row(shares=(1.0,) * len(panels)):
            for panel in panels:
                _tab_button(panel, ui)
        widgets.gap(2)
    drawn: list[str] = []  # the tab that was shown last

    def show() -> None:
        if drawn != [ui.view.tab]:
            drawn[:] = [ui.view.tab]
            ui.stale = True  # once more, as sliders have a width only when they are drawn
        _show_tab(titles, ui)

    refreshes: list[Refresh] = [show]
    for panel in panels:
        with _inside("place.right"), dpg.child_window(tag=f"tab.{panel.title}", border=False):
            refreshes.append(panel.draw(ui))  # it scrolls, the buttons stay
    return refreshes


def _tab_button(panel: Panel, ui: Ui) -> None:
    def choose() -> None:
        ui.view.tab = panel.title
        ui.stale = True

    tag = f"tab.{panel.title}.button"
    widgets.text_button(panel.title, panel.tip, choose, tag=tag, width=-1)


def _show_tab(titles: Sequence[str], ui: Ui) -> None:
    for title in titles:
        is_chosen = ui.view.tab == title
        dpg.configure_item(f"tab.{title}", show=is_chosen)
        dpg.bind_item_theme(f"tab.{title}.button", ui.theme.tab_on if is_chosen else ui.theme.tab)


@contextmanager
def _inside(container: Item) -> Iterator[None]:
    dpg.push_container_stack(container)
    try:
        yield
    finally:
        dpg.pop_container_stack()
