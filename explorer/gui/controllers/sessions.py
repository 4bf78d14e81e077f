"""Sessions: save the present one as it changes, continue another, begin a new one."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from explorer.edit.model_info import ModelInfo
from explorer.edit.session import Session
from explorer.export.model_files import ModelMissing, find_model
from explorer.gui.canvas import Canvas
from explorer.gui.context import Ui
from explorer.gui.controllers.opening import OpeningController
from explorer.gui.dialogs.kept_sessions import KeptSessions
from explorer.gui.dialogs.modal import Dialogs
from explorer.gui.dialogs.paths import MODEL_SUFFIXES, Paths
from explorer.gui.preferences import Preferences
from explorer.gui.toolkit import viewport
from explorer.gui.toolkit.commands import Command, section
from explorer.sessions.desk import Desk
from explorer.sessions.reading import SessionError, read_session
from explorer.sessions.saved import SUFFIX, SavedModel, SavedSession, SavedView, WindowPlace
from explorer.sessions.writing import to_text
from stylegan_core.files import replace_content


class SessionsController:
    """Hands the session to the desk, which saves it, and puts others in its place.

    `forget_pictures` empties the canvas and drops what the worker still renders; `redraw_panels`
    draws all panels again.
    """

    def __init__(
        self,
        ui: Ui,
        canvas: Canvas,
        dialogs: Dialogs,
        paths: Paths,
        preferences: Preferences,
        opening: OpeningController,
        desk: Desk,
        forget_pictures: Callable[[], None],
        redraw_panels: Callable[[], None],
    ) -> None:
        self._ui = ui
        self._canvas = canvas
        self._dialogs = dialogs
        self._paths = paths
        self._preferences = preferences
        self._opening = opening
        self._desk = desk
        self._forget_pictures = forget_pictures
        self._redraw_panels = redraw_panels
        self._list = KeptSessions(ui, dialogs, self._continue, self._ask_file)
        self._model: SavedModel | None = None  # the session's, open or not
        self._awaited: SavedSession | None = None  # continues once its model is open
        self._asked_for = ""  # the path of that model

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
            self._ui.say(self._desk.notes.get(), warning=True)
        self._desk.keep(self._saved())

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
            self._refuse(error)
            return
        self._desk.begin()
        self.resume(saved, is_own=False)

    def resume(self, saved: SavedSession, *, is_own: bool = True) -> None:
        """Show a session in place of the present one, with its model as soon as that is open.

        `is_own` tells that the program has kept it; a file from elsewhere may name any path, so
        its model is found by content alone.
        """
        session, view, model_info = self._ui.session, self._ui.view, self._ui.session.model_info
        self._model = saved.model
        self._awaited = None
        self._leave_timeline()
        view.heat = False
        view.pictured = None
        self._show(saved.view)
        model = saved.model
        if model is not None and model_info is not None and _is(model, model_info):
            session.take(saved.work)
            self._set_moving(saved.view)
            self._ui.say("The session is open.")
        else:
            self._forget_pictures()
            session.close_model()
            session.take(saved.work)
            self._awaited = saved
            if model is not None:
                self._find(model, is_own)
        self._redraw_panels()

    def model_loaded(self, model_info: ModelInfo) -> None:
        """Go on with the session that waits for this model; say so if its file has changed."""
        saved = self._awaited
        self._awaited = None
        if saved is None or model_info.path != self._asked_for:
            return
        self._set_moving(saved.view)
        model = saved.model
        if model is None or _is(model, model_info):
            self._ui.say(f"Opened {model_info.name} with the session as you left it.")
            return
        text = (
            f"{Path(model_info.path).name} is not the model of this session any more, so its "
            "pictures differ; your work is kept."
        )
        self._ui.say(text, warning=True)
        self._dialogs.message(
            "The model has changed",
            text,
            (("Find the model…", lambda: self._look_for_model(saved)), ("Use this one", None)),
        )

    # The session as a value ------------------------------------------------------------------

    def _saved(self) -> SavedSession:
        model_info = self._ui.session.model_info
        if model_info is not None:
            self._model = SavedModel.of(model_info)
        place = WindowPlace(*viewport.place())
        return SavedSession(self._ui.session.work, self._model, self._saved_view(), place)

    def _saved_view(self) -> SavedView:
        view, player = self._ui.view, self._ui.player
        is_still = player.shows_timeline and not player.playing
        saved = SavedView(
            tab=view.tab,
            zoom=self._canvas.zoom,
            centre=self._canvas.centre,
            keyframe=self._ui.chosen_keyframe,
            playhead_s=player.position if is_still else None,
            open_blocks=tuple(sorted(view.open_blocks)),
            rate=view.noise_rate,
            rates=tuple(sorted(view.noise_rates.items())),
            flowing=tuple(sorted(self._ui.motion.rates.items())),
        )
        if self._awaited is None:
            return saved
        awaited = self._awaited.view  # moves again once the model is open
        return replace(saved, playhead_s=awaited.playhead_s, flowing=awaited.flowing)

    def _show(self, saved: SavedView) -> None:
        view = self._ui.view
        view.tab = saved.tab
        view.keyframe = saved.keyframe
        view.open_blocks = set(saved.open_blocks)
        view.noise_rate = saved.rate
        view.noise_rates = dict(saved.rates)
        self._canvas.look(saved.zoom, saved.centre)

    def _set_moving(self, saved: SavedView) -> None:
        """Let noise flow and the playhead stand as they did."""
        ui, now = self._ui, time.monotonic()
        model_info, timeline = ui.session.model_info, ui.session.timeline
        layers = model_info.layers if model_info is not None else ()
        for layer, rate in saved.flowing:
            if layer < len(layers) and layers[layer].takes_noise:
                ui.motion.start([layer], rate, now)
        if saved.playhead_s is not None and timeline.keyframes:
            ui.player.seek(min(saved.playhead_s, timeline.duration_s), now)
        ui.stale = True

    def _leave_timeline(self) -> None:
        self._ui.motion.clear()
        self._ui.player.leave_timeline()
        self._ui.player.position = 0.0

    # The session's model ---------------------------------------------------------------------

    def _find(self, model: SavedModel, is_at_path: bool) -> None:
        """Open the session's model from where it was, or from where else it is known to be."""
        path = Path(model.path)
        try:
            if not is_at_path or not path.is_file():
                path = find_model(model.ref, self._preferences.settings.models_seen)
        except (ModelMissing, OSError):
            self._say_missing(model)
        else:
            self._open_model(path)

    def _open_model(self, path: Path) -> None:
        self._asked_for = str(path)
        self._opening.open_model(path)

    def _say_missing(self, model: SavedModel) -> None:
        saved = self._awaited
        assert saved is not None
        text = f"The model of this session is not at hand: {model.path}. Your work is kept."
        self._ui.view.loading = ""
        self._ui.say(text, warning=True)
        self._dialogs.message(
            "The model is missing",
            f"{text}\n\nYou can look for its file, or open another model: the edit and the "
            "timeline are then fitted to that one.",
            (("Later", None), ("Find the model…", lambda: self._look_for_model(saved))),
        )

    def _look_for_model(self, saved: SavedSession) -> None:
        def found(path: Path) -> None:
            self._awaited = saved
            self._open_model(path)

        self._paths.ask_file("models", "The model of this session", MODEL_SUFFIXES, found)

    # Commands --------------------------------------------------------------------------------

    def _begin(self) -> None:
        """Begin a session with the open model; the present one is kept."""
        self._desk.begin()
        self._awaited = None
        self._model = None
        self._leave_timeline()
        self._show(SavedView(tab=self._ui.view.tab))
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
        try:
            saved = self._desk.take(path)
        except (SessionError, OSError) as error:
            self._refuse(error)
            return
        self.resume(saved)

    def _save_as(self) -> None:
        """Save the session, as it is now, as a file of its own."""
        text = to_text(self._saved())

        def save(path: Path, may_replace: bool) -> None:
            if path.exists() and not may_replace:
                self._ui.say(f"{path} already exists. Choose another name.", warning=True)
                return
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                replace_content(path, text.encode("ascii"))
            except OSError as error:
                reason = error.strerror or error
                self._ui.say(f"{path} could not be written: {reason}.", warning=True)
                return
            self._preferences.remember_folder("sessions", path)
            self._ui.say(f"Saved the session as {path}.")

        path = self._paths.new_path("sessions", SUFFIX)
        self._paths.ask_target("Save the session", path, (SUFFIX,), save)

    def _reset(self) -> None:
        """Go back to how the model opened. Edit and timeline are one step to undo."""
        self._leave_timeline()
        self._ui.session.reset()
        self._show(SavedView(tab=self._ui.view.tab))
        self._ui.view.heat = False
        self._ui.say("Everything is as the model opened. Undo brings edit and timeline back.")

    def _refuse(self, error: Exception) -> None:
        self._ui.say(str(error), warning=True)
        self._dialogs.message("This session cannot be opened", str(error))


def _is(model: SavedModel, model_info: ModelInfo) -> bool:
    """Tell whether a saved model is the open one, by its content."""
    return model.digest in ("", SavedModel.of(model_info).digest)
