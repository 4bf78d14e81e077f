"""The first minute: a pair that shows what the window is for, letters over the sliders' ends."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from explorer.edit.example import FACE_A, FACE_B
from explorer.export.model_files import bundled_models
from explorer.gui.toolkit import palette
from tests.explorer.gui.actions import choose, replace_text, save_picture, type_path
from tests.explorer.gui.driver import OpenWindow, Window

pytestmark = pytest.mark.window


def columns_of(window: Window, box: tuple[float, ...], colour: palette.Colour) -> float:
    """Return the mean x, in pixels of the screen, of the pixels of a colour in a box."""
    left, top, width, height = (round(value) for value in box)
    picture = window.display.picture().crop((left, top, left + width, top + height))
    distance = np.abs(np.asarray(picture, int) - np.asarray(colour[:3])).max(axis=2)
    found = np.nonzero(distance < 40)[1]
    assert len(found)
    return float(left + found.mean())


def test_the_window_opens_on_an_example(open_window: OpenWindow) -> None:
    """Each letter stands over the grab of a slider at its end; Tab shows what was before a walk."""
    window = open_window()
    first = window.until_picture()
    assert first["file"] == bundled_models()[0].name
    assert [source["seed"] for source in first["edit"]["sources"]] == [FACE_A, FACE_B]
    for slider, colour in (("coarse", palette.FACE_A), ("fine", palette.FACE_B)):
        grab = columns_of(window, window.rect(f"mix.{slider}"), colour)
        letter = columns_of(window, window.rect("mix.ends"), colour)
        assert abs(grab - letter) <= 1
    for command in ("edit.undo", "file.stop", "timeline.play"):
        assert not window.ask("config", f"menu.{command}")["enabled"], "there is nothing to do"

    left, top, width, height = window.rect("canvas")
    middle = (left + width / 2, top + height / 2)
    window.drag(middle, (middle[0] + 100, middle[1]))
    walked = window.settle()
    assert walked["picture"] != first["picture"]
    window.display.key("Tab", True)
    window.until(lambda: window.settle()["picture"] == first["picture"], "before the walk")
    window.display.key("Tab", False)
    window.until(lambda: window.settle()["picture"] == walked["picture"], "the walk")
    window.press("ctrl+z")
    window.until_edit(lambda edit: edit == first["edit"], "the example")


def test_the_card_and_recent_files_of_every_kind(window: Window, run_folder: Path) -> None:
    """A model that was asked for opens without the example."""
    assert [source["seed"] for source in window.edit()["sources"]] == [1, 2]
    window.press("ctrl+i")
    window.until_dialog("About this model")
    window.press("Escape")
    window.until_dialog(None)
    save_picture(window, window.folder / "kept.png")
    run = window.folder / "run"
    shutil.copytree(run_folder, run)
    window.press("ctrl+f")
    type_path(window, "browser.path", run)
    window.press("Return")
    window.until(lambda: (window.state()["file"] or "").startswith("0000"), "a snapshot")
    window.until_picture()
    window.press("ctrl+shift+r")
    window.until_dialog("Open recent")
    labels = [window.ask("config", f"recent.{index}")["label"] for index in range(3)]
    assert labels == [run.name, "kept.png", "small.safetensors"]
    assert window.ask("unexplained") == []
    window.click("recent.1")
    window.until_dialog("Made with another model")
    window.press("Escape")
    window.until_dialog(None)


def test_the_preset_comes_first_and_touched_fields_stay(window: Window) -> None:
    """Unknown settings get a proposal while they are typed, before anything is started."""
    window.press("ctrl+t")
    window.until_dialog("Train a model")
    fields = ("preset", "data", "resolution", "kimg", "out")
    tops = [window.rect(f"train.{field}")[1] for field in fields]
    assert tops == sorted(tops)
    replace_text(window, "train.kimg", "20")
    choose(window, "train.preset", 2)
    window.until(lambda: "features" in window.ask("value", "train.preset"), "another preset")
    assert window.ask("value", "train.resolution").startswith("128 ")
    assert window.ask("value", "train.kimg") == "20"
    choose(window, "train.resolution", 2)
    window.until(lambda: window.ask("value", "train.resolution").startswith("32 "), "the size")
    choose(window, "train.preset", 1)
    window.until(lambda: window.ask("value", "train.preset") == "portraits-cpu", "the first preset")
    assert window.ask("value", "train.resolution").startswith("32 ")
    assert window.ask("value", "train.kimg") == "20"
    assert "Proposed: 64" in window.ask("value", "train.purpose")
    replace_text(window, "train.more", "r1_gama=5")
    window.until(
        lambda: "did you mean r1_gamma?" in window.ask("value", "train.estimate"), "the proposal"
    )
    window.press("Escape")
    window.until_dialog(None)
