"""Opening with a worker that answers late, names of saved files."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from explorer.edit.edit import default_edit
from explorer.edit.ops import with_psi
from explorer.edit.session import Session
from explorer.export.recipe import ModelRef, Recipe
from explorer.gui.context import View
from explorer.gui.controllers.opening import Opening
from explorer.gui.dialogs.paths import Paths
from explorer.gui.toolkit import native, texts
from tests.explorer.edit.test_session import model_info_with

EDIT = with_psi(default_edit(8), 0.25)


def opening() -> tuple[Opening, Any]:
    """Opening without a window, and the Ui that it works on."""
    ui = Mock(session=Session(), view=View())
    paths = Mock()
    paths.settings.device = "auto"
    return Opening(ui, Mock(), paths, Mock()), ui


def test_a_recipe_waits_for_its_own_model() -> None:
    """The answer to an earlier request comes first, and is not the model of the recipe."""
    part, ui = opening()
    part.open_model(Path("slow.safetensors"))
    part.open_model(Path("own.safetensors"), Recipe(EDIT, ModelRef("own", "22")))
    part.model_loaded(replace(model_info_with(8), path="slow.safetensors", digest="11"))
    assert ui.session.edit == default_edit(8)
    assert ui.view.loading == "own.safetensors"
    part.model_loaded(replace(model_info_with(8), path="own.safetensors", digest="22"))
    assert ui.session.edit == EDIT
    assert ui.view.loading == ""


def test_a_recipe_that_lies_about_its_model_is_refused() -> None:
    part, ui = opening()
    part.open_model(Path("own.safetensors"), Recipe(default_edit(6), ModelRef("own", "22")))
    part.model_loaded(replace(model_info_with(8), path="own.safetensors", digest="22"))
    assert ui.session.edit == default_edit(8)
    assert "it has 6 layers, the model 8" in ui.say.call_args.args[0]


def test_a_model_whose_file_was_written_again_is_told_from_the_old_one() -> None:
    part, ui = opening()
    part.open_model(Path("latest.pkl"), Recipe(EDIT, ModelRef("latest", "22")))
    part.model_loaded(replace(model_info_with(8), path="latest.pkl", digest="33"))
    assert ui.session.edit == EDIT
    assert "another model than it was made with, 'latest' (22)" in ui.say.call_args.args[0]
    part.open_model(Path("own.pkl"), Recipe(EDIT, ModelRef("own", "44")))
    part.model_loaded(replace(model_info_with(8), path="own.pkl", digest="44"))
    assert ui.say.call_args.args[0] == "Opened m."


def test_a_late_failure_does_not_lose_the_recipe() -> None:
    part, ui = opening()
    part.open_model(Path("bad.safetensors"))
    part.open_model(Path("own.safetensors"), Recipe(EDIT, ModelRef("own", "22")))
    part.model_failed("bad.safetensors", "It is damaged.")
    part.model_loaded(replace(model_info_with(8), path="own.safetensors", digest="22"))
    assert ui.session.edit == EDIT


def test_a_device_that_does_not_work_is_undone() -> None:
    part, ui = opening()
    part.open_model(Path("own.safetensors"))
    part.model_loaded(replace(model_info_with(8), path="own.safetensors"))
    ui.session.change(EDIT)
    part.use_device("cuda")
    assert (ui.view.device, ui.view.loading) == ("cuda", "own.safetensors")
    part.model_failed("own.safetensors", "The device 'cuda' is not available here.")
    assert (ui.view.device, ui.view.loading) == ("auto", "")
    part.use_device("cpu")
    part.model_loaded(replace(model_info_with(8), path="own.safetensors"))
    assert (ui.view.device, ui.session.edit) == ("cpu", EDIT)


def test_another_device_opens_what_a_saved_one_could_not() -> None:
    """The first model of a window: no other is shown, to which it could go back."""
    part, ui = opening()
    part.open_model(Path("own.safetensors"), Recipe(EDIT, ModelRef("own", "22")))
    part.model_failed("own.safetensors", "The device 'cuda' is not available here.")
    assert ui.view.loading == ""
    part.use_device("cpu")
    assert ui.view.loading == "own.safetensors"
    part.model_loaded(replace(model_info_with(8), path="own.safetensors", digest="22"))
    assert (ui.view.device, ui.session.edit) == ("cpu", EDIT)


def test_an_opened_model_does_not_own_the_picture_before() -> None:
    part, ui = opening()
    ui.view.pictured = EDIT
    part.open_model(Path("next.safetensors"))
    part.model_loaded(replace(model_info_with(8), path="next.safetensors"))
    assert ui.view.pictured is None


@pytest.mark.skipif(sys.platform != "linux", reason="names are UTF-8 or UTF-16 elsewhere")
def test_no_dialog_begins_in_a_folder_whose_name_cannot_be_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / os.fsdecode(b"b\xff")
    folder.mkdir()
    paths = Paths(Mock(), Mock(), Mock())
    paths.settings = replace(paths.settings, last_folder=str(tmp_path))
    assert paths.folder() == tmp_path
    paths.settings = replace(paths.settings, last_folder=str(folder))
    assert paths.folder() == Path.home()
    monkeypatch.setattr(Path, "home", lambda: folder / "me")
    assert paths.folder() == tmp_path


@pytest.mark.parametrize("typed", ["~nobody-of-this-name/a.mp4", "~draft.mp4", "a~b.mp4"])
def test_a_tilde_that_is_nobody_s_stays_a_letter(typed: str) -> None:
    assert texts.typed_path(f" {typed} ") == Path(typed)
    assert texts.typed_path("~/a.mp4") == Path.home() / "a.mp4"


@pytest.mark.parametrize(
    ("typed", "name"),
    [("face", "face.png"), ("face.PNG", "face.PNG"), ("v1.2", "v1.2.png"), ("a.jpg", "a.jpg.png")],
)
def test_a_saved_picture_has_its_suffix(typed: str, name: str) -> None:
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
def test_of_several_suffixes_a_name_without_one_takes_the_present_one(
    proposed: str, typed: str, name: str
) -> None:
    question = native.Question("Export", Path(), (".mp4", ".gif"), save=True, name=proposed)
    assert native.with_suffix_of(question, Path(typed)) == Path(name)
