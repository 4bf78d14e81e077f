"""Numbers and words typed with the real keyboard, on a quick and on a busy machine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from explorer.gui.toolkit import texts
from tests.explorer.gui.actions import noise_seeds, values
from tests.explorer.gui.display import LETTERS
from tests.explorer.gui.driver import OpenWindow, Window

pytestmark = pytest.mark.window
LAYER = 4
NOISE = f"noise.{texts.size(4)}.seed"

BUSY = """
import time
import dearpygui.dearpygui as dpg
draw = dpg.render_dearpygui_frame
def slowly():
    time.sleep(0.15)
    draw()
dpg.render_dearpygui_frame = slowly
"""


def type_at_once(window: Window, *keys: str) -> None:
    """Press keys faster than frames are drawn, as a quick typist on a busy machine does."""
    for key in keys:
        name = LETTERS.get(key, key)
        window.display.key(name, True)
        window.display.key(name, False)


def click_at_once(window: Window, tag: str) -> None:
    """Click without waiting for a frame."""
    window.display.move(*window.centre(tag))
    window.display.button(1, True)
    window.display.button(1, False)


def share(edit: Any) -> float:
    return float(edit["layers"][LAYER]["weights"][1])


def seed_of_a(edit: Any) -> Any:
    return edit["sources"][0]["seed"]


def first_noise_seed(edit: Any) -> Any:
    return noise_seeds(edit)[0]


def until_number(window: Window, number: float, read: Callable[[Any], Any]) -> None:
    window.until(lambda: read(window.edit()) == number, f"the number {number}")


def until_refused(window: Window, typed: str) -> None:
    refusal = f"{typed} was not taken"
    window.until(lambda: refusal in window.state()["status"], refusal)


def test_text_arrives_whole_on_a_busy_machine(open_window: OpenWindow, model_path: Path) -> None:
    """The pointer rests after the click, and no answer of the window is awaited."""
    window = open_window(str(model_path), change=BUSY)
    window.until_picture()
    for tag, number, read, tab in (
        ("source.A.seed", "1234567", seed_of_a, "Noise"),
        (NOISE, "7654321", first_noise_seed, "Mix"),
        (f"mix.{LAYER}", "0.3456", share, "Mix"),
    ):
        click_at_once(window, tag)
        type_at_once(window, *number, "Return")
        until_number(window, float(number), read)
        window.click(f"tab.{tab}.button")


def test_one_click_edits_any_number(window: Window) -> None:
    window.press("k")
    window.until(lambda: window.state()["keyframes"] == 1, "a keyframe")
    before = window.settle()["edit"]
    for tag, number, read in (
        (f"mix.{LAYER}", "0.5", share),
        ("truncation.psi", "1", lambda edit: edit["psi"]),
        ("truncation.cutoff", "3", lambda edit: edit["cutoff"]),
        ("timeline.duration", "7.25", lambda _: window.ask("value", "timeline.duration")),
    ):
        click_at_once(window, tag)
        type_at_once(window, *number, "Return")
        until_number(window, float(number), read)
    assert window.state()["keyframes"] == 1, "no digit or letter ran a command"
    assert window.edit()["sources"] == before["sources"]
    for _ in range(4):
        window.press("ctrl+z")
    window.until_edit(lambda edit: edit == before, "one step to undo for each number")


def test_a_click_alone_changes_nothing_and_escape_keeps_the_number(window: Window) -> None:
    before = window.settle()["edit"]
    left, top, width, height = window.rect(f"mix.{LAYER}")
    window.click_at(left + 0.9 * width, top + height / 2)
    window.rect(f"mix.{LAYER}.typed")
    assert values(window, f"mix.{LAYER}.typed") == ("0",)
    window.type("1x3")
    window.press("Escape")
    window.rect(f"mix.{LAYER}")
    assert window.edit() == before
    window.press("ctrl+z")
    window.settle()
    assert window.edit() == before


def test_wrong_numbers_are_refused_in_words(window: Window) -> None:
    window.press("k")
    window.until(lambda: window.state()["keyframes"] == 1, "a keyframe")
    before = window.settle()["edit"]
    for tag, typed in (
        ("source.A.seed", "3.7"),
        ("source.A.seed", "9999999999"),
        ("source.A.seed", "-1"),
        (f"mix.{LAYER}", "9999999999"),
        (f"mix.{LAYER}", "1.2.3"),
        ("truncation.cutoff", "3.7"),
        ("timeline.duration", "0"),
    ):
        click_at_once(window, tag)
        type_at_once(window, *typed, "Return")
        until_refused(window, typed)
        window.rect(tag)
    for letters in ("nan", "inf"):  # no field of a number takes letters
        click_at_once(window, f"mix.{LAYER}")
        type_at_once(window, *letters, "Return")
        window.rect(f"mix.{LAYER}")
    window.settle()
    assert window.edit() == before
    assert values(window, "source.A.seed", f"mix.{LAYER}", "timeline.duration") == ("1", 0.0, 2.0)


def test_a_drag_snaps_to_all_of_a_face(window: Window) -> None:
    left, top, width, height = window.rect(f"mix.{LAYER}")
    y = top + height / 2
    for place, number in ((0.745, 1.0), (0.26, 0.0)):
        window.drag((left + width * 0.5, y), (left + width * place, y))
        until_number(window, number, share)
        shown = window.ask("config", f"mix.{LAYER}")["format"]
        assert shown == f"{number:.2f}"


def test_escape_closes_the_list_then_the_dialog_and_nothing_else(window: Window) -> None:
    window.press("k")
    window.until(lambda: window.state()["keyframes"] == 1, "a keyframe")
    before = window.settle()["edit"]
    window.press("ctrl+t")
    window.until_dialog("Train a model")
    window.click("train.preset")
    window.until(lambda: window.state()["list"], "the list of presets")
    window.press("Escape")
    window.until(lambda: not window.state()["list"], "the list to close")
    assert window.state()["dialog"] == "Train a model"
    window.press("Escape")
    window.until_dialog(None)
    window.click_at(*_first_menu(window))
    window.until(lambda: window.state()["list"], "the menu")
    window.press("Escape")
    window.until(lambda: not window.state()["list"], "the menu to close")
    window.click("source.A.seed")
    window.press("Escape")
    window.press("Escape")
    window.press("x")
    window.until_edit(lambda edit: edit["sources"] != before["sources"], "keys to run commands")
    assert window.state()["keyframes"] == 1


def _first_menu(window: Window) -> tuple[float, float]:
    left, top = window.state()["viewport"][:2]
    return left + 20, top + 12


def test_a_key_right_after_a_click_runs_its_command(window: Window) -> None:
    """It waits until the click is dealt with, and keeps its modifiers meanwhile."""
    before = window.settle()["edit"]
    click_at_once(window, f"mix.{LAYER}.solo")
    for key, down in (("Control_L", True), ("z", True), ("z", False), ("Control_L", False)):
        window.display.key(key, down)
    window.press("k")
    window.until(lambda: window.state()["keyframes"] == 1, "the keyframe")
    assert window.edit() == before, "the click was undone"
