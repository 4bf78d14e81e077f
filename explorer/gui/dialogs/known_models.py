"""Lists of models to choose from without a file dialog: recent models and bundled ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import dearpygui.dearpygui as dpg

from explorer.export import model_files
from explorer.gui import widgets
from explorer.gui.context import Ui
from explorer.gui.dialogs.modal import Dialogs, inner_width
from explorer.gui.preferences import Preferences
from explorer.gui.toolkit import texts
from explorer.gui.toolkit.letters import shown_name
from explorer.gui.toolkit.scale import px
from stylegan_core.card import read_card

_WIDTH: Final = 460


class KnownModels:
    """Shows the lists; `open_model` gets the path that is chosen."""

    def __init__(
        self,
        ui: Ui,
        dialogs: Dialogs,
        preferences: Preferences,
        open_model: Callable[[Path], None],
    ) -> None:
        self._ui = ui
        self._dialogs = dialogs
        self._preferences = preferences
        self._open_model = open_model

    def show_recent(self) -> None:
        """Show the models that were opened last and still exist."""
        paths = map(Path, self._preferences.settings.models_seen)
        recent = [path for path in paths if texts.unshowable(path) is None]
        if recent:
            self._show("Open recent", "recent", dict.fromkeys(recent, ""))
        else:
            self._dialogs.message(
                "No recent models",
                "Models that you open are listed here. Press Ctrl+O to choose a file, or Ctrl+B "
                "for the models that come with the program.",
            )

    def show_bundled(self) -> None:
        """Show the models that come with the program, each with its description."""
        bundled = model_files.bundled_models()
        if bundled:
            cards = {path: read_card(path) for path in bundled}
            models = {path: str(card.get("description", "")) for path, card in cards.items()}
            self._show("Bundled models", "bundled", models)
        else:
            self._ui.say("No models came with this installation.")

    def _show(self, title: str, tag: str, models: Mapping[Path, str]) -> None:
        self._dialogs.open(title, lambda: self._draw(tag, models), _WIDTH)

    def _draw(self, tag: str, models: Mapping[Path, str]) -> None:
        for index, (path, description) in enumerate(models.items()):
            item = dpg.add_selectable(
                label=shown_name(path.name),
                tag=f"{tag}.{index}",
                width=px(inner_width(_WIDTH)),
                callback=lambda _sender, _value, chosen: self._choose(chosen),
                user_data=path,
            )
            widgets.tooltip(item, str(path))
            if description:
                widgets.note(self._ui, description, wrap=True)
                widgets.gap(4)
        widgets.gap(8)
        self._dialogs.buttons((("Cancel", None),), inner_width(_WIDTH), suggests_last=False)

    def _choose(self, path: Path) -> None:
        self._dialogs.close()
        self._open_model(path)
