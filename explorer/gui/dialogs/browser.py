"""A plain file browser inside the window, for systems without a file dialog of their own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import dearpygui.dearpygui as dpg

from explorer.gui import widgets
from explorer.gui.context import Ui
from explorer.gui.dialogs.modal import Dialogs
from explorer.gui.toolkit import texts
from explorer.gui.toolkit.icons import label
from explorer.gui.toolkit.native import Question, with_suffix_of
from explorer.gui.toolkit.theme import px

_WIDTH: Final = 620
_MOST_ENTRIES: Final = 2000


class Browser:
    """One question at a time: folders are walked by clicking, a file is chosen by clicking or
    typing its path.
    """

    def __init__(self, ui: Ui, dialogs: Dialogs) -> None:
        self._ui, self._dialogs = ui, dialogs
        self._folder = Path.home()
        self._warned: Path | None = None
        self._chosen: Path | None = None

    def ask(self, question: Question, answer: Callable[[Path | None], None]) -> None:
        """Opens the browser; `answer` gets a path, or None when the user thinks better of it."""
        self._question, self._warned, self._chosen = question, None, None
        self._folder = question.folder if question.folder.is_dir() else Path.home()
        self._dialogs.open(question.title, self._draw, _WIDTH, lambda: answer(self._chosen))

    def _draw(self) -> None:
        inner = _WIDTH - 28
        with dpg.group(horizontal=True, horizontal_spacing=px(6)):
            widgets.icon_button(
                self._ui, "up", "To the folder above.", lambda: self._go(self._folder.parent)
            )
            dpg.add_text("", tag="browser.folder")
        with dpg.child_window(height=px(300), width=px(inner), tag="browser.entries") as entries:
            dpg.bind_item_theme(entries, self._ui.theme.well)
        widgets.gap(4)
        dpg.add_input_text(
            tag="browser.path",
            width=px(inner),
            hint="or type a path here",
            default_value=self._question.name,
            on_enter=True,
            callback=self._confirm,
        )
        widgets.note(self._ui, "", tag="browser.note")
        verb = "Save" if self._question.save else "Open"
        verb = "Choose" if self._question.of_folder else verb
        self._dialogs.buttons((("Cancel", None),), inner, (verb, "browser.confirm", self._confirm))
        dpg.focus_item("browser.path")
        self._list()

    def _list(self) -> None:
        dpg.delete_item("browser.entries", children_only=True)
        dpg.set_value("browser.folder", str(self._folder))
        dpg.set_value("browser.note", "")
        try:
            found = sorted(self._folder.iterdir(), key=lambda p: (not p.is_dir(), p.name.lower()))[
                :_MOST_ENTRIES
            ]
        except OSError as error:
            dpg.set_value("browser.note", f"This folder cannot be read: {error.strerror}.")
            found = []
        for path in found:
            if not self._lists(path):
                continue
            dpg.add_selectable(
                label=label("folder" if path.is_dir() else "file", path.name),
                parent="browser.entries",
                callback=lambda _s, _a, chosen: self._click(chosen),
                user_data=path,
            )

    def _lists(self, path: Path) -> bool:
        if path.name.startswith(".") or texts.unshowable(path):
            return False
        return path.is_dir() or path.suffix.lower() in self._question.suffixes

    def _go(self, folder: Path) -> None:
        self._folder = folder
        self._list()

    def _click(self, path: Path) -> None:
        if path.is_dir():
            self._go(path)
        else:
            dpg.set_value("browser.path", str(path) if not self._question.save else path.name)

    def _confirm(self, *_: object) -> None:
        typed = str(dpg.get_value("browser.path")).strip()
        path = self._folder / texts.typed_path(typed)
        if self._question.of_folder and path.is_dir():
            self._choose(path)
            return
        if not typed or path.is_dir():
            if typed:
                self._go(path)
            return
        if self._question.save:
            path = with_suffix_of(self._question, path)
        if not self._question.save and not path.is_file():
            kind = "folder" if self._question.of_folder else "file"
            dpg.set_value("browser.note", f"There is no {kind} {path}.")
            return
        if self._question.of_folder:
            dpg.set_value("browser.note", f"{path.name} is no folder.")
            return
        if self._question.save and not path.parent.is_dir():
            dpg.set_value("browser.note", f"There is no folder {path.parent}.")
            return
        if self._question.save and path.exists() and path != self._warned:
            self._warned = path
            dpg.set_value("browser.note", f"{path.name} exists; press Save again to replace it.")
            return
        self._choose(path)

    def _choose(self, path: Path) -> None:
        self._chosen = path
        self._dialogs.close()
