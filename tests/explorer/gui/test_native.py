"""The desktop's own file dialog: how it is opened, and the suffixes of the names it returns."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from explorer.gui.toolkit import native


@pytest.mark.parametrize(
    ("program", "flag"), [("zenity", "--directory"), ("kdialog", "--getexistingdirectory")]
)
def test_the_desktop_is_asked_for_a_folder(
    monkeypatch: pytest.MonkeyPatch, program: str, flag: str
) -> None:
    monkeypatch.delenv("STYLEGAN_EXPLORER_PLAIN_DIALOGS", raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr(shutil, "which", lambda name: name if name == program else None)
    asked = native.command(native.Question("A run", Path("/runs"), ()))
    assert asked is not None
    assert flag in asked[0]
    assert "--save" not in asked[0]


@pytest.mark.parametrize(
    ("typed", "name"),
    [("face", "face.png"), ("face.PNG", "face.PNG"), ("v1.2", "v1.2.png"), ("a.jpg", "a.jpg.png")],
)
def test_a_saved_picture_gets_its_suffix(typed: str, name: str) -> None:
    question = native.Question("Save", Path(), (".png",), save=True)
    assert native.with_suffix_of(question, Path(typed)) == Path(name)


@pytest.mark.parametrize(
    ("proposed", "typed", "name"),
    [
        ("x.gif", "film", "film.gif"),
        ("x.GIF", "film", "film.GIF"),
        ("x.gif", "film.mp4", "film.mp4"),
        ("x.gif", "frames.png", "frames.png"),
        ("frames", "film", "film"),
        ("frames.png", "film", "film"),
        ("", "film", "film"),
    ],
)
def test_a_name_without_suffix_takes_the_proposed_one(proposed: str, typed: str, name: str) -> None:
    question = native.Question("Export", Path(), (".mp4", ".gif"), save=True, name=proposed)
    assert native.with_suffix_of(question, Path(typed)) == Path(name)
