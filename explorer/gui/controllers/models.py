"""Opening models: the worker reads them, and the session takes them over when they are ready."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from explorer.edit.example import example
from explorer.edit.model_info import ModelInfo
from explorer.edit.session import Session
from explorer.gui.context import Ui
from explorer.gui.controllers.device import CPU, DeviceController
from explorer.gui.dialogs.modal import Dialogs
from explorer.gui.preferences import Preferences
from explorer.rendering.loaded_model import LoadedModel
from explorer.rendering.messages import ModelOpening, StoredVectorsRequest
from explorer.rendering.worker import Worker

Task = Callable[[ModelInfo], None]
"""A function that is called with a model once it is open, for example to restore a recipe."""


class ModelsController:
    """Lets the worker open models. The one that was asked for last is the wanted one."""

    def __init__(
        self,
        ui: Ui,
        dialogs: Dialogs,
        preferences: Preferences,
        device: DeviceController,
        worker: Worker[LoadedModel],
    ) -> None:
        self._ui = ui
        self._dialogs = dialogs
        self._preferences = preferences
        self._device = device
        self._worker = worker
        self.asked = 0  # how many models were asked for
        self._wanted: Path | None = None
        self._task: Task | None = None  # for which the wanted model was asked for
        self._waiting: Task | None = None  # for any model to be open
        self._shows_example = False  # with the next model, if there is no work yet

    @property
    def is_opening(self) -> bool:
        """True while a model is being opened."""
        return self._wanted is not None and bool(self._ui.view.loading)

    def open(self, path: Path, task: Task | None = None) -> None:
        """Let the worker open a model; the task is done once it is ready."""
        self.asked += 1
        self._wanted = path
        self._task = task
        run = self._ui.view.run
        if run is not None:
            run.note_opening(path)
        if not self._is_snapshot(path) or self._ui.session.model_info is None:
            self._ui.view.loading = path.name
            self._ui.say("")
        self._worker.open(str(path))

    def open_example(self, path: Path) -> None:
        """Open a model on a pair of faces that shows what the program is for."""
        self._shows_example = True
        self.open(path)

    def reopen(self) -> bool:
        """Open the wanted model again, on another device; return False if there is none."""
        if self._wanted is not None:
            self.open(self._wanted, self._task)
        return self._wanted is not None

    def do_when_open(self, task: Task) -> None:
        """Do a task with the model that is being opened, or with one opened in its place."""
        self._waiting = task

    def has_task_for(self, path: Path) -> bool:
        """Tell whether this model is being opened for a task."""
        return self._task is not None and self._wanted == path

    def show_no_file(self) -> None:
        """Say no longer that a file is being opened, unless it is a model."""
        if self._wanted is None:
            self._ui.view.loading = ""

    def stop(self) -> None:
        """Stop opening, and stay with the open model."""
        if self._ui.view.loading:
            self._worker.stop_opening()
            self._return_to_open_model()
            self._ui.say("Opening was stopped.")

    def send_stored_vectors(self) -> None:
        """Hand the stored vectors of the session to the open model."""
        self._worker.request(StoredVectorsRequest(dict(self._ui.session.stored)))

    # What the worker reports ---------------------------------------------------------------

    def model_opening(self, progress: ModelOpening) -> None:
        """Show how much of the model has been read."""
        if self._is_wanted(progress.path):
            percent = 100 * progress.done // max(1, progress.total)
            self._ui.view.loading = f"{Path(progress.path).name}, {percent} %"
            self._ui.stale = True

    def model_loaded(self, model_info: ModelInfo) -> None:
        """Take over a model that the worker has opened."""
        is_wanted = self._is_wanted(model_info.path)
        self._ui.view.pictured = None  # the picture still shown is the previous model's
        if self._is_snapshot(model_info.path):
            self._take_snapshot(model_info)
        else:
            self._take_model(model_info, has_task=is_wanted and self._task is not None)
        if self._ui.session.stored:
            self.send_stored_vectors()
        if is_wanted:
            self._ui.view.loading = ""
            self._ui.view.heat = self._ui.view.heat and model_info.takes_noise
            self._device.keep()
            self._do_tasks(model_info)

    def model_failed(self, path: str, message: str, is_of_device: bool = False) -> None:
        """Stay with the previous model and its device, and say why."""
        is_snapshot, wanted, task = self._is_snapshot(path), self._wanted, self._task
        device = self._ui.view.device
        if self._is_wanted(path):
            self._return_to_open_model()
            if self._wanted is None and not is_snapshot:  # another device can still open it
                self._wanted = wanted
                self._task = task
        self._ui.warn(message)
        if is_of_device and device != CPU:
            self._device.offer_processor(
                device,
                message,
                lambda: self._open_on_processor(wanted, task),
                is_repeated=not is_snapshot,  # a run has hundreds of them
            )
        elif not is_snapshot:
            self._dialogs.refuse("This model cannot be opened", message)

    # ---------------------------------------------------------------------------------------

    def _take_model(self, model_info: ModelInfo, *, has_task: bool) -> None:
        session = self._ui.session
        self._stop_motion()
        has_work = not session.is_new
        session.open_model(model_info)
        if self._shows_example and not has_work and not has_task:
            session.show_first(example(model_info))
            self._ui.view.hint_until = session.version
        self._shows_example = False
        self._preferences.remember_model(model_info.path, model_info.digest)
        self._preferences.remember_opened(model_info.path)
        opened = _opened(session, model_info, keeps_work=has_work and not has_task)
        self._ui.say(f"{opened} {self._device.take_note()}".strip())

    def _take_snapshot(self, model_info: ModelInfo) -> None:
        """Show the same edit with another snapshot of the run."""
        if not model_info.takes_edits_of(self._ui.session.model_info):
            self._stop_motion()
        self._ui.session.open_model(model_info)

    def _do_tasks(self, model_info: ModelInfo) -> None:
        tasks = (self._task, self._waiting)
        self._task = None
        self._waiting = None
        for task in tasks:
            if task is not None:
                task(model_info)

    def _open_on_processor(self, path: Path | None, task: Task | None) -> None:
        self._device.set(CPU)
        if path is not None:
            self.open(path, task)

    def _return_to_open_model(self) -> None:
        """Go back to the model that is shown, and to its device."""
        self._task = None
        self._waiting = None
        self._ui.view.loading = ""
        self._device.go_back()
        model_info = self._ui.session.model_info
        self._wanted = Path(model_info.path) if model_info is not None else None

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


def _opened(session: Session, model_info: ModelInfo, *, keeps_work: bool) -> str:
    """Say that a model is open, and what of the work goes on with it."""
    if not keeps_work:
        return f"Opened {model_info.name}."
    count = len(session.timeline.keyframes)
    keyframes = f" and {count} keyframe{'s' * (count != 1)}" if count else ""
    fitted = ", fitted to its layers" if session.is_fitted else ""
    return f"Opened {model_info.name} with the edit{keyframes}{fitted}."
