"""Controllers, which carry out commands and react to the worker, to runs and to dropped files."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from explorer.gui.canvas import Canvas
from explorer.gui.context import Ui
from explorer.gui.controllers.canvas import CanvasController
from explorer.gui.controllers.edit import EditController
from explorer.gui.controllers.export import ExportController
from explorer.gui.controllers.export_job import ExportJob
from explorer.gui.controllers.face_loop import FaceLoopController
from explorer.gui.controllers.faces import FacesController
from explorer.gui.controllers.interface import InterfaceController
from explorer.gui.controllers.mix import MixController
from explorer.gui.controllers.noise import NoiseController
from explorer.gui.controllers.opening import OpeningController
from explorer.gui.controllers.runs import FollowedRunController
from explorer.gui.controllers.saving import SavingController
from explorer.gui.controllers.sessions import SessionsController
from explorer.gui.controllers.timeline import TimelineController
from explorer.gui.controllers.training import TrainingController
from explorer.gui.controllers.truncation import TruncationController
from explorer.gui.dialogs.modal import Dialogs
from explorer.gui.dialogs.paths import Paths
from explorer.gui.preferences import Preferences
from explorer.gui.toolkit.background import Post
from explorer.rendering.loaded_model import LoadedModel
from explorer.rendering.worker import Worker
from explorer.runs.watch import is_run
from explorer.sessions.desk import Desk
from explorer.sessions.saved import is_session
from stylegan_core.data.folders import holds_pictures


class Controllers:
    """Makes all controllers and adds their commands to the table, in the order of the menu.

    `forget_pictures` empties the canvas. `redraw_panels` draws all panels again. `quit_` asks about
    unfinished work, then quits.
    """

    def __init__(
        self,
        ui: Ui,
        canvas: Canvas,
        dialogs: Dialogs,
        preferences: Preferences,
        desk: Desk,
        worker: Worker[LoadedModel],
        post: Post,
        forget_pictures: Callable[[], None],
        redraw_panels: Callable[[], None],
        quit_: Callable[[], None],
    ) -> None:
        self._paths = Paths(ui, dialogs, preferences, post)
        self.opening = OpeningController(
            ui,
            dialogs,
            self._paths,
            preferences,
            worker,
            self.open,
            post,
        )
        self.export_job = ExportJob(ui, dialogs, preferences, worker)
        self.canvas = CanvasController(ui, canvas)
        self.followed = FollowedRunController(
            ui, dialogs, self._paths, preferences, self.opening, post, redraw_panels
        )
        self.training = TrainingController(ui, dialogs, self._paths, self.followed, post)
        self.sessions = SessionsController(
            ui,
            canvas,
            dialogs,
            self._paths,
            preferences,
            self.opening,
            desk,
            forget_pictures,
            redraw_panels,
        )
        for controller in (
            self.opening,
            self.sessions,
            SavingController(ui, self._paths, preferences, canvas, self.export_job),
            ExportController(ui, dialogs, self._paths, preferences, self.export_job),
            EditController(ui),
            FacesController(ui),
            MixController(ui),
            NoiseController(ui),
            TruncationController(ui),
            TimelineController(ui),
            FaceLoopController(ui, dialogs),
            self.canvas,
            InterfaceController(ui, dialogs, preferences, canvas.fit, redraw_panels, quit_),
            self.followed,
            self.training,
        ):
            ui.commands.add(*controller.commands())

    def open(self, path: Path) -> None:
        """Open a model, a saved picture, a session or a run, or train with a folder of pictures."""
        if is_session(path):
            self.sessions.open(path)
        elif not os.path.isdir(path):
            self.opening.open(path)
        elif not is_run(path) and holds_pictures(path):
            self.training.ask(path)
        else:
            self.followed.open(path)

    def open_dropped(self, paths: list[str]) -> None:
        """Open the first of the paths that were dropped on the window."""
        if paths:
            self._paths.use(Path(paths[0]), self.open)

    def confirm_quit(self, leave: Callable[[], None]) -> None:
        """Ask what to do with a running export and with running training, then leave."""
        self.export_job.confirm_quit(lambda: self.training.confirm_quit(leave))
