"""A plain file browser inside the window, for systems without a file dialog of their own."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

import dearpygui.dearpygui as dpg

from explorer.gui import widgets
from explorer.gui.context import Ui
from explorer.gui.dialogs.modal import Dialogs, inner_width
from explorer.gui.toolkit import texts
from explorer.gui.toolkit.icons import label
from explorer.gui.toolkit.letters import shown_name
from explorer.gui.toolkit.native import Question, with_suffix_of
from explorer.gui.toolkit.scale import px

_WIDTH: Final = 620
_MAX_ENTRIES: Final = 2000


class Browser:
    """Answers one question at a time: the user clicks through folders or types a path."""

    def __init__(self, ui: Ui, dialogs: Dialogs) -> None:
        self._ui = ui
        self._dialogs = dialogs
        self._folder = Path.home()
        self._warned_about: Path | None = None  # an existing file: Save again replaces it
        self._chosen: Path | None = None

    def ask(self, question: Question, answer: Callable[[Path | None], None]) -> None:
        """Open the browser; `answer` gets the path, or None when the user cancels."""
        self._question = question
        self._warned_about = None
        self._chosen = None
        is_usable = os.path.isdir(question.folder) or self._will_be_made(question.folder)
        self._folder = question.folder if is_usable else Path.home()
        self._dialogs.open(question.title, self._draw, _WIDTH, lambda: answer(self._chosen))

    def _draw(self) -> None:
        room = inner_width(_WIDTH)
        with dpg.group(horizontal=True, horizontal_spacing=px(6)):
            widgets.icon_button(
                self._ui, "up", "Go to the folder above.", lambda: self._go(self._folder.parent)
            )
            dpg.add_text("", tag="browser.folder")
        with dpg.child_window(
            height=px(300),
            width=px(room),
            always_use_window_padding=True,
            tag="browser.entries",
        ) as entries:
            dpg.bind_item_theme(entries, self._ui.theme.well)
        widgets.gap(4)
        dpg.add_input_text(
            tag="browser.path",
            width=px(room),
            hint="or type a path",
            default_value=self._question.name,
            on_enter=True,
            callback=self._confirm,
        )
        widgets.note(self._ui, "", tag="browser.note")
        self._dialogs.buttons(
            (("Cancel", None),), room, (self._verb(), "browser.confirm", self._confirm)
        )
        dpg.focus_item("browser.path")
        self._list()

    def _verb(self) -> str:
        if self._question.is_for_folder:
            return "Choose"
        return "Save" if self._question.save else "Open"

    def _list(self) -> None:
        """Show the entries of the folder, folders first."""
        dpg.delete_item("browser.entries", children_only=True)
        dpg.set_value("browser.folder", str(self._folder))
        dpg.set_value("browser.note", "")
        if self._will_be_made(self._folder):
            dpg.set_value("browser.note", "This folder is made when you save.")
            return
        try:
            entries = sorted(
                self._folder.iterdir(), key=lambda p: (not os.path.isdir(p), p.name.lower())
            )
        except OSError as error:
            dpg.set_value("browser.note", f"This folder cannot be read: {error.strerror}.")
            return
        for path in filter(self._is_listed, entries[:_MAX_ENTRIES]):
            dpg.add_selectable(
                label=label("folder" if os.path.isdir(path) else "file", shown_name(path.name)),
                parent="browser.entries",
                callback=lambda _sender, _value, clicked: self._click(clicked),
                user_data=path,
            )

    def _is_listed(self, path: Path) -> bool:
        if path.name.startswith(".") or texts.unshowable(path):
            return False
        return os.path.isdir(path) or path.suffix.lower() in self._question.suffixes

    def _go(self, folder: Path) -> None:
        self._folder = folder
        self._list()

    def _click(self, path: Path) -> None:
        if os.path.isdir(path):
            self._go(path)
        else:
            dpg.set_value("browser.path", path.name if self._question.save else str(path))

    def _confirm(self, *_: object) -> None:
        """Take the typed path, go to a typed folder, or say what is wrong with it."""
        typed = str(dpg.get_value("browser.path")).strip()
        path = self._folder / texts.typed_path(typed)
        if os.path.isdir(path):
            if self._question.is_for_folder:
                self._choose(path)
            elif typed:
                self._go(path)
            return
        if self._question.save:
            path = with_suffix_of(self._question, path)
        problem = self._problem(path)
        if problem is None:
            self._choose(path)
        else:
            dpg.set_value("browser.note", problem)

    def _problem(self, path: Path) -> str | None:
        """Return why a path that is not a folder cannot be taken, or None if it can."""
        if self._question.is_for_folder:
            return (
                f"{path.name} is not a folder."
                if os.path.isfile(path)
                else _missing("folder", path)
            )
        if not self._question.save:
            return None if os.path.isfile(path) else _missing("file", path)
        if not os.path.isdir(path.parent) and not self._will_be_made(path.parent):
            return _missing("folder", path.parent)
        if os.path.lexists(path) and path != self._warned_about:
            self._warned_about = path
            return f"{path.name} exists. Press Save again to replace it."
        return None

    def _will_be_made(self, folder: Path) -> bool:
        """Tell whether a folder is the proposed one to save in, and does not exist yet."""
        question = self._question
        return question.save and folder == question.folder and not os.path.lexists(folder)

    def _choose(self, path: Path) -> None:
        self._chosen = path
        self._dialogs.close()


def _missing(kind: str, path: Path) -> str:
    return f"There is no {kind} {path}."
