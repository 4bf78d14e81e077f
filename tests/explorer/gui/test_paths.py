"""Paths in file dialogs: which files they show, where they open, and what may be typed."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from unittest.mock import Mock

import pytest

from explorer.gui.dialogs.paths import MODEL_SUFFIXES, Paths
from explorer.gui.preferences import Preferences
from explorer.gui.toolkit import texts
from tests.explorer.model_infos import model_info_with


def test_file_dialogs_show_foreign_models() -> None:
    assert {".pkl", ".pt", ".pth", ".safetensors"} <= set(MODEL_SUFFIXES)


@pytest.mark.skipif(sys.platform != "linux", reason="names are UTF-8 or UTF-16 elsewhere")
def test_file_dialogs_avoid_folders_whose_name_cannot_be_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / os.fsdecode(b"b\xff")
    folder.mkdir()
    preferences = Preferences()
    preferences.settings = replace(preferences.settings, folders={"pictures": str(tmp_path)})
    assert preferences.folder("pictures") == tmp_path
    preferences.settings = replace(preferences.settings, folders={"pictures": str(folder)})
    monkeypatch.setenv("XDG_PICTURES_DIR", str(tmp_path / "Pictures"))
    assert preferences.folder("pictures") == tmp_path / "Pictures"
    monkeypatch.setenv("XDG_PICTURES_DIR", str(folder / "Pictures"))
    assert preferences.folder("pictures") == tmp_path


def test_each_kind_of_file_has_a_folder_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pictures and videos are saved in the user's, wherever models are opened."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_PICTURES_DIR", str(tmp_path / "Pictures"))
    monkeypatch.setenv("XDG_VIDEOS_DIR", str(tmp_path / "Videos"))
    (tmp_path / "models").mkdir()
    preferences = Preferences()
    preferences.remember_model(tmp_path / "models" / "a.pkl", "00")
    preferences.remember_folder("models", tmp_path / "models" / "a.pkl")
    later = Preferences()
    assert later.folder("models") == tmp_path / "models"
    assert later.folder("pictures") == tmp_path / "Pictures"
    assert later.folder("videos") == tmp_path / "Videos"
    assert not (tmp_path / "Pictures").exists()


def test_new_files_take_names_that_are_free(tmp_path: Path) -> None:
    ui = Mock()
    ui.session.model_info = model_info_with(8)
    preferences = Mock(folder_to_write=lambda kind: tmp_path / kind)
    paths = Paths(ui, Mock(), preferences, Mock())
    made = []
    for _ in range(3):
        made.append(paths.new_path("videos", ".mp4"))
        made[-1].parent.mkdir(exist_ok=True)
        made[-1].touch()
    assert len(set(made)) == 3
    assert {path.parent for path in made} == {tmp_path / "videos"}


@pytest.mark.parametrize("typed", ["~nobody-of-this-name/a.mp4", "~draft.mp4", "a~b.mp4"])
def test_a_tilde_before_an_unknown_user_is_an_ordinary_character(typed: str) -> None:
    assert texts.typed_path(f" {typed} ") == Path(typed)
    assert texts.typed_path("~/a.mp4") == Path.home() / "a.mp4"
