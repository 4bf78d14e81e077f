"""Training in the real window: following a run; starting, pausing, stopping and leaving one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from explorer.export.recipe_json import read_recipe
from explorer.runs.process import TrainProcess
from explorer.runs.train_options import TrainOptions, new_command
from explorer.runs.watch import RunReader
from tests.explorer.gui.actions import open_path, replace_text, save_picture, values
from tests.explorer.gui.display import Display
from tests.explorer.gui.driver import PATIENCE_S, OpenWindow, Window
from tests.explorer.runs.small_runs import TINY, until, wait

pytestmark = pytest.mark.window


def wait_for_file(window: Window, name: str) -> None:
    window.until(lambda: window.state()["file"] == f"{name}.safetensors", f"snapshot {name}")
    window.until_picture()


def test_a_run_is_followed_and_its_snapshots_compared(
    open_window: OpenWindow, run_folder: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    shutil.copytree(run_folder, run)
    window = open_window(str(run))
    wait_for_file(window, "000002")
    grown = window.state()
    window.drag_slider("training.slider", 0.98, 0.05)
    wait_for_file(window, "000000")
    young = window.settle()
    assert young["edit"] == grown["edit"]
    assert young["picture"] != grown["picture"]
    window.click("training.slider")
    window.type("1")
    window.press("Return")
    wait_for_file(window, "000001")
    window.click("training.slider")
    window.type("7")
    window.press("Return")
    window.until(lambda: "from 0 to 2" in window.state()["status"], "a number that is not taken")
    window.press("shift+comma")
    wait_for_file(window, "000000")

    save_picture(window, tmp_path / "young.png")

    left, top, width, height = window.rect("training.sheet")
    window.click_at(left + width * 3.5 / 8, top + height * 1.5 / 5)
    edit = window.until_edit(lambda e: e["sources"][0]["seed"] == 11 and e, "the cell's face")
    assert (edit["psi"], edit["cutoff"]) == (0.7, 8)
    assert {noise["terms"][0]["seed"] for noise in edit["noise"]} == {11}
    window.press("shift+period")
    wait_for_file(window, "000001")
    assert window.edit() == edit

    window.press("End")
    wait_for_file(window, "000002")
    open_path(window, tmp_path / "young.png")
    window.until_dialog("Made with another model")
    window.click("dialog.button.2")
    wait_for_file(window, "000000")
    edit = window.until_edit(lambda e: e == young["edit"] and e, "the picture's recipe")
    window.until(lambda: window.settle()["picture"] == young["picture"], "the picture")
    assert window.ask("config", "training.slider")["format"] == "0 kimg"
    window.press("End")
    wait_for_file(window, "000002")

    snapshots = run / "snapshots"
    (snapshots / "000003.safetensors").write_bytes(b"not yet")
    window.until(lambda: "000003" in window.state()["status"], "the message about the damaged one")
    assert window.state()["dialog"] is None
    (snapshots / "000001.safetensors").unlink()
    shutil.copy(snapshots / "000000.safetensors", snapshots / "000004.safetensors")
    wait_for_file(window, "000004")
    assert window.edit() == edit

    assert not window.ask("config", "training.ada_p.place")["show"]
    assert window.ask("config", "training.gap.place")["show"]
    with (run / "log.jsonl").open("a") as log:
        log.write('{"kimg": 3, "ada_p": 0.125, "gap": 1.5}\n')
    window.until(lambda: window.ask("value", "training.ada_p.value") == "0.125", "the new line")
    assert window.ask("config", "training.ada_p.place")["show"]

    window.press("ctrl+g")
    window.until_dialog("Export a snapshot video")
    assert window.ask("value", "export.summary").startswith("3 snapshots")
    video = Path(window.ask("value", "export.path"))
    assert video.parent == tmp_path / "Videos"
    window.click("export.go")
    window.until(video.exists, "the video")
    window.until_dialog(None)
    assert read_recipe(video).edit.psi == 0.7
    window.click("training.unfollow")
    window.until(lambda: window.ask("rect", "tab.Training.button") is None, "the tab to go")


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Path]:
    """Return where the window puts a new run; at the end, stop its process."""
    folder = tmp_path / "stylegan-runs" / "portraits"
    yield folder
    left = TrainProcess.find(folder)
    if left is not None:
        left.stop()


def until_standing(window: Window, standing: str) -> None:
    window.until(lambda: window.ask("value", "training.standing") == standing, standing)


def export_slowly(window: Window) -> None:
    """Start an export of so many pictures that it is cancelled before its end."""
    for _ in range(4):
        window.press("k")
    window.until(lambda: window.state()["keyframes"] == 4, "four keyframes")
    window.press("ctrl+e")
    window.until_dialog("Export the timeline")
    replace_text(window, "export.fps", "1000")
    replace_text(window, "export.path", "~/slow/frames.png")
    window.click("export.go")
    window.until(lambda: window.state()["job"], "the export to start")


def test_a_run_is_started_paused_resumed_and_stopped(
    open_window: OpenWindow, model_path: Path, tmp_path: Path, run: Path
) -> None:
    window = open_window(str(model_path), STYLEGAN_CACHE=str(tmp_path / "cache"))
    before = window.until_picture()["edit"]
    window.press("ctrl+t")
    window.until_dialog("Train a model")
    replace_text(window, "train.data", "~/absent")
    window.click("train.go")
    absent = str(tmp_path / "absent")
    window.until(lambda: absent in window.ask("value", "train.problem"), "the problem")
    assert not run.exists()
    replace_text(window, "train.data", "portraits:8")
    replace_text(window, "train.more", "label_critic_weight=0")
    window.click("train.go")
    window.until(lambda: (run / "train.log").exists(), "the process")
    assert "No snapshot yet" in window.until(
        lambda: window.ask("value", "training.none"), "the note while there is no snapshot"
    )
    window.until(lambda: RunReader(run).poll().sheet, "the first samples", 2 * PATIENCE_S)

    export_slowly(window)
    window.press("ctrl+q")
    window.until_dialog("An export is running")
    window.click("dialog.button.1")
    window.until_dialog("Training is running")
    window.click("dialog.button.0")
    window.until_dialog(None)
    assert window.state()["job"], "the export goes on while the window stays"
    window.click("status.cancel")
    window.until(lambda: window.state()["job"] is None, "the export to be cancelled")
    window.click("training.pause")
    until_standing(window, "paused")
    window.press("ctrl+q")
    window.until_dialog("Training is paused")
    window.press("Escape")
    window.until_dialog(None)
    window.click("training.resume")
    window.until(lambda: window.ask("value", "training.standing") != "paused", "training to go on")
    window.click("training.stop")
    until_standing(window, "stopped")
    assert "can go on later" in window.state()["status"]
    assert RunReader(run).poll().snapshots
    window.until(lambda: (window.state()["file"] or "").startswith("0000"), "the snapshot")
    assert window.edit() == before
    assert (run / "train.log").read_text().endswith(f"Stopped and saved in {run}.\n")


def test_training_from_a_model_offers_its_size_and_larger_ones(
    open_window: OpenWindow, model_path: Path
) -> None:
    window = open_window(str(model_path))
    window.until_picture()
    model_size = 64
    window.press("ctrl+t")
    window.until_dialog("Train a model")

    def sizes() -> list[int]:
        return [int(text.split()[0]) for text in window.ask("config", "train.resolution")["items"]]

    assert min(sizes()) < model_size
    window.click("train.from")
    window.until(lambda: min(sizes()) == model_size, "the model's size and those above it")
    assert max(sizes()) > model_size
    assert window.ask("value", "train.resolution").startswith(f"{model_size} ")
    window.click("train.from")
    window.until(lambda: min(sizes()) < model_size, "all sizes")
    window.press("Escape")
    window.until_dialog(None)


def test_what_is_wrong_is_said_once_and_goes_with_the_next_change(window: Window) -> None:
    window.press("ctrl+t")
    window.until_dialog("Train a model")
    replace_text(window, "train.more", "r1_gama=5")

    def texts() -> tuple[bool, bool]:
        lines = values(window, "train.estimate", "train.problem")
        return "did you mean r1_gamma" in lines[0], "did you mean r1_gamma" in lines[1]

    window.until(lambda: texts() == (True, False), "the estimate to say why there is none")
    window.click("train.go")
    window.until(lambda: texts() == (False, True), "the answer to Train, alone")
    replace_text(window, "train.more", f"r1_gamma=5 {TINY}")
    window.until(lambda: texts() == (False, False), "the answer to go")
    window.until(lambda: "this computer" in window.ask("value", "train.estimate"), "the estimate")
    window.press("Escape")
    window.until_dialog(None)


def test_a_paused_process_is_found_again_and_can_be_stopped(
    display: Display, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Closing the window asks what to do; stopping wakes the process, which then saves."""
    monkeypatch.setenv("STYLEGAN_CACHE", str(tmp_path / "cache"))
    options = TrainOptions("portraits:8", 16, "portraits-cpu", 1000, tmp_path / "run", more=TINY)
    process = TrainProcess.start(new_command(options, 1), options.out)
    until(lambda: bool(RunReader(options.out).poll().records), process)
    process.pause()
    window = Window(display, tmp_path, str(options.out))
    try:
        window.connect()
        until_standing(window, "paused")
        window.press("ctrl+q")
        window.until_dialog("Training is paused")
        window.click("dialog.button.1")
        assert window.process.wait(30) == 0
        assert wait(process) == 130
        assert RunReader(options.out).poll().snapshots
    finally:
        process.stop()
        window.discard()
