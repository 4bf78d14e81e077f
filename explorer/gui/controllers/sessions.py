"""Sessions: save the present one as it changes, continue another, begin a new one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

from explorer.edit.model_info import ModelInfo
from explorer.edit.session import Session
from explorer.gui.canvas import Canvas
from explorer.gui.context import Ui
from explorer.gui.controllers.models import ModelsController
from explorer.gui.controllers.session_model import SessionModel
from explorer.gui.controllers.session_view import saved_view, set_moving, show_view
from explorer.gui.dialogs.kept_sessions import KeptSessions
from explorer.gui.dialogs.modal import Dialogs
from explorer.gui.dialogs.paths import Paths
from explorer.gui.preferences import Preferences
from explorer.gui.toolkit import viewport
from explorer.gui.toolkit.commands import Command, section
from explorer.sessions.desk import Desk
from explorer.sessions.reading import SessionError, read_session
from explorer.sessions.saved import SUFFIX, SavedSession, SavedView, WindowPlace
from explorer.sessions.writing import to_text
from stylegan_core.files import replace_content
from stylegan_core.write_errors import WriteError

_REFUSED: Final = "This session cannot be opened"


class SessionsController:
    """Hands the session to the desk, which saves it, and puts others in its place.

    `forget_pictures` empties the canvas and drops what the worker still renders; `redraw_panels`
    draws all panels again.
    """

    def __init__(
        self,
        ui: Ui,
        dialogs: Dialogs,
        paths: Paths,
        preferences: Preferences,
        canvas: Canvas,
        models: ModelsController,
        desk: Desk,
        forget_pictures: Callable[[], None],
        redraw_panels: Callable[[], None],
    ) -> None:
        self._ui = ui
        self._canvas = canvas
        self._dialogs = dialogs
        self._paths = paths
        self._preferences = preferences
        self._models = models
        self._model = SessionModel(ui, dialogs, paths, preferences, models)
        self._desk = desk
        self._forget_pictures = forget_pictures
        self._redraw_panels = redraw_panels
        self._list = KeptSessions(ui, dialogs, self._continue, self._ask_file)

    def commands(self) -> tuple[Command, ...]:
        """Return the commands about sessions, and Reset everything."""
        return (
            *section(
                "File",
                ("session.new", "New session", "Ctrl+N", self._begin),
                ("session.open", "Open session…", "Ctrl+Shift+N", self._show_list),
                ("session.save", "Save session as…", "Ctrl+Shift+E", self._save_as),
            ),
            *section("Edit", ("edit.reset", "Reset everything", "Ctrl+Backspace", self._reset)),
        )

    def advance(self) -> None:
        """Hand over the session as it is now, and show what the desk has to say."""
        while not self._desk.notes.empty():
            self._ui.warn(self._desk.notes.get())
        self._keep()

    def open(self, path: Path) -> None:
        """Continue a copy of the session in a file, or the session itself if the program keeps it.

        The present session is kept.
        """
        if path.parent == self._desk.folder:
            self._continue(path)
            return
        try:
            saved = read_session(path)
        except (SessionError, OSError) as error:
            self._dialogs.refuse(_REFUSED, str(error))
            return
        self._keep()
        self._desk.begin()
        self.resume(saved, is_own=False)

    def resume(self, saved: SavedSession, *, is_own: bool = True) -> None:
        """Show a session in place of the present one, with its model as soon as that is open.

        `is_own` tells that the program has kept the session.
        """
        session = self._ui.session
        self._model.forget()
        show_view(self._ui, self._canvas, saved.view)
        self._ui.view.pictured = None
        if self._model.is_open_for(saved):
            session.take(saved.work)
            self._models.send_stored_vectors()
            set_moving(self._ui, saved.view)
            self._ui.say("The session is open.")
        else:
            self._forget_pictures()
            session.close_model()
            session.take(saved.work)
            self._model.open_for(saved, is_own=is_own)
        self._redraw_panels()

    def model_loaded(self, model_info: ModelInfo) -> None:
        """Go on with the session that waits for this model."""
        self._model.loaded(model_info)

    def _keep(self) -> None:
        self._desk.keep(self._saved())

    def _saved(self) -> SavedSession:
        """Return the session as a value."""
        view, awaited = saved_view(self._ui, self._canvas), self._model.awaited_view
        if awaited is not None:  # what moved moves again once the model is open
            view = replace(view, playhead_s=awaited.playhead_s, flowing=awaited.flowing)
        place = WindowPlace(*viewport.place())
        return SavedSession(self._ui.session.work, self._model.saved(), view, place)

    def _begin(self) -> None:
        """Begin a session with the open model; the present one is kept."""
        self._keep()
        self._desk.begin()
        self._model.forget()
        show_view(self._ui, self._canvas, SavedView(tab=self._ui.view.tab))
        self._ui.session.take(Session(self._ui.session.model_info).work)
        self._ui.say("This is a new session. Open session… goes back to the one before.")

    def _show_list(self) -> None:
        self._list.show(self._desk.others())

    def _ask_file(self) -> None:
        self._paths.ask_file("sessions", "Open a session", (SUFFIX,), self.open)

    def _continue(self, path: Path) -> None:
        """Go on with a session that the program keeps."""
        if path == self._desk.path:
            self._ui.say("This session is open.")
            return
        self._keep()
        try:
            saved = self._desk.take(path)
        except (SessionError, OSError) as error:
            self._dialogs.refuse(_REFUSED, str(error))
            return
        self.resume(saved)

    def _save_as(self) -> None:
        """Save the session, as it is now, as a file of its own."""
        text = to_text(self._saved())

        def save(path: Path, may_replace: bool) -> None:
            if path.exists() and not may_replace:
                self._ui.warn(f"{path} already exists. Choose another name.")
                return
            try:
                replace_content(path, text.encode("ascii"))
            except WriteError as error:
                self._preferences.avoid_folder(path.parent)
                self._ui.warn(str(error))
                return
            self._preferences.remember_folder("sessions", path)
            self._preferences.remember_opened(path)
            self._ui.say(f"Saved the session as {path}.")

        path = self._paths.new_path("sessions", SUFFIX)
        self._paths.ask_target("Save the session", path, (SUFFIX,), save)

    def _reset(self) -> None:
        """Go back to how the model opened. Edit and timeline are one step to undo."""
        self._ui.session.reset()
        show_view(self._ui, self._canvas, SavedView(tab=self._ui.view.tab))
        self._ui.say("Everything is as the model opened. Undo brings edit and timeline back.")
