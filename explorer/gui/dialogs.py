"""Dialogs: one at a time, in the middle of the window, closed by Escape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import dearpygui.dearpygui as dpg

from explorer.gui import widgets
from explorer.gui.context import Ui
from explorer.gui.theme import px

Choice = tuple[str, Callable[[], None] | None]
Confirm = tuple[str, str, Callable[..., None]]
_FRAMES_TO_SETTLE: Final = 4


class Dialogs:
    """The dialog that is open, if any."""

    def __init__(self, ui: Ui) -> None:
        self._ui = ui
        self._window: int | str | None = None
        self._unsettled = 0

    def is_open(self) -> bool:
        """Whether a dialog has the window's attention."""
        return self._window is not None

    def is_ready(self) -> bool:
        """Whether a dialog is open and stands where it will stay."""
        return self._window is not None and self._unsettled == 0

    def open(self, title: str, draw: Callable[[], None], width: int, tag: str = "dialog") -> None:
        """Opens a dialog of `width` design pixels in place of any other."""
        self.close()
        with dpg.window(
            label=title,
            tag=tag,
            modal=True,
            no_resize=True,
            no_collapse=True,
            no_saved_settings=True,
            autosize=False,
            width=px(width),
            pos=(-4000, 0),
            on_close=lambda: self.close(),
        ) as self._window:
            draw()
        self._unsettled = _FRAMES_TO_SETTLE

    def close(self) -> None:
        """Closes the dialog."""
        window, self._window = self._window, None
        if window is not None and dpg.does_item_exist(window):
            dpg.delete_item(window)
        self._ui.stale = True

    def message(self, title: str, words: str, choices: Sequence[Choice] = (("OK", None),)) -> None:
        """Says something and offers buttons; the last one is the way on, and each closes the dialog."""

        def draw() -> None:
            dpg.add_text(words, wrap=px(420), tag="dialog.words")
            widgets.gap(8)
            self.buttons(choices, 432)

        self.open(title, draw, 460)

    def buttons(self, choices: Sequence[Choice], width: int, confirm: Confirm | None = None) -> None:
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
                item = dpg.add_button(label=label, tag=tag, width=px(each), height=px(30), callback=run)
                dpg.bind_item_theme(item, self._ui.theme.primary)

    def settle(self) -> bool:
        """Keeps a new dialog in the middle until its height is known; True while that takes more frames."""
        if self._window is None or self._unsettled == 0:
            return False
        self._unsettled -= 1
        width, height = dpg.get_item_rect_size(self._window)
        if height:
            left = (dpg.get_viewport_client_width() - width) // 2
            top = (dpg.get_viewport_client_height() - height) // 2
            dpg.set_item_pos(self._window, [max(left, 0), max(top, 0)])
        return True

    def _choose(self, _sender: int | str, _data: object, run: Callable[[], None] | None) -> None:
        self.close()
        if run is not None:
            run()
