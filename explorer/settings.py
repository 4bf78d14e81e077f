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
LISTS = {"recent_files", "recent_digests"}


@dataclass(frozen=True)
class Settings:
    """What is remembered from one start to the next.

    `recent_files` are models that were opened, the last one first, by which a recipe finds its own;
    `recent_digests` their content hashes, in the same order.
    `ui_scale` 0 follows the display. `cache_mb` bounds the kept states and noise maps.
    """

    device: str = "auto"
    ui_scale: float = 0.0
    cache_mb: int = 512
    last_folder: str = ""
    recent_files: tuple[str, ...] = ()
    recent_digests: tuple[str, ...] = ()

    @property
    def models_seen(self) -> dict[str, str]:
        """The recent files that are still there, with their content hashes, "" where unknown."""
        digests = (*self.recent_digests, *[""] * len(self.recent_files))
        pairs = zip(self.recent_files, digests, strict=False)
        return {path: digest for path, digest in pairs if Path(path).is_file()}


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
    for name in LISTS & good.keys():
        good[name] = tuple(good[name])[:MAX_RECENT]
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


def with_recent(settings: Settings, path: str, digest: str = "") -> Settings:
    """The settings with a file at the front of the recent ones, and its folder as the last."""
    digests = (*settings.recent_digests, *[""] * len(settings.recent_files))
    others = {p: d for p, d in zip(settings.recent_files, digests, strict=False) if p != path}
    seen = {path: digest, **others}
    settings = replace(
        settings,
        recent_files=tuple(seen)[:MAX_RECENT],
        recent_digests=tuple(seen.values())[:MAX_RECENT],
    )
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
    if name in LISTS:
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    return isinstance(value, str)
