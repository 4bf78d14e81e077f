"""Opening latents that another tool has found for a picture, as a face."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from explorer.export.model_files import bundled_models
from explorer.export.projected import with_projected
from explorer.export.recipe import vector_digest
from explorer.gui.context import Ui
from explorer.gui.dialogs.modal import Dialogs
from explorer.gui.preferences import Preferences
from stylegan_core.errors import UserError
from stylegan_core.importers.latents import FoundLatent, read_latent


class LatentController:
    """Shows latents with the open model, or opens one first; `open_model` does that."""

    def __init__(
        self,
        ui: Ui,
        dialogs: Dialogs,
        preferences: Preferences,
        send_stored_vectors: Callable[[], None],
        open_model: Callable[[Path], None],
    ) -> None:
        self._ui = ui
        self._dialogs = dialogs
        self._preferences = preferences
        self._send_stored_vectors = send_stored_vectors
        self._open_model = open_model
        self._waiting: FoundLatent | None = None  # for a model to be open

    def open(self, path: Path, is_opening: bool) -> bool:
        """Show the latent in a file; return False for a file of another kind.

        `is_opening` says that a model is being opened, which the latent then waits for.
        """
        try:
            found = read_latent(path)
        except UserError as error:
            self._refuse(error)
            return True
        if found is None:
            return False
        if is_opening:
            self._waiting = found
        elif self._ui.session.model_info is not None:
            self._show(found)
        else:
            self._open_a_model_for(found)
        return True

    def model_opened(self) -> None:
        """Show the latent that has waited for a model."""
        found, self._waiting = self._waiting, None
        if found is not None:
            self._show(found)

    def stop_waiting(self) -> None:
        """Forget the latent that waits: no model was opened."""
        self._waiting = None

    def _open_a_model_for(self, found: FoundLatent) -> None:
        """Open the model that was used last, or the first bundled one."""
        seen = map(Path, self._preferences.settings.models_seen)
        model = next((path for path in (*seen, *bundled_models()) if path.is_file()), None)
        if model is None:
            self._refuse(UserError(f"{found.name} needs a model: open one, then this file."))
            return
        self._waiting = found
        self._open_model(model)

    def _show(self, found: FoundLatent) -> None:
        ui, session = self._ui, self._ui.session
        assert session.model_info is not None
        try:
            projected = with_projected(
                ui.edit, found, session.model_info, tuple(session.locked_sources)
            )
        except UserError as error:
            self._refuse(error)
            return
        session.stored[vector_digest(projected.vector)] = projected.vector
        self._send_stored_vectors()
        ui.motion.clear()
        ui.change(projected.edit)
        ui.say(
            f"{found.name} is face {projected.face}. Truncation psi is 1, so that it looks as it "
            "was found."
        )

    def _refuse(self, error: UserError) -> None:
        self._ui.say(str(error), warning=True)
        self._dialogs.message("This latent cannot be shown", str(error))
