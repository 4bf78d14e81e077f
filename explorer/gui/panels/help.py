"""The sheet of keys, made from the table of commands."""

from __future__ import annotations

from typing import Final

import dearpygui.dearpygui as dpg

from explorer.gui import widgets
from explorer.gui.context import Ui
from explorer.gui.theme import px

WIDTH: Final = 760
_MOUSE: Final = (
    ("drag on the picture", "walk from face A to its relatives"),
    ("hold Tab", "see face A alone"),
    ("wheel", "zoom"),
    ("right or middle drag", "move the picture"),
    ("double click", "fit the picture"),
    ("Ctrl + click a slider", "type a number"),
    ("drop a file", "open a model, a picture, a video or a recipe"),
)


def help_sheet(ui: Ui) -> None:
    """Draws the sheet into a dialog."""
    sections = list(dict.fromkeys(command.section for command in ui.commands if command.keys))
    half = (len(sections) + 1) // 2
    with dpg.table(header_row=False, policy=dpg.mvTable_SizingStretchSame):
        dpg.add_table_column()
        dpg.add_table_column()
        with dpg.table_row():
            for part in (sections[:half], sections[half:]):
                with dpg.group():
                    for section in part:
                        _section(ui, section, [(c.keys, c.title) for c in ui.commands if c.section == section])
                    if part is not sections[:half] and part == sections[half:]:
                        _section(ui, "Mouse", [((keys,), what) for keys, what in _MOUSE])


def _section(ui: Ui, title: str, entries: list[tuple[tuple[str, ...], str]]) -> None:
    widgets.heading(ui, title)
    with widgets.grid(150, 0):
        for keys, what in entries:
            if keys:
                with dpg.table_row():
                    item = dpg.add_text(" or ".join(keys))
                    dpg.bind_item_theme(item, ui.theme.accent_text)
                    dpg.bind_item_font(item, ui.theme.small)
                    widgets.note(ui, what.rstrip("…"))
    widgets.gap(px(4))
