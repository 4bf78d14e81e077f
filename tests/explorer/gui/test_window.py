"""The real window on a virtual display, with real mouse and key events, one process per test."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from explorer.edit.edit_json import from_json
from explorer.edit.ops import mix_of
from tests.explorer.gui.actions import noise_seeds
from tests.explorer.gui.driver import OpenWindow, Window

pytestmark = pytest.mark.window
LAYER = 4


WAKES_WITH_EVENTS = """
from explorer.gui.toolkit.backend import Backend
plain = Backend.wait
def wait(self, seconds):
    self._library.glfwWaitEventsTimeout(seconds)
    self._awake.set()
    return plain(self, seconds)
Backend.wait = wait
"""


def test_input_that_arrives_with_a_result_is_seen(
    open_window: OpenWindow, model_path: Path
) -> None:
    """Here every event arrives in the moment in which the worker wakes the window."""
    window = open_window(str(model_path), change=WAKES_WITH_EVENTS)
    window.until_picture()
    time.sleep(1.5)  # until it has stopped drawing
    window.press("k")
    window.until(lambda: window.state()["keyframes"] == 1, "the keyframe", patience_s=20)
    time.sleep(1.5)
    window.click(f"mix.{LAYER}.solo")
    window.until_edit(lambda edit: edit["layers"][LAYER]["solo"], "the click")


@pytest.mark.everyday
def test_a_layer_slider_changes_its_layer_and_the_picture(window: Window) -> None:
    before = window.state()
    window.drag_slider(f"mix.{LAYER}", 0.25, 0.75)
    after = window.settle()
    mixes = [mix_of(from_json(after["edit"]), i) for i in range(10)]
    assert mixes[LAYER] == pytest.approx(1.0, abs=0.1)
    assert [m for i, m in enumerate(mixes) if i != LAYER] == [0.0] * 9
    assert after["picture"] != before["picture"]
    assert window.ask("config", "mix.middle")["format"] == "mixed"
    assert window.ask("config", "mix.coarse")["format"] != "mixed"
    assert window.ask("config", f"mix.{LAYER}.reset")["enabled"]


@pytest.mark.everyday
def test_a_group_slider_moves_its_layers(window: Window) -> None:
    window.drag_slider("mix.coarse", 0.25, 0.75)
    edit = from_json(window.settle()["edit"])
    assert mix_of(edit, 0) > 0.9
    assert len({mix_of(edit, i) for i in range(4)}) == 1
    assert all(mix_of(edit, i) == 0.0 for i in range(4, 10))


@pytest.mark.everyday
def test_one_drag_is_one_undo_step(window: Window) -> None:
    first = window.state()
    window.drag_slider("truncation.psi", 0.68, 0.2)
    turned = window.settle()
    assert turned["edit"]["psi"] == pytest.approx(-0.5, abs=0.15)
    assert turned["picture"] != first["picture"]
    window.press("ctrl+z")
    window.until_edit(lambda edit: edit == first["edit"], "undo")
    assert window.settle()["picture"] == first["picture"]
    window.press("ctrl+shift+z")
    window.until_edit(lambda edit: edit == turned["edit"], "redo")
    assert window.settle()["picture"] == turned["picture"]


def test_the_reset_of_a_group_clears_mix_solo_and_mute(window: Window) -> None:
    window.press("3")
    window.until_edit(lambda edit: edit["layers"][9]["weights"] == [0.0, 1.0], "key 3")
    window.click("mix.8.solo")
    window.until_edit(lambda edit: edit["layers"][8]["solo"], "solo")
    window.click("mix.9.mute")
    window.until_edit(lambda edit: edit["layers"][9]["mute"], "mute")
    window.click("mix.fine.reset")
    plain = {"weights": [1.0, 0.0], "solo": False, "mute": False}
    window.until_edit(lambda edit: edit["layers"] == [plain] * 10, "reset")


def test_typing_a_seed_runs_no_shortcuts(window: Window) -> None:
    window.click("source.A.seed")
    window.type("4b1x7")
    window.press("Return")
    edit = window.until_edit(lambda e: e["sources"][0]["seed"] == 417 and e, "the typed seed")
    assert edit["sources"][1]["seed"] == 2, "B and X are shortcuts, but were typed into a field"
    window.press("x")
    window.until_edit(lambda e: e["sources"][1]["seed"] == 417, "the shortcut to work again")


def test_dragging_on_the_picture_walks_a(window: Window) -> None:
    before = window.settle()
    x, y = window.centre("canvas")
    window.drag((x, y), (x + 150, y - 60))
    after = window.settle()
    walk = after["edit"]["sources"][0]
    assert walk["dx"] > 0.1
    assert walk["dy"] < -0.05
    assert after["picture"] != before["picture"]
    window.press("ctrl+z")
    window.until_edit(lambda edit: edit == before["edit"], "one undo for the whole walk")


def test_a_held_button_and_key_are_released_when_the_window_loses_focus(window: Window) -> None:
    """The window does not learn that they were let go elsewhere."""
    x, y = window.centre("canvas")
    window.settle()
    focused = window.display.focused()
    window.display.move(x, y)
    window.display.key("n", True)
    window.display.button(1, True)
    window.next_frame()
    window.display.move(x + 40, y)
    walked = window.until_edit(lambda edit: edit["sources"][0]["dx"] > 0 and edit, "a walk")
    window.display.focus(0)
    window.next_frame()
    window.display.button(1, False)
    window.display.key("n", False)
    window.next_frame()
    window.display.focus(focused)
    window.display.move(x + 120, y)
    window.next_frame()
    assert window.edit() == walked
    window.press("n")
    window.until_edit(lambda edit: noise_seeds(edit) != noise_seeds(walked), "the key again")


def test_zoom_pan_fit_and_face_a_while_tab_is_held(window: Window) -> None:
    window.press("3")
    mixed = window.settle()
    x, y = window.centre("canvas")
    window.click_at(x, y, button=4)
    assert window.until(lambda: window.state()["zoom"] > 1, "zoom")
    window.drag((x, y), (x + 40, y), button=3)
    window.press("f")
    window.until(lambda: window.state()["zoom"] == 1, "fit")
    window.display.key("Tab", True)
    window.until(lambda: window.state()["picture"] != mixed["picture"], "face A")
    window.display.key("Tab", False)
    window.until(lambda: window.state()["picture"] == mixed["picture"], "the mix again")
    assert window.state()["edit"] == mixed["edit"]


def test_a_key_switches_between_the_heat_map_and_the_picture(window: Window) -> None:
    usual = window.settle()
    window.press("h")
    window.until(lambda: window.settle()["picture"] != usual["picture"], "the heat map")
    window.press("h")
    window.until(lambda: window.settle()["picture"] == usual["picture"], "the picture again")


def test_a_click_on_a_preview_sets_psi(window: Window) -> None:
    window.click("truncation.tile.1")
    window.until_edit(lambda edit: edit["psi"] == -0.5, "psi")


def test_every_control_has_a_tooltip(window: Window) -> None:
    window.press("k")
    window.until(lambda: window.state()["keyframes"] == 1, "a keyframe")
    window.settle()
    assert window.ask("unexplained") == []
    for key, title, buttons in (
        ("ctrl+e", "Export the timeline", ["export.go"]),
        ("ctrl+t", "Train a model", ["train.go"]),
    ):
        window.press(key)
        window.until_dialog(title)
        assert window.ask("unexplained") == buttons, "the button itself says what it does"
        window.press("Escape")
        window.until_dialog(None)


def test_the_interface_can_be_enlarged(window: Window) -> None:
    before = window.rect("mix.0")
    window.press("ctrl+equal")
    window.until(lambda: window.rect("mix.0")[3] > before[3], "a larger interface")
    window.drag_slider("mix.0", 0.25, 0.75)
    assert mix_of(from_json(window.settle()["edit"]), 0) > 0.8
