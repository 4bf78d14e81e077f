"""Follows a training run: its newest snapshot opens as it appears, and others when asked for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from explorer.gui.context import Ui
from explorer.gui.controllers.opening import Opening
from explorer.gui.dialogs.modal import Dialogs
from explorer.gui.dialogs.paths import Paths
from explorer.gui.followed_run import FollowedRun
from explorer.gui.toolkit import native
from explorer.gui.toolkit.commands import Command
from explorer.runs.watch import RunState, Snapshot, Watcher, is_run

TAB = "Training"


class Following:
    """The run that is followed, if any. Belongs to the main thread; a watcher looks for news."""

    def __init__(
        self,
        ui: Ui,
        dialogs: Dialogs,
        paths: Paths,
        opening: Opening,
        later: Callable[[Callable[[], None]], None],
        rebuild: Callable[[], None],
    ) -> None:
        self._ui, self._dialogs, self._paths, self._opening = ui, dialogs, paths, opening
        self._later, self._rebuild = later, rebuild
        self._watcher: Watcher | None = None
        self._asked: Snapshot | None = None  # the snapshot that was opened last, or is about to be
        self._failed_on: str | None = None  # the device on which that one could not be opened

    def commands(self) -> tuple[Command, ...]:
        """What the Model menu begins with."""
        return (
            Command("model.follow", "Follow a run…", "Model", ("Ctrl+F",), self.ask),
            Command("model.newest", "Newest snapshot", "Model", ("End",), self.newest),
            Command(
                "model.before",
                "Snapshot before",
                "Model",
                ("Shift+,",),
                lambda: self.step(-1),
                True,
            ),
            Command(
                "model.after", "Snapshot after", "Model", ("Shift+.",), lambda: self.step(1), True
            ),
        )

    def ask(self) -> None:
        """Model > Follow a run."""
        question = native.Question("The folder of a training run", self._paths.folder(), ())
        self._paths.ask(question, self.open)

    def open(self, path: Path) -> None:
        """Follows the run in a folder, or says that there is none."""
        if is_run(path):
            self._paths.remember_folder(path)
            self.follow(path)
        else:
            self._dialogs.message(
                "No training run",
                f"{path.name or path} is a folder, but neither a training run nor pictures lie in "
                "it: a run has a config.json or a log.jsonl.",
            )

    def follow(self, folder: Path) -> None:
        """Follows a folder, also one in which a run is about to begin."""
        self._leave()
        folder = folder.absolute()
        self._ui.view.run, self._asked = FollowedRun(RunState(folder)), None
        self._ui.view.tab = TAB
        watcher = Watcher(folder, lambda state: self._later(lambda: self._take(watcher, state)))
        self._watcher = watcher
        watcher.start()
        self._ui.say(f"Following {folder}.")
        self._rebuild()

    def unfollow(self) -> None:
        """Follows no run any more; the model that is open stays."""
        self._leave()
        if self._ui.view.run is not None:
            self._ui.view.run = None
            self._rebuild()

    def newest(self) -> None:
        """Back to the newest snapshot."""
        if self._ui.view.run is not None:
            self._ui.view.run.pin()
            self._ui.stale = True

    def step(self, by: int) -> None:
        """To the snapshot before or after."""
        run = self._ui.view.run
        if run is not None and run.usable:
            index = run.index
            run.choose(len(run.usable) - 1 if index is None else index + by)
            self._ui.stale = True

    def advance(self) -> None:
        """Opens the snapshot that is wanted, unless it was the last to be, on this device."""
        run = self._ui.view.run
        wanted = run.wanted if run is not None else None
        if wanted != self._asked or self._failed_on not in (None, self._ui.view.device):
            self._asked, self._failed_on = wanted, None
            if wanted is not None and not self._opening.is_to_restore(wanted.path):
                self._opening.open_model(wanted.path)

    def model_failed(self, path: str, is_damaged: bool) -> None:
        """A damaged snapshot is passed over until it is written again; one that failed for want of
        its device or of memory is opened again on another device.
        """
        run, model_info = self._ui.view.run, self._ui.session.model_info
        if run is None:
            return
        failed = {s for s in run.state.snapshots if str(s.path) == path}
        if is_damaged:
            run.failed |= failed
        elif failed:
            self._failed_on = self._ui.view.device
        if not run.pinned and model_info is not None:  # what was looked at before still is
            run.chosen = next((s for s in run.usable if str(s.path) == model_info.path), None)
            self._asked = run.chosen

    def _take(self, watcher: Watcher, state: RunState) -> None:
        if watcher is self._watcher and self._ui.view.run is not None:
            self._ui.view.run.state = state
            self._ui.stale = True

    def _leave(self) -> None:
        if self._watcher is not None:
            self._watcher.close()
            self._watcher = None
