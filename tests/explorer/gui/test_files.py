"""Opening, saving and exporting in the real window, with real mouse and key events."""

from __future__ import annotations

import shutil
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from explorer.cli import main
from explorer.edit.edit import default_edit
from explorer.edit.edit_json import from_json
from explorer.export import model_files
from explorer.export.export import save_png
from explorer.export.recipe import ModelRef, Recipe
from explorer.export.recipe_json import read_recipe
from tests.explorer.gui.conftest import OpenWindow, make_model
from tests.explorer.gui.display import Display
from tests.explorer.gui.driver import Window

pytestmark = pytest.mark.window
FOREIGN = Path(__file__).parents[2] / "golden" / "pkl" / "sg1_tiny128_proto4.pkl"
DEVICE_MENU, DEVICE_CPU = (
    (451, 13),
    (465, 61),
)  # from the window's corner; a menu does not tell its position
FIRST_ROW, ROW = 20, 21  # from a combo's edge to the first entry of its list, and on to the next


def test_the_screen_shows_the_rendered_picture(window: Window) -> None:
    """The mean colours of a coarse grid agree between the screen and the saved picture."""
    (left, top), (right, bottom) = window.settle()["place"]
    x, y, _, _ = window.rect("canvas")
    place = (int(x + left), int(y + top), int(x + right), int(y + bottom))
    screen = window.display.picture().crop(place)
    saved = _save(window, window.folder / "shown.png")
    shown = np.asarray(screen.resize((4, 4), 4), float)
    rendered = np.asarray(saved.resize((4, 4), 4), float)
    assert np.abs(shown - rendered).max() < 12


def test_a_saved_picture_restores_its_edit(window: Window) -> None:
    window.press("2")
    window.press("n")
    made = window.settle()
    path = window.folder / "kept.png"
    _save(window, path)
    assert read_recipe(path).edit == from_json(made["edit"])
    window.press("a")
    window.press("p")
    window.press("r")
    window.until_edit(lambda edit: edit != made["edit"], "other edits")
    _open(window, path)
    window.until_edit(lambda edit: edit == made["edit"], "the picture's recipe")
    assert window.settle()["picture"] == made["picture"]


def test_a_saved_picture_is_what_the_command_renders(window: Window, model_path: Path) -> None:
    for key in ("2", "n", "p"):
        window.press(key)
    window.settle()
    shown, again = window.folder / "shown.png", window.folder / "again.png"
    saved = np.asarray(_save(window, shown))
    assert main(["render", str(shown), str(again), "--model", str(model_path)]) == 0
    assert (_pixels(again) == saved).all()


# As on a slow machine while noise flows: the canvas never shows more than a preview.
ONLY_PREVIEWS = """
from explorer.gui import context
context.View.pictured = property(lambda view: None, lambda view, edit: None)
"""


def test_the_full_picture_is_saved_where_only_previews_are_shown(
    open_window: OpenWindow, model_path: Path
) -> None:
    window = open_window(str(model_path), change=ONLY_PREVIEWS)
    window.until_picture()
    window.press("2")
    edit = from_json(window.settle()["edit"])
    kept, again = window.folder / "kept.png", window.folder / "again.png"
    window.press("ctrl+s")
    _type_path(window, "browser.path", kept)
    window.press("Return")
    window.until(lambda: f"Wrote {kept}" in window.state()["status"], "the picture to be made")
    assert read_recipe(kept).edit == edit
    assert main(["render", str(kept), str(again), "--model", str(model_path)]) == 0
    assert (_pixels(again) == _pixels(kept)).all()


def test_opening_a_picture_of_another_model_asks_first(
    window: Window, open_window: OpenWindow, tmp_path: Path
) -> None:
    path = tmp_path / "other.png"
    _save(window, path)
    other = make_model(tmp_path / "other.safetensors", "other", seed=5)
    _open(window, other)
    window.until(lambda: window.state()["model"] == "other", "the other model")
    window.settle()
    _open(window, path)
    window.until(lambda: window.state()["dialog"] == "Made with another model", "the question")
    assert "'small'" in window.ask("value", "dialog.words")
    window.press("Escape")
    window.until(lambda: not window.state()["dialog"], "Escape to close the question")


def test_the_missing_model_of_a_picture_is_named(open_window: OpenWindow, tmp_path: Path) -> None:
    path = tmp_path / "orphan.png"
    recipe = Recipe(default_edit(10), ModelRef("lost", "0" * 64))
    save_png(np.zeros((64, 64, 3), np.uint8), path, recipe)
    window = open_window(str(path))
    window.until(lambda: window.state()["dialog"] == "The model is missing", "the question")
    assert "'lost'" in window.ask("value", "dialog.words")
    window.press("Escape")
    window.until(lambda: window.state()["dialog"] is None, "Escape to close the question")
    for key in ("ctrl+r", "ctrl+s", "n", "w", "x", "2", "k", "space", "ctrl+z", "h", "Delete"):
        window.press(key)  # all keys work without a model
    window.press("ctrl+r")
    window.until(lambda: "open a model first" in window.state()["status"], "the message")


def test_export_and_cancel(window: Window) -> None:
    import av

    window.press("k")
    window.press("a")
    window.press("k")
    window.until(lambda: window.state()["keyframes"] == 2, "two keyframes")
    path = window.folder / "short.mp4"
    _export(window, path)
    window.until(lambda: "Wrote" in window.state()["status"], "the export")
    with av.open(str(path)) as film:
        assert sum(1 for _ in film.decode(video=0)) == 4 * 30
    recipe = read_recipe(path)
    assert recipe.timeline is not None
    assert len(recipe.timeline.keyframes) == 2
    gone = window.folder / "long.mp4"
    _lengthen(window)
    _export(window, gone)
    window.click("status.cancel")
    window.until(lambda: "cancelled" in window.state()["status"], "the export to be cancelled")
    assert [p.name for p in window.folder.iterdir() if "long" in p.name] == []


def test_closing_the_window_asks_about_an_export(
    display: Display, model_path: Path, tmp_path: Path
) -> None:
    window = Window(display, tmp_path, str(model_path))
    try:
        window.connect()
        window.until_picture()
        _start_a_long_export(window, tmp_path / "long.mp4")
        window.press("ctrl+q")
        window.until(lambda: window.state()["dialog"] == "An export is running", "the question")
        assert "long.mp4" in window.ask("value", "dialog.words")
        window.click("dialog.button.0")
        window.until(lambda: window.state()["dialog"] is None, "the window to stay")
        assert window.state()["job"], "the export goes on"
        window.press("ctrl+q")
        window.until(lambda: window.state()["dialog"] == "An export is running", "the question")
        window.click("dialog.button.1")
        assert window.process.wait(30) == 0
        assert [p.name for p in tmp_path.iterdir() if "long" in p.name] == []
    finally:
        window.discard()


def test_any_size_and_rate_can_be_typed(window: Window) -> None:
    """A size may be smaller than the model's; MP4 takes even sizes only."""
    import av

    window.press("k")
    window.until(lambda: window.state()["keyframes"] == 1, "a keyframe")
    path = window.folder / "odd.mp4"
    window.press("ctrl+e")
    _type_path(window, "export.path", path)
    _replace_text(window, "export.size", "4")
    window.until(lambda: "not possible" in window.ask("value", "export.summary"), "the problem")
    window.click("export.go")
    _replace_text(window, "export.size", "39")
    _replace_text(window, "export.fps", "29.97")
    window.until(lambda: "40" in window.ask("value", "export.summary").split(), "an even size")
    window.click("export.go")
    window.until(lambda: "Wrote" in window.state()["status"], "the export")
    with av.open(str(path)) as film:
        video = film.streams.video[0]
        assert (video.width, video.height) == (40, 40)
        assert video.average_rate == Fraction("29.97")


def test_cancelling_the_browser_leads_back_to_the_export_dialog(window: Window) -> None:
    window.press("k")
    window.until(lambda: window.state()["keyframes"] == 1, "a keyframe")
    window.press("ctrl+e")

    def until_dialog(title: str) -> None:
        window.until(lambda: window.state()["dialog"] == title, title)

    until_dialog("Export the timeline")
    window.click("export.browse")
    until_dialog("Export to")
    window.press("Escape")
    until_dialog("Export the timeline")
    window.click("export.browse")
    until_dialog("Export to")
    left, _, width, _ = window.rect("browser.path")
    above = window.centre("browser.folder")[1] - 36
    window.click_at(left + width - 3, above)  # the cross in the title's corner
    until_dialog("Export the timeline")
    window.press("Escape")
    window.until(lambda: window.state()["dialog"] is None, "the dialog to close")


def test_an_export_asks_before_it_replaces_a_file(window: Window) -> None:
    window.press("k")
    window.until(lambda: window.state()["keyframes"] == 1, "a keyframe")
    path = window.folder / "kept.gif"
    path.write_text("precious")
    window.press("ctrl+e")
    _type_path(window, "export.path", path)
    window.click("export.go")
    window.until(lambda: "exists" in window.ask("value", "export.summary"), "the question")
    assert path.read_text() == "precious"
    window.click("export.go")
    window.until(lambda: window.state()["job"], "the export to start")
    window.click("status.cancel")
    window.until(lambda: "cancelled" in window.state()["status"], "the export to be cancelled")
    assert path.read_text() == "precious", "only a complete export replaces a file"


def test_the_desktop_s_own_file_dialog(
    open_window: OpenWindow, model_path: Path, tmp_path: Path
) -> None:
    """A stand-in for zenity answers with a name without suffix, as people type it."""
    folder = tmp_path / "desktop"
    folder.mkdir()
    zenity = folder / "zenity"
    zenity.write_text(f"#!/bin/sh\necho '{folder}/typed'\n")
    zenity.chmod(0o755)
    window = open_window(
        str(model_path), PATH=f"{folder}:/usr/bin:/bin", STYLEGAN_EXPLORER_PLAIN_DIALOGS=""
    )
    window.until_picture()
    window.press("ctrl+s")
    window.until(lambda: "Saved" in window.state()["status"], "the picture to be saved")
    first = (folder / "typed.png").read_bytes()
    window.press("a")
    window.settle()
    window.press("ctrl+s")
    window.until(lambda: "already exists" in window.state()["status"], "the refusal")
    assert (folder / "typed.png").read_bytes() == first


def test_an_export_keeps_one_suffix(
    open_window: OpenWindow, model_path: Path, tmp_path: Path
) -> None:
    """A name from the desktop's dialog gets the proposed suffix; another format replaces it."""
    folder = tmp_path / "desktop"
    folder.mkdir()
    zenity = folder / "zenity"
    zenity.write_text(f"#!/bin/sh\necho '{folder}/film'\n")
    zenity.chmod(0o755)
    (folder / "film.mp4").write_text("precious")
    window = open_window(
        str(model_path), PATH=f"{folder}:/usr/bin:/bin", STYLEGAN_EXPLORER_PLAIN_DIALOGS=""
    )
    window.until_picture()

    def until_path(path: Path, label: str) -> None:
        wanted = (str(path), label)
        window.until(lambda: _values(window, "export.path", "export.format") == wanted, str(path))

    window.press("k")
    window.until(lambda: window.state()["keyframes"] == 1, "a keyframe")
    window.press("ctrl+e")
    window.until(lambda: window.state()["dialog"] == "Export the timeline", "the dialog")
    labels = window.ask("config", "export.format")["items"]
    window.click("export.browse")
    until_path(folder / "film.mp4", labels[0])
    window.until(lambda: window.state()["dialog"] == "Export the timeline", "the dialog")
    window.click("export.go")
    window.until(lambda: "exists" in window.ask("value", "export.summary"), "the question")
    _choose(window, "export.format", 1)
    until_path(folder / "film.gif", labels[1])
    for typed, place, path in (("frames.png", 0, "frames.mp4"), ("a.MOV", 1, "a.gif")):
        _type_path(window, "export.path", tmp_path / typed)
        until_path(Path("~") / typed, labels[3])
        _choose(window, "export.format", place)
        until_path(tmp_path / path, labels[place])
    window.press("Escape")
    window.until(lambda: window.state()["dialog"] is None, "the dialog to close")
    assert (folder / "film.mp4").read_text() == "precious"


def test_one_export_at_a_time(open_window: OpenWindow, model_path: Path, tmp_path: Path) -> None:
    """The desktop's dialog leaves the window alive: an export starts before it is answered."""
    folder = tmp_path / "desktop"
    folder.mkdir()
    zenity = folder / "zenity"
    zenity.write_text(
        f"#!/bin/sh\nuntil [ -e {folder}/go ]; do sleep 0.05; done\necho '{folder}/late.png'\n"
    )
    zenity.chmod(0o755)
    window = open_window(
        str(model_path),
        change=ONLY_PREVIEWS,
        PATH=f"{folder}:/usr/bin:/bin",
        STYLEGAN_EXPLORER_PLAIN_DIALOGS="",
    )
    window.until_picture()
    window.press("ctrl+s")
    _start_a_long_export(window, tmp_path / "long.mp4")
    first = window.state()["job"]
    (folder / "go").touch()
    window.until(lambda: "An export is running" in window.state()["status"], "the refusal")
    assert window.state()["job"] == first
    window.click("status.cancel")
    window.until(lambda: "cancelled" in window.state()["status"], "the first to be cancelled")
    assert not [p for p in (*tmp_path.iterdir(), *folder.iterdir()) if p.suffix in (".mp4", ".png")]


def test_a_foreign_model_shows_its_official_faces(window: Window, tmp_path: Path) -> None:
    """The model starts with official seeds, and a picture of it finds the model again."""
    shutil.copy(FOREIGN, window.folder / "face.pkl")
    _open(window, window.folder / "face.pkl")
    window.until(lambda: window.state()["model"] == "face", "the foreign model")
    shown = window.settle()
    assert {s["convention"] for s in shown["edit"]["sources"]} == {"official"}
    _save(window, tmp_path / "face.png")
    other = make_model(tmp_path / "other.safetensors", "other", seed=5)
    _open(window, other)
    window.until(lambda: window.state()["model"] == "other", "the other model")
    _open(window, tmp_path / "face.png")
    window.until(lambda: window.state()["dialog"] == "Made with another model", "the question")
    assert "look for its file" not in window.ask("value", "dialog.words")
    window.press("Escape")
    window.until(lambda: not window.state()["dialog"], "Escape to close the question")


def test_recent_models_and_the_bundled_ones(
    open_window: OpenWindow, model_path: Path, tmp_path: Path
) -> None:
    """Recent models stand newest first, without deleted ones."""
    bundled = model_files.bundled_models()[0]
    gone = make_model(tmp_path / "gone.safetensors", "gone", 3)
    window = open_window(str(model_path))
    window.until_picture()
    _open(window, gone)
    window.until(lambda: window.state()["model"] == "gone", "the first model")
    window.press("ctrl+b")
    window.until(lambda: window.state()["dialog"] == "Bundled models", "the list")
    bundled_names = [path.name for path in model_files.bundled_models()]
    listed = [window.ask("config", f"bundled.{i}")["label"] for i in range(len(bundled_names))]
    assert listed == bundled_names
    assert window.ask("unexplained") == []
    window.click("bundled.0")
    window.until(lambda: window.state()["file"] == bundled.name, "the bundled model")
    gone.unlink()
    window.settle()
    window.press("ctrl+shift+r")
    window.until(lambda: window.state()["dialog"] == "Open recent", "the list")
    names = [window.ask("config", f"recent.{index}")["label"] for index in range(2)]
    assert names == [bundled.name, model_path.name]
    assert window.ask("config", "recent.2") is None
    assert window.ask("unexplained") == []
    window.click("recent.1")
    window.until(lambda: window.state()["model"] == "small", "the chosen model")
    window.until_picture()
    assert window.ask("config", "menu.file.recent")["label"] == "Open recent…"
    assert window.ask("config", "menu.file.bundled")["label"] == "Bundled models…"


def test_another_device_can_be_chosen_when_the_saved_one_is_missing(
    open_window: OpenWindow, model_path: Path, tmp_path: Path
) -> None:
    settings = tmp_path / "config" / "stylegan-explorer" / "settings.json"
    settings.parent.mkdir(parents=True)
    settings.write_text('{"device": "mps"}')
    window = open_window(str(model_path))
    window.until(lambda: window.state()["dialog"] == "This model cannot be opened", "the message")
    window.press("Escape")
    window.until(lambda: window.state()["dialog"] is None, "the message to close")
    window.press("ctrl+shift+r")
    window.until(lambda: window.state()["dialog"] == "No recent models", "the message")
    window.press("Escape")
    window.until(lambda: window.state()["dialog"] is None, "the message to close")
    left, top = window.state()["viewport"][:2]
    window.click_at(left + DEVICE_MENU[0], top + DEVICE_MENU[1])
    window.click_at(left + DEVICE_CPU[0], top + DEVICE_CPU[1])
    window.until(lambda: window.state()["model"] == "small", "the model on the other device")
    window.until_picture()


def test_the_window_survives_a_damaged_model(window: Window, model_path: Path) -> None:
    damaged = window.folder / "damaged.safetensors"
    damaged.write_bytes(model_path.read_bytes()[:-1000])
    before = window.settle()
    _open(window, damaged)
    window.until(lambda: window.state()["dialog"] == "This model cannot be opened", "the message")
    assert "damaged.safetensors" in window.ask("value", "dialog.words")
    window.press("Escape")
    window.until(lambda: window.state()["dialog"] is None, "the message to close")
    window.click("mix.4.solo")
    window.until_edit(lambda edit: edit["layers"][4]["solo"], "the window to go on")
    assert window.state()["model"] == before["model"]


def _values(window: Window, *tags: str) -> tuple[Any, ...]:
    return tuple(window.ask("value", tag) for tag in tags)


def _choose(window: Window, tag: str, place: int) -> None:
    """Choose an entry of a combo by its place."""
    left, top, width, height = window.rect(tag)
    window.click(tag)
    window.click_at(left + width / 2, top + height + FIRST_ROW + place * ROW)


def _replace_text(window: Window, tag: str, text: str) -> None:
    window.click(tag)
    window.press("ctrl+a")
    window.type(text)


def _type_path(window: Window, tag: str, path: Path) -> None:
    window.until(lambda: window.state()["dialog"], "the dialog")
    window.click(tag)
    window.press("ctrl+a")
    window.type(f"~/{path.relative_to(window.folder)}")  # the folder is the home of the process


def _save(window: Window, path: Path) -> Any:
    window.press("ctrl+s")
    _type_path(window, "browser.path", path)
    window.press("Return")
    window.until(lambda: "Saved" in window.state()["status"], "the picture to be saved")
    with Image.open(path) as image:
        return image.convert("RGB")


def _pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def _open(window: Window, path: Path) -> None:
    window.press("ctrl+o")
    _type_path(window, "browser.path", path)
    window.press("Return")


def _export(window: Window, path: Path) -> None:
    window.press("ctrl+e")
    _type_path(window, "export.path", path)
    window.click("export.go")
    window.until(
        lambda: window.state()["job"] or "Wrote" in window.state()["status"], "the export to start"
    )


def _start_a_long_export(window: Window, path: Path) -> None:
    window.press("k")
    window.press("a")
    window.press("k")
    window.until(lambda: window.state()["keyframes"] == 2, "two keyframes")
    _lengthen(window)
    _export(window, path)
    window.until(lambda: window.state()["job"], "the export to start")


def _lengthen(window: Window) -> None:
    """Make the timeline so long that its export can be cancelled."""
    x, y = window.centre("timeline.duration")
    window.click_at(x, y)
    window.click_at(x, y)
    window.press("ctrl+a")
    window.type("600")
    window.press("Return")
