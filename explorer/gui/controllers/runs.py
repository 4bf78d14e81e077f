"""Following a training run: the newest snapshot opens as it is saved, others on request."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from explorer.gui.context import Ui
from explorer.gui.controllers.models import ModelsController
from explorer.gui.dialogs.modal import Dialogs
from explorer.gui.dialogs.paths import Paths
from explorer.gui.followed_run import FollowedRun
from explorer.gui.preferences import Preferences
from explorer.gui.toolkit.background import Post
from explorer.gui.toolkit.commands import REPEATS, Command, section
from explorer.runs.run_state import RunState
from explorer.runs.snapshot import Snapshot
from explorer.runs.watch import Watcher, is_run

_TAB: Final = "Training"


class FollowedRunController:
    """Watches the folder of the followed run and opens the snapshot that is wanted."""

    def __init__(
        self,
        ui: Ui,
        dialogs: Dialogs,
        paths: Paths,
        preferences: Preferences,
        models: ModelsController,
        post: Post,
        redraw_panels: Callable[[], None],
    ) -> None:
        self._ui = ui
        self._dialogs = dialogs
        self._paths = paths
        self._preferences = preferences
        self._models = models
        self._post = post
        self._redraw_panels = redraw_panels
        self._watcher: Watcher | None = None
        self._requested: Snapshot | None = None  # the snapshot that was opened last
        self._failed_device: str | None = None  # the device on which it could not be opened

    def commands(self) -> tuple[Command, ...]:
        """Return the first commands of the Model menu."""
        return section(
            "Model",
            ("model.follow", "Follow a run…", "Ctrl+F", self._ask),
            ("model.newest", "Newest snapshot", "End", self._show_newest),
            ("model.before", "Previous snapshot", "Shift+,", partial(self._step, -1), REPEATS),
            ("model.after", "Next snapshot", "Shift+.", partial(self._step, 1), REPEATS),
        )

    def open(self, path: Path) -> None:
        """Follow the run in a folder, or say that the folder holds none."""
        if is_run(path):
            self.follow(path)
        else:
            self._dialogs.message(
                "No training run",
                f"The folder {path.name or path} holds neither a training run nor pictures. A run "
                "has a config.json or a log.jsonl.",
            )

    def follow(self, folder: Path) -> None:
        """Follow the run in a folder, which may be about to start."""
        self._stop_watching()
        folder = folder.absolute()
        self._ui.view.run = FollowedRun(RunState(folder))
        self._ui.view.tab = _TAB
        self._requested = None
        watcher = Watcher(folder, lambda state: self._post(lambda: self._take(watcher, state)))
        self._watcher = watcher
        watcher.start()
        self._preferences.remember_opened(folder)
        self._ui.say(f"Following {folder}.")
        self._redraw_panels()

    def unfollow(self) -> None:
        """Stop following; the open model stays."""
        self._stop_watching()
        if self._ui.view.run is not None:
            self._ui.view.run = None
            self._redraw_panels()

    def advance(self) -> None:
        """Open the wanted snapshot, unless it has been opened or has failed on this device."""
        run = self._ui.view.run
        wanted = run.wanted if run is not None else None
        if wanted != self._requested or self._failed_device not in (None, self._ui.view.device):
            self._requested = wanted
            self._failed_device = None
            if wanted is not None and not self._models.has_task_for(wanted.path):
                self._models.open(wanted.path)

    def model_failed(self, path: str, is_damaged: bool) -> None:
        """Skip a damaged snapshot until it is written again.

        One that failed for its device or for memory is opened again on another device.
        """
        run, model_info = self._ui.view.run, self._ui.session.model_info
        if run is None:
            return
        failed = {s for s in run.state.snapshots if str(s.path) == path}
        if is_damaged:
            run.failed |= failed
        elif failed:
            self._failed_device = self._ui.view.device
        if not run.shows_newest and model_info is not None:  # the open model stays chosen
            run.chosen = next((s for s in run.usable if str(s.path) == model_info.path), None)
            self._requested = run.chosen

    def _ask(self) -> None:
        self._paths.ask_folder("runs", "The folder of a training run", self.open)

    def _show_newest(self) -> None:
        if self._ui.view.run is not None:
            self._ui.view.run.show_newest()
            self._ui.stale = True

    def _step(self, by: int) -> None:
        """Show the snapshot that lies `by` places after the current one, or the newest."""
        run = self._ui.view.run
        if run is not None and run.usable:
            index = run.index
            run.choose(len(run.usable) - 1 if index is None else index + by)
            self._ui.stale = True

    def _take(self, watcher: Watcher, state: RunState) -> None:
        if watcher is self._watcher and self._ui.view.run is not None:
            self._ui.view.run.state = state
            self._ui.view.run.is_read = True
            self._ui.stale = True

    def _stop_watching(self) -> None:
        if self._watcher is not None:
            self._watcher.close()
            self._watcher = None
