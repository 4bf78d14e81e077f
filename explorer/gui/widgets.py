"""The building blocks of panels and dialogs: rows, sliders, buttons and tooltips, all alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

import dearpygui.dearpygui as dpg

from explorer.gui.context import Ui
from explorer.gui.toolkit.icons import icon
from explorer.gui.toolkit.number_editor import Number, take_typed
from explorer.gui.toolkit.numbers import Numbers
from explorer.gui.toolkit.scale import PANEL_PADDING, px
from explorer.gui.toolkit.text_size import text_width
from explorer.gui.toolkit.theme import Item

BUTTON: Final = 26
"""Width of an icon button in design pixels. All buttons are as high as a slider."""
AUTO: Final = -1.0
"""Width of a column that fits its content."""
SEEDS: Final = Numbers(0, 2**32 - 1, whole=True)
ENDS: Final = (0.0, 1.0)
"""The numbers to which sliders of shares and strengths snap."""
_TOOLTIP_DELAY_S: Final = 0.45
_TOOLTIP_WIDTH: Final = 300
_LEAST_WIDTH: Final = 100
_LONG_SEED: Final = 6  # digits
_NUMBER_MARGIN: Final = 6  # between a slider's number and its edge


def tooltip(item: Item, text: str) -> None:
    """Show a text while the pointer rests on an item; an empty text adds nothing."""
    if not text:
        return
    with dpg.tooltip(item, delay=_TOOLTIP_DELAY_S, hide_on_activity=True):
        dpg.add_text(text, wrap=px(_TOOLTIP_WIDTH))


def heading(ui: Ui, text: str, tip: str = "", *, tag: Item = 0) -> Item:
    """Draw the title of a panel or of a section."""
    item: Item = dpg.add_text(text, tag=tag)
    dpg.bind_item_font(item, ui.theme.heading)
    tooltip(item, tip)
    return item


def note(ui: Ui, text: str, *, tag: Item = 0, small: bool = True, wrap: bool = False) -> Item:
    """Draw quiet text; `wrap` breaks its lines at the edge of the panel."""
    item: Item = dpg.add_text(text, tag=tag, wrap=0 if wrap else -1)
    if small:
        dpg.bind_item_font(item, ui.theme.small)
    dpg.bind_item_theme(item, ui.theme.dim_text)
    return item


def text_button(
    label: str, tip: str, run: Callable[..., None], *, tag: Item = 0, width: int = 0
) -> Item:
    """Draw a button with words; `width` in design pixels, -1 for the whole column."""
    pixels = width if width < 0 else px(width)
    item: Item = dpg.add_button(label=label, callback=run, tag=tag, width=pixels)
    tooltip(item, tip)
    return item


def square_button(ui: Ui, label: str, tip: str, run: Callable[..., None], *, tag: Item = 0) -> Item:
    """Draw a small button with a letter or the character of an icon."""
    item = text_button(label, tip, run, tag=tag, width=BUTTON)
    dpg.bind_item_theme(item, ui.theme.quiet)
    return item


def icon_button(ui: Ui, name: str, tip: str, run: Callable[..., None], *, tag: Item = 0) -> Item:
    """Draw a small button with an icon."""
    return square_button(ui, icon(name), tip, run, tag=tag)


def reset_button(ui: Ui, tip: str, run: Callable[..., None], *, tag: Item = 0) -> Item:
    """Draw the arrow at the end of a row, which is enabled while the row has been changed."""
    return icon_button(ui, "reset", tip, run, tag=tag)


def command_button(
    ui: Ui, command: str, label: str, tip: str, *, tag: Item = 0, width: int = 0
) -> Item:
    """Draw a button with words that runs a command; its tooltip names the key."""
    run = ui.commands.runner(command)
    return text_button(label, ui.commands.hint(command, tip), run, tag=tag, width=width)


def command_icon(ui: Ui, command: str, name: str, tip: str, *, tag: Item = 0) -> Item:
    """Draw a small button with an icon that runs a command; its tooltip names the key."""
    run = ui.commands.runner(command)
    return icon_button(ui, name, ui.commands.hint(command, tip), run, tag=tag)


def set_switch(
    ui: Ui, item: Item, is_on: bool, off: Item | None = None, on: Item | None = None
) -> None:
    """Show a button as switched on or off; `off` and `on` are its themes, 0 for the plain one."""
    quiet = ui.theme.quiet if off is None else off
    lit = ui.theme.on if on is None else on
    dpg.bind_item_theme(item, lit if is_on else quiet)


def set_enabled(item: Item, is_enabled: bool) -> None:
    """Let an item react, or grey it out."""
    dpg.configure_item(item, enabled=is_enabled)


def slider(
    ui: Ui, tag: str, numbers: Numbers, changed: Callable[[float], None], *, tip: str
) -> None:
    """Draw a slider that calls `changed` while it moves, or when a number was typed."""
    tip = f"{tip}\nClick to type a number."
    _number(ui, dpg.add_slider_float, tag, numbers, changed, -1, tip)


def drag_number(
    ui: Ui,
    tag: str,
    numbers: Numbers,
    changed: Callable[[float], None],
    *,
    width: int,
    speed: float,
    tip: str,
) -> None:
    """Draw a number to drag, `speed` a pixel, or to type; `width` as for `text_button`."""
    pixels = width if width < 0 else px(width)
    tip = f"{tip}\nDrag, or click to type a number."
    _number(ui, partial(dpg.add_drag_float, speed=speed), tag, numbers, changed, pixels, tip)


def _number(
    ui: Ui,
    add: Callable[..., Item],
    tag: str,
    numbers: Numbers,
    changed: Callable[[float], None],
    width: int,
    tip: str,
) -> None:
    """Draw a number, and the hidden field TAG.typed that takes its place after a click."""
    with dpg.group():
        with dpg.group():
            item = add(
                tag=tag,
                min_value=numbers.low,
                max_value=numbers.high,
                clamped=True,
                no_input=True,
                width=width,
                user_data=numbers,
            )
            tooltip(item, tip)
        with dpg.group(show=False):
            field = dpg.add_input_text(
                tag=f"{tag}.typed", decimal=True, auto_select_all=True, width=width
            )
            tooltip(field, "Press Enter to take the number, Escape to keep the old one.")
    ui.numbers.add(Number(tag, f"{tag}.typed", changed, ui.end_gesture, ui.warn))


def set_numbers(item: Item, numbers: Numbers) -> None:
    """Let a slider or number to drag take other numbers."""
    dpg.configure_item(item, min_value=numbers.low, max_value=numbers.high, user_data=numbers)


def show_number(item: Item, value: float, words: str = "") -> None:
    """Show a number in a slider or number to drag, or `words` in its place."""
    numbers: Numbers = dpg.get_item_user_data(item)
    show_value(item, float(value))
    grab_at = numbers.share(dpg.get_value(item))  # where the hand holds it, before it snaps
    show_words(item, words or numbers.text(value), grab_at)


def show_words(item: Item, text: str, share: float) -> None:
    """Write a text into a slider, away from its grab, which stands at a share of its width."""
    if "Slider" in str(dpg.get_item_type(item)):
        text = _beside_grab(text, share, dpg.get_item_rect_size(item)[0])
    dpg.configure_item(item, format=text.replace("%", "%%"))


def _beside_grab(text: str, share: float, width: float) -> str:
    """Move a centred text to the edge of a slider that lies farther from the grab."""
    room, space = width - 2 * px(_NUMBER_MARGIN) - text_width(text), text_width(" " * 32) / 32
    if room <= 0 or space <= 0:
        return text
    spaces = " " * int(room / space)
    return spaces + text if share <= 0.5 else text + spaces


def seed_field(ui: Ui, tag: str, changed: Callable[[int], None], *, width: int, tip: str) -> Item:
    """Draw a field for a seed; `changed` is called on Enter and when the field is left."""
    item: Item = dpg.add_input_text(tag=tag, decimal=True, auto_select_all=True, width=px(width))
    with dpg.item_handler_registry() as handlers:
        dpg.add_item_deactivated_after_edit_handler(callback=lambda: _typed(ui, item, changed))
    dpg.bind_item_handler_registry(item, handlers)
    tooltip(item, tip)
    return item


def show_seed(ui: Ui, item: Item, seed: str) -> None:
    """Show a seed in its field, in small letters where all its digits would not fit otherwise."""
    show_value(item, seed)
    is_long = len(seed) > _LONG_SEED
    dpg.bind_item_font(item, ui.theme.small if is_long else 0)
    dpg.bind_item_theme(item, ui.theme.small_field if is_long else 0)


def _typed(ui: Ui, item: Item, changed: Callable[[int], None]) -> None:
    text = str(dpg.get_value(item))
    ui.stale = True  # brings the seed back if the text is refused
    take_typed(SEEDS, text, lambda seed: changed(round(seed)), ui.warn)


def show_value(item: Item, value: Any) -> None:
    """Write a value into a widget, unless the user is typing into it."""
    if not dpg.is_item_active(item) and dpg.get_value(item) != value:
        dpg.set_value(item, value)


@contextmanager
def row(*widths: float, shares: tuple[float, ...] = ()) -> Iterator[None]:
    """Open one table row; widths as in `grid`."""
    with grid(*widths, shares=shares), dpg.table_row():
        yield


@contextmanager
def grid(*widths: float, shares: tuple[float, ...] = ()) -> Iterator[None]:
    """Open a table without lines whose columns align over all rows (each a `dpg.table_row`).

    Widths are design pixels; 0 takes an equal part of what is left, AUTO fits the content.
    `shares` instead divide the whole width.
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
    """Leave empty space, in design pixels."""
    dpg.add_spacer(height=px(height))


def inner_width(place: str, reserved: int = 0) -> int:
    """Return the width inside a place of the window, in screen pixels.

    Drawings need a width of their own. `reserved` design pixels are left free for a scroll bar.
    """
    outer = int(dpg.get_item_width(f"place.{place}"))
    return max(outer - 2 * px(PANEL_PADDING) - px(reserved), px(_LEAST_WIDTH))
