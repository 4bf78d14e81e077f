"""The list of sessions that the program keeps, from which one is continued."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import dearpygui.dearpygui as dpg

from explorer.gui import widgets
from explorer.gui.context import Ui
from explorer.gui.dialogs.modal import Dialogs, inner_width
from explorer.gui.toolkit.letters import shown, shown_name
from explorer.gui.toolkit.scale import px
from explorer.sessions.reading import Summary

_TITLE: Final = "Open session"
_WIDTH: Final = 560
_HEIGHT: Final = 300
_ROW: Final = 22
_PADDING: Final = 22
_MOST: Final = 100
_SEPARATOR: Final = "   ·   "
_NONE: Final = "No other session is kept yet. New session keeps the present one and begins another."


class KeptSessions:
    """Shows the list; `use` gets the session that is chosen, `browse` asks for a file instead."""

    def __init__(
        self,
        ui: Ui,
        dialogs: Dialogs,
        use: Callable[[Path], None],
        browse: Callable[[], None],
    ) -> None:
        self._ui = ui
        self._dialogs = dialogs
        self._use = use
        self._browse = browse

    def show(self, sessions: Mapping[Path, Summary]) -> None:
        """Show the sessions in their order."""
        self._dialogs.open(_TITLE, lambda: self._draw(sessions), _WIDTH)

    def _draw(self, sessions: Mapping[Path, Summary]) -> None:
        room = inner_width(_WIDTH)
        if not sessions:
            widgets.note(self._ui, _NONE, wrap=True)
        else:
            with dpg.child_window(
                height=px(min(_ROW * len(sessions) + _PADDING, _HEIGHT)),
                width=px(room),
                always_use_window_padding=True,
            ) as entries:
                dpg.bind_item_theme(entries, self._ui.theme.well)
                for index, (path, summary) in enumerate(list(sessions.items())[:_MOST]):
                    self._draw_entry(index, path, summary)
        widgets.gap(8)
        self._dialogs.buttons(
            (("Choose a file…", self._browse), ("Cancel", None)), room, suggests_last=False
        )

    def _draw_entry(self, index: int, path: Path, summary: Summary) -> None:
        item = dpg.add_selectable(
            label=entry_text(summary),
            tag=f"session.{index}",
            callback=lambda _sender, _value, chosen: self._choose(chosen),
            user_data=path,
        )
        model = summary.model
        widgets.tooltip(item, shown(model.path) if model is not None else "Without a model.")

    def _choose(self, path: Path) -> None:
        self._dialogs.close()
        self._use(path)


def entry_text(summary: Summary) -> str:
    """Return "1 Dec 2026, 21:38   ·   portraits   ·   12 steps, 3 keyframes"."""
    when = time.strftime("%d %b %Y, %H:%M", time.localtime(summary.saved_at_s)).lstrip("0")
    name = summary.model.name if summary.model is not None else "no model"
    counts = f"{_counted(summary.steps, 'step')}, {_counted(summary.keyframes, 'keyframe')}"
    return shown_name(_SEPARATOR.join((when, name, counts)))


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' * (count != 1)}"
