"""Questions for a path: which file to open, which folder to use, where to save."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Final

from explorer.export.writers import FILE_SUFFIXES
from explorer.gui.context import Ui
from explorer.gui.dialogs.browser import Browser
from explorer.gui.dialogs.modal import Dialogs
from explorer.gui.preferences import Preferences
from explorer.gui.toolkit import native, texts
from explorer.gui.toolkit.background import Post, in_background
from explorer.gui.toolkit.native import Question
from explorer.settings import FileKind

RECIPE_SUFFIXES: Final = (
    *(".png", *FILE_SUFFIXES, ".json"),
    *(".jpg", ".jpeg", ".apng", ".mov", ".m4v", ".mkv", ".webm"),
)
LATENT_SUFFIXES: Final = (".npz", ".npy")
MODEL_SUFFIXES: Final = (".safetensors", ".pkl", ".pickle", ".pt", ".pth")


class Paths:
    """Asks for a path with the desktop's file dialog, or with our browser where there is none."""

    def __init__(self, ui: Ui, dialogs: Dialogs, preferences: Preferences, post: Post) -> None:
        self._ui = ui
        self._preferences = preferences
        self._post = post
        self._browser = Browser(ui, dialogs)
        self._is_asking = False  # while the desktop's dialog is open

    def ask_file(
        self, kind: FileKind, title: str, suffixes: tuple[str, ...], use: Callable[[Path], None]
    ) -> None:
        """Ask for a file to open, and remember its folder for files of its kind."""
        self._ask(
            Question(title, self._preferences.folder(kind), suffixes), self._noting(kind, use)
        )

    def ask_folder(
        self,
        kind: FileKind,
        title: str,
        use: Callable[[Path], None],
        cancel: Callable[[], None] | None = None,
    ) -> None:
        """Ask for a folder of some kind of files; `cancel` is called when the user chooses none."""
        self._ask(
            Question(title, self._preferences.folder(kind), ()), self._noting(kind, use), cancel
        )

    def ask_target(
        self,
        title: str,
        path: Path,
        suffixes: tuple[str, ...],
        use: Callable[[Path, bool], None],
        cancel: Callable[[], None] | None = None,
    ) -> None:
        """Ask where to save, proposing `path`.

        `use` gets the chosen path, completed by a suffix, and whether the user has agreed to
        replace a file there: the desktop's dialog asks only about the name that was typed.
        """
        question = Question(title, path.parent, suffixes, save=True, name=path.name)

        def complete(chosen: Path) -> None:
            target = native.with_suffix_of(question, chosen)
            use(target, target == chosen)

        self._ask(question, complete, cancel)

    def use(self, path: Path, use: Callable[[Path], None]) -> None:
        """Call `use` with a path from outside, unless no widget could show its name."""
        problem = texts.unshowable(path)
        if problem is None:
            use(path)
        else:
            self._ui.say(problem, warning=True)

    def new_path(self, kind: FileKind, ending: str) -> Path:
        """Return a path for a new file of some kind, named after the model and the time.

        Nothing has that name yet.
        """
        model_info = self._ui.session.model_info
        name = model_info.name if model_info else "stylegan"
        safe_name = "".join(c if c.isalnum() or c in "-_" else "-" for c in name)
        stamp = time.strftime("%Y%m%d-%H%M%S")
        folder, name = self._preferences.folder_to_write(kind), f"{safe_name}-{stamp}"
        names = (name, *(f"{name}-{number}" for number in range(2, 1000)))
        paths = (folder / f"{name}{ending}" for name in names)
        return next(path for path in paths if not path.exists())

    def _noting(self, kind: FileKind, use: Callable[[Path], None]) -> Callable[[Path], None]:
        """Return a function that remembers the folder of a path, then uses the path."""

        def note_and_use(path: Path) -> None:
            self._preferences.remember_folder(kind, path)
            use(path)

        return note_and_use

    def _ask(
        self,
        question: Question,
        use: Callable[[Path], None],
        cancel: Callable[[], None] | None = None,
    ) -> None:
        def answer(path: Path | None) -> None:
            if path is not None:
                self.use(path, use)
            elif cancel is not None:
                cancel()

        def take_answer(future: Future[Path | None]) -> None:
            self._is_asking = False
            answer(future.result())

        if self._is_asking:
            self._ui.say("A file dialog is already open.")
            return
        command = native.command(question)
        if command is None:
            self._browser.ask(question, answer)
            return
        if question.save:
            _make_folder(question.folder)  # or the desktop's dialog begins anywhere
        self._is_asking = True
        in_background(lambda: native.answer(*command), self._post, take_answer)


def _make_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):  # saving will say what is wrong
        folder.mkdir(parents=True, exist_ok=True)
