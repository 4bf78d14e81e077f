"""The user's settings, a small JSON file in the platform's folder.

A damaged file never keeps the program from starting.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, field, fields, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from filelock import FileLock, Timeout
from platformdirs import user_config_dir

from stylegan_core.files import replace_content
from stylegan_core.json_text import parsed_json

MAX_RECENT = 12
LOCK_PATIENCE_S = 2
FileKind = Literal["models", "pictures", "videos", "sessions", "data", "runs"]
FILE_KINDS: tuple[FileKind, ...] = get_args(FileKind)
_LISTS = {"recent_files", "recent_digests", "recent_opened"}


@dataclass(frozen=True)
class Settings:
    """Choices and recent files that are kept from one start to the next.

    `recent_files` are the models opened last, the newest first, among which a recipe finds its
    model; `recent_digests` are their content hashes. `recent_opened` are the files of every kind
    and the folders of runs that were opened or saved last. A `ui_scale` of 0 follows the display.
    `cache_mb` limits the memory for kept states and noise maps. `folders` are the folders used
    last, one for each kind of file.
    """

    device: str = "auto"
    ui_scale: float = 0.0
    cache_mb: int = 512
    folders: Mapping[FileKind, str] = field(default_factory=dict)
    recent_files: tuple[str, ...] = ()
    recent_digests: tuple[str, ...] = ()
    recent_opened: tuple[str, ...] = ()

    @property
    def models_seen(self) -> dict[str, str]:
        """Recent files that still exist, each with its content hash, "" if unknown."""
        return {path: digest for path, digest in self._recent.items() if os.path.isfile(path)}

    @property
    def _recent(self) -> dict[str, str]:
        """All recent files with their content hashes; settings of old versions lack the hashes."""
        digests = (*self.recent_digests, *[""] * len(self.recent_files))
        return dict(zip(self.recent_files, digests, strict=False))


def settings_path() -> Path:
    """Return the file that holds the settings."""
    return Path(user_config_dir("stylegan-explorer", appauthor=False)) / "settings.json"


def load_settings(path: Path | None = None) -> Settings:
    """Read the settings; a value that is missing, damaged or out of range takes its default."""
    try:
        data = parsed_json((path or settings_path()).read_bytes())
    except (OSError, ValueError):
        return Settings()
    if not isinstance(data, dict):
        return Settings()
    good = {f.name: data[f.name] for f in fields(Settings) if _is_good(f.name, data.get(f.name))}
    if "folders" not in good and isinstance(data.get("last_folder"), str):  # of old versions
        good["folders"] = {"models": data["last_folder"]}
    for name in _LISTS & good.keys():
        good[name] = tuple(good[name])[:MAX_RECENT]
    return Settings(**good)


def save_settings(settings: Settings, path: Path | None = None) -> bool:
    """Write the settings and return True; a failure is logged once, and False returned."""
    path = path or settings_path()
    try:
        replace_content(path, json.dumps(asdict(settings), indent=1).encode())
    except OSError as error:
        _warn_once(f"The settings were not saved: {error}")
        return False
    return True


def update_settings(
    change: Callable[[Settings], Settings], path: Path | None = None
) -> Settings | None:
    """Change the saved settings, which other windows change too; return them if they were saved."""
    path = path or settings_path()
    with _only_here(path):
        settings = change(load_settings(path))
        return settings if save_settings(settings, path) else None


@contextmanager
def _only_here(path: Path) -> Iterator[None]:
    """Let no other window change the settings meanwhile, where the disk has locks."""
    with ExitStack() as stack:
        with suppress(OSError, NotImplementedError, Timeout):
            path.parent.mkdir(parents=True, exist_ok=True)
            stack.enter_context(FileLock(path.with_suffix(".lock"), timeout=LOCK_PATIENCE_S))
        yield


@cache
def _warn_once(message: str) -> None:
    logging.getLogger(__name__).warning(message)


def with_recent(settings: Settings, path: str, digest: str = "") -> Settings:
    """Put a file at the front of the recent ones."""
    others = {p: d for p, d in settings._recent.items() if p != path}
    recent = {path: digest, **others}
    return replace(
        settings,
        recent_files=tuple(recent)[:MAX_RECENT],
        recent_digests=tuple(recent.values())[:MAX_RECENT],
    )


def with_opened(settings: Settings, path: str) -> Settings:
    """Put a file of any kind, or the folder of a run, at the front of those opened last."""
    known = settings.recent_opened or settings.recent_files  # old settings have models alone
    opened = tuple(dict.fromkeys((path, *known)))
    return replace(settings, recent_opened=opened[:MAX_RECENT])


def with_folder(settings: Settings, kind: FileKind, path: str) -> Settings:
    """Remember a file's folder as the one used last for files of its kind."""
    return replace(settings, folders={**settings.folders, kind: str(Path(path).parent)})


def _is_good(name: str, value: Any) -> bool:
    if name in ("ui_scale", "cache_mb") and isinstance(value, bool):
        return False
    if name == "ui_scale":
        return isinstance(value, int | float) and (value == 0 or 0.5 <= value <= 4)
    if name == "cache_mb":
        return isinstance(value, int) and 0 <= value <= 65_536
    if name == "folders":
        return isinstance(value, dict) and all(
            kind in FILE_KINDS and isinstance(folder, str) for kind, folder in value.items()
        )
    if name in _LISTS:
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    return isinstance(value, str)
