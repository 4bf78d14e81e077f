"""Opening latents that another tool has found for a picture, as a face."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Final

from explorer.edit.model_info import ModelInfo
from explorer.export.model_files import bundled_models
from explorer.export.projected import with_projected
from explorer.export.recipe import vector_digest
from explorer.gui.context import Ui
from explorer.gui.controllers.models import ModelsController
from explorer.gui.dialogs.modal import Dialogs
from explorer.gui.preferences import Preferences
from stylegan_core.errors import UserError
from stylegan_core.importers.latents import FoundLatent, read_latent

_REFUSED: Final = "This latent cannot be shown"


class LatentController:
    """Shows latents with the open model, or opens one first."""

    def __init__(
        self, ui: Ui, dialogs: Dialogs, preferences: Preferences, models: ModelsController
    ) -> None:
        self._ui = ui
        self._dialogs = dialogs
        self._preferences = preferences
        self._models = models

    def open(self, path: Path) -> bool:
        """Show the latent in a file; return False for a file of another kind.

        It waits for a model that is being opened.
        """
        try:
            found = read_latent(path)
        except UserError as error:
            self._dialogs.refuse(_REFUSED, str(error))
            return True
        if found is None:
            return False
        model_info = self._ui.session.model_info
        if self._models.is_opening:
            self._models.do_when_open(partial(self._show, found))
        elif model_info is not None:
            self._show(found, model_info)
        else:
            self._open_a_model_for(found)
        return True

    def _open_a_model_for(self, found: FoundLatent) -> None:
        """Open the model that was used last, or the first bundled one."""
        seen = map(Path, self._preferences.settings.models_seen)
        model = next((path for path in (*seen, *bundled_models()) if path.is_file()), None)
        if model is None:
            reason = f"{found.name} needs a model: open one, then this file."
            self._dialogs.refuse(_REFUSED, reason)
            return
        self._models.open(model, partial(self._show, found))

    def _show(self, found: FoundLatent, model_info: ModelInfo) -> None:
        ui, session = self._ui, self._ui.session
        try:
            projected = with_projected(ui.edit, found, model_info, tuple(session.locked_sources))
        except UserError as error:
            self._dialogs.refuse(_REFUSED, str(error))
            return
        session.stored[vector_digest(projected.vector)] = projected.vector
        self._models.send_stored_vectors()
        ui.motion.clear()
        ui.change(projected.edit)
        ui.say(
            f"{found.name} is face {projected.face}. Truncation psi is 1, so that it looks as it "
            "was found."
        )
