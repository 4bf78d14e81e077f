"""The sheet of keys, made from the table of commands."""

from __future__ import annotations

from typing import Final

import dearpygui.dearpygui as dpg

from explorer.gui import widgets
from explorer.gui.context import Ui

WIDTH: Final = 960
_COLUMNS: Final = 3
Section = tuple[str, list[tuple[str, str]]]
_MOUSE: Final = (
    ("drag", "Walk from face A to its relatives"),
    ("Tab held", "Face A alone"),
    ("wheel", "Zoom"),
    ("right drag", "Move the picture"),
    ("double click", "Fit the picture"),
    ("Ctrl+click", "Type a slider's number"),
    ("drop a file", "Open it, whatever it is"),
    ("drop a folder", "Follow the run in it"),
)


def help_sheet(ui: Ui) -> None:
    """Draws the sheet into a dialog."""
    with widgets.row(shares=(1.0,) * _COLUMNS):
        for column in _balanced(_sections(ui)):
            with dpg.group():
                for title, entries in column:
                    _section(ui, title, entries)


def _sections(ui: Ui) -> list[Section]:
    titles = dict.fromkeys(command.section for command in ui.commands if command.keys)
    found: list[Section] = [
        (
            title,
            [
                (" or ".join(c.keys), c.title.rstrip("…"))
                for c in ui.commands
                if c.section == title and c.keys
            ],
        )
        for title in titles
    ]
    return [*found, ("Mouse", list(_MOUSE))]


def _balanced(sections: list[Section]) -> list[list[Section]]:
    """The sections in their order, in columns of about the same height."""
    heights = [len(entries) + 2 for _, entries in sections]
    columns: list[list[Section]] = [[] for _ in range(_COLUMNS)]
    done = 0
    for section, height in zip(sections, heights, strict=True):
        columns[min((done + height // 2) * _COLUMNS // sum(heights), _COLUMNS - 1)].append(section)
        done += height
    return columns


def _section(ui: Ui, title: str, entries: list[tuple[str, str]]) -> None:
    widgets.heading(ui, title)
    with widgets.grid(112, 0):
        for keys, what in entries:
            with dpg.table_row():
                item = dpg.add_text(keys)
                dpg.bind_item_theme(item, ui.theme.accent_text)
                dpg.bind_item_font(item, ui.theme.small)
                widgets.note(ui, what)
    widgets.gap(6)
