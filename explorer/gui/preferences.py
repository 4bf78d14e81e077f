"""The user's settings in memory, saved after each change."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from platformdirs import user_documents_path, user_pictures_path, user_videos_path

from explorer import settings as user_settings
from explorer.gui.toolkit import texts
from explorer.settings import FileKind, Settings

_USUAL_FOLDERS: Final[Mapping[FileKind, Callable[[], Path]]] = {
    "models": Path.home,
    "pictures": user_pictures_path,
    "videos": user_videos_path,
    "sessions": user_documents_path,
    "data": user_pictures_path,
    "runs": Path.home,
}


class Preferences:
    """The settings of this session: device, scale, recent models, folders."""

    def __init__(self) -> None:
        self.settings = user_settings.load_settings()
        self._avoided: set[Path] = set()  # folders in which nothing could be written

    def change(self, **fields: Any) -> None:
        """Set and save some of the settings."""
        self._change(lambda settings: replace(settings, **fields))

    def remember_model(self, path: str | Path, digest: str) -> None:
        """Put a model first among the recent ones, among which recipes look for their model."""
        file = str(Path(path).resolve())
        self._change(lambda settings: user_settings.with_recent(settings, file, digest))

    def remember_opened(self, path: str | Path) -> None:
        """Put a file of any kind, or the folder of a run, first among those opened last."""
        file = str(Path(path).resolve())
        self._change(lambda settings: user_settings.with_opened(settings, file))

    def remember_folder(self, kind: FileKind, path: str | Path) -> None:
        """Let the next file dialog for files of a kind begin where this file lies."""
        file = Path(path).resolve()
        self._avoided.discard(file.parent)
        self._change(lambda settings: user_settings.with_folder(settings, kind, str(file)))

    def avoid_folder(self, folder: Path) -> None:
        """Propose a folder in which nothing could be written no more, until something can."""
        self._avoided.add(folder.absolute())

    def folder(self, kind: FileKind) -> Path:
        """Return the folder in which a file dialog for files of a kind begins.

        That is the last one, else the user's own for that kind, which may not exist yet. Where its
        name cannot be shown, it is the first folder above it whose name can.
        """
        last = Path(self.settings.folders.get(kind, ""))
        if last.is_absolute() and os.path.isdir(last) and texts.unshowable(last) is None:
            return last
        usual = _USUAL_FOLDERS[kind]()
        return next(p for p in (usual, *usual.parents) if texts.unshowable(p) is None)

    def folder_to_write(self, kind: FileKind) -> Path:
        """Return the folder to propose for a new file of a kind: one that can be written."""
        folder, home = self.folder(kind), Path.home()
        candidates = (folder, _USUAL_FOLDERS[kind](), home, Path(tempfile.gettempdir()))
        return next((p for p in candidates if self._takes_files(p)), folder)

    def _takes_files(self, folder: Path) -> bool:
        nearest = next(p for p in (folder, *folder.parents) if os.path.exists(p))
        is_writable = os.path.isdir(nearest) and os.access(nearest, os.W_OK)
        return is_writable and folder.absolute() not in self._avoided

    def _change(self, change: Callable[[Settings], Settings]) -> None:
        """Change the settings of this window and the saved ones; other windows' models stay."""
        self.settings = change(self.settings)
        saved = user_settings.update_settings(change)
        if saved is not None:
            self.settings = replace(
                self.settings,
                recent_files=saved.recent_files,
                recent_digests=saved.recent_digests,
                recent_opened=saved.recent_opened,
            )
