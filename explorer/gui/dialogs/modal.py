"""Modal dialogs: one at a time, in the middle of the window, closed by Escape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import dearpygui.dearpygui as dpg

from explorer.gui import widgets
from explorer.gui.context import Ui
from explorer.gui.toolkit.letters import shown, shown_name
from explorer.gui.toolkit.scale import px
from explorer.gui.toolkit.theme import Item

Choice = tuple[str, Callable[[], object] | None]
"""A button that closes the dialog: its label, and what happens then."""

Confirm = tuple[str, str, Callable[..., None]]
"""A button that does not close the dialog by itself: label, tag and callback."""

_FRAMES_TO_SETTLE: Final = 4
_FRAMES_BETWEEN: Final = 2  # a modal window that opens while another one closes is lost
_BUTTON_WIDTH: Final = 132
_BUTTON_HEIGHT: Final = 30
_MESSAGE_WIDTH: Final = 460
_MARGINS: Final = 28


def inner_width(width: int) -> int:
    """Return how much room a dialog of that width offers, both in design pixels."""
    return width - _MARGINS


class Dialogs:
    """Opens, places and closes the one dialog that may be open."""

    def __init__(self, ui: Ui) -> None:
        self._ui = ui
        self._window: Item | None = None
        self._next: tuple[str, Callable[[], None], int] | None = None
        self._on_close: Callable[[], None] | None = None
        self._title = ""
        self._frames = 0  # to wait, after a dialog closed or until a new one is centred

    def is_open(self) -> bool:
        """Tell whether a dialog is open or about to open."""
        return self._window is not None or self._next is not None

    def title(self) -> str | None:
        """Return the title of the open dialog once it has its final place, else None."""
        return self._title if self._window is not None and self._frames == 0 else None

    def open(
        self,
        title: str,
        draw: Callable[[], None],
        width: int,
        on_close: Callable[[], None] | None = None,
    ) -> None:
        """Open a dialog of `width` design pixels in place of any other.

        `on_close` is called once the dialog is closed, in whatever way.
        """
        self.close()
        self._next = (title, draw, width)
        self._on_close = on_close
        self._ui.stale = True

    def close(self) -> None:
        """Close the dialog, or drop the one that is about to open."""
        window = self._window
        self._window = None
        self._next = None
        if window is not None and dpg.does_item_exist(window):
            dpg.delete_item(window)
            self._frames = _FRAMES_BETWEEN
        self._ui.stale = True
        on_close = self._on_close
        self._on_close = None
        if on_close is not None:
            on_close()

    def settle(self) -> bool:
        """Open the waiting dialog, and centre a new one until its height is known.

        Call this once a frame. Returns True while more frames are needed.
        """
        if self._frames > 0:
            self._frames -= 1
            self._centre()
            return True
        if self._next is None:
            return False
        self._title, draw, width = self._next
        self._next = None
        with dpg.window(
            label=shown_name(self._title),
            modal=True,
            no_resize=True,
            no_collapse=True,
            no_saved_settings=True,
            width=min(px(width), dpg.get_viewport_client_width()),
            pos=(-4000, 0),  # out of sight until it is centred
            on_close=self._cross_clicked,
        ) as self._window:
            draw()
        self._frames = _FRAMES_TO_SETTLE
        return True

    def _centre(self) -> None:
        width, height = dpg.get_item_rect_size(self._window) if self._window is not None else (0, 0)
        room = dpg.get_viewport_client_height()
        if height > room:  # then it scrolls
            dpg.configure_item(self._window, height=room)
            height = room
        if height:
            left = (dpg.get_viewport_client_width() - width) // 2
            top = (room - height) // 2
            dpg.set_item_pos(self._window, [max(left, 0), max(top, 0)])

    def _cross_clicked(self, window: Item) -> None:
        if window == self._window:  # an earlier window may report late
            self.close()

    def message(self, title: str, text: str, choices: Sequence[Choice] = (("OK", None),)) -> None:
        """Show a message with buttons that close it; the last button is the suggested one."""
        room = inner_width(_MESSAGE_WIDTH)

        def draw() -> None:
            dpg.add_text(shown(text), wrap=px(room - 12), tag="dialog.words")
            widgets.gap(8)
            self.buttons(choices, room)

        self.open(title, draw, _MESSAGE_WIDTH)

    def refuse(self, title: str, reason: str, choices: Sequence[Choice] = (("OK", None),)) -> None:
        """Say why something is impossible, also in the status bar, where it stays for a while."""
        self._ui.warn(reason)
        self.message(title, reason, choices)

    def buttons(
        self,
        choices: Sequence[Choice],
        width: int,
        confirm: Confirm | None = None,
        *,
        suggests_last: bool = True,
    ) -> None:
        """Draw buttons at the right edge of a row as wide as `width`.

        `confirm` is a last button whose callback has to close the dialog. The last button is
        coloured as the suggested one, unless `suggests_last` is False.
        """
        count = len(choices) + (confirm is not None)
        with dpg.group(horizontal=True, horizontal_spacing=px(8)):
            dpg.add_spacer(width=max(px(width) - count * px(_BUTTON_WIDTH + 8), 0))
            for index, (label, run) in enumerate(choices):
                last = _button(label, f"dialog.button.{index}", self._choose, run)
            if confirm is not None:
                last = _button(*confirm)
            if suggests_last:
                dpg.bind_item_theme(last, self._ui.theme.primary)

    def _choose(self, _sender: Item, _data: object, run: Callable[[], object] | None) -> None:
        self.close()
        if run is not None:
            run()


def _button(label: str, tag: str, callback: Callable[..., None], user_data: object = None) -> Item:
    item: Item = dpg.add_button(
        label=label,
        tag=tag,
        width=px(_BUTTON_WIDTH),
        height=px(_BUTTON_HEIGHT),
        callback=callback,
        user_data=user_data,
    )
    return item
