"""Keyboard shortcuts: names of keys, commands run by key, and typing that must not run any."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import dearpygui.dearpygui as dpg

from explorer.gui.toolkit.commands import Commands
from explorer.gui.toolkit.theme import Item

_KEY_EQUAL: Final = 602  # ImGuiKey_Equal; dpg.mvKey_Plus matches no key in this version
_SPECIAL: Final = {
    dpg.mvKey_Spacebar: "Space",
    dpg.mvKey_Return: "Enter",
    dpg.mvKey_Delete: "Delete",
    dpg.mvKey_Back: "Backspace",
    dpg.mvKey_Home: "Home",
    dpg.mvKey_End: "End",
    dpg.mvKey_Left: "Left",
    dpg.mvKey_Right: "Right",
    dpg.mvKey_Up: "Up",
    dpg.mvKey_Down: "Down",
    dpg.mvKey_Escape: "Escape",
    dpg.mvKey_F1: "F1",
    dpg.mvKey_Open_Brace: "[",
    dpg.mvKey_Close_Brace: "]",
    _KEY_EQUAL: "+",
    dpg.mvKey_Add: "+",
    dpg.mvKey_Subtract: "-",
    dpg.mvKey_Minus: "-",
    dpg.mvKey_Comma: ",",
    dpg.mvKey_Period: ".",
    dpg.mvKey_Slash: "/",
}
_LETTERS: Final = {getattr(dpg, f"mvKey_{c}"): c for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"}
_NAMES: Final = {**_SPECIAL, **_LETTERS}
_SHIFTED: Final = {"Shift+/": "?", "Shift++": "+", "Ctrl+Shift++": "Ctrl++"}


def key_text(code: int, *, ctrl: bool, shift: bool) -> str | None:
    """Return a pressed key as text such as "Ctrl+Shift+Z"; None for a key without a name here."""
    name = _NAMES.get(code)
    if name is None:
        return None
    text = ("Ctrl+" if ctrl else "") + ("Shift+" if shift else "") + name
    return _SHIFTED.get(text, text)


class Shortcuts:
    """Runs commands by key, except while the user types or a dialog is open."""

    def __init__(
        self, commands: Commands, blocked: Callable[[], bool], escape: Callable[[], None]
    ) -> None:
        self._commands = commands
        self._blocked = blocked
        self._escape = escape
        self._held: set[int] = set()
        with dpg.handler_registry():
            dpg.add_key_press_handler(callback=self._pressed)
            dpg.add_key_release_handler(callback=self._released)

    def watch(self) -> None:
        """Forget released keys: without the focus, the window does not see a key go up."""
        self._held = {code for code in self._held if _is_down(code)}

    def _pressed(self, _sender: Item, code: int, _data: object) -> None:
        is_repeated = code in self._held
        self._held.add(code)
        text = key_text(code, ctrl=_is_down(dpg.mvKey_ModCtrl), shift=_is_down(dpg.mvKey_ModShift))
        if text == "Escape" and not is_repeated:
            self._escape()
        command = self._commands.for_key(text) if text else None
        if command is None or (is_repeated and not command.repeats) or self._blocked():
            return
        self._commands.run(command)

    def _released(self, _sender: Item, code: int, _data: object) -> None:
        self._held.discard(code)


def _is_down(key: int) -> bool:
    return bool(dpg.is_key_down(key))


class TypingGuard:
    """Tell whether the user is typing into a field, so that letters do not run commands."""

    def __init__(self) -> None:
        self._fields: list[Item] = []
        self._was_typing = False  # before the last frame, whose keys are being looked at

    def collect(self, root: Item) -> None:
        """Find the fields below an item; call it whenever panels were built."""
        self._fields = [item for item in _descendants(root) if _takes_text(item)]

    def watch(self) -> None:
        """Note before a frame whether a field has the keyboard: a key may end that."""
        self._was_typing = self._has_active_field()

    def is_typing(self) -> bool:
        """Tell whether the keys of the last frame went to a field."""
        return self._was_typing or self._has_active_field()

    def _has_active_field(self) -> bool:
        return any(dpg.does_item_exist(item) and dpg.is_item_active(item) for item in self._fields)


def _descendants(root: Item) -> list[Item]:
    items: list[Item] = []
    for children in dpg.get_item_children(root).values():
        for child in children:
            items.append(child)
            items.extend(_descendants(child))
    return items


def _takes_text(item: Item) -> bool:
    return "Input" in str(dpg.get_item_type(item))
