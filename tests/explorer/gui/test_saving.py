"""Saving pictures in the real window, and restoring what they carry."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from explorer.cli import main
from explorer.edit.edit import default_edit
from explorer.edit.edit_json import from_json
from explorer.export.export import save_png
from explorer.export.recipe import ModelRef, Recipe
from explorer.export.recipe_json import read_recipe
from tests.explorer.gui.actions import (
    ONLY_PREVIEWS,
    answer_like_zenity,
    open_path,
    save_picture,
    type_path,
)
from tests.explorer.gui.driver import OpenWindow, Window
from tests.explorer.gui.small_models import make_model
from tests.pixels import pixels

pytestmark = pytest.mark.window


def test_the_screen_shows_the_rendered_picture(window: Window) -> None:
    """The mean colours of a coarse grid agree between the screen and the saved picture."""
    (left, top), (right, bottom) = window.settle()["place"]
    x, y, _, _ = window.rect("canvas")
    place = (int(x + left), int(y + top), int(x + right), int(y + bottom))
    screen = window.display.picture().crop(place)
    saved = save_picture(window, window.folder / "shown.png")
    shown = np.asarray(screen.resize((4, 4), 4), float)
    rendered = np.asarray(saved.resize((4, 4), 4), float)
    assert np.abs(shown - rendered).max() < 12


@pytest.mark.everyday
def test_a_saved_picture_restores_its_edit(window: Window) -> None:
    window.press("2")
    window.press("n")
    made = window.settle()
    path = window.folder / "kept.png"
    save_picture(window, path)
    assert read_recipe(path).edit == from_json(made["edit"])
    window.press("a")
    window.press("p")
    window.press("r")
    window.until_edit(lambda edit: edit != made["edit"], "other edits")
    open_path(window, path)
    window.until_edit(lambda edit: edit == made["edit"], "the picture's recipe")
    assert window.settle()["picture"] == made["picture"]


def test_a_saved_picture_is_what_the_command_renders(window: Window, model_path: Path) -> None:
    for key in ("2", "n", "p"):
        window.press(key)
    window.settle()
    shown, again = window.folder / "shown.png", window.folder / "again.png"
    saved = np.asarray(save_picture(window, shown))
    assert main(["render", str(shown), str(again), "--model", str(model_path)]) == 0
    assert (pixels(again) == saved).all()


def test_the_full_picture_is_saved_where_only_previews_are_shown(
    open_window: OpenWindow, model_path: Path
) -> None:
    window = open_window(str(model_path), change=ONLY_PREVIEWS)
    window.until_picture()
    window.press("2")
    edit = from_json(window.settle()["edit"])
    kept, again = window.folder / "kept.png", window.folder / "again.png"
    window.press("ctrl+s")
    type_path(window, "browser.path", kept)
    window.press("Return")
    window.until(lambda: f"Wrote {kept}" in window.state()["status"], "the picture to be made")
    assert read_recipe(kept).edit == edit
    assert main(["render", str(kept), str(again), "--model", str(model_path)]) == 0
    assert (pixels(again) == pixels(kept)).all()


def test_pictures_and_videos_go_to_the_user_s_own_folders(window: Window) -> None:
    """Each is made when something is saved there, wherever the model lies."""
    pictures, videos = window.folder / "Pictures", window.folder / "Videos"
    window.press("ctrl+s")
    window.until_dialog("Save the picture")
    assert window.ask("value", "browser.folder") == str(pictures)
    assert window.ask("value", "browser.note") == "This folder is made when you save."
    assert not pictures.exists()
    window.press("Return")
    window.until(lambda: f"Saved {pictures}" in window.state()["status"], "the picture")
    assert [path.suffix for path in pictures.iterdir()] == [".png"]
    window.press("k")
    window.until(lambda: window.state()["keyframes"] == 1, "a keyframe")
    window.press("ctrl+e")
    window.until_dialog("Export the timeline")
    assert Path(window.ask("value", "export.path")).parent == videos
    window.press("Escape")
    window.until_dialog(None)
    assert not videos.exists()


def test_opening_a_picture_of_another_model_asks_first(window: Window, tmp_path: Path) -> None:
    path = tmp_path / "other.png"
    save_picture(window, path)
    other = make_model(tmp_path / "other.safetensors", "other", seed=5)
    open_path(window, other)
    window.until(lambda: window.state()["model"] == "other", "the other model")
    window.settle()
    open_path(window, path)
    window.until_dialog("Made with another model")
    assert "'small'" in window.ask("value", "dialog.words")
    window.press("Escape")
    window.until_dialog(None)


def test_the_missing_model_of_a_picture_is_named(open_window: OpenWindow, tmp_path: Path) -> None:
    path = tmp_path / "orphan.png"
    recipe = Recipe(default_edit(10), ModelRef("lost", "0" * 64))
    save_png(np.zeros((64, 64, 3), np.uint8), path, recipe)
    window = open_window(str(path))
    window.until_dialog("The model is missing")
    assert "'lost'" in window.ask("value", "dialog.words")
    window.press("Escape")
    window.until_dialog(None)
    for key in ("ctrl+r", "ctrl+s", "n", "w", "x", "2", "k", "space", "ctrl+z", "h", "Delete"):
        window.press(key)  # all keys work without a model
    window.press("ctrl+r")
    window.until(lambda: "open a model first" in window.state()["status"], "the message")


def test_the_desktop_s_file_dialog_saves_with_a_suffix_and_replaces_nothing(
    open_window: OpenWindow, model_path: Path, tmp_path: Path
) -> None:
    """A stand-in for zenity answers with a name without suffix, as people type it."""
    folder = tmp_path / "desktop"
    environment = answer_like_zenity(folder, f"echo '{folder}/typed'")
    window = open_window(str(model_path), **environment)
    window.until_picture()
    window.press("ctrl+s")
    window.until(lambda: "Saved" in window.state()["status"], "the picture to be saved")
    first = (folder / "typed.png").read_bytes()
    window.press("a")
    window.settle()
    window.press("ctrl+s")
    window.until(lambda: "already exists" in window.state()["status"], "the refusal")
    assert (folder / "typed.png").read_bytes() == first
