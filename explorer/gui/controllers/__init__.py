"""Controllers, which carry out commands and react to the worker, to runs and to dropped files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from explorer.gui.canvas import Canvas
from explorer.gui.context import Ui
from explorer.gui.controllers.canvas import CanvasController
from explorer.gui.controllers.device import DeviceController
from explorer.gui.controllers.edit import EditController
from explorer.gui.controllers.export import ExportController
from explorer.gui.controllers.export_job import ExportJob
from explorer.gui.controllers.face_loop import FaceLoopController
from explorer.gui.controllers.faces import FacesController
from explorer.gui.controllers.files import FilesController, Openers
from explorer.gui.controllers.interface import InterfaceController
from explorer.gui.controllers.latents import LatentController
from explorer.gui.controllers.mix import MixController
from explorer.gui.controllers.models import ModelsController
from explorer.gui.controllers.noise import NoiseController
from explorer.gui.controllers.recipes import RecipeController
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
from explorer.sessions.desk import Desk

_OF_THE_EDIT: Final = (
    FacesController,
    MixController,
    NoiseController,
    TruncationController,
    TimelineController,
)
"""The controllers that need nothing but the session, in the order of their menus."""


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
        paths = Paths(ui, dialogs, preferences, post)
        asking = (ui, dialogs, paths, preferences)
        self.device = DeviceController(ui, dialogs, preferences, lambda: self.models.reopen())
        self.models = ModelsController(ui, dialogs, preferences, self.device, worker)
        self.followed = FollowedRunController(*asking, self.models, post, redraw_panels)
        self.training = TrainingController(ui, dialogs, paths, self.followed, post)
        self.sessions = SessionsController(
            *asking, canvas, self.models, desk, forget_pictures, redraw_panels
        )
        openers = Openers(
            self.models,
            RecipeController(*asking, self.models, post),
            LatentController(ui, dialogs, preferences, self.models),
            self.sessions,
            self.followed,
            self.training,
        )
        self.files = FilesController(*asking, openers)
        self.canvas = CanvasController(ui, canvas)
        self.export_job = ExportJob(ui, dialogs, preferences, worker)
        for controller in (
            self.files,
            EditController(ui),
            self.sessions,
            SavingController(ui, paths, preferences, canvas, self.export_job),
            ExportController(*asking, self.export_job),
            *(make(ui) for make in _OF_THE_EDIT),
            FaceLoopController(ui, dialogs),
            self.canvas,
            InterfaceController(ui, dialogs, preferences, canvas.fit, redraw_panels, quit_),
            self.followed,
            self.training,
            self.device,
        ):
            ui.commands.add(*controller.commands())

    def confirm_quit(self, leave: Callable[[], None]) -> None:
        """Ask what to do with a running export and with running training, then leave."""
        self.export_job.confirm_quit(lambda: self.training.confirm_quit(leave))
