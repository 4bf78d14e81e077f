"""Models that need no looking for: those opened before, and those that come with the program."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import dearpygui.dearpygui as dpg

from explorer.export import model_files
from explorer.gui import widgets
from explorer.gui.context import Ui
from explorer.gui.dialogs.modal import Dialogs
from explorer.gui.dialogs.paths import Paths
from explorer.gui.toolkit import texts
from explorer.gui.toolkit.commands import Command
from explorer.gui.toolkit.theme import px
from stylegan_core.card import read_card

_WIDTH: Final = 460


class KnownModels:
    """Offers them. Belongs to the main thread."""

    def __init__(
        self, ui: Ui, dialogs: Dialogs, paths: Paths, open_: Callable[[Path], None]
    ) -> None:
        self._ui, self._dialogs, self._paths, self._open = ui, dialogs, paths, open_

    def commands(self) -> tuple[Command, ...]:
        """What follows Open in the File menu."""
        return (
            Command("file.recent", "Open recent…", "File", ("Ctrl+Shift+R",), self.ask),
            Command("file.bundled", "Bundled models…", "File", ("Ctrl+B",), self.ask_bundled),
        )

    def ask(self) -> None:
        """File > Open recent: the models opened last that are still there, by name."""
        recent = self._recent()
        if recent:
            self._offer("Open recent", "recent", dict.fromkeys(recent, ""))
        else:
            self._dialogs.message(
                "No recent models",
                "Models that you open are listed here. Ctrl+O chooses a file, Ctrl+B one of the "
                "models that come along.",
            )

    def ask_bundled(self) -> None:
        """File > Bundled models: by name, each with what it shows."""
        bundled = model_files.bundled_models()
        if bundled:
            cards = {path: read_card(path) for path in bundled}
            shown = {path: str(card.get("description", "")) for path, card in cards.items()}
            self._offer("Bundled models", "bundled", shown)
        else:
            self._ui.say("No model came with this installation.")

    def _recent(self) -> list[Path]:
        seen = map(Path, self._paths.settings.models_seen)
        return [path for path in seen if texts.unshowable(path) is None]

    def _offer(self, title: str, tag: str, models: Mapping[Path, str]) -> None:
        """A list of files to choose one from, each with words about it, or none."""
        self._dialogs.open(title, lambda: self._draw(tag, models), _WIDTH)

    def _draw(self, tag: str, models: Mapping[Path, str]) -> None:
        inner = _WIDTH - 28
        for index, (path, about) in enumerate(models.items()):
            item = dpg.add_selectable(
                label=path.name,
                tag=f"{tag}.{index}",
                width=px(inner),
                callback=lambda _s, _a, chosen: self._choose(chosen),
                user_data=path,
            )
            widgets.tooltip(item, str(path))
            if about:
                widgets.note(self._ui, about, wrap=True)
                widgets.gap(4)
        widgets.gap(8)
        self._dialogs.buttons((("Cancel", None),), inner)

    def _choose(self, path: Path) -> None:
        self._dialogs.close()
        self._open(path)
