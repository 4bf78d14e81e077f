"""What happens when a file is opened or dropped, and which questions that raises."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from explorer.edit.model_info import ModelInfo
from explorer.export.model_files import ModelMissing, find_model
from explorer.export.recipe import Recipe, for_model, read_recipe, with_two_sources
from explorer.gui.context import Ui
from explorer.gui.dialogs.known_models import KnownModels
from explorer.gui.dialogs.modal import Dialogs
from explorer.gui.dialogs.paths import MODEL_SUFFIXES, RECIPE_SUFFIXES, Paths
from explorer.gui.toolkit import native
from explorer.gui.toolkit.commands import Command
from explorer.rendering.loaded_model import LoadedModel
from explorer.rendering.messages import ModelOpening, StoredVectorsRequest
from explorer.rendering.worker import Worker
from stylegan_core.errors import UserError

_CUDA: Final = (("cuda", "GPU (CUDA)"), ("cuda-half", "GPU (CUDA), half precision"))
_GPUS: Final = (("mps", "Apple GPU"),) if sys.platform == "darwin" else _CUDA
DEVICES: Final = (("auto", "The fastest here"), ("cpu", "Processor (CPU)"), *_GPUS)


class Opening:
    """Opens models, and files that carry a recipe. Belongs to the main thread."""

    def __init__(self, ui: Ui, dialogs: Dialogs, paths: Paths, worker: Worker[LoadedModel]) -> None:
        self._ui, self._dialogs, self._paths, self._worker = ui, dialogs, paths, worker
        self._known = KnownModels(ui, dialogs, paths, self.open_model)
        self._wanted: Path | None = None  # the newest model asked for
        self._pending: Recipe | None = None  # to restore once that model is there
        self._device_before: str | None = None  # to go back to when another one does not work
        ui.view.device = paths.settings.device

    def commands(self) -> tuple[Command, ...]:
        """What stands first in the File menu, and the Device menu."""
        devices = (
            Command(f"device.{name}", title, "Device", (), partial(self.use_device, name))
            for name, title in DEVICES
        )
        return (
            Command("file.open", "Open…", "File", ("Ctrl+O",), self.ask),
            *self._known.commands(),
            Command("file.stop", "Stop opening", "File", ("Ctrl+Shift+O",), self.stop),
            *devices,
        )

    def ask(self) -> None:
        """File > Open."""
        suffixes = (*MODEL_SUFFIXES, *RECIPE_SUFFIXES)
        question = native.Question("Open a model or a picture", self._paths.folder(), suffixes)
        self._paths.ask(question, self.open)

    def open(self, path: Path) -> None:
        """Opens a model or a file with a recipe, whatever it is."""
        if path.is_dir():
            self._dialogs.message(
                "This is a folder", f"{path.name} is a folder. Open a model or a picture instead."
            )
        elif path.suffix.lower() in RECIPE_SUFFIXES:
            self._open_recipe(path)
        else:
            self.open_model(path)

    def open_model(self, path: Path, recipe: Recipe | None = None) -> None:
        """Lets the worker open a model; `recipe` is restored once it is there."""
        self._wanted, self._pending = path, recipe
        run, is_snapshot = self._ui.view.run, self._is_snapshot(path)
        if run is not None:
            run.look_at(path)
        if not is_snapshot or self._ui.session.model_info is None:
            self._ui.view.loading = path.name
            self._ui.say("")
        self._worker.open(str(path))

    def is_to_restore(self, path: Path) -> bool:
        """Whether a recipe waits for this model."""
        return self._pending is not None and self._wanted == path

    def stop(self) -> None:
        """File > Stop opening: the model that is shown stays."""
        if not self._ui.view.loading:
            return
        self._worker.stop_opening()
        self._no_longer_wanted()
        self._ui.say("Opening was stopped.")

    def model_opening(self, progress: ModelOpening) -> None:
        """The worker tells how much of a model it has read."""
        if self._is_wanted(progress.path):
            percent = 100 * progress.done // max(1, progress.total)
            self._ui.view.loading = f"{Path(progress.path).name}, {percent} %"

    def use_device(self, name: str) -> None:
        """Keeps the device as a setting, and opens the model again on it."""
        self._ui.stale = True
        before = self._paths.settings.device
        if name == before:
            return
        self._set_device(name)
        if self._wanted is not None:
            self._device_before = self._device_before or before
            self.open_model(self._wanted, self._pending)

    def _set_device(self, name: str) -> None:
        self._paths.change_settings(device=name)
        self._ui.view.device = name

    def model_loaded(self, model_info: ModelInfo) -> None:
        """The worker has opened a model: the session is now about it."""
        view, session = self._ui.view, self._ui.session
        view.pictured = None  # the picture that is still shown is by the model before
        if self._is_snapshot(model_info.path):
            self._keep_edit(model_info)
        else:
            self._forget_moves()
            session.open_model(model_info)
            self._paths.remember_model(model_info.path, model_info.digest)
            self._ui.say(f"Opened {model_info.name}.")
        if session.stored:
            self._send_stored()
        if self._is_wanted(model_info.path):
            view.loading = ""
            view.heat = view.heat and model_info.takes_noise
            recipe, self._pending, self._device_before = self._pending, None, None
            if recipe is not None and self._restore(recipe):
                self._compare(recipe, model_info)

    def _keep_edit(self, model_info: ModelInfo) -> None:
        """The next snapshot of a run shows what the one before showed."""
        session = self._ui.session
        if not model_info.takes_edits_of(session.model_info):
            self._forget_moves()
        session.open_model(model_info, keep=True)

    def _forget_moves(self) -> None:
        self._ui.motion.clear()
        self._ui.player.leave()

    def _is_snapshot(self, path: str | Path) -> bool:
        """Whether a file is a snapshot of the run that is followed."""
        run = self._ui.view.run
        return run is not None and run.owns(path)

    def model_failed(self, path: str, message: str) -> None:
        """The worker could not open a model; the one before stays, and so does its device."""
        is_snapshot, failed = self._is_snapshot(path), (self._wanted, self._pending)
        if self._is_wanted(path):
            self._no_longer_wanted()
            if self._wanted is None and not is_snapshot:  # another device opens it again
                self._wanted, self._pending = failed
        self._ui.say(message, warning=True)
        if not is_snapshot:
            self._dialogs.message("This model cannot be opened", message)

    def _no_longer_wanted(self) -> None:
        """Back to the model that is shown, and to its device."""
        self._pending, self._ui.view.loading = None, ""
        if self._device_before is not None:
            self._set_device(self._device_before)
            self._device_before = None
        model_info = self._ui.session.model_info
        self._wanted = Path(model_info.path) if model_info is not None else None

    def _is_wanted(self, path: str) -> bool:
        """Whether the worker's answer is to the newest request, or to one before it."""
        return self._wanted is not None and str(self._wanted) == path

    def _open_recipe(self, path: Path) -> None:
        if self._wanted is None:
            self._ui.view.loading = ""
        try:
            recipe = read_recipe(path)
        except (UserError, OSError) as error:
            self._cannot_restore(error)
            return
        self._paths.remember_folder(path)
        model_info = self._ui.session.model_info
        if model_info is not None and recipe.model.digest in ("", model_info.digest):
            if self._restore(recipe):
                self._ui.say(f"Restored {path.name}.")
        else:
            self._ask_model(path.name, recipe, model_info)

    def _ask_model(self, name: str, recipe: Recipe, model_info: ModelInfo | None) -> None:
        """The recipe's model is missing or is not the one that is open: says which, and asks."""
        made_with = f"{name} was made with the model {recipe.model.known_as}."
        choices: list[tuple[str, Callable[[], object] | None]] = [("Cancel", None)]
        if model_info is not None:
            choices.append((f"Use {_short(model_info.name)}", lambda: self._restore(recipe)))
            made_with += f" The model that is open is '{model_info.name}', so faces will differ."
        try:
            found = find_model(recipe.model, self._paths.models_seen())
        except ModelMissing:
            made_with += (
                "\n\nThat model is not among the files known here. You can look for its file."
            )
            choices.append(("Find the model…", lambda: self._find_model(recipe)))
            self._dialogs.message("The model is missing", made_with, choices)
            return
        if model_info is None:
            self.open_model(found, recipe)
            return
        choices.append(
            (f"Open {_short(recipe.model.name)}", lambda: self.open_model(found, recipe))
        )
        self._dialogs.message("Made with another model", made_with, choices)

    def _find_model(self, recipe: Recipe) -> None:
        question = native.Question(
            "The model of this picture", self._paths.folder(), MODEL_SUFFIXES
        )
        self._paths.ask(question, lambda path: self.open_model(path, recipe))

    def _restore(self, recipe: Recipe) -> bool:
        """Takes over a recipe for the model that is open; False, and a word, where it cannot be."""
        session = self._ui.session
        assert session.model_info is not None
        try:
            fitted = with_two_sources(for_model(recipe, session.model_info))
        except UserError as error:
            self._cannot_restore(error)
            return False
        session.restore(fitted.edit, fitted.timeline, fitted.stored)
        self._send_stored()
        self._forget_moves()
        self._ui.view.keyframe = None
        self._ui.stale = True
        return True

    def _compare(self, recipe: Recipe, model_info: ModelInfo) -> None:
        """Says so where a model is not the recipe's own: its file was written again, or another
        one was chosen.
        """
        if recipe.model.digest not in ("", model_info.digest):
            self._ui.say(
                f"Restored, but with another model than it was made with, {recipe.model.known_as}: "
                f"with {model_info.name} faces differ.",
                warning=True,
            )

    def _cannot_restore(self, error: Exception) -> None:
        self._ui.say(str(error), warning=True)
        self._dialogs.message("Nothing to restore", str(error))

    def _send_stored(self) -> None:
        self._worker.request(StoredVectorsRequest(dict(self._ui.session.stored)))


def _short(name: str) -> str:
    """A model's name for a button."""
    return name if len(name) <= 14 else f"{name[:13]}…"
