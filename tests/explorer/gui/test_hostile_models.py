"""Hostile models in the real window: whatever the file, opening it ends, and so does the window."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.explorer.gui.actions import open_path
from tests.explorer.gui.driver import OpenWindow
from tests.explorer.gui.small_models import make_model
from tests.hostile_files import HOSTILE

pytestmark = pytest.mark.window

LONG_STEPS = 500_000
# The worker reads the long file as slowly as a machine that is fifty times slower; stuck.pkl never
# ends, like a file on a disk that does not answer.
SLOW_READING = """
import threading, time
from explorer.rendering import loaded_model
from stylegan_core.limits import Budget
step, open_model = Budget.step, loaded_model.open_model
def slow_step(budget):
    if threading.current_thread() is not threading.main_thread():
        time.sleep(5e-5)
    step(budget)
def open_or_stick(path, *rest):
    while path.endswith("stuck.pkl"):
        time.sleep(1)
    return open_model(path, *rest)
Budget.step = slow_step
loaded_model.open_model = open_or_stick
"""
SOON_S = 20.0  # far less than reading the long file takes, at least 100 s


def test_opening_a_hostile_model_ends_and_can_be_stopped(
    open_window: OpenWindow, model_path: Path, tmp_path: Path
) -> None:
    window = open_window(str(model_path), change=SLOW_READING)
    window.until_picture()
    for name in ("modules-of-dots.pkl", "legacy-exponential-hash.pt"):
        path = Path(shutil.copy(HOSTILE / name, window.folder))
        open_path(window, path)
        window.until_dialog("This model cannot be opened")
        assert path.name in window.ask("value", "dialog.words")
        window.press("Escape")
        window.until_dialog(None)
    long = window.folder / "long.pkl"
    long.write_bytes(b"\x80\x04" + b"N0" * LONG_STEPS + b"N.")
    open_path(window, long)
    window.until(lambda: "long.pkl" in str(window.state()["loading"]), "the long file to be read")
    window.press("ctrl+shift+o")
    window.until(lambda: "stopped" in window.state()["status"], "opening to be stopped")
    open_path(window, make_model(tmp_path / "other.safetensors", "other", seed=5))
    window.until(lambda: window.state()["model"] == "other", "the other model", SOON_S)
    window.until_picture()
    stuck = Path(shutil.copy(model_path, window.folder / "stuck.pkl"))
    open_path(window, stuck)
    window.until(lambda: "stuck.pkl" in str(window.state()["loading"]), "the stuck file")
    # The fixture closes the window now: Ctrl+Q ends it, although the file is still being read.
