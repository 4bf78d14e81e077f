"""Numbers under the mouse: a drag slides a number, one click without a drag edits it as text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import dearpygui.dearpygui as dpg

from explorer.gui.toolkit.numbers import Numbers
from explorer.gui.toolkit.scale import px
from explorer.gui.toolkit.theme import Item
from stylegan_core.errors import UserError

_CLICK_REACH: Final = 3  # design pixels; a button that moved farther has dragged
_SNAP_REACH: Final = 5  # design pixels
_FRAMES_TO_OPEN: Final = 8  # a field that has not become active by then is given up


@dataclass(frozen=True)
class Number:
    """A slider, the field that takes its place for typing, and what happens to the number.

    Each is in a group of its own, with its tooltip. The slider holds its `Numbers` as user data, so
    that they can change. `new_step` is called before and after every
    change by hand. `report` gets the reason why a typed number was refused, or nothing once one was
    taken.
    """

    slider: Item
    field: Item
    changed: Callable[[float], None]
    new_step: Callable[[], None]
    report: Callable[[str], None]

    @property
    def numbers(self) -> Numbers:
        """The numbers that the slider takes now."""
        numbers: Numbers = dpg.get_item_user_data(self.slider)
        return numbers

    def exists(self) -> bool:
        """Tell whether the panel with this number is still there."""
        return bool(dpg.does_item_exist(self.slider) and dpg.does_item_exist(self.field))

    def show_field(self, is_open: bool) -> None:
        """Show the field in the place of the slider, or the slider again."""
        dpg.configure_item(dpg.get_item_parent(self.slider), show=not is_open)
        dpg.configure_item(dpg.get_item_parent(self.field), show=is_open)


@dataclass
class _Press:
    """A slider under the pressed button."""

    number: Number
    at: list[float]
    is_drag: bool = False

    def watch(self) -> bool:
        """Tell whether the pointer has left the place of a click."""
        now = dpg.get_mouse_pos(local=False)
        distance = max(abs(a - b) for a, b in zip(now, self.at, strict=True))
        self.is_drag = self.is_drag or distance > px(_CLICK_REACH)
        return self.is_drag


@dataclass
class _Typing:
    """A field that is open in the place of its slider."""

    number: Number
    text: str  # before the user changed it
    frames: int = 0
    was_active: bool = False


class NumberEditor:
    """Follows the mouse on all sliders, and opens one field at a time."""

    def __init__(self) -> None:
        self._press: _Press | None = None
        self._next: Number | None = None  # to be opened in the next frame
        self._typing: _Typing | None = None

    def add(self, number: Number) -> None:
        """Let a click on a number edit it."""
        with dpg.item_handler_registry() as handlers:
            dpg.add_item_activated_handler(callback=lambda: self._pressed(number))
            dpg.add_item_deactivated_handler(callback=lambda: self._released(number))
        dpg.bind_item_handler_registry(number.slider, handlers)
        dpg.configure_item(number.slider, callback=lambda _s, value: self._slid(number, value))

    def is_typing(self) -> bool:
        """Tell whether a field is open or about to open."""
        return self._next is not None or self._typing is not None

    def watch(self) -> None:
        """Open or close a field; call it once before each frame, when sliders are up to date."""
        if self._next is not None:
            number = self._next
            self._next = None
            self._close()
            if number.exists():
                self._open(number)
        elif self._typing is not None and self._has_ended(self._typing):
            self._close()

    def _pressed(self, number: Number) -> _Press:
        press = self._press
        if press is None or press.number is not number:  # the first news of a press is the number's
            press = _Press(number, dpg.get_mouse_pos(local=False))
            self._press = press
            number.new_step()
        return press

    def _slid(self, number: Number, value: float) -> None:
        if self._pressed(number).watch():
            width = max(dpg.get_item_rect_size(number.slider)[0], 1)
            reach = px(_SNAP_REACH) * (number.numbers.high - number.numbers.low) / width
            number.changed(number.numbers.snapped(value, reach))

    def _released(self, number: Number) -> None:
        if not self._pressed(number).watch():
            self._next = number
        self._press = None
        number.new_step()

    def _open(self, number: Number) -> None:
        text = number.numbers.plain(dpg.get_value(number.slider))
        self._typing = _Typing(number, text)
        dpg.set_value(number.field, text)
        number.show_field(True)
        dpg.focus_item(number.field)

    def _has_ended(self, typing: _Typing) -> bool:
        if not typing.number.exists():
            return True
        is_active = bool(dpg.is_item_active(typing.number.field))
        typing.frames += 1
        typing.was_active = typing.was_active or is_active
        return not is_active and (typing.was_active or typing.frames > _FRAMES_TO_OPEN)

    def _close(self) -> None:
        """Show the slider again, and take the typed number or say why not."""
        typing = self._typing
        self._typing = None
        if typing is None or not typing.number.exists():
            return
        number = typing.number
        typed = str(dpg.get_value(number.field)).strip()
        number.show_field(False)
        if typed != typing.text:
            take_typed(number.numbers, typed, number.changed, number.report)
        number.new_step()


def take_typed(
    numbers: Numbers,
    text: str,
    changed: Callable[[float], None],
    report: Callable[[str], None],
) -> None:
    """Take a typed number or report why not; no text leaves the number as it was."""
    if not text.strip():
        return
    try:
        value = numbers.read(text)
    except UserError as error:
        report(str(error))
    else:
        report("")
        changed(value)
