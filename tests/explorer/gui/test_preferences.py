"""Preferences: kept by several windows at once, and never a reason to stop."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from explorer import settings as user_settings
from explorer.gui.preferences import Preferences
from explorer.settings import MAX_RECENT, load_settings, settings_path


@pytest.fixture(autouse=True)
def _own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def model(folder: Path, name: str) -> Path:
    path = folder / f"{name}.safetensors"
    path.touch()
    return path


def test_two_windows_keep_both_their_models_and_choices(tmp_path: Path) -> None:
    first, second = Preferences(), Preferences()
    a, b, c = (model(tmp_path, name) for name in "abc")
    first.remember_model(a, "1")
    second.remember_model(b, "2")
    first.change(device="cpu")
    second.remember_folder("pictures", tmp_path / "faces" / "a.png")
    first.remember_folder("videos", tmp_path / "films" / "a.mp4")
    second.change(ui_scale=1.5)
    first.remember_model(c, "3")

    kept = load_settings()

    assert list(kept.models_seen.items()) == [(str(c), "3"), (str(b), "2"), (str(a), "1")]
    assert kept.folders == {
        "pictures": str(tmp_path / "faces"),
        "videos": str(tmp_path / "films"),
    }
    assert (kept.device, kept.ui_scale) == ("cpu", 1.5)
    assert first.settings.models_seen == kept.models_seen
    assert second.settings.device == "auto", "a choice of another window changes this one later"


def test_windows_that_write_at_the_same_time_lose_nothing(tmp_path: Path) -> None:
    paths = [model(tmp_path, f"m{i:02d}") for i in range(MAX_RECENT)]
    threads = [
        threading.Thread(target=Preferences().remember_model, args=(path, "")) for path in paths
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(load_settings().models_seen) == set(map(str, paths))


@pytest.mark.parametrize("name", ["A" * 5000, "/".join(["a" * 200] * 50), "a\0b", "\ud800", ""])
def test_impossible_paths_are_passed_over(tmp_path: Path, name: str) -> None:
    settings_path().parent.mkdir(parents=True)
    known = model(tmp_path, "known")
    folders = {"models": f"/{name}", "pictures": f"/{name}", "videos": name}
    settings_path().write_text(json.dumps({"recent_files": [name, str(known)], "folders": folders}))
    preferences = Preferences()
    assert preferences.settings.models_seen == {str(known): ""}
    assert preferences.folder("models").is_absolute()
    assert preferences.folder_to_write("videos").is_absolute()
    preferences.remember_model(known, "1")
    assert load_settings().models_seen == {str(known): "1"}


def test_a_folder_for_settings_that_cannot_be_written_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "config").touch()
    preferences = Preferences()
    for name in "ab":
        preferences.remember_model(model(tmp_path, name), "")
    assert list(preferences.settings.models_seen) == [
        str(tmp_path / f"{n}.safetensors") for n in "ba"
    ]
    assert caplog.text.count("The settings were not saved: ") == 1


def test_settings_are_saved_where_the_disk_has_no_locks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise NotImplementedError("no locks here")

    monkeypatch.setattr(user_settings, "FileLock", refuse)
    Preferences().change(device="cpu")
    assert load_settings().device == "cpu"


def test_a_folder_in_which_nothing_could_be_written_is_not_proposed_again(tmp_path: Path) -> None:
    preferences = Preferences()
    faces = tmp_path / "faces"
    faces.mkdir()
    preferences.remember_folder("pictures", faces / "a.png")
    assert preferences.folder_to_write("pictures") == faces
    preferences.avoid_folder(faces)
    assert preferences.folder_to_write("pictures") != faces
    assert preferences.folder("pictures") == faces, "files there can still be opened"
    preferences.remember_folder("pictures", faces / "b.png")
    assert preferences.folder_to_write("pictures") == faces


def test_a_folder_that_became_a_file_is_not_proposed(tmp_path: Path) -> None:
    preferences = Preferences()
    preferences.remember_folder("videos", tmp_path / "gone" / "a.mp4")
    (tmp_path / "gone").touch()
    assert preferences.folder_to_write("videos") != tmp_path / "gone"
