"""The real window on a virtual display, with real mouse and key events, one process per test."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from explorer.edit.edit_json import from_json
from explorer.edit.ops import mix_of
from explorer.export.model_files import bundled_models
from explorer.gui.toolkit import texts
from stylegan_core import checkpoint, picture
from tests.explorer.gui.conftest import OpenWindow
from tests.explorer.gui.driver import Window

pytestmark = pytest.mark.window
LAYER = 4


def noise_seeds(edit: Any) -> list[Any]:
    return [noise["terms"][0]["seed"] for noise in edit["noise"]]


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


def test_solo_mute_and_reset(window: Window) -> None:
    window.press("3")
    window.until_edit(lambda edit: edit["layers"][9]["weights"] == [0.0, 1.0], "key 3")
    window.click("mix.8.solo")
    window.until_edit(lambda edit: edit["layers"][8]["solo"], "solo")
    window.click("mix.9.mute")
    window.until_edit(lambda edit: edit["layers"][9]["mute"], "mute")
    window.click("mix.fine.reset")
    plain = {"weights": [1.0, 0.0], "solo": False, "mute": False}
    window.until_edit(lambda edit: edit["layers"] == [plain] * 10, "reset")


@pytest.mark.everyday
def test_new_noise_changes_only_its_layers(window: Window) -> None:
    before = window.state()
    window.click("tab.Noise.button")
    window.click(f"noise.{texts.size(16)}.new")
    after = window.until(
        lambda: (s := window.settle())["edit"] != before["edit"] and s, "new noise"
    )
    changed = [
        a != b for a, b in zip(noise_seeds(before["edit"]), noise_seeds(after["edit"]), strict=True)
    ]
    assert changed == [i in (4, 5) for i in range(10)]
    assert before["edit"]["layers"] == after["edit"]["layers"]
    assert after["picture"] != before["picture"]
    window.click("noise.fold.16")
    window.click("noise.4.new")
    window.until_edit(
        lambda edit: noise_seeds(edit)[4] != noise_seeds(after["edit"])[4], "new noise of a layer"
    )
    assert noise_seeds(window.edit())[5] == noise_seeds(after["edit"])[5]


def test_locked_noise_stays_and_presets_mute(window: Window) -> None:
    window.click("tab.Noise.button")
    window.click(f"noise.{texts.size(8)}.lock")
    before = noise_seeds(window.edit())
    window.press("n")
    after = window.until_edit(lambda edit: (s := noise_seeds(edit)) != before and s, "new noise")
    assert [a == b for a, b in zip(before, after, strict=True)] == [i in (2, 3) for i in range(10)]
    window.click("noise.preset.coarse")
    muted = window.until_edit(
        lambda edit: any(m := [n["mute"] for n in edit["noise"]]) and m, "the preset"
    )
    assert muted == [i >= 8 for i in range(10)]
    for key, mutes in (
        ("5", [True] * 10),
        ("7", [i < 8 for i in range(10)]),
        ("6", [i >= 8 for i in range(10)]),
        ("4", [False] * 10),
    ):
        window.press(key)
        until_muted(window, mutes, f"key {key}")


def until_muted(window: Window, mutes: list[bool], what: str) -> None:
    window.until_edit(lambda edit: [noise["mute"] for noise in edit["noise"]] == mutes, what)


def test_new_noise_says_when_all_noise_is_locked(window: Window) -> None:
    window.click("tab.Noise.button")
    for resolution in (4, 8, 16, 32, 64):
        window.click(f"noise.{texts.size(resolution)}.lock")
    before = window.edit()
    window.press("n")
    window.until(lambda: "locked" in window.state()["status"], "a message about the lock")
    assert window.edit() == before


def test_stored_noise_and_official_seeds_give_the_published_pictures(
    open_window: OpenWindow, tmp_path: Path
) -> None:
    file = shutil.copy(bundled_models()[0], tmp_path / "model.safetensors")
    window = open_window(str(file))
    window.until_picture()
    window.press("o")
    window.click("source.A.seed")
    window.type("7")
    window.press("Return")
    window.click("tab.Noise.button")
    window.click(f"noise.{texts.size(8)}.mute")
    window.until_edit(lambda edit: edit["noise"][2]["mute"], "mute")
    window.press("w")
    window.until(lambda: window.state()["noise_rates"], "moving noise")
    before = window.edit()
    window.click("noise.stored")
    window.until_edit(lambda edit: noise_seeds(edit) == ["stored"] * 10, "the stored noise")
    window.settle()
    window.press("ctrl+s")
    window.until(lambda: window.state()["dialog"], "the dialog")
    window.press("Return")  # accept the suggested name
    window.until(lambda: "Saved" in window.state()["status"], "the picture to be saved")
    (saved,) = tmp_path.glob("*.png")
    published = picture.of_seed(checkpoint.load(file), 7, convention="official").permute(1, 2, 0)
    difference = np.asarray(Image.open(saved)).astype(int) - published.numpy()
    assert np.abs(difference).max() <= 1
    window.press("ctrl+z")
    window.until_edit(lambda edit: edit == before, "one undo")
    window.press("8")
    window.until_edit(lambda edit: noise_seeds(edit) == ["stored"] * 10, "the key")
    window.press("n")
    window.until_edit(lambda edit: "stored" not in noise_seeds(edit), "noise of a seed")


def test_noise_flows_and_freezes_without_a_jump(window: Window) -> None:
    first = window.state()
    window.press("w")
    window.until(lambda: window.state()["pictures"] > first["pictures"] + 3, "moving noise")
    assert window.edit() == first["edit"]
    window.press("w")
    frozen = window.until_edit(lambda edit: edit != first["edit"] and edit, "frozen noise")
    for noise in frozen["noise"]:
        assert len(noise["terms"]) == 2, "it was between two maps"
        assert sum(t["coefficient"] ** 2 for t in noise["terms"]) == pytest.approx(1.0)
    still = window.settle()
    assert still["picture"] != first["picture"]
    assert still["edit"] == frozen
    window.next_frame()
    assert window.settle()["pictures"] == still["pictures"]
    window.press("ctrl+z")
    window.until_edit(lambda edit: edit == first["edit"], "one undo for the flow")
    assert window.settle()["picture"] == first["picture"]


def test_each_resolution_flows_at_its_own_speed(window: Window) -> None:
    def rates() -> dict[int, float]:
        return {layer: round(hz, 2) for layer, hz in window.state()["noise_rates"]}

    window.click("tab.Noise.button")
    window.click("noise.fold.16")
    window.click(f"noise.{texts.size(8)}.move")
    window.click(f"noise.{texts.size(16)}.move")
    window.until(lambda: rates() == dict.fromkeys(range(2, 6), 0.5), "the noise to flow")
    window.drag_slider("noise.rate.16", 0.15, 0.96)
    fast = window.until(lambda: (r := rates())[4] > 3 and r, "another speed")
    assert fast == {2: 0.5, 3: 0.5, 4: fast[4], 5: fast[4]}
    assert window.ask("config", "noise.rate")["format"] == "mixed"
    window.drag_slider("noise.rate", 0.3, 0.5)
    window.until(lambda: len(set(rates().values())) == 1, "one speed for all")


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


def test_heat_map(window: Window) -> None:
    usual = window.settle()
    window.press("h")
    window.until(lambda: window.settle()["picture"] != usual["picture"], "the heat map")
    window.press("h")
    window.until(lambda: window.settle()["picture"] == usual["picture"], "the picture again")


def test_a_click_on_a_preview_sets_psi(window: Window) -> None:
    window.click("truncation.tile.1")
    window.until_edit(lambda edit: edit["psi"] == -0.5, "psi")


def test_play_and_scrub(window: Window) -> None:
    window.press("k")
    window.press("b")
    window.press("2")
    window.press("k")
    window.until(lambda: window.state()["keyframes"] == 2, "two keyframes")
    shown = window.settle()["pictures"]
    window.press("space")
    window.until(lambda: window.state()["position"] > 0.3, "the timeline to play")
    window.until(lambda: window.state()["pictures"] > shown + 3, "pictures of the timeline")
    window.until(lambda: " fps" in window.ask("value", "status.facts"), "the frame rate")
    window.press("space")
    window.until(lambda: not window.state()["playing"], "stop")
    window.until(lambda: " fps" not in window.ask("value", "status.facts"), "no frame rate at rest")
    left, top, width, height = window.rect("timeline.track")
    window.click_at(left + width * 0.5, top + height * 0.3)
    window.until(
        lambda: window.state()["position"] == pytest.approx(2.0, abs=0.1), "the scrubbed moment"
    )


def test_a_moment_between_keyframes_can_be_edited_and_kept(window: Window) -> None:
    window.press("k")
    for key in ("a", "b", "2", "k"):
        window.press(key)
    window.until(lambda: window.state()["keyframes"] == 2, "two keyframes in four seconds")
    left, top, width, height = window.rect("timeline.track")
    window.click_at(left + 14 + (width - 28) * 0.25, top + height * 0.3)
    position = window.until(lambda: window.state()["position"], "the scrubbed moment")
    assert position == pytest.approx(1.0, abs=0.05)
    window.until(
        lambda: window.ask("config", "mix.middle")["format"] == "mixed", "more than two faces"
    )
    window.press("bracketright")
    changed = window.until_edit(lambda edit: len(edit["sources"]) == 4 and edit, "the moment")
    window.drag_slider("mix.coarse", 0.25, 0.75)
    mixed = window.until_edit(lambda edit: edit != changed and edit, "the mix")
    kept = [row["weights"][2:] for row in changed["layers"]]
    assert [row["weights"][2:] for row in mixed["layers"]] == kept
    assert any(map(any, kept))
    window.press("k")
    window.until(lambda: window.state()["keyframes"] == 3, "a third keyframe")
    assert window.ask("value", "timeline.chosen") == "Keyframe 2"
    assert window.ask("value", "timeline.duration") == pytest.approx(2.0 - position)
    window.press("bracketright")
    window.until_edit(lambda edit: edit["psi"] != mixed["psi"], "another psi")
    window.press("k")
    window.until(lambda: "Keyframe 2 now" in window.state()["status"], "the keyframe there")
    assert window.state()["keyframes"] == 3


def test_flowing_noise_does_not_reach_the_timeline(window: Window) -> None:
    for key in ("k", "b", "2", "k"):
        window.press(key)
    window.until(lambda: window.state()["keyframes"] == 2, "two keyframes in four seconds")
    kept = window.settle()
    window.press("w")
    window.until(lambda: window.state()["pictures"] > kept["pictures"] + 3, "moving noise")
    left, top, width, height = window.rect("timeline.track")
    window.click_at(left + width * 0.5, top + height * 0.62)
    window.until(lambda: window.settle()["picture"] == kept["picture"], "the second keyframe")
    shown = window.settle()["pictures"]
    for _ in range(3):
        window.next_frame()
    assert window.settle()["pictures"] == shown
    window.press("w")
    window.until(lambda: not window.state()["noise_rates"], "the noise to stop")
    assert window.settle()["picture"] == kept["picture"]
    assert window.edit() == kept["edit"]
    window.press("w")
    window.until(lambda: "keeps its own noise" in window.state()["status"], "the reason")


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
        until_dialog(window, title)
        assert window.ask("unexplained") == buttons, "the button itself says what it does"
        window.press("Escape")
        until_dialog(window, None)


def until_dialog(window: Window, title: str | None) -> None:
    window.until(lambda: window.state()["dialog"] == title, title or "the dialog to close")


def test_the_interface_can_be_enlarged(window: Window) -> None:
    before = window.rect("mix.0")
    window.press("ctrl+equal")
    window.until(lambda: window.rect("mix.0")[3] > before[3], "a larger interface")
    window.drag_slider("mix.0", 0.25, 0.75)
    assert mix_of(from_json(window.settle()["edit"]), 0) > 0.8


def test_a_dragged_keyframe_stays_under_the_pointer(window: Window) -> None:
    """Without a loop the last keyframe is the end; the seconds stay in place while it moves."""
    for _ in range(4):
        window.press("k")
    window.press("l")
    window.until(lambda: window.state()["keyframes"] == 4, "four keyframes in six seconds")
    left, top, width, height = window.rect("timeline.track")
    margin, y = 14, top + height * 0.62
    end = left + width - margin
    window.drag((end, y), (end - 0.05 * (width - 2 * margin), y))
    assert window.state()["position"] == pytest.approx(5.7, abs=0.05)
    window.press("ctrl+z")
    window.click_at(end, y)
    assert window.state()["position"] == pytest.approx(6.0, abs=0.05)


def test_a_shaking_click_on_a_keyframe_does_not_move_it(window: Window) -> None:
    """A drag moves it as far as the pointer goes."""
    for _ in range(3):
        window.press("k")
    window.press("l")
    window.until(lambda: window.state()["keyframes"] == 3, "three keyframes in four seconds")
    left, top, width, height = window.rect("timeline.track")
    middle, y, beside = left + width / 2, top + height * 0.62, 5
    window.drag((middle + beside, y), (middle + beside + 2, y), steps=2)
    assert window.state()["position"] == 2.0
    second = (width - 2 * 14) / 4
    window.drag((middle + beside, y), (middle + beside + second / 2, y))
    assert window.state()["position"] == pytest.approx(2.5, abs=0.011)
    window.press("ctrl+z")
    window.click_at(middle + beside, y)
    window.until(lambda: window.state()["position"] == 2.0, "one undo for the drag")
