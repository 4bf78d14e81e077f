"""Which snapshot is to be seen, how a run is said to stand, and folders where files are opened."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from explorer.edit.session import Session
from explorer.gui.context import View
from explorer.gui.controllers.runs import Following
from explorer.gui.followed_run import FollowedRun, Own, kimg_text
from explorer.gui.start import starting_file
from explorer.gui.toolkit import native
from explorer.runs.watch import RunState, Snapshot, Status

FOLDER = Path("/runs/faces")
SNAPSHOTS = tuple(
    Snapshot(k, FOLDER / "snapshots" / f"{k:06d}.safetensors", k) for k in (10, 20, 30)
)
STATE = RunState(FOLDER, total_kimg=100, snapshots=SNAPSHOTS)


def test_the_newest_is_shown_until_another_is_chosen() -> None:
    run = FollowedRun(RunState(FOLDER))
    assert (run.wanted, run.index) == (None, None)
    run.choose(0)
    assert run.pinned, "there is nothing to choose"
    run.state = STATE
    assert (run.wanted, run.index) == (SNAPSHOTS[2], 2)
    run.choose(0)
    assert (run.wanted, run.index, run.pinned) == (SNAPSHOTS[0], 0, False)
    newer = Snapshot(40, FOLDER / "snapshots" / "000040.safetensors", 1)
    run.state = replace(STATE, snapshots=(*SNAPSHOTS, newer))
    assert run.wanted == SNAPSHOTS[0]
    run.pin()
    assert run.wanted == newer
    run.choose(99)
    assert run.wanted == newer
    run.look_at(newer.path)
    assert (run.wanted, run.pinned) == (newer, False)
    run.pin()
    run.look_at(newer.path)
    assert run.pinned, "the newest was opened because it is the newest"
    run.look_at(SNAPSHOTS[1].path)
    assert (run.wanted, run.pinned) == (SNAPSHOTS[1], False)
    run.look_at(Path("/elsewhere/000010.safetensors"))
    assert (run.wanted, run.index) == (None, None)


def test_damaged_and_missing_snapshots_are_passed_over() -> None:
    run = FollowedRun(STATE, failed={SNAPSHOTS[2]})
    assert run.wanted == SNAPSHOTS[1]
    mended = replace(SNAPSHOTS[2], written_ns=99)
    run.state = replace(STATE, snapshots=(*SNAPSHOTS[:2], mended))
    assert run.wanted == mended
    run.choose(1)
    run.state = replace(STATE, snapshots=SNAPSHOTS[2:])
    assert run.index is None
    assert run.wanted == SNAPSHOTS[1], "what is on the canvas stays there"


def following() -> tuple[Following, Any, Any]:
    """Following a run without a window, the Ui that it works on, and what opens files."""
    ui, opening = Mock(session=Session(), view=View()), Mock()
    opening.is_to_restore.return_value = False
    part = Following(ui, Mock(), Mock(), opening, Mock(), Mock())
    ui.view.run = FollowedRun(STATE)
    return part, ui, opening


def test_a_snapshot_that_lacked_its_device_is_opened_on_another() -> None:
    part, ui, opening = following()
    newest = SNAPSHOTS[2].path
    ui.view.device = "cuda"
    part.advance()
    part.model_failed(str(newest), is_damaged=False)
    part.advance()
    assert [call.args for call in opening.open_model.call_args_list] == [(newest,)]
    ui.view.device = "cpu"
    part.advance()
    part.advance()
    assert [call.args for call in opening.open_model.call_args_list] == [(newest,)] * 2
    assert ui.view.run.usable == SNAPSHOTS


def test_a_damaged_snapshot_gives_way_to_the_one_before() -> None:
    part, ui, opening = following()
    part.advance()
    part.model_failed(str(SNAPSHOTS[2].path), is_damaged=True)
    part.advance()
    opening.open_model.assert_called_with(SNAPSHOTS[1].path)
    assert ui.view.run.usable == SNAPSHOTS[:2]


def test_it_knows_its_own_files() -> None:
    run = FollowedRun(STATE)
    assert run.owns(str(SNAPSHOTS[0].path))
    assert not run.owns("/elsewhere/000010.safetensors")
    assert run.moment_of(str(SNAPSHOTS[1].path)) == " at 20 kimg"
    assert run.moment_of("/elsewhere/000010.safetensors") == ""


@pytest.mark.parametrize(
    ("own", "status", "standing", "offers"),
    [
        ("none", "waiting", "nothing here", ""),
        ("none", "running", "training", ""),
        ("none", "quiet", "not at work", "resume"),
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
def test_how_it_stands(own: Own, status: Status, standing: str, offers: str) -> None:
    run = FollowedRun(replace(STATE, status=status), own=own)
    offered = {"resume": run.can_resume, "stop": run.can_stop}
    assert (run.standing, " ".join(k for k, is_there in offered.items() if is_there)) == (
        standing,
        offers,
    )


def test_the_live_line() -> None:
    line = {"kimg": 5.0, "images_per_s": 31.25, "seconds_left": 3725.0, "resolution": 64.0}
    run = FollowedRun(replace(STATE, status="running"))
    assert run.live_line == "No line in the log yet."
    run.state = replace(run.state, lines=(line,))
    assert run.live_line == "31.2 images/s   ·   1:02:05 left   ·   now at 64 px"
    run.state = replace(run.state, status="quiet", lines=({**line, "memory_mib": 1536.0},))
    assert run.live_line == "now at 64 px   ·   1.5 GiB"
    starting = FollowedRun(RunState(FOLDER), own="running")
    assert starting.live_line == "Starting…"
    starting.said = "preparing pictures: 3 of 8"
    assert starting.live_line == "preparing pictures: 3 of 8"
    assert [kimg_text(kimg) for kimg in (0, 0.42, 12.0, 12.56)] == ["0", "0.4", "12", "12.6"]


def test_a_name_that_cannot_be_shown_is_refused(tmp_path: Path) -> None:
    path, problem = starting_file(os.fsdecode(os.fsencode(tmp_path) + b"/gr\xfcn.pkl"))
    assert path is None
    assert problem is not None
    assert "gr\N{REPLACEMENT CHARACTER}n.pkl is not written in UTF-8" in problem


def test_a_run_can_be_begun_with_and_another_folder_not(tmp_path: Path) -> None:
    path, problem = starting_file(str(tmp_path))
    assert path is None
    assert problem is not None
    assert tmp_path.name in problem
    (tmp_path / "log.jsonl").write_text("")
    assert starting_file(str(tmp_path)) == (tmp_path, None)


@pytest.mark.parametrize(
    ("program", "flag"), [("zenity", "--directory"), ("kdialog", "--getexistingdirectory")]
)
def test_the_desktop_is_asked_for_a_folder(
    monkeypatch: pytest.MonkeyPatch, program: str, flag: str
) -> None:
    monkeypatch.delenv("STYLEGAN_EXPLORER_PLAIN_DIALOGS", raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr(shutil, "which", lambda name: name if name == program else None)
    asked = native.command(native.Question("A run", Path("/runs"), ()))
    assert asked is not None
    assert flag in asked[0]
    assert "--save" not in asked[0]
