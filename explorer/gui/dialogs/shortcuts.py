"""The list of keys, from the table of commands, and of what the mouse does."""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import Final

import dearpygui.dearpygui as dpg

from explorer.gui import widgets
from explorer.gui.context import Ui

WIDTH: Final = 960
_COLUMNS: Final = 3
Section = tuple[str, list[tuple[str, str]]]
"""A title, and pairs of keys and what they do."""

_MOUSE: Final = (
    ("drag", "Walk from face A to similar ones"),
    ("hold Tab", "Face A alone, or the picture before a walk"),
    ("wheel", "Zoom"),
    ("right drag", "Move the picture"),
    ("double click", "Fit the picture"),
    ("click a number", "Type another one"),
)
_DROPS: Final = (
    ("drop a file", "Open it"),
    ("drop a folder", "Follow its run, or train on its pictures"),
)


def draw_shortcuts(ui: Ui) -> None:
    """Draw the list into a dialog, in columns of about the same height."""
    with widgets.row(shares=(1.0,) * _COLUMNS):
        for column in _balanced(_sections(ui)):
            with dpg.group() as group:
                dpg.bind_item_theme(group, ui.theme.dense)
                for title, entries in column:
                    _draw_section(ui, title, entries)


def _sections(ui: Ui) -> list[Section]:
    by_title: dict[str, list[tuple[str, str]]] = {}
    for command in ui.commands:
        if command.keys:
            entry = " or ".join(command.keys), command.title.rstrip("…")
            by_title.setdefault(command.section, []).append(entry)
    drops = _DROPS if ui.view.takes_drops else ()
    return [*by_title.items(), ("Mouse", [*_MOUSE, *drops])]


def _balanced(sections: list[Section]) -> list[list[Section]]:
    """Divide the sections, in their order, so that the tallest column is as short as possible."""
    heights = [len(entries) + 2 for _, entries in sections]

    def bounds(cuts: tuple[int, ...]) -> list[tuple[int, int]]:
        return list(pairwise((0, *cuts, len(sections))))

    best = min(
        combinations(range(1, len(sections)), _COLUMNS - 1),
        key=lambda cuts: max(sum(heights[start:end]) for start, end in bounds(cuts)),
    )
    return [sections[start:end] for start, end in bounds(best)]


def _draw_section(ui: Ui, title: str, entries: list[tuple[str, str]]) -> None:
    widgets.heading(ui, title)
    with widgets.grid(112, 0):
        for keys, effect in entries:
            with dpg.table_row():
                item = dpg.add_text(keys, tag=f"help.{keys}")
                dpg.bind_item_theme(item, ui.theme.accent_text)
                dpg.bind_item_font(item, ui.theme.small)
                widgets.note(ui, effect, wrap=True)
    widgets.gap(6)
