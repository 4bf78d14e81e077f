"""Sessions of the real window: killed, doubled, left, without their model, and never lost."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from explorer.edit.edit_json import to_json
from explorer.edit.timeline_json import timeline_to_json
from explorer.gui.toolkit import texts
from explorer.sessions.reading import SessionError, read_session
from explorer.sessions.saved import SavedSession
from tests.explorer.gui.actions import open_path, type_path
from tests.explorer.gui.display import Display
from tests.explorer.gui.driver import Window
from tests.explorer.gui.small_models import make_model

pytestmark = pytest.mark.window
Start = Callable[..., Window]
LASTING = (
    *("edit", "timeline", "keyframe", "steps", "locked", "noise_rates"),
    *("tab", "zoom", "window"),
)
"""The parts of the window's state that a session brings back."""


@pytest.fixture
def start(display: Display, tmp_path: Path) -> Iterator[Start]:
    """Return a function that opens windows of one user, which the test may kill."""
    windows: list[Window] = []

    def started(*arguments: str) -> Window:
        windows.append(Window(display, tmp_path, *arguments))
        windows[-1].connect()
        return windows[-1]

    yield started
    for window in windows:
        window.discard()


def kept_sessions(folder: Path) -> list[SavedSession]:
    """Return the sessions that the user's folder holds, the newest last."""
    paths = (folder / "state" / "stylegan-explorer" / "sessions").glob("*.session")
    return [read_session(path) for path in sorted(paths, key=lambda path: path.stat().st_mtime_ns)]


def lasting(state: dict[str, Any]) -> dict[str, Any]:
    return {name: state[name] for name in LASTING}


def until_saved(window: Window) -> Any:
    """Wait until the state of the window is on the disk, and return that state."""

    def is_saved() -> Any:
        state = window.state()
        for saved in kept_sessions(window.folder):
            work, view = saved.work, saved.view
            if (
                to_json(work.step.edit) == state["edit"]
                and timeline_to_json(work.step.timeline) == state["timeline"]
                and [len(work.past), len(work.future)] == state["steps"]
                and [view.tab, view.zoom] == [state["tab"], state["zoom"]]
                and [list(pair) for pair in view.flowing] == sorted(state["noise_rates"])
                and sorted(work.locked_noise.layers) == state["locked"][1]
            ):
                return state
        return None

    return window.until(is_saved, "the session to be saved")


def kill(window: Window) -> None:
    window.process.kill()
    window.process.wait()


@pytest.mark.slow
def test_everything_is_there_again_after_a_kill_in_the_middle_of_a_gesture(
    start: Start, model_path: Path
) -> None:
    window = start(str(model_path))
    window.until_picture()
    window.display.resize(1200, 760)
    window.until(lambda: window.state()["window"] == [0, 0, 1200, 760], "another size and place")
    for key in ("a", "2", "k", "b", "k", "n", "p", "ctrl+z", "shift+a", "plus"):
        window.press(key)
    window.click("tab.Noise.button")
    window.click(f"noise.{texts.size(8)}.lock")
    window.click(f"noise.{texts.size(16)}.move")
    window.until(lambda: window.state()["noise_rates"], "flowing noise")
    left, top, width, height = window.rect("truncation.psi")
    y = top + height / 2
    window.display.move(left + 0.5 * width, y)
    window.next_frame()
    window.display.button(1, True)
    window.next_frame()
    for step in range(20):
        window.display.move(left + (0.5 + 0.01 * step) * width, y)
        window.next_frame()
    state = until_saved(window)
    assert state["steps"][0] > 5
    kill(window)
    window.display.button(1, False)

    again = start()
    again.until(lambda: again.state()["picture"], "the picture")
    again.until(lambda: again.state()["noise_rates"], "the noise to flow again")
    assert lasting(again.state()) == lasting(state)
    assert again.state()["file"] == model_path.name
    again.press("ctrl+z")
    again.until(lambda: again.state()["steps"] == [state["steps"][0] - 1, 1], "one step back")
    assert again.close() == 0

    last = start()
    last.until(lambda: last.state()["picture"], "the picture")
    assert last.state()["steps"] == [state["steps"][0] - 1, 1]


@pytest.mark.slow
def test_two_windows_keep_a_session_each(start: Start, model_path: Path) -> None:
    first = start(str(model_path))
    first.until_picture()
    first.press("a")
    one = until_saved(first)["edit"]
    second = start()
    second.until_picture()
    for key in ("b", "x"):
        second.press(key)
    other = until_saved(second)["edit"]
    assert one != other
    assert len(kept_sessions(first.folder)) == 2
    kill(first)
    kill(second)
    windows = [start(), start()]
    for window in windows:
        window.until_picture()
    assert [window.edit() for window in windows] == [other, one]


@pytest.mark.slow
def test_a_session_waits_for_its_missing_model_and_takes_another(
    start: Start, model_path: Path, tmp_path: Path
) -> None:
    model = Path(shutil.copy(model_path, tmp_path / "gone.safetensors"))
    window = start(str(model))
    window.until_picture()
    for key in ("a", "k", "2", "k"):
        window.press(key)
    made = until_saved(window)
    assert window.close() == 0
    model.unlink()

    window = start()
    window.until_dialog("The model is missing")
    assert f"{model}, is not at hand; your work is kept." in window.state()["status"]
    assert window.ask("config", "dialog.button.1")["label"] == "Find the model…"
    window.press("Escape")
    window.until_dialog(None)
    assert lasting(window.state()) == lasting(made)
    assert window.close() == 0
    assert kept_sessions(tmp_path)[-1].model is not None

    other = make_model(model, "gone", seed=7)
    window = start()
    window.until_dialog("The model has changed")
    assert "gone.safetensors is not the model" in window.state()["status"]
    window.press("Escape")
    window.until_dialog(None)
    assert lasting(window.settle()) == lasting(made)
    other.unlink()
    assert window.close() == 0

    window = start()
    window.until_dialog("The model is missing")
    window.press("Escape")
    window.until_dialog(None)
    open_path(window, Path(shutil.copy(model_path, tmp_path / "near.safetensors")))
    window.until(lambda: window.state()["model"] == "small", "the model at hand")
    assert window.state()["status"] == "Opened small with the edit and 2 keyframes."
    assert lasting(window.settle()) == lasting(made)


def test_sessions_begin_end_and_travel_as_files(start: Start, model_path: Path) -> None:
    window = start(str(model_path))
    window.until_picture()
    for key in ("a", "k", "shift+a"):
        window.press(key)
    made = until_saved(window)

    window.press("ctrl+shift+e")
    window.until_dialog("Save the session")
    file = window.folder / "mine.session"
    type_path(window, "browser.path", file)
    window.press("Return")
    window.until(lambda: f"Saved the session as {file}" in window.state()["status"], "the file")

    window.press("ctrl+n")
    fresh = window.until(lambda: window.state()["steps"] == [0, 0] and window.state(), "a new one")
    assert (fresh["keyframes"], fresh["locked"]) == (0, [[], []])
    window.press("b")
    until_saved(window)
    window.press("ctrl+shift+n")
    window.until_dialog("Open session")
    assert "small   ·   2 steps, 1 keyframe" in window.ask("config", "session.0")["label"]
    assert window.ask("unexplained") == []
    window.click("session.0")
    window.until(lambda: window.state()["edit"] == made["edit"], "the session before")
    assert lasting(window.settle()) == lasting(made)

    window.press("ctrl+BackSpace")
    window.until(lambda: window.state()["keyframes"] == 0, "everything reset")
    assert window.state()["locked"] == [[], []]
    window.press("ctrl+z")
    window.until(lambda: window.state()["timeline"] == made["timeline"], "undo")
    assert window.edit() == made["edit"]

    damaged = window.folder / "cut.session"
    damaged.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(SessionError):
        read_session(damaged)
    open_path(window, damaged)
    window.until_dialog("This session cannot be opened")
    assert "cut.session" in window.ask("value", "dialog.words")
    window.press("Escape")
    window.until_dialog(None)
    assert window.edit() == made["edit"]
    open_path(window, file)
    window.until(lambda: window.state()["steps"] == made["steps"], "the session in the file")
    assert lasting(window.settle()) == lasting(made)
    count = len(kept_sessions(window.folder))
    assert window.close() == 0

    window = start(str(file))
    window.until_picture()
    assert lasting(window.state()) == lasting(made)
    assert len(kept_sessions(window.folder)) == count + 1
