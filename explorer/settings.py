"""The user's settings, a small JSON file in the platform's folder.

A damaged file never keeps the program from starting.
"""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from platformdirs import user_config_dir

from stylegan_core.files import replacing
from stylegan_core.json_text import parsed_json

MAX_RECENT = 12
_LISTS = {"recent_files", "recent_digests"}


@dataclass(frozen=True)
class Settings:
    """Choices and recent files that are kept from one start to the next.

    `recent_files` are the models opened last, the newest first, among which a recipe finds its
    model; `recent_digests` are their content hashes. A `ui_scale` of 0 follows the display.
    `cache_mb` limits the memory for kept states and noise maps.
    """

    device: str = "auto"
    ui_scale: float = 0.0
    cache_mb: int = 512
    last_folder: str = ""
    recent_files: tuple[str, ...] = ()
    recent_digests: tuple[str, ...] = ()

    @property
    def models_seen(self) -> dict[str, str]:
        """Recent files that still exist, each with its content hash, "" if unknown."""
        return {path: digest for path, digest in self._recent.items() if Path(path).is_file()}

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
    for name in _LISTS & good.keys():
        good[name] = tuple(good[name])[:MAX_RECENT]
    return Settings(**good)


def save_settings(settings: Settings, path: Path | None = None) -> None:
    """Write the settings; a failure is logged, and nothing else happens."""
    path = path or settings_path()
    try:
        with replacing(path) as partial:
            partial.write_text(json.dumps(asdict(settings), indent=1), encoding="utf-8")
    except OSError as error:
        logging.getLogger(__name__).warning("settings were not saved: %s", error)


def with_recent(settings: Settings, path: str, digest: str = "") -> Settings:
    """Put a file at the front of the recent ones, and remember its folder."""
    others = {p: d for p, d in settings._recent.items() if p != path}
    recent = {path: digest, **others}
    settings = replace(
        settings,
        recent_files=tuple(recent)[:MAX_RECENT],
        recent_digests=tuple(recent.values())[:MAX_RECENT],
    )
    return with_folder(settings, path)


def with_folder(settings: Settings, path: str) -> Settings:
    """Remember a file's folder as the last one used."""
    return replace(settings, last_folder=str(Path(path).parent))


def _is_good(name: str, value: Any) -> bool:
    if name in ("ui_scale", "cache_mb") and isinstance(value, bool):
        return False
    if name == "ui_scale":
        return isinstance(value, int | float) and (value == 0 or 0.5 <= value <= 4)
    if name == "cache_mb":
        return isinstance(value, int) and 0 <= value <= 65_536
    if name in _LISTS:
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    return isinstance(value, str)
