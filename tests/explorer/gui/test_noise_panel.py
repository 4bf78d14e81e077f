"""Noise in the real window: new seeds, locks, presets, stored noise and movement."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from explorer.export.model_files import bundled_models
from explorer.gui.noise_presets import PRESETS
from explorer.gui.toolkit import texts
from stylegan_core import checkpoint, picture
from tests.explorer.gui.actions import noise_seeds
from tests.explorer.gui.driver import OpenWindow, Window
from tests.pixels import pixels

pytestmark = pytest.mark.window


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
        window.settle()
        ticks = [window.ask("value", f"menu.noise.preset_{p.name}") for p in PRESETS]
        assert ticks == [p.key == key for p in PRESETS]


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
    (saved,) = (tmp_path / "Pictures").glob("*.png")
    published = picture.of_seed(checkpoint.load(file), 7, convention="official").permute(1, 2, 0)
    difference = pixels(saved).astype(int) - published.numpy()
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
