"""Models that need no looking for: those opened before, and the one that comes with the program."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import dearpygui.dearpygui as dpg

from explorer import model
from explorer.gui import widgets, words
from explorer.gui.commands import Command
from explorer.gui.context import Ui
from explorer.gui.dialogs import Dialogs
from explorer.gui.paths import Paths
from explorer.gui.theme import px

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
            Command("file.bundled", "Bundled model", "File", ("Ctrl+B",), self.open_bundled),
        )

    def ask(self) -> None:
        """File > Open recent: the models opened last that are still there, by name."""
        recent = self._recent()
        if recent:
            self._dialogs.open("Open recent", lambda: self._draw(recent), _WIDTH)
        else:
            self._dialogs.message(
                "No recent models",
                "Models that you open are listed here. Ctrl+O chooses a file, Ctrl+B opens the "
                "model that comes along.",
            )

    def open_bundled(self) -> None:
        """File > Bundled model."""
        bundled = model.bundled_models()
        if bundled:
            self._open(bundled[0])
        else:
            self._ui.say("No model came with this installation.")

    def _recent(self) -> list[Path]:
        seen = map(Path, self._paths.settings.models_seen)
        return [path for path in seen if words.unshowable(path) is None]

    def _draw(self, recent: list[Path]) -> None:
        inner = _WIDTH - 28
        for index, path in enumerate(recent):
            item = dpg.add_selectable(
                label=path.name,
                tag=f"recent.{index}",
                width=px(inner),
                callback=lambda _s, _a, chosen: self._choose(chosen),
                user_data=path,
            )
            widgets.tooltip(item, str(path))
        widgets.gap(8)
        self._dialogs.buttons((("Cancel", None),), inner)

    def _choose(self, path: Path) -> None:
        self._dialogs.close()
        self._open(path)
