"""Exporting in the real window: the dialog, one export at a time, cancelling."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from explorer.export.recipe_json import read_recipe
from tests.explorer.gui.actions import (
    ONLY_PREVIEWS,
    answer_like_zenity,
    choose,
    replace_text,
    type_path,
    values,
)
from tests.explorer.gui.display import Display
from tests.explorer.gui.driver import OpenWindow, Window

pytestmark = pytest.mark.window


@pytest.mark.everyday
def test_a_timeline_is_exported(window: Window) -> None:
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


def test_a_cancelled_export_leaves_nothing(window: Window) -> None:
    gone = window.folder / "long.mp4"
    _start_a_long_export(window, gone)
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
        window.until_dialog("An export is running")
        assert "long.mp4" in window.ask("value", "dialog.words")
        window.click("dialog.button.0")
        window.until_dialog(None)
        assert window.state()["job"], "the export goes on"
        window.press("ctrl+q")
        window.until_dialog("An export is running")
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
    type_path(window, "export.path", path)
    replace_text(window, "export.size", "4")
    window.until(lambda: "not possible" in window.ask("value", "export.summary"), "the problem")
    window.click("export.go")
    replace_text(window, "export.size", "39")
    replace_text(window, "export.fps", "29.97")
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

    window.until_dialog("Export the timeline")
    window.click("export.browse")
    window.until_dialog("Export to")
    window.press("Escape")
    window.until_dialog("Export the timeline")
    window.click("export.browse")
    window.until_dialog("Export to")
    left, _, width, _ = window.rect("browser.path")
    above = window.centre("browser.folder")[1] - 36
    window.click_at(left + width - 3, above)  # the cross in the title's corner
    window.until_dialog("Export the timeline")
    window.press("Escape")
    window.until_dialog(None)


def test_an_export_asks_before_it_replaces_a_file(window: Window) -> None:
    window.press("k")
    window.until(lambda: window.state()["keyframes"] == 1, "a keyframe")
    path = window.folder / "kept.gif"
    path.write_text("precious")
    window.press("ctrl+e")
    type_path(window, "export.path", path)
    window.click("export.go")
    window.until(lambda: "exists" in window.ask("value", "export.summary"), "the question")
    assert path.read_text() == "precious"
    window.click("export.go")
    window.until(lambda: window.state()["job"], "the export to start")
    window.click("status.cancel")
    window.until(lambda: "cancelled" in window.state()["status"], "the export to be cancelled")
    assert path.read_text() == "precious", "only a complete export replaces a file"


def test_an_export_keeps_one_suffix(
    open_window: OpenWindow, model_path: Path, tmp_path: Path
) -> None:
    """A name from the desktop's dialog gets the proposed suffix; another format replaces it."""
    folder = tmp_path / "desktop"
    environment = answer_like_zenity(folder, f"echo '{folder}/film'")
    (folder / "film.mp4").write_text("precious")
    window = open_window(str(model_path), **environment)
    window.until_picture()

    def until_path(path: Path, label: str) -> None:
        wanted = (str(path), label)
        window.until(lambda: values(window, "export.path", "export.format") == wanted, str(path))

    window.press("k")
    window.until(lambda: window.state()["keyframes"] == 1, "a keyframe")
    window.press("ctrl+e")
    window.until_dialog("Export the timeline")
    labels = window.ask("config", "export.format")["items"]
    window.click("export.browse")
    until_path(folder / "film.mp4", labels[0])
    window.until_dialog("Export the timeline")
    window.click("export.go")
    window.until(lambda: "exists" in window.ask("value", "export.summary"), "the question")
    choose(window, "export.format", 1)
    until_path(folder / "film.gif", labels[1])
    for typed, place, path in (("frames.png", 0, "frames.mp4"), ("a.MOV", 1, "a.gif")):
        type_path(window, "export.path", tmp_path / typed)
        until_path(Path("~") / typed, labels[3])
        choose(window, "export.format", place)
        until_path(tmp_path / path, labels[place])
    window.press("Escape")
    window.until_dialog(None)
    assert (folder / "film.mp4").read_text() == "precious"


def test_one_export_at_a_time(open_window: OpenWindow, model_path: Path, tmp_path: Path) -> None:
    """The desktop's dialog leaves the window alive: an export starts before it is answered."""
    folder = tmp_path / "desktop"
    script = f"until [ -e {folder}/go ]; do sleep 0.05; done; echo '{folder}/late.png'"
    environment = answer_like_zenity(folder, script)
    window = open_window(str(model_path), change=ONLY_PREVIEWS, **environment)
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


def _export(window: Window, path: Path) -> None:
    window.press("ctrl+e")
    type_path(window, "export.path", path)
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


def test_a_place_that_cannot_be_written_is_said_in_the_dialog(window: Window) -> None:
    """Nothing is rendered, the dialog stays for another place, and the next one is not there."""
    (window.folder / "file").touch()
    window.press("k")
    window.until(lambda: window.state()["keyframes"] == 1, "a keyframe")
    window.press("ctrl+e")
    type_path(window, "export.path", window.folder / "file" / "a.gif")
    window.click("export.go")
    window.until(
        lambda: "cannot be written" in window.ask("value", "export.summary"), "the problem"
    )
    assert window.state()["dialog"] == "Export the timeline"
    assert window.state()["job"] is None
    replace_text(window, "export.fps", "60")
    window.until(
        lambda: "GIF plays at most 50 fps" in window.ask("value", "export.summary"), "the limit"
    )
    assert "100 frames" in window.ask("value", "export.summary"), "two seconds at 50 fps"
    window.press("Escape")
    window.until_dialog(None)
    window.press("ctrl+e")
    window.until_dialog("Export the timeline")
    assert str(window.folder / "file") not in window.ask("value", "export.path")
    window.press("Escape")
    window.until_dialog(None)


def test_the_next_window_removes_what_a_killed_export_left(
    display: Display, model_path: Path, tmp_path: Path
) -> None:
    killed = Window(display, tmp_path, str(model_path))
    try:
        killed.connect()
        killed.until_picture()
        _start_a_long_export(killed, tmp_path / "long.mp4")
        killed.until(lambda: len(_leftovers(tmp_path)) == 1, "the export to write")
    finally:
        killed.discard()
    assert len(_leftovers(tmp_path)) == 1
    following = Window(display, tmp_path, str(model_path))
    try:
        following.connect()
        following.until_picture()
        assert _leftovers(tmp_path) == []
        assert following.close() == 0
    finally:
        following.discard()


def _leftovers(folder: Path) -> list[Path]:
    return list(folder.glob(".long*"))
