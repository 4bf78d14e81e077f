"""The window as a program: no display, bad files, no model, idling, failures, random input."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from explorer.export import model_files
from explorer.gui import app
from tests.explorer.gui.display import Display
from tests.explorer.gui.driver import OpenWindow, Window

pytestmark = pytest.mark.window
MONKEY_S = float(os.environ.get("STYLEGAN_EXPLORER_MONKEY_S", "20"))
IDLE_SHARE = 0.03
KEYS: tuple[str, ...] = (
    *("a", "b", "x", "1", "2", "3", "r", "n", "w", "m", "h", "k", "space", "comma", "period", "l"),
    *("p", "bracketleft", "bracketright", "f", "Delete", "ctrl+z", "ctrl+shift+z", "shift+a"),
    *("F1", "ctrl+o", "ctrl+e", "Escape", "Escape", "Return", "Tab", "5"),
    *("ctrl+equal", "ctrl+minus"),
)


def run_explorer(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    return subprocess.run(
        [sys.executable, "-m", "explorer", *arguments],
        env=kept | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def one_sentence(text: str) -> str:
    """Return a message after checking that it is one line without a traceback."""
    assert len(text.strip().splitlines()) == 1, text
    assert "Traceback" not in text
    return text


@pytest.mark.parametrize("where", [{}, {"DISPLAY": ":4321"}])
def test_without_a_display_it_says_so_and_ends_with_2(
    where: dict[str, str], model_path: Path
) -> None:
    done = run_explorer(str(model_path), **where)
    assert done.returncode == 2, done.stderr
    assert "render" in one_sentence(done.stderr)


def test_without_opengl_it_says_so_and_ends_with_2(model_path: Path) -> None:
    with Display(320, 240, extra=("-extension", "GLX")) as bare:
        done = run_explorer(str(model_path), DISPLAY=bare.name)
    assert done.returncode == 2, done.stderr
    assert "OpenGL" in one_sentence(done.stderr)


def test_a_bad_file_ends_with_2_before_a_window_opens(model_path: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.safetensors"
    damaged.write_bytes(model_path.read_bytes()[:5000])
    plain = tmp_path / "notes.png"
    plain.write_text("not a picture")
    for path in (damaged, plain, tmp_path / "absent.safetensors"):
        done = run_explorer(str(path))
        assert done.returncode == 2, done.stderr
        assert path.name in one_sentence(done.stderr)


def test_without_any_model_it_says_so_and_ends_with_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(model_files, "bundled_models", lambda: ())
    assert app.run() == 2
    assert "give the path of one" in one_sentence(capsys.readouterr().err)


def test_a_larger_interface_makes_a_larger_window(
    open_window: OpenWindow, model_path: Path, tmp_path: Path, display: Display
) -> None:
    """It grows as far as the screen allows, and everything stays on the screen."""
    settings = tmp_path / "config" / "stylegan-explorer" / "settings.json"
    settings.parent.mkdir(parents=True)
    settings.write_text('{"ui_scale": 1.75}')
    window = open_window(str(model_path))
    window.until_picture()
    for tag in ("mix.coarse", "mix.0.mute", "mix.0.reset", "timeline.export", "canvas"):
        left, top, width, height = window.rect(tag)
        assert 0 <= left < left + width <= display.size[0], tag
        assert 0 <= top < top + height <= display.size[1], tag
    assert window.rect("timeline.export")[0] > 1280


def test_idle_costs_little(open_window: OpenWindow, model_path: Path) -> None:
    window = open_window(str(model_path))
    window.until_picture()
    window.until(lambda: not window.state()["status"], "the first message to fade")
    time.sleep(2)  # after the first picture it draws some more frames
    before, start = cpu_seconds(window), time.monotonic()
    time.sleep(5)
    share = (cpu_seconds(window) - before) / (time.monotonic() - start)
    assert share < IDLE_SHARE, f"{share:.1%} of a core at rest"


def test_the_window_works_without_glfw(open_window: OpenWindow, model_path: Path) -> None:
    """GLFW cannot be reached on Windows, nor in a later wheel without its symbols."""
    window = open_window(str(model_path), STYLEGAN_EXPLORER_PLAIN_BACKEND="1")
    window.until_picture()
    window.drag_slider("mix.coarse", 0.25, 0.75)
    window.until_edit(lambda edit: edit["layers"][0]["weights"][1] > 0.5, "the slider")


@pytest.mark.parametrize("takes_drops", [True, False])
def test_the_list_of_keys_mentions_dropping_only_where_it_works(
    open_window: OpenWindow, model_path: Path, takes_drops: bool
) -> None:
    """Dropping files needs GLFW."""
    plain = {} if takes_drops else {"STYLEGAN_EXPLORER_PLAIN_BACKEND": "1"}
    window = open_window(str(model_path), **plain)
    window.until_picture()
    window.press("F1")
    window.until(lambda: window.ask("value", "help.wheel"), "the list")
    entries = [window.ask("value", f"help.drop a {what}") for what in ("file", "folder")]
    assert entries == (["drop a file", "drop a folder"] if takes_drops else [None, None])
    window.press("Escape")
    window.until_dialog(None)


BROKEN_PANEL = """
from explorer.gui import layout, panels
def refresh(): raise IndexError("of a panel")
layout.PANELS += (panels.Panel("Broken", "left", lambda ui: refresh, "Fails."),)
"""


def test_a_panel_that_fails_does_not_end_the_window(
    display: Display, model_path: Path, tmp_path: Path
) -> None:
    window = Window(display, tmp_path, str(model_path), change=BROKEN_PANEL)
    try:
        window.connect()
        window.until_picture()
        window.press("2")
        window.until_edit(lambda edit: edit["layers"][5]["weights"] == [0.0, 1.0], "key 2")
        assert window.settle()["errors"] == 1
        assert window.log().count("Traceback") == 1
        assert "IndexError: of a panel" in window.log()
        assert window.close() == 0
    finally:
        window.discard()


def test_random_input_does_no_harm(open_window: OpenWindow, model_path: Path) -> None:
    window = open_window(str(model_path))
    window.until_picture()
    seed = int(os.environ.get("STYLEGAN_EXPLORER_MONKEY_SEED", "1"))
    monkey(window, random.Random(seed), MONKEY_S)
    for _ in range(3):
        window.press("Escape")
    window.until_dialog(None)
    shown = window.state()["pictures"]
    window.press("h")
    window.until(lambda: window.state()["pictures"] > shown, "the worker to go on")


def monkey(window: Window, rng: random.Random, seconds: float) -> None:
    """Click, drag, turn the wheel and press keys all over the window, mostly on widgets."""
    end_s = time.monotonic() + seconds
    left, top, *_ = window.state()["viewport"]
    places = ("tab.Mix", "tab.Noise", "canvas", "timeline.track", "truncation.psi", "mix.coarse")
    while time.monotonic() < end_s:
        x, y = left + rng.uniform(0, 1270), top + rng.uniform(0, 790)
        rect = window.ask("rect", rng.choice(places))
        if rect and rng.random() < 0.7:
            x = left + rect[0] + rng.random() * rect[2]
            y = top + rect[1] + rng.random() * rect[3]
        action = rng.random()
        if action < 0.4:
            window.click_at(x, y, button=rng.choice((1, 1, 1, 2, 3, 4, 5)))
        elif action < 0.6:
            window.drag((x, y), (x + rng.uniform(-200, 200), y + rng.uniform(-80, 80)), steps=4)
        else:
            window.press(rng.choice(KEYS))
        assert window.process.poll() is None, window.log()


def cpu_seconds(window: Window) -> float:
    """Return the user and system time of the process so far."""
    fields = Path(f"/proc/{window.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
