"""Restoring a saved picture or timeline, with the model that it was made with."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

from explorer.edit.model_info import ModelInfo
from explorer.export.model_files import ModelMissing, find_model
from explorer.export.recipe import Recipe, for_model, with_two_sources
from explorer.export.recipe_json import read_recipe
from explorer.gui.context import Ui
from explorer.gui.dialogs.modal import Choice, Dialogs
from explorer.gui.dialogs.paths import MODEL_SUFFIXES, Paths
from explorer.gui.preferences import Preferences
from explorer.gui.toolkit.background import Post, in_background
from explorer.rendering.loaded_model import LoadedModel
from explorer.rendering.messages import StoredVectorsRequest
from explorer.rendering.worker import Worker
from stylegan_core.errors import UserError

_LONGEST_NAME = 14
"""Characters of a model's name that fit on a button."""


class RecipeController:
    """Restores a recipe for the open model; `open_model` opens the recipe's own model first."""

    def __init__(
        self,
        ui: Ui,
        dialogs: Dialogs,
        paths: Paths,
        preferences: Preferences,
        worker: Worker[LoadedModel],
        open_model: Callable[[Path, Recipe], None],
        post: Post,
    ) -> None:
        self._ui = ui
        self._dialogs = dialogs
        self._paths = paths
        self._preferences = preferences
        self._worker = worker
        self._open_model = open_model
        self._post = post
        self._wanted: Path | None = None  # the file that was asked for last

    def open(self, path: Path) -> None:
        """Restore the recipe in a file, or ask which model to use, once the file is read."""
        self._wanted = path
        in_background(lambda: read_recipe(path), self._post, lambda read: self._opened(path, read))

    def forget(self) -> None:
        """Leave a file aside that is still being read."""
        self._wanted = None

    def _opened(self, path: Path, read: Future[Recipe]) -> None:
        if path != self._wanted:
            return
        self._wanted = None
        try:
            recipe = read.result()
        except (UserError, OSError) as error:
            self._refuse(error)
            return
        self._preferences.remember_opened(path)
        model_info = self._ui.session.model_info
        if model_info is None or not _is_made_with(recipe, model_info):
            self._ask_model(path.name, recipe, model_info)
        elif self._restore(recipe):
            self._ui.say(f"Restored {path.name}.")

    def model_opened(self, recipe: Recipe, model_info: ModelInfo) -> None:
        """Restore a recipe for the model that was opened for it; warn if it is not the same."""
        if self._restore(recipe) and not _is_made_with(recipe, model_info):
            self._ui.say(
                f"Restored with {model_info.name}, which is another model than it was made with, "
                f"{recipe.model.known_as}: the faces differ.",
                warning=True,
            )

    def send_stored_vectors(self) -> None:
        """Hand the stored vectors of the session to the model."""
        self._worker.request(StoredVectorsRequest(dict(self._ui.session.stored)))

    def _restore(self, recipe: Recipe) -> bool:
        """Take over a recipe for the open model; return False, with a message, if it cannot be."""
        session = self._ui.session
        assert session.model_info is not None
        try:
            fitted = with_two_sources(for_model(recipe, session.model_info))
        except UserError as error:
            self._refuse(error)
            return False
        session.restore(fitted.edit, fitted.timeline, fitted.stored)
        self.send_stored_vectors()
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
            self._open_model(model_path, recipe)
            return
        label = f"Open {_shortened(recipe.model.name)}"
        choices.append((label, lambda: self._open_model(model_path, recipe)))
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
            lambda path: self._open_model(path, recipe),
        )

    def _refuse(self, error: Exception) -> None:
        self._ui.say(str(error), warning=True)
        self._dialogs.message("This cannot be restored", str(error))


def _is_made_with(recipe: Recipe, model_info: ModelInfo) -> bool:
    """Tell whether a recipe was made with a model, or does not say with which."""
    return recipe.model.digest in ("", model_info.digest)


def _shortened(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
