"""Opening models and recipes, and choosing the device on which a model runs."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from explorer.edit.example import example
from explorer.edit.model_info import ModelInfo
from explorer.edit.session import Session
from explorer.export.recipe import Recipe
from explorer.gui.context import Ui
from explorer.gui.controllers.latents import LatentController
from explorer.gui.controllers.recipes import RecipeController
from explorer.gui.dialogs.known_files import KnownFiles
from explorer.gui.dialogs.modal import Dialogs
from explorer.gui.dialogs.paths import LATENT_SUFFIXES, MODEL_SUFFIXES, RECIPE_SUFFIXES, Paths
from explorer.gui.preferences import Preferences
from explorer.gui.toolkit.background import Post
from explorer.gui.toolkit.commands import Command, section
from explorer.rendering.loaded_model import LoadedModel
from explorer.rendering.messages import ModelOpening
from explorer.rendering.worker import Worker
from explorer.sessions.saved import SUFFIX, is_session

_CUDA: Final = (("cuda", "GPU (CUDA)"), ("cuda-half", "GPU (CUDA), half precision"))
_GPUS: Final = (("mps", "Apple GPU"),) if sys.platform == "darwin" else _CUDA
DEVICES: Final = (("auto", "Fastest available"), ("cpu", "Processor (CPU)"), *_GPUS)


class OpeningController:
    """Lets the worker open models, and takes them over when they are ready."""

    def __init__(
        self,
        ui: Ui,
        dialogs: Dialogs,
        paths: Paths,
        preferences: Preferences,
        worker: Worker[LoadedModel],
        open_any: Callable[[Path], None],
        post: Post,
    ) -> None:
        self._ui = ui
        self._dialogs = dialogs
        self._paths = paths
        self._preferences = preferences
        self._worker = worker
        self._open_any = open_any
        self._recipes = RecipeController(
            ui, dialogs, paths, preferences, worker, lambda *asked: self.open_model(*asked), post
        )
        self._latents = LatentController(
            ui, dialogs, preferences, self._recipes.send_stored_vectors, self.open_model
        )
        self._known_files = KnownFiles(ui, dialogs, preferences, open_any)
        self._wanted: Path | None = None  # the model that was asked for last
        self._pending: Recipe | None = None  # to be restored once that model is open
        self._previous_device: str | None = None  # to go back to if the chosen one fails
        self._shows_example = False  # with the next model, if there is no work yet
        self._note = ""  # for the message on the next model that opens
        self._failed_device = ""  # the one whose failure was told last
        ui.view.device = preferences.settings.device

    def commands(self) -> tuple[Command, ...]:
        """Return the first commands of the File menu, and the Device menu."""
        known, devices = self._known_files, DEVICES
        return (
            *section(
                "File",
                ("file.open", "Open…", "Ctrl+O", self._ask),
                ("file.recent", "Open recent…", "Ctrl+Shift+R", known.show_recent),
                ("file.bundled", "Bundled models…", "Ctrl+B", known.show_bundled),
                ("file.stop", "Stop opening", "Ctrl+Shift+O", self._stop),
            ),
            *section(
                "Device",
                *((f"device.{d}", title, "", partial(self.use_device, d)) for d, title in devices),
            ),
        )

    def open(self, path: Path) -> None:
        """Open a model, a file with a recipe, a latent, or a session."""
        if os.path.isdir(path):
            self._dialogs.message(
                "This is a folder", f"{path.name} is a folder. Open a model or a picture instead."
            )
        elif is_session(path):
            self._open_any(path)
        elif path.suffix.lower() in RECIPE_SUFFIXES:
            if self._wanted is None:
                self._ui.view.loading = ""
            self._recipes.open(path)
        elif not self._latents.open(path, is_opening=bool(self._wanted and self._ui.view.loading)):
            self.open_model(path)

    def open_example(self, path: Path) -> None:
        """Open a model on a pair of faces that shows what the program is for."""
        self._shows_example = True
        self.open_model(path)

    def open_model(self, path: Path, recipe: Recipe | None = None) -> None:
        """Let the worker open a model; a recipe is restored once it is ready."""
        self._recipes.forget()
        self._wanted = path
        self._pending = recipe
        run = self._ui.view.run
        if run is not None:
            run.note_opening(path)
        if not self._is_snapshot(path) or self._ui.session.model_info is None:
            self._ui.view.loading = path.name
            self._ui.say("")
        self._worker.open(str(path))

    def send_stored_vectors(self) -> None:
        """Hand the stored vectors of the session to the open model."""
        self._recipes.send_stored_vectors()

    def is_opening_for_recipe(self, path: Path) -> bool:
        """Tell whether this model is being opened for a recipe."""
        return self._pending is not None and self._wanted == path

    def use_device(self, name: str) -> None:
        """Save the device in the settings, and open the model on it."""
        self._ui.stale = True
        previous = self._ui.view.device
        self._set_device(name)
        if name != previous and self._wanted is not None:
            self._previous_device = self._previous_device or previous
            self.open_model(self._wanted, self._pending)

    def devices_found(self, absent: Mapping[str, str]) -> None:
        """Note which devices are not here. One of the settings gives way to the fastest that is."""
        view = self._ui.view
        view.absent_devices = absent
        if view.device in absent:
            self._note = f"{_title(view.device)} is not available ({absent[view.device]})."
            self._ui.warn(f"{self._note} The fastest available device is used.")
            view.device = "auto"
        self._ui.stale = True

    def device_failed(self, message: str) -> None:
        """Say that the device of the open model has failed, once, and offer the processor."""
        device = self._ui.view.device
        if device not in ("cpu", self._failed_device):
            self._failed_device = device
            self._offer_processor(device, message, lambda: self.use_device("cpu"))

    def model_opening(self, progress: ModelOpening) -> None:
        """Show how much of the model has been read."""
        if self._is_wanted(progress.path):
            percent = 100 * progress.done // max(1, progress.total)
            self._ui.view.loading = f"{Path(progress.path).name}, {percent} %"
            self._ui.stale = True

    def model_loaded(self, model_info: ModelInfo) -> None:
        """Take over a model that the worker has opened."""
        view, session = self._ui.view, self._ui.session
        view.pictured = None  # the picture still shown is the previous model's
        recipe = self._pending if self._is_wanted(model_info.path) else None
        if self._is_snapshot(model_info.path):
            self._take_snapshot(model_info)
        else:
            self._stop_motion()
            has_work = not session.is_new
            session.open_model(model_info)
            self._show_example(model_info, has_work or recipe is not None)
            self._preferences.remember_model(model_info.path, model_info.digest)
            self._preferences.remember_opened(model_info.path)
            opened = _opened(session, model_info, has_work and recipe is None)
            self._ui.say(f"{opened} {self._note}".strip())
            self._note = ""
        if session.stored:
            self._recipes.send_stored_vectors()
        if self._is_wanted(model_info.path):
            view.loading = ""
            view.heat = view.heat and model_info.takes_noise
            self._pending = None
            self._previous_device = None
            if recipe is not None:
                self._recipes.model_opened(recipe, model_info)
            self._latents.model_opened()

    def _show_example(self, model_info: ModelInfo, has_work: bool) -> None:
        if self._shows_example and not has_work:
            self._ui.session.show_first(example(model_info))
            self._ui.view.hint_until = self._ui.session.version
        self._shows_example = False

    def model_failed(self, path: str, message: str, is_of_device: bool = False) -> None:
        """Stay with the previous model and its device, and say why."""
        is_snapshot, failed = self._is_snapshot(path), (self._wanted, self._pending)
        device = self._ui.view.device
        if self._is_wanted(path):
            self._return_to_open_model()
            if self._wanted is None and not is_snapshot:  # another device can still open it
                self._wanted, self._pending = failed
        self._ui.say(message, warning=True)
        if is_of_device and device != "cpu":
            if not is_snapshot or device != self._failed_device:  # a run has hundreds of them
                self._failed_device = device
                self._offer_processor(device, message, lambda: self._open_on_processor(*failed))
        elif not is_snapshot:
            self._dialogs.message("This model cannot be opened", message)

    def _offer_processor(self, device: str, message: str, accept: Callable[[], None]) -> None:
        self._dialogs.message(
            "The device failed",
            f"Pictures could not be made on this device: {_title(device)}.\n\n{message}",
            (("Close", None), ("Use the processor", accept)),
        )

    def _open_on_processor(self, path: Path | None, recipe: Recipe | None) -> None:
        self._set_device("cpu")
        if path is not None:
            self.open_model(path, recipe)

    def _ask(self) -> None:
        suffixes = (*MODEL_SUFFIXES, *RECIPE_SUFFIXES, *LATENT_SUFFIXES, SUFFIX)
        self._paths.ask_file("models", "Open a model or a picture", suffixes, self.open)

    def _stop(self) -> None:
        if not self._ui.view.loading:
            return
        self._worker.stop_opening()
        self._return_to_open_model()
        self._ui.say("Opening was stopped.")

    def _return_to_open_model(self) -> None:
        """Go back to the model that is shown, and to its device."""
        self._pending = None
        self._latents.stop_waiting()
        self._ui.view.loading = ""
        if self._previous_device is not None:
            self._set_device(self._previous_device)
            self._previous_device = None
        model_info = self._ui.session.model_info
        self._wanted = Path(model_info.path) if model_info is not None else None

    def _set_device(self, name: str) -> None:
        self._preferences.change(device=name)
        self._ui.view.device = name
        self._failed_device = ""

    def _take_snapshot(self, model_info: ModelInfo) -> None:
        """Show the same edit with another snapshot of the run."""
        if not model_info.takes_edits_of(self._ui.session.model_info):
            self._stop_motion()
        self._ui.session.open_model(model_info)

    def _stop_motion(self) -> None:
        self._ui.motion.clear()
        self._ui.player.leave_timeline()

    def _is_snapshot(self, path: str | Path) -> bool:
        """Tell whether a file is a snapshot of the followed run."""
        run = self._ui.view.run
        return run is not None and run.has_snapshot(path)

    def _is_wanted(self, path: str) -> bool:
        """Tell whether a report is about the model that was asked for last."""
        return self._wanted is not None and str(self._wanted) == path


def _title(device: str) -> str:
    """Return the words for a device in the menu; those of the settings may be others."""
    return next((title for name, title in DEVICES if name == device), device[:40])


def _opened(session: Session, model_info: ModelInfo, keeps_work: bool) -> str:
    """Say that a model is open, and what of the work goes on with it."""
    if not keeps_work:
        return f"Opened {model_info.name}."
    count = len(session.timeline.keyframes)
    keyframes = f" and {count} keyframe{'s' * (count != 1)}" if count else ""
    fitted = ", fitted to its layers" if session.is_fitted else ""
    return f"Opened {model_info.name} with the edit{keyframes}{fitted}."
