"""Paths in file dialogs: which files they show, where they open, and what may be typed."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from explorer.gui.dialogs.paths import MODEL_SUFFIXES
from explorer.gui.preferences import Preferences
from explorer.gui.toolkit import texts


def test_file_dialogs_show_foreign_models() -> None:
    assert {".pkl", ".pt", ".pth", ".safetensors"} <= set(MODEL_SUFFIXES)


@pytest.mark.skipif(sys.platform != "linux", reason="names are UTF-8 or UTF-16 elsewhere")
def test_file_dialogs_avoid_folders_whose_name_cannot_be_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / os.fsdecode(b"b\xff")
    folder.mkdir()
    preferences = Preferences()
    preferences.settings = replace(preferences.settings, last_folder=str(tmp_path))
    assert preferences.folder() == tmp_path
    preferences.settings = replace(preferences.settings, last_folder=str(folder))
    assert preferences.folder() == Path.home()
    monkeypatch.setattr(Path, "home", lambda: folder / "me")
    assert preferences.folder() == tmp_path


@pytest.mark.parametrize("typed", ["~nobody-of-this-name/a.mp4", "~draft.mp4", "a~b.mp4"])
def test_a_tilde_before_an_unknown_user_is_an_ordinary_character(typed: str) -> None:
    assert texts.typed_path(f" {typed} ") == Path(typed)
    assert texts.typed_path("~/a.mp4") == Path.home() / "a.mp4"
