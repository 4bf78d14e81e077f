"""The first commands of the File menu: open anything, told by what it is."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from explorer.gui.context import Ui
from explorer.gui.controllers.latents import LatentController
from explorer.gui.controllers.models import ModelsController
from explorer.gui.controllers.recipes import RecipeController
from explorer.gui.controllers.runs import FollowedRunController
from explorer.gui.controllers.sessions import SessionsController
from explorer.gui.controllers.training import TrainingController
from explorer.gui.dialogs.known_files import KnownFiles
from explorer.gui.dialogs.modal import Dialogs
from explorer.gui.dialogs.paths import LATENT_SUFFIXES, MODEL_SUFFIXES, RECIPE_SUFFIXES, Paths
from explorer.gui.preferences import Preferences
from explorer.gui.toolkit.commands import Command, section
from explorer.runs.watch import is_run
from explorer.sessions.saved import SUFFIX, is_session
from stylegan_core.data.folders import holds_pictures

_SUFFIXES = (*MODEL_SUFFIXES, *RECIPE_SUFFIXES, *LATENT_SUFFIXES, SUFFIX)


class Openers(NamedTuple):
    """The controllers that open files and folders, one for each kind."""

    models: ModelsController
    recipes: RecipeController
    latents: LatentController
    sessions: SessionsController
    runs: FollowedRunController
    training: TrainingController


class FilesController:
    """Hands a path to the controller that opens its kind."""

    def __init__(
        self, ui: Ui, dialogs: Dialogs, paths: Paths, preferences: Preferences, openers: Openers
    ) -> None:
        self._paths = paths
        self._openers = openers
        self._lists = KnownFiles(ui, dialogs, preferences, self.open)

    def commands(self) -> tuple[Command, ...]:
        """Return the commands that open."""
        return section(
            "File",
            ("file.open", "Open…", "Ctrl+O", self._ask),
            ("file.recent", "Open recent…", "Ctrl+Shift+R", self._lists.show_recent),
            ("file.bundled", "Bundled models…", "Ctrl+B", self._lists.show_bundled),
            ("file.stop", "Stop opening", "Ctrl+Shift+O", self._openers.models.stop),
        )

    def open(self, path: Path) -> None:
        """Open a model, a recipe, a latent, a session or a run, or train with pictures."""
        openers = self._openers
        if os.path.isdir(path):
            self._open_folder(path)
        elif is_session(path):
            openers.sessions.open(path)
        elif path.suffix.lower() in RECIPE_SUFFIXES:
            openers.recipes.open(path)
        elif not openers.latents.open(path):
            openers.models.open(path)

    def open_dropped(self, paths: list[str]) -> None:
        """Open the first of the paths that were dropped on the window."""
        if paths:
            self._paths.use(Path(paths[0]), self.open)

    def _open_folder(self, path: Path) -> None:
        """Follow the run in a folder, or train with its pictures."""
        if not is_run(path) and holds_pictures(path):
            self._openers.training.ask(path)
        else:
            self._openers.runs.open(path)

    def _ask(self) -> None:
        self._paths.ask_file("models", "Open a model or a picture", _SUFFIXES, self.open)
