"""The user's settings in memory, saved after each change."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from explorer import settings as user_settings
from explorer.gui.toolkit import texts
from explorer.settings import Settings


class Preferences:
    """The settings of this session: device, scale, recent models, last folder."""

    def __init__(self) -> None:
        self.settings = user_settings.load_settings()

    def change(self, **fields: Any) -> None:
        """Set and save some of the settings."""
        self._save(replace(self.settings, **fields))

    def remember_model(self, path: str | Path, digest: str) -> None:
        """Put a model first among the recent ones, among which recipes look for their model."""
        self._save(user_settings.with_recent(self.settings, str(Path(path).resolve()), digest))

    def remember_folder(self, path: str | Path) -> None:
        """Let the next file dialog begin where this file lies."""
        self._save(user_settings.with_folder(self.settings, str(Path(path).resolve())))

    def folder(self) -> Path:
        """Return the folder in which a file dialog begins.

        That is the last one, else the user's home, or the first folder above it whose name can be
        shown.
        """
        last, home = self.settings.last_folder, Path.home()
        candidates = (*([Path(last)] if last else []), home, *home.parents)
        return next(p for p in candidates if p.is_dir() and texts.unshowable(p) is None)

    def _save(self, settings: Settings) -> None:
        self.settings = settings
        user_settings.save_settings(settings)
