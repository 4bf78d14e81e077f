"""Asking for a path, and remembering the last ones: what opening and saving have in common."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from explorer import settings as user_settings
from explorer.gui.context import Ui
from explorer.gui.dialogs.browser import Browser
from explorer.gui.dialogs.modal import Dialogs
from explorer.gui.toolkit import native, texts
from explorer.gui.toolkit.background import in_background

RECIPE_SUFFIXES: Final = (".png", ".mp4", ".gif", ".webp", ".json")
MODEL_SUFFIXES: Final = (".safetensors", ".pkl", ".pickle", ".pt", ".pth")


class Paths:
    """The user's settings and file dialogs; `later` brings an answer to the main thread."""

    def __init__(
        self, ui: Ui, dialogs: Dialogs, later: Callable[[Callable[[], None]], None]
    ) -> None:
        self._ui, self.later = ui, later
        self._asking = False  # the desktop's dialog is open
        self._browser = Browser(ui, dialogs)
        self.settings = user_settings.load_settings()

    def ask(
        self,
        question: native.Question,
        use: Callable[[Path], None],
        leave: Callable[[], None] | None = None,
    ) -> None:
        """Asks for a path by the desktop's dialog, or by our own where there is none."""

        def answer(path: Path | None) -> None:
            if path is not None:
                self.use(path, use)
            elif leave is not None:
                leave()

        def answered(future: Future[Path | None]) -> None:
            self._asking = False
            answer(future.result())

        if self._asking:
            self._ui.say("A file dialog is open already.")
            return
        dialog = native.command(question)
        if dialog is None:
            self._browser.ask(question, answer)
            return
        self._asking = True
        in_background(lambda: native.answer(*dialog), self.later, answered)

    def use(self, path: Path, use: Callable[[Path], None]) -> None:
        """Does something with a path from outside, unless its name could not even be shown."""
        problem = texts.unshowable(path)
        if problem is None:
            use(path)
        else:
            self._ui.say(problem, warning=True)

    def folder(self) -> Path:
        """Where the last file lay, else the user's home, or above it where no name can be shown."""
        last, home = self.settings.last_folder, Path.home()
        known = (*([Path(last)] if last else []), home, *home.parents)
        return next(p for p in known if p.is_dir() and texts.unshowable(p) is None)

    def remember_model(self, path: str | Path, digest: str) -> None:
        """Puts a model at the front of those by which recipes find their own."""
        resolved = str(Path(path).resolve())
        self.settings = user_settings.with_recent(self.settings, resolved, digest)
        user_settings.save_settings(self.settings)

    def remember_folder(self, path: str | Path) -> None:
        """The next dialog begins where this file lies."""
        self.settings = user_settings.with_folder(self.settings, str(Path(path).resolve()))
        user_settings.save_settings(self.settings)

    def change_settings(self, **fields: Any) -> None:
        """Changes and keeps settings."""
        self.settings = replace(self.settings, **fields)
        user_settings.save_settings(self.settings)

    def models_seen(self) -> dict[str, str]:
        """Models that were opened, the last one first, and the content hash that each had; then
        the snapshots of the run that is followed, whose cards say it.
        """
        run = self._ui.view.run
        snapshots = reversed(run.state.snapshots) if run is not None else ()
        return self.settings.models_seen | {str(snapshot.path): "" for snapshot in snapshots}
