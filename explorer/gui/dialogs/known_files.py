"""Lists to choose from without a file dialog: what was opened last, and the bundled models."""

from __future__ import annotations

import os
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
from explorer.gui.toolkit.letters import shown, shown_name
from explorer.gui.toolkit.scale import px
from explorer.sessions.saved import SUFFIX as SESSION_SUFFIX
from stylegan_core.card import read_card

_WIDTH: Final = 460
_LONGEST_PLACE: Final = 60
_KINDS: Final = {
    **dict.fromkeys((".mp4", ".mov", ".webm", ".mkv", ".gif"), "Video"),
    **dict.fromkeys((".png", ".webp", ".jpg", ".jpeg"), "Picture"),
    ".json": "Recipe",
    SESSION_SUFFIX: "Session",
}


class KnownFiles:
    """Shows the lists; `open_any` gets the path that is chosen."""

    def __init__(
        self,
        ui: Ui,
        dialogs: Dialogs,
        preferences: Preferences,
        open_any: Callable[[Path], None],
    ) -> None:
        self._ui = ui
        self._dialogs = dialogs
        self._preferences = preferences
        self._open_any = open_any

    def show_recent(self) -> None:
        """Show the files and runs that were opened or saved last and still exist."""
        settings = self._preferences.settings
        paths = map(Path, settings.recent_opened or settings.models_seen)
        recent = [p for p in paths if os.path.exists(p) and texts.unshowable(p) is None]
        if recent:
            places = {path: f"{_kind_of(path)} in {_short(path.parent)}" for path in recent}
            self._show("Open recent", "recent", places)
        else:
            self._dialogs.message(
                "Nothing was opened yet",
                "Models, pictures, videos and runs that you open are listed here. Press Ctrl+O to "
                "choose a file, or Ctrl+B for the models that come with the program.",
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

    def _show(self, title: str, tag: str, files: Mapping[Path, str]) -> None:
        self._dialogs.open(title, lambda: self._draw(tag, files), _WIDTH)

    def _draw(self, tag: str, files: Mapping[Path, str]) -> None:
        for index, (path, description) in enumerate(files.items()):
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
        self._open_any(path)


def _kind_of(path: Path) -> str:
    """Name the kind of a file by its suffix; a folder is a run."""
    if os.path.isdir(path):
        return "Run"
    return _KINDS.get(path.suffix.lower(), "Model")


def _short(folder: Path) -> str:
    """Return a folder as people name it, below "~" where it is theirs, its middle left out."""
    text = shown(str(folder).replace(str(Path.home()), "~", 1))
    half = _LONGEST_PLACE // 2
    return (
        text
        if len(text) <= _LONGEST_PLACE
        else f"{text[:half]}\N{HORIZONTAL ELLIPSIS}{text[-half:]}"
    )
