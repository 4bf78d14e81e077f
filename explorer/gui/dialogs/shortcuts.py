"""The sheet of keys, made from the table of commands."""

from __future__ import annotations

from itertools import combinations, pairwise
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
)
_DROPS: Final = (
    ("drop a file", "Open it, whatever it is"),
    ("drop a folder", "Follow its run, or train on its pictures"),
)


def shortcuts_dialog(ui: Ui) -> None:
    """Draws the sheet into a dialog."""
    with widgets.row(shares=(1.0,) * _COLUMNS):
        for column in _balanced(_sections(ui)):
            with dpg.group() as group:
                dpg.bind_item_theme(group, ui.theme.dense)
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
    return [*found, ("Mouse", [*_MOUSE, *(_DROPS if ui.view.takes_drops else ())])]


def _balanced(sections: list[Section]) -> list[list[Section]]:
    """The sections in their order, in columns of which the highest is as low as can be."""
    heights = [len(entries) + 2 for _, entries in sections]
    ends = range(1, len(sections))

    def bounds(cuts: tuple[int, ...]) -> list[tuple[int, int]]:
        return list(pairwise((0, *cuts, len(sections))))

    best = min(
        combinations(ends, _COLUMNS - 1),
        key=lambda cuts: max(sum(heights[a:b]) for a, b in bounds(cuts)),
    )
    return [sections[a:b] for a, b in bounds(best)]


def _section(ui: Ui, title: str, entries: list[tuple[str, str]]) -> None:
    widgets.heading(ui, title)
    with widgets.grid(112, 0):
        for keys, what in entries:
            with dpg.table_row():
                item = dpg.add_text(keys, tag=f"help.{keys}")
                dpg.bind_item_theme(item, ui.theme.accent_text)
                dpg.bind_item_font(item, ui.theme.small)
                widgets.note(ui, what)
    widgets.gap(6)
