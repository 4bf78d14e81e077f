"""Training in a process of its own, which is paused, stopped, found again and cleaned up after."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from explorer.runs import processes
from explorer.runs.process import PID_FILE, TrainProcess
from explorer.runs.train_options import TrainOptions, check, new_command, resume_command
from explorer.runs.train_output import LOG
from explorer.runs.watch import RunReader
from stylegan_core.errors import UserError
from stylegan_core.training.run_lock import LOCK
from tests.explorer.runs.small_runs import until, wait


@pytest.mark.slow
def test_a_run_is_started_stopped_and_continued(
    options: TrainOptions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STYLEGAN_CACHE", str(tmp_path / "cache"))
    reader = RunReader(options.out)
    check(options)
    process = TrainProcess.start(new_command(options, 1), options.out)
    until(lambda: len(reader.poll().records) > 1, process)
    process.stop()
    process.stop()  # a second call changes nothing
    assert wait(process) == 130
    assert process.failure() is None
    saved = reader.poll()
    assert saved.snapshots
    assert process.last_line() == f"Stopped and saved in {options.out}.", "no option is advised"
    with pytest.raises(UserError, match="already holds a training run"):
        check(options)
    further = [*resume_command(options.out, 1), "--kimg", f"{saved.kimg + 0.2}"]
    process = TrainProcess.start(further, options.out)
    assert wait(process) == 0, process.last_line()
    process.clean_up()  # a complete run stays as it is
    assert reader.poll().status == "complete"
    assert (options.out / LOG).read_text().count("kimg done.") == 2


@pytest.mark.slow
def test_a_run_is_paused_found_again_and_stopped(
    options: TrainOptions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STYLEGAN_CACHE", str(tmp_path / "cache"))
    reader = RunReader(options.out)
    started = TrainProcess.start(new_command(options, 1), options.out)
    until(lambda: len(reader.poll().records) > 1, started)
    started.pause()
    until(lambda: started.is_paused, started)
    kimg = reader.poll().kimg
    found = TrainProcess.find(options.out)
    assert found is not None
    assert found.is_paused
    assert found.exit_code() is None
    time.sleep(0.5)
    assert reader.poll().kimg == kimg, "nothing is trained in a pause"
    found.resume()
    until(lambda: reader.poll().kimg > kimg, started)
    assert not started.is_paused
    started.pause()
    until(lambda: found.is_paused, started)
    found.stop()  # a paused process has to wake up to save
    assert wait(started) == 130
    assert wait(found) == 130
    assert (found.failure(), found.is_paused) == (None, False)
    assert reader.poll().snapshots
    assert TrainProcess.find(options.out) is None
    found.clean_up()
    assert not (options.out / PID_FILE).exists()


def test_a_process_that_was_killed_in_a_pause_has_ended(tmp_path: Path) -> None:
    script = "import time; print('Saved in my memory', flush=True); time.sleep(1000)"
    process = TrainProcess.start([sys.executable, "-c", script], tmp_path)
    found = TrainProcess.find(tmp_path)
    assert found is not None
    until(lambda: bool(process.last_line()), process)
    process.pause()
    pid, began = json.loads((tmp_path / PID_FILE).read_text())
    os.kill(pid, signal.SIGKILL)
    assert wait(process) == -signal.SIGKILL
    assert "signal 9" in (process.failure() or "")
    assert wait(found) == 0
    (tmp_path / LOG).write_text(f"Stopped and saved in {tmp_path}.\n")
    assert wait(found) == 130
    (tmp_path / LOG).write_text("on it\n")
    assert "Training failed: on it" in (found.failure() or "")
    for ended in (found, process):  # nothing happens to a process that has ended
        ended.pause()
        ended.resume()
        ended.stop()
    assert TrainProcess.find(tmp_path) is None
    (tmp_path / PID_FILE).write_text(json.dumps([os.getpid(), began]))
    assert TrainProcess.find(tmp_path) is None, "another process has that number now"


@pytest.mark.parametrize("mark", ["", "[]", "7", '["7", ""]', "[-1, 2]", '[0, "x"]', '[9e99, "1"]'])
def test_a_damaged_mark_finds_no_process(tmp_path: Path, mark: str) -> None:
    (tmp_path / PID_FILE).write_text(mark)
    assert TrainProcess.find(tmp_path) is None


def test_ps_and_proc_agree_about_a_process() -> None:
    """macOS has no /proc, so `ps` takes its place there."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"])
    try:
        state, started = processes._from_ps(child.pid)
        assert started == processes._from_ps(child.pid)[1]
        assert not state.startswith("T")
        os.kill(child.pid, signal.SIGSTOP)
        while not (info := processes.info_of(child.pid)) or not info.is_suspended:
            time.sleep(0.01)
        assert processes._from_ps(child.pid)[0].startswith("T")
        assert processes._from_ps(child.pid)[1] == started
    finally:
        child.kill()
        child.wait()
    assert processes.info_of(child.pid) is None


def test_refused_options_are_reported_and_leave_nothing(
    options: TrainOptions,
) -> None:
    broken = replace(options, start_from=options.out.parent / "absent.safetensors")
    process = TrainProcess.start(new_command(broken, 1), broken.out)
    assert wait(process) == 2
    assert "absent.safetensors" in (process.failure() or "")
    process.clean_up()
    assert not broken.out.exists()


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("print('on it'); raise SystemExit(1)", "Training failed: on it"),
        ("raise SystemExit(3)", "Training failed."),
        ("import os; os.kill(os.getpid(), 9)", "ended by signal 9"),
    ],
)
def test_failures_name_the_file_with_the_whole_output(
    tmp_path: Path, script: str, words: str
) -> None:
    (tmp_path / LOG).write_text("of an earlier run\n")
    process = TrainProcess.start([sys.executable, "-c", script], tmp_path)
    wait(process)
    assert words in (process.failure() or "")
    assert str(tmp_path / LOG) in (process.failure() or "")
    assert "of an earlier run" not in (process.failure() or "")


def test_a_folder_that_existed_before_stays(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    process = TrainProcess.start([sys.executable, "-c", ""], tmp_path)
    wait(process)
    process.clean_up()
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_run_that_ended_before_it_began_leaves_nothing(tmp_path: Path) -> None:
    script = f"open({str(tmp_path / 'run' / LOCK)!r}, 'w').close(); raise SystemExit(1)"
    process = TrainProcess.start([sys.executable, "-c", script], tmp_path / "run")
    wait(process)
    process.clean_up()
    assert not (tmp_path / "run").exists()


def test_no_process_starts_where_no_folder_can_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="is a file"):
        TrainProcess.start([sys.executable], tmp_path / "file" / "run")
    with pytest.raises(UserError, match="cannot be started"):
        TrainProcess.start([str(tmp_path / "absent")], tmp_path / "run")
