"""Dialogs: one at a time, in the middle of the window, closed by Escape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import dearpygui.dearpygui as dpg

from explorer.gui import widgets
from explorer.gui.context import Ui
from explorer.gui.toolkit.theme import Item, px
from stylegan_core.readable import readable

Choice = tuple[str, Callable[[], object] | None]
Confirm = tuple[str, str, Callable[..., None]]
_FRAMES_TO_SETTLE: Final = 4
_FRAMES_BETWEEN: Final = 2  # a modal window that opens in the frame another one closes is lost


class Dialogs:
    """The dialog that is open, if any."""

    def __init__(self, ui: Ui) -> None:
        self._ui = ui
        self._window: Item | None = None
        self._next: tuple[str, Callable[[], None], int] | None = None
        self._gone: Callable[[], None] | None = None
        self._title = ""
        self._frames = 0  # to wait: after a dialog closed, or until a new one has its place

    def is_open(self) -> bool:
        """Whether a dialog has the window's attention, or is about to."""
        return self._window is not None or self._next is not None

    def title(self) -> str | None:
        """The title of the dialog once it stands where it will stay, None without one."""
        return self._title if self._window is not None and self._frames == 0 else None

    def open(
        self,
        title: str,
        draw: Callable[[], None],
        width: int,
        gone: Callable[[], None] | None = None,
    ) -> None:
        """Opens a dialog of `width` design pixels, in place of any other; `gone` is called once it
        is closed, in whatever way.
        """
        self.close()
        self._next, self._gone = (title, draw, width), gone
        self._ui.stale = True

    def close(self) -> None:
        """Closes the dialog."""
        window, self._window, self._next = self._window, None, None
        if window is not None and dpg.does_item_exist(window):
            dpg.delete_item(window)
            self._frames = _FRAMES_BETWEEN
        self._ui.stale = True
        gone, self._gone = self._gone, None
        if gone is not None:
            gone()

    def settle(self) -> bool:
        """Opens what waits, and keeps a new dialog in the middle until its height is known.

        True while that takes more frames.
        """
        if self._frames > 0:
            self._frames -= 1
            self._centre()
            return True
        if self._next is None:
            return False
        (self._title, draw, width), self._next = self._next, None
        with dpg.window(
            label=self._title,
            modal=True,
            no_resize=True,
            no_collapse=True,
            no_saved_settings=True,
            width=min(px(width), dpg.get_viewport_client_width()),
            pos=(-4000, 0),
            on_close=self._closed,
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

    def _closed(self, window: Item) -> None:
        """The cross was clicked. A window that went before this one says so too late to count."""
        if window == self._window:
            self.close()

    def message(self, title: str, words: str, choices: Sequence[Choice] = (("OK", None),)) -> None:
        """Says something and offers buttons; the last one is the way on, and each closes the
        dialog.
        """

        def draw() -> None:
            dpg.add_text(readable(words), wrap=px(420), tag="dialog.words")
            widgets.gap(8)
            self.buttons(choices, 432)

        self.open(title, draw, 460)

    def buttons(
        self, choices: Sequence[Choice], width: int, confirm: Confirm | None = None
    ) -> None:
        """A row of buttons at the right edge; the last one has the accent colour.

        `confirm` (label, tag, callback) is a last button that does not close the dialog by itself.
        """
        each = 132
        with dpg.group(horizontal=True, horizontal_spacing=px(8)):
            count = len(choices) + (confirm is not None)
            dpg.add_spacer(width=max(px(width) - count * px(each + 8), 0))
            for index, (label, run) in enumerate(choices):
                item = dpg.add_button(
                    label=label,
                    tag=f"dialog.button.{index}",
                    width=px(each),
                    height=px(30),
                    callback=self._choose,
                    user_data=run,
                )
                if index == count - 1:
                    dpg.bind_item_theme(item, self._ui.theme.primary)
            if confirm is not None:
                label, tag, run = confirm
                item = dpg.add_button(
                    label=label, tag=tag, width=px(each), height=px(30), callback=run
                )
                dpg.bind_item_theme(item, self._ui.theme.primary)

    def _choose(self, _sender: Item, _data: object, run: Callable[[], object] | None) -> None:
        self.close()
        if run is not None:
            run()
