"""Opening models in the real window: foreign, recent, bundled and damaged ones."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from explorer.export import model_files
from tests.explorer.gui.actions import (
    open_path,
    save_picture,
)
from tests.explorer.gui.driver import OpenWindow, Window
from tests.explorer.gui.small_models import make_model
from tests.golden_files import FOREIGN

pytestmark = pytest.mark.window
ONLY_A_PROCESSOR = """
from explorer.rendering import loaded_model
from stylegan_core import devices
devices.absence = loaded_model.absence = (
    lambda name: None if name in ("auto", "cpu") else "no GPU was found"
)
"""
A_FAILING_GPU = """
from explorer.rendering import loaded_model
loaded_model.absence = lambda name: None
open_model = loaded_model.open_model
def fail_on_gpu(path, device, *rest):
    if device == "cuda":
        raise RuntimeError("CUDA error: the launch failed\\nCompile with ...")
    return open_model(path, device, *rest)
loaded_model.open_model = fail_on_gpu
"""
DEVICE_MENU, DEVICE_CPU = (
    (451, 13),
    (465, 61),
)  # from the window's corner; a menu does not tell its position


def test_a_foreign_model_shows_its_official_faces(window: Window, tmp_path: Path) -> None:
    """The model starts with official seeds, and a picture of it finds the model again."""
    shutil.copy(FOREIGN, window.folder / "face.pkl")
    open_path(window, window.folder / "face.pkl")
    window.until(lambda: window.state()["model"] == "face", "the foreign model")
    shown = window.settle()
    assert {s["convention"] for s in shown["edit"]["sources"]} == {"official"}
    save_picture(window, tmp_path / "face.png")
    other = make_model(tmp_path / "other.safetensors", "other", seed=5)
    open_path(window, other)
    window.until(lambda: window.state()["model"] == "other", "the other model")
    open_path(window, tmp_path / "face.png")
    window.until_dialog("Made with another model")
    assert "look for its file" not in window.ask("value", "dialog.words")
    window.press("Escape")
    window.until_dialog(None)


def test_recent_and_bundled_models_are_listed_and_open(
    open_window: OpenWindow, model_path: Path, tmp_path: Path
) -> None:
    """Recent models stand newest first, without deleted ones."""
    bundled = model_files.bundled_models()[0]
    gone = make_model(tmp_path / "gone.safetensors", "gone", 3)
    window = open_window(str(model_path))
    window.until_picture()
    open_path(window, gone)
    window.until(lambda: window.state()["model"] == "gone", "the first model")
    window.press("ctrl+b")
    window.until_dialog("Bundled models")
    bundled_names = [path.name for path in model_files.bundled_models()]
    listed = [window.ask("config", f"bundled.{i}")["label"] for i in range(len(bundled_names))]
    assert listed == bundled_names
    assert window.ask("unexplained") == []
    window.click("bundled.0")
    window.until(lambda: window.state()["file"] == bundled.name, "the bundled model")
    gone.unlink()
    window.settle()
    window.press("ctrl+shift+r")
    window.until_dialog("Open recent")
    names = [window.ask("config", f"recent.{index}")["label"] for index in range(2)]
    assert names == [bundled.name, model_path.name]
    assert window.ask("config", "recent.2") is None
    assert window.ask("unexplained") == []
    window.click("recent.1")
    window.until(lambda: window.state()["model"] == "small", "the chosen model")
    window.until_picture()
    assert window.ask("config", "menu.file.recent")["label"] == "Open recent…"
    assert window.ask("config", "menu.file.bundled")["label"] == "Bundled models…"


def save_settings(tmp_path: Path, text: str) -> Path:
    settings = tmp_path / "config" / "stylegan-explorer" / "settings.json"
    settings.parent.mkdir(parents=True)
    settings.write_text(text)
    return settings


def test_settings_of_another_computer_open_a_model(
    open_window: OpenWindow, model_path: Path, tmp_path: Path
) -> None:
    """The device is not here, and no disk takes the path of the recent model."""
    saved = {"device": "mps", "recent_files": ["A" * 5000, "B/" * 3000]}
    settings = save_settings(tmp_path, json.dumps(saved))
    window = open_window(str(model_path), change=ONLY_A_PROCESSOR)
    window.until_picture()
    state = window.state()
    assert state["device"] == "auto"
    assert "mps is not available (no GPU was found)" in state["status"]
    for device in ("cuda", "cuda-half"):
        entry = window.ask("config", f"menu.device.{device}")
        assert (entry["enabled"], entry["shortcut"].strip()) == (False, "no GPU was found")
    assert window.ask("config", "menu.device.cpu")["enabled"]
    face = tmp_path / "face.png"
    save_picture(window, face)
    open_path(window, face)
    window.until(lambda: "Restored" in window.state()["status"], "a recipe to be restored")
    left, top = window.state()["viewport"][:2]
    window.click_at(left + DEVICE_MENU[0], top + DEVICE_MENU[1])
    window.click_at(left + DEVICE_CPU[0], top + DEVICE_CPU[1])
    window.until(lambda: window.state()["device"] == "cpu", "the processor")
    window.until(lambda: json.loads(settings.read_text())["device"] == "cpu", "the new setting")


def test_a_device_that_fails_is_named_and_the_processor_offered(
    open_window: OpenWindow, model_path: Path, tmp_path: Path
) -> None:
    save_settings(tmp_path, '{"device": "cuda"}')
    window = open_window(str(model_path), change=A_FAILING_GPU)
    window.until_dialog("The device failed")
    words = window.ask("value", "dialog.words")
    assert "GPU (CUDA)" in words
    assert "CUDA error: the launch failed" in words
    assert "Traceback" not in window.log()
    window.click("dialog.button.1")
    window.until_picture()
    assert window.state()["device"] == "cpu"


def test_the_window_survives_a_damaged_model(window: Window, model_path: Path) -> None:
    damaged = window.folder / "damaged.safetensors"
    damaged.write_bytes(model_path.read_bytes()[:-1000])
    before = window.settle()
    open_path(window, damaged)
    window.until_dialog("This model cannot be opened")
    assert "damaged.safetensors" in window.ask("value", "dialog.words")
    window.press("Escape")
    window.until_dialog(None)
    window.click("mix.4.solo")
    window.until_edit(lambda edit: edit["layers"][4]["solo"], "the window to go on")
    assert window.state()["model"] == before["model"]
