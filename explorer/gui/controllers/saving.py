"""Saving the current picture as a PNG, or the recipe of a picture or timeline."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from explorer.export.export import picture_steps, save_png
from explorer.export.recipe import recipe_of
from explorer.export.recipe_json import write_recipe
from explorer.export.scaling import resized
from explorer.gui.canvas import Canvas
from explorer.gui.context import Ui
from explorer.gui.controllers.export_job import ExportJob
from explorer.gui.dialogs.paths import Paths
from explorer.gui.preferences import Preferences
from explorer.gui.toolkit.commands import Command, section
from stylegan_core.write_errors import WriteError

LARGE_SIZE: Final = 1024


class SavingController:
    """Saves what is shown when the command is given, even if it changes while a dialog asks."""

    def __init__(
        self, ui: Ui, paths: Paths, preferences: Preferences, canvas: Canvas, export_job: ExportJob
    ) -> None:
        self._ui = ui
        self._paths = paths
        self._preferences = preferences
        self._canvas = canvas
        self._export_job = export_job

    def commands(self) -> tuple[Command, ...]:
        """Return the commands of the File menu that save."""
        save_large = partial(self._save_picture, "-large.png", LARGE_SIZE)
        return section(
            "File",
            ("file.save_png", "Save picture…", "Ctrl+S", partial(self._save_picture, ".png")),
            ("file.save_large", "Save enlarged picture…", "Ctrl+Shift+S", save_large),
            ("file.save_recipe", "Save recipe…", "Ctrl+R", self._save_recipe),
        )

    def _save_picture(self, ending: str, size: int | None = None) -> None:
        """Save the picture on the canvas, enlarged to `size` pixels if given.

        If the canvas shows only a draft, as while noise flows on a slow machine, the worker renders
        the full picture.
        """
        if self._ui.session.model_info is None or self._ui.view.heat:
            self._ui.say("There is no picture to save: open a model, or leave the heat map.")
        elif self._ui.view.pictured is not None:
            self._save_shown(ending, size)
        elif self._export_job.may_start():
            self._save_rendered(ending, size)

    def _save_shown(self, ending: str, size: int | None) -> None:
        session, edit, picture = self._ui.session, self._ui.view.pictured, self._canvas.picture
        assert session.model_info is not None
        assert edit is not None
        assert picture is not None
        recipe = recipe_of(edit, session.model_info, session.stored)
        kept = picture if size is None else resized(picture, size)
        self._ask_picture(
            ending, lambda path: self._write(path, lambda target: save_png(kept, target, recipe))
        )

    def _save_rendered(self, ending: str, size: int | None) -> None:
        edit, stored = self._ui.shown(time.monotonic()), dict(self._ui.session.stored)

        def start(path: Path) -> None:
            self._export_job.start(
                "pictures",
                path,
                lambda model: picture_steps(model.renderer, edit, path, size, stored),
            )

        self._ask_picture(ending, start)

    def _save_recipe(self) -> None:
        """Save the timeline if there is one, else the picture."""
        session = self._ui.session
        if session.model_info is None:
            self._ui.say("There is no recipe to save: open a model first.")
            return
        timeline = session.timeline
        content = timeline if timeline.keyframes else self._ui.shown(time.monotonic())
        recipe = recipe_of(content, session.model_info, session.stored)
        self._ask(
            "Save the recipe",
            ".json",
            ".json",
            lambda path: self._write(path, lambda target: write_recipe(target, recipe)),
        )

    def _ask_picture(self, ending: str, use: Callable[[Path], None]) -> None:
        self._ask("Save the picture", ending, ".png", use)

    def _ask(self, title: str, ending: str, suffix: str, use: Callable[[Path], None]) -> None:
        def save(path: Path, may_replace: bool) -> None:
            if may_replace or not os.path.lexists(path):
                use(path)
            else:
                self._ui.say(f"{path} already exists. Choose another name.", warning=True)

        self._paths.ask_target(title, self._paths.new_path("pictures", ending), (suffix,), save)

    def _write(self, path: Path, write: Callable[[Path], None]) -> None:
        try:
            write(path)
        except WriteError as error:
            self._preferences.avoid_folder(path.parent)
            self._ui.say(str(error), warning=True)
            return
        self._preferences.remember_folder("pictures", path)
        self._preferences.remember_opened(path)
        self._ui.say(f"Saved {path}.")
