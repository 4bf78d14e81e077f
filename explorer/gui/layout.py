"""Where things stand: the places of the window, and how they share its size."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import dearpygui.dearpygui as dpg

from explorer.gui import widgets
from explorer.gui.context import Refresh, Ui
from explorer.gui.panels import PANELS
from explorer.gui.panels.timeline import TRACK
from explorer.gui.sample_sheet import SHEET
from explorer.gui.toolkit.theme import Item, menu_height, px

ROOT: Final = "window"
CANVAS: Final = "place.canvas"
_GAP: Final = 6
_LEFT: Final = 252
_RIGHT_LEAST: Final = 396
_RIGHT_MOST: Final = 500
_TIMELINE: Final = 100
_STATUS: Final = 32
_SCROLLBAR: Final = 12
_TAB_PLACE: Final = "right"

_TAB_TIPS: Final = {
    "Mix": "Which layers of the picture come from face A, and which from face B.",
    "Noise": "The chance in the picture: strands, freckles and other small things.",
    "Training": "The run that is followed: its snapshots, samples and curves.",
}


def build(ui: Ui, draw_canvas: Callable[[], None]) -> list[Refresh]:
    """Draws all panels into the window; returns what refreshes them."""
    refreshes: list[Refresh] = []
    with dpg.window(tag=ROOT, menubar=True, no_scrollbar=True, no_scroll_with_mouse=True):
        dpg.bind_item_theme(ROOT, ui.theme.root)
        for place in ("left", "canvas", "right", "timeline", "status"):
            fixed = place not in ("left", "right")
            with dpg.child_window(
                tag=f"place.{place}",
                no_scrollbar=fixed,
                no_scroll_with_mouse=fixed,
                always_use_window_padding=True,
            ):
                pass
        for place, theme in (
            ("left", ui.theme.panel),
            ("right", ui.theme.panel),
            ("timeline", ui.theme.panel),
        ):
            dpg.bind_item_theme(f"place.{place}", theme)
        dpg.bind_item_theme("place.status", ui.theme.bar)
        dpg.bind_item_theme(CANVAS, ui.theme.ground)
    panels = [panel for panel in PANELS if panel.is_there(ui)]
    refreshes.append(_tabs(ui, [panel.title for panel in panels if panel.place == _TAB_PLACE]))
    for panel in panels:
        refreshes.append(_draw(panel.place, panel.title, panel.draw, ui))
    dpg.push_container_stack(CANVAS)
    draw_canvas()
    dpg.pop_container_stack()
    dpg.set_primary_window(ROOT, True)
    return refreshes


def _draw(place: str, title: str, draw: Callable[[Ui], Refresh], ui: Ui) -> Refresh:
    parent: Item = ROOT if place == "menu" else f"place.{place}"
    if place == _TAB_PLACE:
        parent = dpg.add_group(parent=parent, tag=f"tab.{title}")
    dpg.push_container_stack(parent)
    if place == "left" and dpg.get_item_children(parent, 1):
        widgets.gap(4)
    refresh = draw(ui)
    dpg.pop_container_stack()
    return refresh


def _tabs(ui: Ui, titles: list[str]) -> Refresh:
    """The switch between the panels on the right."""
    if ui.view.tab not in titles:
        ui.view.tab = titles[0]

    def choose(title: str) -> None:
        ui.view.tab, ui.stale = title, True

    dpg.push_container_stack("place.right")
    with widgets.row(shares=(1.0,) * len(titles)):
        for title in titles:
            widgets.text_button(
                title,
                _TAB_TIPS[title],
                lambda *_, t=title: choose(t),
                tag=f"tab.{title}.button",
                width=-1,
            )
    widgets.gap(2)
    dpg.pop_container_stack()

    def refresh() -> None:
        for title in titles:
            dpg.configure_item(f"tab.{title}", show=ui.view.tab == title)
            theme = ui.theme.tab_on if ui.view.tab == title else ui.theme.tab
            dpg.bind_item_theme(f"tab.{title}.button", theme)

    return refresh


def arrange(resize_canvas: Callable[[int, int], bool]) -> None:
    """Shares the window's size among the places."""
    width, height = dpg.get_viewport_client_width(), dpg.get_viewport_client_height()
    gap, left, menu = px(_GAP), px(_LEFT), menu_height()
    right = min(max(round(width * 0.33), px(_RIGHT_LEAST)), px(_RIGHT_MOST))
    status, timeline = px(_STATUS), px(_TIMELINE)
    top = menu + gap
    middle = max(height - top - timeline - status - 2 * gap, px(120))
    canvas = max(width - left - right - 4 * gap, px(120))
    _place("left", gap, top, left, middle)
    _place("canvas", left + 2 * gap, top, canvas, middle)
    _place("right", left + canvas + 3 * gap, top, right, middle)
    _place("timeline", gap, top + middle + gap, width - 2 * gap, timeline)
    _place("status", 0, height - status, width, status)
    dpg.configure_item(TRACK, width=max(width - 2 * gap - 2 * px(12), px(100)))
    if dpg.does_item_exist(SHEET):
        dpg.configure_item(SHEET, width=right - 2 * px(12) - px(_SCROLLBAR))
    resize_canvas(canvas, middle)


def _place(name: str, x: int, y: int, width: int, height: int) -> None:
    dpg.configure_item(f"place.{name}", pos=(x, y), width=width, height=height)
