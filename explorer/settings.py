"""The user's settings: a small JSON file in the platform's folder, never a reason not to start."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from platformdirs import user_config_dir

from stylegan_core.files import replacing

MAX_RECENT = 12


@dataclass(frozen=True)
class Settings:
    """What is remembered from one start to the next.

    `recent_files` are models that were opened, the last one first, by which a recipe finds its own.
    `ui_scale` 0 follows the display. `cache_mb` bounds the kept states and noise maps.
    """

    device: str = "auto"
    ui_scale: float = 0.0
    cache_mb: int = 512
    last_folder: str = ""
    recent_files: tuple[str, ...] = ()


def settings_path() -> Path:
    """Where the settings lie."""
    return Path(user_config_dir("stylegan-explorer", appauthor=False)) / "settings.json"


def load_settings(path: Path | None = None) -> Settings:
    """The settings; whatever is missing, damaged or out of range takes its default."""
    try:
        data = json.loads((path or settings_path()).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return Settings()
    if not isinstance(data, dict):
        return Settings()
    good = {f.name: data[f.name] for f in fields(Settings) if _is_good(f.name, data.get(f.name))}
    if "recent_files" in good:
        good["recent_files"] = tuple(good["recent_files"])[:MAX_RECENT]
    return Settings(**good)


def save_settings(settings: Settings, path: Path | None = None) -> None:
    """Write the settings; where that is impossible it is logged and nothing else happens."""
    path = path or settings_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as aside:
            aside.write_text(json.dumps(asdict(settings), indent=1), encoding="utf-8")
    except OSError as error:
        logging.getLogger(__name__).warning("settings were not saved: %s", error)


def with_recent(settings: Settings, path: str) -> Settings:
    """The settings with a file at the front of the recent ones, and its folder as the last."""
    others = tuple(p for p in settings.recent_files if p != path)
    settings = replace(settings, recent_files=(path, *others)[:MAX_RECENT])
    return with_folder(settings, path)


def with_folder(settings: Settings, path: str) -> Settings:
    """The settings with a file's folder as the last."""
    return replace(settings, last_folder=str(Path(path).parent))


def _is_good(name: str, value: Any) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if name == "ui_scale":
        return number and (value == 0 or 0.5 <= value <= 4)
    if name == "cache_mb":
        return number and isinstance(value, int) and 0 <= value <= 65_536
    if name == "recent_files":
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    return isinstance(value, str)
