"""Files dropped on the real window by a real drag source."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.explorer.gui.driver import Window
from tests.explorer.gui.small_models import make_model
from tests.explorer.gui.xdnd import drop
from tests.golden_files import FOREIGN

pytestmark = pytest.mark.window


def drop_on_canvas(window: Window, *paths: Path) -> None:
    drop(window.display, window.centre("canvas"), paths)


def test_models_and_pictures_dropped_on_the_window_open(
    window: Window, model_path: Path, tmp_path: Path
) -> None:
    before = window.state()["pictures"]
    drop_on_canvas(window, FOREIGN, model_path)
    window.until(lambda: window.state()["model"] == FOREIGN.stem, "the first of the files")
    window.until(lambda: window.state()["pictures"] > before, "its picture")
    odd = make_model(tmp_path / "grün & blau, 100% (ß).safetensors", "green", seed=5)
    drop_on_canvas(window, odd)
    window.until(lambda: window.state()["file"] == odd.name, "the file with the odd name")
    window.settle()
    window.press("a")
    window.press("ctrl+s")
    window.until(lambda: window.state()["dialog"], "the dialog")
    window.press("Return")  # the name that is proposed
    window.until(lambda: "Saved" in window.state()["status"], "the picture to be saved")
    kept = window.settle()["edit"]
    (saved,) = (tmp_path / "Pictures").glob("*.png")
    picture = saved.rename(tmp_path / "Müller's face.png")
    window.press("b")
    window.until_edit(lambda edit: edit != kept, "another edit")
    drop_on_canvas(window, picture)
    window.until_edit(lambda edit: edit == kept, "the picture's recipe")


def test_a_folder_of_pictures_can_be_trained_with(window: Window, tmp_path: Path) -> None:
    pictures = tmp_path / "my cats"
    (pictures / "young").mkdir(parents=True)
    drop_on_canvas(window, pictures)
    window.until_dialog("No training run")
    window.press("Escape")
    (pictures / "young" / "a.JPG").write_bytes(b"")
    drop_on_canvas(window, pictures)
    window.until_dialog("Train a model")
    assert window.ask("value", "train.data") == str(pictures)
    window.press("Escape")
    window.until_dialog(None)


def test_a_name_that_is_not_text_is_refused_with_a_message(
    window: Window, model_path: Path, tmp_path: Path
) -> None:
    named_in_latin_1 = Path(os.fsdecode(os.fsencode(tmp_path) + b"/gr\xfcn.safetensors"))
    shutil.copy(model_path, named_in_latin_1)
    drop_on_canvas(window, named_in_latin_1)
    window.until(lambda: "not written in UTF-8" in window.state()["status"], "the message")
    assert window.state()["file"] == model_path.name
    window.press("ctrl+o")
    window.until(lambda: window.state()["dialog"], "the browser")
    window.press("Escape")


def test_a_dropped_run_is_followed_and_an_empty_folder_refused(
    window: Window, run_folder: Path, tmp_path: Path
) -> None:
    run = tmp_path / "ein Lauf für später"
    shutil.copytree(run_folder, run)
    drop_on_canvas(window, run)
    window.until(lambda: window.state()["file"] == "000002.safetensors", "the newest snapshot")
    window.until(lambda: window.ask("value", "training.name") == run.name, "the run's panel")
    empty = tmp_path / "leer"
    empty.mkdir()
    drop_on_canvas(window, empty)
    window.until_dialog("No training run")
    assert "leer" in window.ask("value", "dialog.words")
    window.press("Escape")
