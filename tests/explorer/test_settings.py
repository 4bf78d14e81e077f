"""Settings: saved, read again, and never a reason not to start."""

import json
from pathlib import Path
from typing import Any

import pytest

from explorer.settings import (
    MAX_RECENT,
    Settings,
    load_settings,
    save_settings,
    with_folder,
    with_opened,
    with_recent,
)


def test_saved_settings_are_read_again(tmp_path: Path) -> None:
    path = tmp_path / "new" / "settings.json"
    settings = Settings("cuda", 1.5, 512, {"pictures": "/pictures"}, ("/a.png", "/b.mp4"))
    save_settings(settings, path)
    assert load_settings(path) == settings
    assert [p.name for p in path.parent.iterdir()] == ["settings.json"]


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "\xff", "[" * 100_000])
def test_a_damaged_or_missing_file_gives_the_defaults(tmp_path: Path, text: str) -> None:
    path = tmp_path / "settings.json"
    path.write_text(text, encoding="latin-1")
    assert load_settings(path) == Settings()
    assert load_settings(tmp_path / "missing.json") == Settings()
    assert load_settings(tmp_path) == Settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("device", 5),
        ("ui_scale", "large"),
        ("ui_scale", 1000),
        ("ui_scale", float("nan")),
        ("cache_mb", -1),
        ("cache_mb", True),
        ("recent_files", [1]),
        ("recent_files", "a.png"),
        ("recent_digests", {"a": 1}),
        ("folders", ["/a"]),
        ("folders", {"songs": "/a"}),
        ("folders", {"videos": 1}),
        ("from_the_future", 1),
    ],
)
def test_a_wrong_value_takes_its_default_and_the_others_stay(
    tmp_path: Path, name: str, value: Any
) -> None:
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({"device": "cpu", name: value}))
    assert load_settings(path) == Settings(Settings.device if name == "device" else "cpu")


def test_recent_files_are_kept_newest_first() -> None:
    settings = Settings()
    for i in range(20):
        settings = with_recent(settings, f"/pictures/{i}.png")
    settings = with_recent(settings, "/other/15.png")
    settings = with_recent(settings, "/pictures/15.png")
    assert settings.recent_files[:3] == ("/pictures/15.png", "/other/15.png", "/pictures/19.png")
    assert len(settings.recent_files) == len(set(settings.recent_files)) == MAX_RECENT
    assert settings.folders == {}


def test_folders_are_kept_by_the_kind_of_file() -> None:
    settings = with_folder(Settings(), "videos", "/films/a.mp4")
    settings = with_folder(settings, "pictures", "/pictures/a.png")
    settings = with_folder(settings, "videos", "/clips/b.mp4")
    assert settings.folders == {"videos": "/clips", "pictures": "/pictures"}


def test_the_folder_of_old_settings_is_that_of_models(tmp_path: Path) -> None:
    """It was set whenever a model was opened."""
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({"last_folder": "/models", "device": "cpu"}))
    assert load_settings(path) == Settings("cpu", folders={"models": "/models"})
    path.write_text(json.dumps({"last_folder": 7}))
    assert load_settings(path) == Settings()


def test_models_are_remembered_with_their_content_hash(tmp_path: Path) -> None:
    """Older settings have no hashes; one is added when a model is opened again."""
    first, second, path = tmp_path / "a.pkl", tmp_path / "b.pkl", tmp_path / "settings.json"
    first.touch()
    second.touch()
    gone = str(tmp_path / "gone.pkl")
    path.write_text(json.dumps({"recent_files": [str(first), gone, str(second)]}))
    settings = load_settings(path)
    assert settings.models_seen == {str(first): "", str(second): ""}
    save_settings(with_recent(settings, str(second), "22"), path)
    assert list(load_settings(path).models_seen.items()) == [(str(second), "22"), (str(first), "")]


def test_settings_that_cannot_be_saved_are_only_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    save_settings(Settings(), tmp_path / "file" / "settings.json")
    assert "settings were not saved" in caplog.text


def test_files_of_every_kind_are_kept_as_opened() -> None:
    settings = with_recent(Settings(), "/models/a.pkl", "aa")
    for path in ("/pictures/b.png", "/runs/c", "/models/a.pkl"):
        settings = with_opened(settings, path)
    assert settings.recent_opened == ("/models/a.pkl", "/runs/c", "/pictures/b.png")
    assert settings.recent_files == ("/models/a.pkl",)
