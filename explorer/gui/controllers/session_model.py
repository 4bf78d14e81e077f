"""The model of a session: opened with it, and looked for where it is missing or has changed."""

from __future__ import annotations

from pathlib import Path

from explorer.edit.model_info import ModelInfo
from explorer.export.model_files import ModelMissing, find_model
from explorer.gui.context import Ui
from explorer.gui.controllers.models import ModelsController
from explorer.gui.controllers.session_view import set_moving
from explorer.gui.dialogs.modal import Dialogs
from explorer.gui.dialogs.paths import MODEL_SUFFIXES, Paths
from explorer.gui.preferences import Preferences
from explorer.sessions.saved import SavedModel, SavedSession, SavedView
from stylegan_core.readable import shown_name


class SessionModel:
    """Knows the session's model, open or not, and the session that waits for it."""

    def __init__(
        self,
        ui: Ui,
        dialogs: Dialogs,
        paths: Paths,
        preferences: Preferences,
        models: ModelsController,
    ) -> None:
        self._ui = ui
        self._dialogs = dialogs
        self._paths = paths
        self._preferences = preferences
        self._models = models
        self._model: SavedModel | None = None
        self._waiting: SavedSession | None = None  # until its model is open
        self._asked_for = ""  # the path of that model

    def saved(self) -> SavedModel | None:
        """Return the session's model: the open one, else the one that is missing."""
        model_info = self._ui.session.model_info
        if model_info is not None:
            self._model = SavedModel.of(model_info)
        return self._model

    @property
    def awaited_view(self) -> SavedView | None:
        """How the waiting session will be shown; None if none waits."""
        return self._waiting.view if self._waiting is not None else None

    def forget(self) -> None:
        """Forget the model of a session that was left."""
        self._model = None
        self._waiting = None

    def is_open_for(self, saved: SavedSession) -> bool:
        """Tell whether the model of a session is the one that is open."""
        model_info = self._ui.session.model_info
        return model_info is not None and saved.model is not None and _is(saved.model, model_info)

    def open_for(self, saved: SavedSession, *, is_own: bool) -> None:
        """Open the model of a session, or say that it is not at hand.

        `is_own` tells that the program has kept the session. A file from elsewhere may name any
        path, so its model is found by content alone.
        """
        self._model = saved.model
        self._waiting = saved
        if saved.model is None:
            return
        path = Path(saved.model.path)
        try:
            if not is_own or not path.is_file():
                path = find_model(saved.model.ref, self._preferences.settings.models_seen)
        except (ModelMissing, OSError):
            self._say_missing(saved, saved.model)
        else:
            self._open(path)

    def loaded(self, model_info: ModelInfo) -> None:
        """Go on with the session that waits for this model; say so if its file has changed."""
        saved = self._waiting
        self._waiting = None
        if saved is None or model_info.path != self._asked_for:
            return
        set_moving(self._ui, saved.view)
        if saved.model is None or _is(saved.model, model_info):
            self._ui.say(f"Opened {model_info.name} with the session as you left it.")
            return
        name = shown_name(Path(model_info.path).name)
        text = (
            f"{name} is not the model of this session any more, so its pictures differ; "
            "your work is kept."
        )
        self._dialogs.refuse(
            "The model has changed",
            text,
            (("Find the model…", lambda: self._look_for(saved)), ("Use this one", None)),
        )

    def _open(self, path: Path) -> None:
        self._asked_for = str(path)
        self._models.open(path)

    def _say_missing(self, saved: SavedSession, model: SavedModel) -> None:
        path = shown_name(model.path)
        text = f"The model of this session, {path}, is not at hand; your work is kept."
        self._ui.warn(text)
        self._dialogs.message(
            "The model is missing",
            f"{text}\n\nYou can look for its file, or open another model: the edit and the "
            "timeline are then fitted to that one.",
            (("Later", None), ("Find the model…", lambda: self._look_for(saved))),
        )

    def _look_for(self, saved: SavedSession) -> None:
        def found(path: Path) -> None:
            self._waiting = saved
            self._open(path)

        self._paths.ask_file("models", "The model of this session", MODEL_SUFFIXES, found)


def _is(model: SavedModel, model_info: ModelInfo) -> bool:
    """Tell whether a saved model is the open one, by its content."""
    return model.digest in ("", SavedModel.of(model_info).digest)
