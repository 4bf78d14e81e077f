"""The few building blocks of the panels: rows, sliders, buttons and tooltips that look and behave
alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import dearpygui.dearpygui as dpg

from explorer.gui.context import Ui
from explorer.gui.toolkit.icons import icon
from explorer.gui.toolkit.theme import Item, px

BUTTON = 26  # design pixels: the width of an icon button; all buttons are as high as a slider
BESIDE_GRAB = " " * 15  # before a number whose slider usually stands in the middle
AUTO = -1.0  # a column as wide as what stands in it


def tooltip(item: Item, words: str) -> None:
    """Words that appear when the pointer rests on an item; none when there are no words."""
    if not words:
        return
    with dpg.tooltip(item, delay=0.45, hide_on_activity=True):
        dpg.add_text(words, wrap=px(300))


def heading(ui: Ui, words: str, tip: str = "", *, tag: Item = 0) -> Item:
    """The title of a panel or of a section."""
    item = dpg.add_text(words, tag=tag)
    dpg.bind_item_font(item, ui.theme.heading)
    if tip:
        tooltip(item, tip)
    return item


def note(ui: Ui, words: str, *, tag: Item = 0, small: bool = True, wrap: bool = False) -> Item:
    """Quiet text; `wrap` breaks its lines at the edge of the panel."""
    item = dpg.add_text(words, tag=tag, wrap=0 if wrap else -1)
    if small:
        dpg.bind_item_font(item, ui.theme.small)
    dpg.bind_item_theme(item, ui.theme.dim_text)
    return item


def icon_button(ui: Ui, name: str, tip: str, run: Callable[..., None], *, tag: Item = 0) -> Item:
    """A square button with an icon."""
    item = dpg.add_button(label=icon(name), width=px(BUTTON), callback=run, tag=tag)
    dpg.bind_item_theme(item, ui.theme.quiet)
    tooltip(item, tip)
    return item


def letter_button(
    ui: Ui, letter: str, tip: str, run: Callable[..., None], *, tag: Item = 0
) -> Item:
    """A square button with a letter, for switches such as S and M."""
    item = dpg.add_button(label=letter, width=px(BUTTON), callback=run, tag=tag)
    dpg.bind_item_theme(item, ui.theme.quiet)
    tooltip(item, tip)
    return item


def text_button(
    label: str, tip: str, run: Callable[..., None], *, tag: Item = 0, width: int = 0
) -> Item:
    """A button with words; `width` in design pixels, -1 for all there is."""
    item = dpg.add_button(
        label=label, callback=run, tag=tag, width=width if width < 0 else px(width)
    )
    tooltip(item, tip)
    return item


def set_switch(ui: Ui, item: Item, on: bool, rest: Item | None = None) -> None:
    """Shows a button as switched on or off; `rest` is its theme when off, 0 for the plain one."""
    dpg.bind_item_theme(item, ui.theme.on if on else ui.theme.quiet if rest is None else rest)


def set_enabled(item: Item, enabled: bool) -> None:
    """Greys an item out or wakes it up."""
    dpg.configure_item(item, enabled=enabled)


def slider(
    ui: Ui,
    tag: str,
    low: float,
    high: float,
    changed: Callable[[float], None],
    *,
    tip: str = "",
    form: str = "%.2f",
    width: int = -1,
    user_data: Any = None,
) -> Item:
    """A slider that calls `changed` while it moves; letting go ends the undo step."""
    item = dpg.add_slider_float(
        tag=tag,
        min_value=low,
        max_value=high,
        format=form,
        clamped=True,
        width=width if width < 0 else px(width),
        callback=lambda _sender, value, _data: changed(value),
        user_data=user_data,
    )
    ui.watch_gesture(item)
    if tip:
        tooltip(item, tip + "\nCtrl + click to type a number.")
    return item


def reset_button(ui: Ui, what: str, run: Callable[..., None], *, tag: Item = 0) -> Item:
    """The little arrow at the end of a row; panels enable it while the row differs from its
    default.
    """
    return icon_button(ui, "reset", f"Back to the usual {what}.", run, tag=tag)


def seed_field(ui: Ui, tag: str, changed: Callable[[int], None], *, width: int, tip: str) -> Item:
    """A field for a seed, 0 to 4294967295; `changed` is called on Enter or on leaving."""
    item = dpg.add_input_text(tag=tag, decimal=True, width=px(width), auto_select_all=True)
    with dpg.item_handler_registry() as handlers:
        dpg.add_item_deactivated_after_edit_handler(callback=lambda *_: _typed(ui, item, changed))
    dpg.bind_item_handler_registry(item, handlers)
    tooltip(item, tip)
    return item


def _typed(ui: Ui, item: Item, changed: Callable[[int], None]) -> None:
    digits = "".join(c for c in str(dpg.get_value(item)) if c.isdigit())
    ui.stale = True  # shows the seed again when what was typed is none
    if digits:
        changed(min(int(digits), 2**32 - 1))


def show_value(item: Item, value: Any) -> None:
    """Writes a value into a widget unless the user is typing into it."""
    if not dpg.is_item_active(item) and dpg.get_value(item) != value:
        dpg.set_value(item, value)


@contextmanager
def row(*widths: float, shares: tuple[float, ...] = ()) -> Iterator[None]:
    """One table row; widths as in `grid`."""
    with grid(*widths, shares=shares), dpg.table_row():
        yield


@contextmanager
def grid(*widths: float, shares: tuple[float, ...] = ()) -> Iterator[None]:
    """A table without lines whose columns align over all its rows (add them with dpg.table_row).

    Widths are design pixels, 0 shares what is left, AUTO fits what stands in the column. `shares`
    divide all there is instead.
    """
    with dpg.table(header_row=False, policy=dpg.mvTable_SizingFixedFit, no_pad_outerX=True):
        for width in widths:
            if width:
                dpg.add_table_column(width_fixed=True, init_width_or_weight=max(px(width), 0))
            else:
                dpg.add_table_column(width_stretch=True, init_width_or_weight=1.0)
        for share in shares:
            dpg.add_table_column(width_stretch=True, init_width_or_weight=share)
        yield


def gap(height: float = 6) -> None:
    """Empty space, design pixels."""
    dpg.add_spacer(height=px(height))
