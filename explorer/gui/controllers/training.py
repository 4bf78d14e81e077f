"""Starts, pauses, stops and continues training, and asks what becomes of it when it is left."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from explorer.gui.context import Ui
from explorer.gui.controllers.runs import Following
from explorer.gui.dialogs.modal import Choice, Dialogs
from explorer.gui.dialogs.paths import Paths
from explorer.gui.dialogs.train import TrainDialog
from explorer.gui.followed_run import Own
from explorer.gui.toolkit.commands import Command
from explorer.runs.process import (
    TrainOptions,
    TrainProcess,
    new_command,
    resume_command,
    spare_threads,
)
from stylegan_core.errors import UserError

_LOOK_S: Final = 0.5  # between two looks at the process


class Training:
    """The one process of this window that trains, if any. Belongs to the main thread."""

    def __init__(self, ui: Ui, dialogs: Dialogs, paths: Paths, following: Following) -> None:
        self._ui, self._dialogs, self._following = ui, dialogs, following
        self._sheet = TrainDialog(ui, dialogs, paths, self.start)
        self._process: TrainProcess | None = None
        self._options: TrainOptions | None = None  # of a run that has just been started
        self._looked_at = 0.0

    def commands(self) -> tuple[Command, ...]:
        """The rest of the Model menu."""
        return (
            Command("model.train", "Train…", "Model", ("Ctrl+T",), self.ask),
            Command(
                "model.pause", "Pause or resume training", "Model", ("Ctrl+P",), self.pause_or_go_on
            ),
            Command("model.stop", "Stop training", "Model", ("Ctrl+Shift+P",), self.stop),
            Command("model.unfollow", "Stop following", "Model", ("Ctrl+Shift+F",), self.unfollow),
        )

    def ask(self, pictures: Path | None = None) -> None:
        """Model > Train; `pictures` is a folder to train with."""
        if self._is_at_work():
            assert self._process is not None
            name = self._process.run.name
            self._ui.say(f"{name} is being trained: stop it before you start another run.")
        else:
            self._sheet.open(pictures=pictures)

    def start(self, options: TrainOptions) -> None:
        """Starts a new run and follows it."""
        if self._launch(new_command(options, spare_threads()), options.out):
            self._options = options

    def pause_or_go_on(self) -> None:
        """Suspends the run's process or wakes it, or continues where the run was saved."""
        run = self._ui.view.run
        if run is None:
            self._ui.say("No run is followed.")
        elif run.can_stop:
            self._pause_or_resume()
        elif run.can_go_on and run.own == "none":
            self._dialogs.message(
                "Continue this run?",
                f"Nothing was written to {run.name} for a while. Continue it only if no other "
                "program is training it.",
                (("Cancel", None), ("Continue", lambda: self._go_on(run.state.folder))),
            )
        elif run.can_go_on:
            self._go_on(run.state.folder)

    def stop(self) -> None:
        """Saves and ends the run's process."""
        run = self._ui.view.run
        if run is not None and run.can_stop:
            self._stop()
        else:
            self._ui.say("No training that this window started is at work.")

    def unfollow(self) -> None:
        """Model > Stop following."""
        run = self._ui.view.run
        if run is not None and run.can_stop:
            self._ask_what_becomes_of_it(self._following.unfollow)
        else:
            self._following.unfollow()

    def before_the_end(self, leave: Callable[[], None]) -> None:
        """Leaves, once it is known what is to become of the training that goes on."""
        if self._is_at_work() and self._process is not None and not self._process.is_stopping:
            self._ask_what_becomes_of_it(leave)
        else:
            leave()

    def advance(self, now: float) -> None:
        """Looks at the process from time to time, and tells how it ended."""
        run = self._ui.view.run
        if now - self._looked_at < _LOOK_S:
            return
        self._looked_at = now
        if self._process is None and run is not None and run.own in ("none", "ended"):
            self._process = TrainProcess.find(run.state.folder)
        process = self._process
        if process is None:
            return
        own = _standing(process)
        if run is not None and run.state.folder == process.run:
            said = process.last_line()
            if (own, said) != (run.own, run.said):
                run.own, run.said = own, said
                self._ui.stale = True
        if own == "ended":
            self._process = None
            self._tell(process)

    def _launch(self, command: list[str], folder: Path) -> bool:
        try:
            self._process = TrainProcess.start(command, folder)
        except UserError as error:
            self._dialogs.message("Training cannot be started", str(error))
            return False
        run = self._ui.view.run
        if run is None or run.state.folder != folder:
            self._following.follow(folder)
        self._looked_at = 0.0
        return True

    def _go_on(self, folder: Path) -> None:
        if self._is_at_work():
            self._ui.say("Another run is being trained: stop it first.")
        elif self._launch(resume_command(folder, spare_threads()), folder):
            self._ui.say(f"Training of {folder.name} goes on.")

    def _pause_or_resume(self) -> None:
        process = self._process
        if process is None:
            return
        if process.is_paused:
            process.resume()
            self._ui.say(f"Training of {process.run.name} goes on.")
        else:
            process.pause()
            how = "being saved …" if process.is_stopping else "paused."
            self._ui.say(f"Training of {process.run.name} is {how}")
        self._looked_at = 0.0

    def _stop(self) -> None:
        if self._process is not None:
            self._process.stop()
            self._ui.say(f"{self._process.run.name} is being saved …")
            self._looked_at = 0.0

    def _is_at_work(self) -> bool:
        return self._process is not None and self._process.exit_code() is None

    def _tell(self, process: TrainProcess) -> None:
        """How it ended; a run that never began is not followed any more."""
        options, self._options = self._options, None
        problem, name = process.failure(), process.run.name
        process.clean_up()
        never_began = not process.run.exists()
        run = self._ui.view.run
        if never_began and run is not None and run.state.folder == process.run:
            self._following.unfollow()
        if problem is not None:
            self._ui.say(problem.splitlines()[0], warning=True)
            choices: list[Choice] = [("Close", None)]
            if never_began and options is not None:
                choices.insert(0, ("Change…", lambda: self._sheet.open(options)))
            self._dialogs.message("Training has ended", problem, choices)
        elif never_began:
            self._ui.say(f"{name} was ended before it began; nothing of it was kept.")
        elif process.exit_code():
            self._ui.say(
                f"{name} is saved and stopped. It can go on later: follow its folder, then resume."
            )
        else:
            self._ui.say(f"{name} is complete.")

    def _ask_what_becomes_of_it(self, then: Callable[[], None]) -> None:
        assert self._process is not None
        process = self._process

        def stop() -> None:
            self._stop()
            then()

        def go_on() -> None:
            process.resume()
            then()

        title, state = "Training goes on", "being trained"
        if process.is_paused:
            title, state = "Training is paused", "paused"
        self._dialogs.message(
            title,
            f"{process.run.name} is {state}. It can go on by itself; Model > Follow a run… shows "
            "it again. Or it is saved and stops, to be continued later.",
            (("Cancel", None), ("Save and stop", stop), ("Let it go on", go_on)),
        )


def _standing(process: TrainProcess) -> Own:
    if process.exit_code() is not None:
        return "ended"
    if process.is_stopping:
        return "stopping"
    return "paused" if process.is_paused else "running"
