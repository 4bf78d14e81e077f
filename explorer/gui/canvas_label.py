"""The label of the canvas: a line of text, with the scale of a map after it."""

from __future__ import annotations

from typing import Final, NamedTuple

import dearpygui.dearpygui as dpg

from explorer.gui.toolkit import palette
from explorer.gui.toolkit.letters import shown_name
from explorer.gui.toolkit.scale import px
from explorer.gui.toolkit.text_size import text_width
from explorer.gui.toolkit.theme import Item

LONGEST_LINE: Final = 100  # characters
_FONT: Final = 14
_PADDING: Final = 12
_HEIGHT: Final = 28
_BAR: Final = 128  # the colours of a scale are at most as wide as this
_LEAST_BAR: Final = 48
_GAP: Final = 10  # before and after them


class Scale(NamedTuple):
    """The colours of a map, from the lowest value to the highest, and the text after them."""

    colours: tuple[palette.Colour, ...]
    text: str


def has_room(room: float, text: str, scale: Scale | None = None) -> bool:
    """Tell whether a label fits into a width, in screen pixels."""
    return _room_for_bar(room, text, scale) >= (px(_LEAST_BAR) if scale else 0)


def draw_label(room: float, top: float, text: str, scale: Scale | None, layer: Item) -> None:
    """Draw a label into a layer, in the middle of a width."""
    text = shown_name(text, LONGEST_LINE)
    bar = min(max(_room_for_bar(room, text, scale), px(_LEAST_BAR)), px(_BAR)) if scale else 0
    width = _width_without_bar(text, scale) + bar
    left = (room - width) / 2
    dpg.draw_rectangle(
        (left - px(_PADDING), top),
        (left + width + px(_PADDING), top + px(_HEIGHT)),
        fill=palette.LABEL,
        color=palette.CLEAR,
        rounding=px(_HEIGHT / 2),
        parent=layer,
    )
    _draw_text(text, left, top, layer)
    if scale is not None:
        left += text_width(text, px(_FONT)) + px(_GAP)
        _draw_bar(scale, left, top, bar, layer)
        _draw_text(scale.text, left + bar + px(_GAP), top, layer)


def _draw_text(text: str, left: float, top: float, layer: Item) -> None:
    at = (left, top + px(6))
    dpg.draw_text(at, text, size=px(_FONT), color=palette.TEXT, parent=layer)


def _draw_bar(scale: Scale, left: float, top: float, width: float, layer: Item) -> None:
    """Draw the colours side by side."""
    step = width / len(scale.colours)
    for index, colour in enumerate(scale.colours):
        dpg.draw_rectangle(
            (left + index * step, top + px(8)),
            (left + (index + 1) * step, top + px(20)),
            fill=colour,
            color=colour,
            parent=layer,
        )


def _room_for_bar(room: float, text: str, scale: Scale | None) -> float:
    return room - 2 * px(_PADDING) - _width_without_bar(text, scale)


def _width_without_bar(text: str, scale: Scale | None) -> float:
    of_scale = 2 * px(_GAP) + text_width(scale.text, px(_FONT)) if scale else 0.0
    return text_width(text, px(_FONT)) + of_scale
