"""The followed run: which snapshot is shown, and how its state is described."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from explorer.edit.session import Session
from explorer.gui.context import View
from explorer.gui.controllers.runs import FollowedRunController
from explorer.gui.followed_run import FollowedRun, ProcessState, kimg_text
from explorer.runs.run_state import RunState, Status
from explorer.runs.snapshot import Snapshot

FOLDER = Path("/runs/faces")
SNAPSHOTS = tuple(
    Snapshot(k, FOLDER / "snapshots" / f"{k:06d}.safetensors", k) for k in (10, 20, 30)
)
STATE = RunState(FOLDER, total_kimg=100, snapshots=SNAPSHOTS)


def shown(run: FollowedRun) -> tuple[Snapshot | None, int | None, bool]:
    return run.wanted, run.index, run.shows_newest


def test_the_newest_is_shown_until_another_is_chosen() -> None:
    run = FollowedRun(RunState(FOLDER))
    run.choose(0)  # there is nothing to choose
    assert shown(run) == (None, None, True)
    run.state = STATE
    assert shown(run) == (SNAPSHOTS[2], 2, True)
    run.choose(0)
    assert shown(run) == (SNAPSHOTS[0], 0, False)
    newer = Snapshot(40, FOLDER / "snapshots" / "000040.safetensors", 1)
    run.state = replace(STATE, snapshots=(*SNAPSHOTS, newer))
    assert shown(run) == (SNAPSHOTS[0], 0, False)
    run.show_newest()
    assert shown(run) == (newer, 3, True)
    run.choose(99)
    assert shown(run) == (newer, 3, False)


def test_a_model_that_is_opened_is_chosen_unless_it_is_the_newest_already() -> None:
    run = FollowedRun(STATE)
    run.note_opening(SNAPSHOTS[2].path)
    assert run.shows_newest, "it was opened because it is the newest"
    run.note_opening(SNAPSHOTS[1].path)
    assert shown(run) == (SNAPSHOTS[1], 1, False)
    run.note_opening(SNAPSHOTS[2].path)
    assert shown(run) == (SNAPSHOTS[2], 2, False)
    run.note_opening(Path("/elsewhere/000010.safetensors"))
    assert shown(run) == (None, None, False)


def test_damaged_snapshots_are_skipped_and_a_deleted_one_stays_shown() -> None:
    run = FollowedRun(STATE, failed={SNAPSHOTS[2]})
    assert run.wanted == SNAPSHOTS[1]
    repaired = replace(SNAPSHOTS[2], written_ns=99)
    run.state = replace(STATE, snapshots=(*SNAPSHOTS[:2], repaired))
    assert run.wanted == repaired
    run.choose(1)
    run.state = replace(STATE, snapshots=SNAPSHOTS[2:])
    assert run.index is None
    assert run.wanted == SNAPSHOTS[1], "the snapshot on the canvas stays there"


def following() -> tuple[FollowedRunController, Any, Any]:
    """Return a controller that follows a run without a window, its Ui, and a mock of the models."""
    ui, models = Mock(session=Session(), view=View()), Mock()
    models.has_task_for.return_value = False
    controller = FollowedRunController(ui, Mock(), Mock(), Mock(), models, Mock(), Mock())
    ui.view.run = FollowedRun(STATE)
    return controller, ui, models


def test_a_snapshot_that_failed_is_opened_again_on_another_device() -> None:
    controller, ui, models = following()
    newest = SNAPSHOTS[2].path
    ui.view.device = "cuda"
    controller.advance()
    controller.model_failed(str(newest), is_damaged=False)
    controller.advance()
    assert [call.args for call in models.open.call_args_list] == [(newest,)]
    ui.view.device = "cpu"
    controller.advance()
    controller.advance()
    assert [call.args for call in models.open.call_args_list] == [(newest,)] * 2
    assert ui.view.run.usable == SNAPSHOTS


def test_a_damaged_snapshot_gives_way_to_the_one_before() -> None:
    controller, ui, models = following()
    controller.advance()
    controller.model_failed(str(SNAPSHOTS[2].path), is_damaged=True)
    controller.advance()
    models.open.assert_called_with(SNAPSHOTS[1].path)
    assert ui.view.run.usable == SNAPSHOTS[:2]


def test_a_followed_run_knows_its_snapshots() -> None:
    run = FollowedRun(STATE)
    assert run.has_snapshot(str(SNAPSHOTS[0].path))
    assert not run.has_snapshot("/elsewhere/000010.safetensors")
    assert run.moment_of(str(SNAPSHOTS[1].path)) == " at 20 kimg"
    assert run.moment_of("/elsewhere/000010.safetensors") == ""


@pytest.mark.parametrize(
    ("process", "status", "text", "offers"),
    [
        ("none", "waiting", "nothing written yet", ""),
        ("none", "running", "training", ""),
        ("none", "quiet", "not running", "resume"),
        ("none", "complete", "complete", ""),
        ("running", "waiting", "preparing", "stop"),
        ("running", "quiet", "preparing", "stop"),
        ("paused", "running", "paused", "resume stop"),
        ("paused", "quiet", "paused", "resume stop"),
        ("stopping", "running", "saving", ""),
        ("ended", "running", "stopped", "resume"),
        ("ended", "quiet", "stopped", "resume"),
        ("ended", "complete", "complete", ""),
    ],
)
def test_the_state_has_a_text_and_offers_commands(
    process: ProcessState, status: Status, text: str, offers: str
) -> None:
    run = FollowedRun(replace(STATE, status=status), process=process)
    offered = {"resume": run.can_resume, "stop": run.can_stop}
    assert run.status_text == text
    assert [name for name, is_offered in offered.items() if is_offered] == offers.split()


def test_the_live_text_tells_speed_and_time_left_while_training() -> None:
    line = {"kimg": 5.0, "images_per_s": 31.25, "seconds_left": 3725.0, "resolution": 64.0}
    run = FollowedRun(replace(STATE, status="running"))
    assert run.live_text == "The log is still empty."
    run.state = replace(run.state, records=(line,))
    assert run.live_text == "31.2 images/s   ·   1:02:05 left   ·   now at 64 px"
    run.state = replace(run.state, status="quiet", records=({**line, "memory_mib": 1536.0},))
    assert run.live_text == "last at 64 px   ·   1.5 GiB"
    starting = FollowedRun(RunState(FOLDER), process="running")
    assert starting.live_text == "Starting…"
    starting.last_message = "preparing pictures: 3 of 8"
    assert starting.live_text == "preparing pictures: 3 of 8"
    assert [kimg_text(kimg) for kimg in (0, 0.42, 12.0, 12.56)] == ["0", "0.4", "12", "12.6"]
