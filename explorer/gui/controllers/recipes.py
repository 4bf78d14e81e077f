"""Restoring a saved picture or timeline, with the model that it was made with."""

from __future__ import annotations

from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import Final

from explorer.edit.model_info import ModelInfo
from explorer.export.model_files import ModelMissing, find_model
from explorer.export.recipe import Recipe, for_model, with_two_sources
from explorer.export.recipe_json import read_recipe
from explorer.gui.context import Ui
from explorer.gui.controllers.models import ModelsController
from explorer.gui.dialogs.modal import Choice, Dialogs
from explorer.gui.dialogs.paths import MODEL_SUFFIXES, Paths
from explorer.gui.preferences import Preferences
from explorer.gui.toolkit.background import Post, in_background
from stylegan_core.errors import UserError

_REFUSED: Final = "This cannot be restored"
_LONGEST_NAME: Final = 14
"""Characters of a model's name that fit on a button."""


class RecipeController:
    """Restores a recipe for the open model, or opens the recipe's own model first."""

    def __init__(
        self,
        ui: Ui,
        dialogs: Dialogs,
        paths: Paths,
        preferences: Preferences,
        models: ModelsController,
        post: Post,
    ) -> None:
        self._ui = ui
        self._dialogs = dialogs
        self._paths = paths
        self._preferences = preferences
        self._models = models
        self._post = post
        self._wanted: Path | None = None  # the file that was asked for last

    def open(self, path: Path) -> None:
        """Restore the recipe in a file, or ask which model to use, once the file is read."""
        self._models.show_no_file()
        self._wanted = path
        asked = self._models.asked

        def opened(read: Future[Recipe]) -> None:
            if path == self._wanted and asked == self._models.asked:  # nothing else was opened
                self._wanted = None
                self._opened(path, read)

        in_background(lambda: read_recipe(path), self._post, opened)

    def open_with(self, model: Path, recipe: Recipe) -> None:
        """Open a model, then restore a recipe for it."""
        self._models.open(model, partial(self._model_opened, recipe))

    def _opened(self, path: Path, read: Future[Recipe]) -> None:
        try:
            recipe = read.result()
        except (UserError, OSError) as error:
            self._dialogs.refuse(_REFUSED, str(error))
            return
        self._preferences.remember_opened(path)
        model_info = self._ui.session.model_info
        if model_info is None or not _is_made_with(recipe, model_info):
            self._ask_model(path.name, recipe, model_info)
        elif self._restore(recipe):
            self._ui.say(f"Restored {path.name}.")

    def _model_opened(self, recipe: Recipe, model_info: ModelInfo) -> None:
        """Restore a recipe for the model that was opened for it; warn if it is not the same."""
        if self._restore(recipe) and not _is_made_with(recipe, model_info):
            self._ui.say(
                f"Restored with {model_info.name}, which is another model than it was made with, "
                f"{recipe.model.known_as}: the faces differ.",
                warning=True,
            )

    def _restore(self, recipe: Recipe) -> bool:
        """Take over a recipe for the open model; return False, with a message, if it cannot be."""
        session = self._ui.session
        assert session.model_info is not None
        try:
            fitted = with_two_sources(for_model(recipe, session.model_info))
        except UserError as error:
            self._dialogs.refuse(_REFUSED, str(error))
            return False
        session.restore(fitted.edit, fitted.timeline, fitted.stored)
        self._models.send_stored_vectors()
        self._ui.motion.clear()
        self._ui.player.leave_timeline()
        self._ui.view.keyframe = None
        self._ui.view.edited_keyframe = None
        self._ui.stale = True
        return True

    def _ask_model(self, name: str, recipe: Recipe, model_info: ModelInfo | None) -> None:
        """Say which model the recipe was made with, and ask which one to use."""
        text = f"{name} was made with the model {recipe.model.known_as}."
        choices: list[Choice] = [("Cancel", None)]
        if model_info is not None:
            text += f" With the open model, '{model_info.name}', the faces will differ."
            choices.append((f"Use {_shortened(model_info.name)}", lambda: self._restore(recipe)))
        try:
            model_path = find_model(recipe.model, self._known_models())
        except ModelMissing:
            text += "\n\nThat model is not among the known files. You can look for its file."
            choices.append(("Find the model…", lambda: self._find_model(recipe)))
            self._dialogs.message("The model is missing", text, choices)
            return
        if model_info is None:
            self.open_with(model_path, recipe)
            return
        label = f"Open {_shortened(recipe.model.name)}"
        choices.append((label, lambda: self.open_with(model_path, recipe)))
        self._dialogs.message("Made with another model", text, choices)

    def _known_models(self) -> dict[str, str]:
        """Return the paths of models that were opened or belong to the followed run.

        The values are content hashes; that of a snapshot is "", because its card holds it.
        """
        run = self._ui.view.run
        snapshots = reversed(run.state.snapshots) if run is not None else ()
        recent = self._preferences.settings.models_seen
        return recent | {str(snapshot.path): "" for snapshot in snapshots}

    def _find_model(self, recipe: Recipe) -> None:
        self._paths.ask_file(
            "models",
            "The model of this picture",
            MODEL_SUFFIXES,
            lambda path: self.open_with(path, recipe),
        )


def _is_made_with(recipe: Recipe, model_info: ModelInfo) -> bool:
    """Tell whether a recipe was made with a model, or does not say with which."""
    return recipe.model.digest in ("", model_info.digest)


def _shortened(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
