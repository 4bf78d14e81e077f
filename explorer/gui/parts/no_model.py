"""The text of a panel without a model: one is being opened, or none is open."""

from __future__ import annotations

import dearpygui.dearpygui as dpg

from explorer.gui import widgets
from explorer.gui.context import Refresh, Ui
from explorer.gui.toolkit import texts


def no_model(ui: Ui, tag: str) -> Refresh:
    """Draw the note; the function that refreshes it follows what is being opened."""
    widgets.note(ui, "", tag=tag, wrap=True)
    return lambda: dpg.set_value(tag, texts.OPENING if ui.is_opening else texts.NO_MODEL)
