"""Training from the window: start, pause, stop and resume it, and ask before leaving it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from explorer.gui.context import Ui
from explorer.gui.controllers.runs import FollowedRunController
from explorer.gui.controllers.training_process import OwnProcess
from explorer.gui.dialogs.modal import Choice, Dialogs
from explorer.gui.dialogs.paths import Paths
from explorer.gui.dialogs.train import TrainDialog
from explorer.gui.toolkit.background import Post
from explorer.gui.toolkit.commands import Command, section
from explorer.runs.process import TrainProcess
from explorer.runs.train_options import TrainOptions, new_command, resume_command, spare_threads
from stylegan_core.errors import UserError

_CLOSE: Final[Choice] = ("Close", None)


class TrainingController:
    """Starts, pauses, resumes and stops training, and says how it ended."""

    def __init__(
        self,
        ui: Ui,
        dialogs: Dialogs,
        paths: Paths,
        followed: FollowedRunController,
        post: Post,
    ) -> None:
        self._ui = ui
        self._dialogs = dialogs
        self._followed = followed
        self._own = OwnProcess(ui)
        self._dialog = TrainDialog(ui, dialogs, paths, post, self._start)
        self._options: TrainOptions | None = None  # of a new run, until it has ended

    def commands(self) -> tuple[Command, ...]:
        """Return the commands of the Model menu that train."""
        return section(
            "Model",
            ("model.train", "Train…", "Ctrl+T", self.ask),
            ("model.pause", "Pause or resume training", "Ctrl+P", self._pause_or_resume),
            ("model.stop", "Stop training", "Ctrl+Shift+P", self._stop),
            ("model.unfollow", "Stop following", "Ctrl+Shift+F", self._unfollow),
        )

    def ask(self, pictures: Path | None = None) -> None:
        """Ask how to train a model; `pictures` is a folder to train with."""
        if self._own.is_running:
            name = self._own.name
            self._ui.say(f"{name} is already being trained. Stop it before you start another run.")
        else:
            self._dialog.open(pictures=pictures)

    def advance(self, now: float) -> None:
        """Look at the process from time to time; say how training ended, once it has."""
        self._dialog.advance(now)
        ended = self._own.advance(now)
        if ended is not None:
            self._report_end(ended)

    def confirm_quit(self, leave: Callable[[], None]) -> None:
        """Ask what to do with running training, then leave."""
        if self._own.is_running and not self._own.is_stopping:
            self._ask_what_to_do(leave)
        else:
            leave()

    def _start(self, options: TrainOptions) -> None:
        if self._launch(new_command(options, spare_threads()), options.out):
            self._options = options

    def _pause_or_resume(self) -> None:
        """Suspend or wake the process, or continue from where the run was saved."""
        run = self._ui.view.run
        if run is None:
            self._ui.say("No training run is followed.")
        elif run.can_stop:
            self._own.pause_or_resume()
        elif run.can_continue and run.process == "none":
            self._dialogs.message(
                "Continue this run?",
                f"Nothing has been written to {run.name} for a while. Continue it only if no other "
                "program is training it.",
                (("Cancel", None), ("Continue", lambda: self._continue(run.state.folder))),
            )
        elif run.can_continue:
            self._continue(run.state.folder)

    def _stop(self) -> None:
        run = self._ui.view.run
        if run is not None and run.can_stop:
            self._own.stop()
        else:
            self._ui.say("This window is not training a model.")

    def _unfollow(self) -> None:
        run = self._ui.view.run
        if run is not None and run.can_stop:
            self._ask_what_to_do(self._followed.unfollow)
        else:
            self._followed.unfollow()

    def _continue(self, folder: Path) -> None:
        if self._own.is_running:
            self._ui.say(f"{self._own.name} is being trained. Stop it first.")
        elif self._launch(resume_command(folder, spare_threads()), folder):
            self._ui.say(f"Training of {folder.name} continues.")

    def _launch(self, command: list[str], folder: Path) -> bool:
        """Start a process and follow its run; return False, with a message, if that fails."""
        try:
            self._own.start(command, folder)
        except UserError as error:
            self._dialogs.message("Training cannot be started", str(error))
            return False
        run = self._ui.view.run
        if run is None or run.state.folder != folder:
            self._followed.follow(folder)
        return True

    def _report_end(self, process: TrainProcess) -> None:
        """Say how training ended; stop following a run that never began."""
        options = self._options
        self._options = None
        problem, name = process.failure(), process.run.name
        process.clean_up()
        never_began = not process.run.exists()
        run = self._ui.view.run
        if never_began and run is not None and run.state.folder == process.run:
            self._followed.unfollow()
        if problem is not None:
            self._ui.say(problem.splitlines()[0], warning=True)
            title, choices = "Training has ended", [_CLOSE]
            if never_began and options is not None:
                title = "Training could not begin"
                choices.append(("Change…", lambda: self._dialog.open(options)))
            self._dialogs.message(title, problem, choices)
        elif never_began:
            self._ui.say(f"{name} was stopped before it began; nothing of it was kept.")
        elif process.exit_code():
            self._ui.say(
                f"{name} is saved and stopped. It can go on later: follow its folder, then resume."
            )
        else:
            self._ui.say(f"{name} is complete.")

    def _ask_what_to_do(self, then: Callable[[], None]) -> None:
        """Ask whether training stops or goes on by itself, then call `then`."""
        name, own = self._own.name, self._own

        def stop() -> None:
            own.stop()
            then()

        def go_on() -> None:
            own.wake()
            then()

        title, state = "Training is running", "being trained"
        if own.is_paused:
            title, state = "Training is paused", "paused"
        self._dialogs.message(
            title,
            f"{name} is {state}. Training can go on by itself, and Model > Follow a run… shows it "
            "again. Or save and stop it now, and continue later.",
            (("Cancel", None), ("Save and stop", stop), ("Let it go on", go_on)),
        )
