"""`stylegan train` as a process: exit codes, and what a real Ctrl-C leaves."""

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from stylegan_core.cli.progress import LiveLine, duration
from stylegan_core.cli.train import parse_settings, train
from stylegan_core.errors import UserError

SMALL = [
    f"--set={setting}"
    for setting in (
        "fmap_base=64",
        "fmap_max=8",
        "z_dim=8",
        "w_dim=8",
        "mapping_width=8",
        "start_resolution=8",
        "phase_kimg=0.064",
        "fade_kimg=0.064",
        "log_kimg=0.016",
        "lr_decay_kimg=0",
    )
]


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "stylegan_core.cli", "train", "--device", "cpu", *arguments]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "STYLEGAN_CACHE": str(tmp_path / "cache"), "OMP_NUM_THREADS": "1"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_saves_and_exits_130_and_the_run_continues(
    tmp_path: Path, environment: dict[str, str], number: signal.Signals
):
    run = tmp_path / "run"
    new = command("--data=portraits:8", "--resolution=16", "--kimg=1000", f"--out={run}", *SMALL)
    with subprocess.Popen(new, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "img/s" in line:
                break
        process.send_signal(number)
        said = process.stdout.read()
        assert process.wait(timeout=60) == 130
    assert f"continue with --resume {run}" in said
    state = torch.load(run / "state.pt", weights_only=True)
    assert state["images_seen"] == 16 * state["iteration"] > 0
    assert len(list((run / "snapshots").iterdir())) == 1

    kimg = state["images_seen"] / 1000 + 0.1
    again = subprocess.run(
        command(f"--resume={run}", f"--kimg={kimg}"),
        env=environment,
        capture_output=True,
        text=True,
    )

    assert (again.returncode, again.stderr) == (0, "")
    last = json.loads((run / "log.jsonl").read_text().splitlines()[-1])
    assert last["kimg"] >= state["images_seen"] / 1000 + 0.08


def test_bad_input_is_one_sentence_and_code_2(tmp_path: Path, environment: dict[str, str]):
    done = subprocess.run(
        command("--data=nowhere", "--resolution=16", f"--out={tmp_path / 'run'}"),
        env=environment,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 2
    assert "There is no folder or zip file nowhere" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "either --out for a new run or --resume"),
        ({"out": Path("a"), "resume": Path("b")}, "either --out for a new run or --resume"),
        ({"out": Path("a"), "preset": "huge"}, "no preset 'huge'"),
        ({"out": Path("a"), "set_": ("r1_gamma",)}, "NAME=VALUE"),
        ({"out": Path("a"), "set_": ("gamma=1",)}, "unknown training settings: gamma"),
        ({"out": Path("a"), "resolution": 100}, "power of two"),
        ({"out": Path("a"), "threads": 0}, "--threads"),
        ({"resume": Path("nowhere")}, "holds no training run"),
    ],
)
def test_unfit_options_are_user_errors(options: dict, message: str):
    with pytest.raises(UserError, match=message):
        train(**options, device="cpu")


def test_settings_are_json_or_plain_words():
    assert parse_settings(("a=1.5", "b=true", "c=[[4,8]]", "d=off")) == {
        "a": 1.5,
        "b": True,
        "c": [[4, 8]],
        "d": "off",
    }


def test_durations():
    assert [duration(s) for s in (7, 754, 3723)] == ["0:07", "12:34", "1:02:03"]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_line_is_rewritten_in_place():
    stream = Terminal()
    line = LiveLine(stream)

    line.show("a long text")
    line.show("short")
    line.end()

    assert stream.getvalue() == "\ra long text\rshort      \n"


def test_elsewhere_lines_are_plain():
    stream = io.StringIO()
    line = LiveLine(stream)

    line.count("preparing", 1, 10)
    line.count("preparing", 2, 10)  # too soon to be worth a line
    line.count("preparing", 10, 10)
    line.end()

    lines = stream.getvalue().splitlines()
    assert lines[0] == "preparing: 1 of 10"
    assert lines[1].startswith("preparing: 10 of 10, ")
    assert len(lines) == 2
