"""`stylegan train`: its options, its exit codes, and what a real Ctrl-C leaves."""

import inspect
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from itertools import chain, pairwise
from pathlib import Path
from typing import Any, BinaryIO

import pytest
import torch
from safetensors import SafetensorError
from safetensors.torch import save_file

from stylegan_core.cli.train import train
from stylegan_core.errors import UserError
from stylegan_core.training import run_lock
from stylegan_core.training.distributed import Ranks
from stylegan_core.training.presets import PRESETS
from stylegan_core.training.settings import DEFAULT_PRESET, parse_settings
from tests.full_disk import full_disk
from tests.stylegan_core.cli.in_process import stylegan

SMALL = [
    f"--set={setting}"
    for setting in (
        "fmap_base=64",
        "fmap_max=8",
        "mbstd_features=1",
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


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.usefixtures("quiet_signals")
def test_an_interrupt_saves_exits_with_130_and_can_be_resumed(
    tmp_path: Path,
    environment: dict[str, str],
    number: signal.Signals,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("STYLEGAN_CACHE", environment["STYLEGAN_CACHE"])
    run = tmp_path / "run"
    new = command("--data=portraits:8", "--resolution=16", "--kimg=1000", f"--out={run}", *SMALL)
    with subprocess.Popen(new, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "img/s" in line:
                break
        process.send_signal(number)
        output = process.stdout.read()
        assert process.wait(timeout=60) == 130
    assert output.endswith(f"Stopped and saved in {run}. Continue with --resume {run}\n")
    state = torch.load(run / "state.pt", weights_only=True)
    assert state["images_seen"] == 8 * state["iteration"] > 0
    assert len(list((run / "snapshots").iterdir())) == 1

    kimg = state["images_seen"] / 1000 + 0.1
    again = stylegan("train", "--device=cpu", f"--resume={run}", f"--kimg={kimg}")

    assert (again.returncode, again.stderr) == (0, "")
    last = json.loads((run / "log.jsonl").read_text().splitlines()[-1])
    assert last["kimg"] >= state["images_seen"] / 1000 + 0.08


@pytest.mark.slow
@pytest.mark.usefixtures("quiet_signals")
def test_a_run_in_progress_is_refused_and_a_killed_one_resumes_at_once(
    tmp_path: Path, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STYLEGAN_CACHE", environment["STYLEGAN_CACHE"])
    run, often = tmp_path / "run", "--set=snapshot_kimg=0.016"
    new = command("--data=portraits:8", "--resolution=16", "--kimg=1000", f"--out={run}", *SMALL)
    with subprocess.Popen([*new, often], env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        while b"img/s" not in process.stdout.readline():
            assert process.poll() is None
        while not (run / "state.pt").exists():
            assert process.poll() is None
        partial = run / ".card.0123abcd.partial.json"
        partial.write_text("half")
        config = (run / "config.json").read_text()
        refused = stylegan("train", "--device=cpu", f"--resume={run}", "--kimg=0.001")
        process.kill()
        process.wait()
    assert refused.returncode == 2
    assert "Another process is training in" in refused.stderr
    assert (partial.exists(), (run / "config.json").read_text()) == (True, config)

    again = stylegan("train", "--device=cpu", f"--resume={run}", "--kimg=0.001")

    assert (again.returncode, again.stderr) == (0, "")
    assert not partial.exists()


def test_of_two_new_runs_in_one_folder_one_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STYLEGAN_CACHE", str(tmp_path / "cache"))
    run = tmp_path / "run"
    run.mkdir()
    new = ("--data=portraits:4", "--resolution=8", "--kimg=0.004", *SMALL)
    with run_lock.held(run):
        done = stylegan("train", "--device=cpu", f"--out={run}", *new)
    assert done.returncode == 2
    assert "Another process is training in" in done.stderr
    assert [file.name for file in run.iterdir()] == [run_lock.LOCK]


@pytest.fixture
def quiet_signals(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep runs in this process from replacing the tests' own signal handlers."""
    monkeypatch.setattr(
        "stylegan_core.cli.train._stop_on_signals", lambda is_patient: lambda: False
    )


def test_bad_input_is_one_sentence_and_code_2(tmp_path: Path) -> None:
    done = stylegan("train", "--data=nowhere", "--resolution=16", f"--out={tmp_path / 'run'}")

    assert done.returncode == 2
    assert "There is no folder or zip file nowhere" in done.stderr
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "either --out for a new run or --resume"),
        ({"out": Path("a"), "resume": Path("b")}, "either --out for a new run or --resume"),
        ({"out": Path("a"), "preset": "huge"}, "no preset 'huge'"),
        ({"out": Path("a"), "set_": ("r1_gamma",)}, "NAME=VALUE"),
        ({"out": Path("a"), "set_": ("gamma=1",)}, "Unknown training settings: gamma"),
        ({"out": Path("a"), "resolution": 100}, "power of two"),
        ({"out": Path("a"), "threads": 0}, "--threads"),
        ({"out": Path("a"), "threads": 10**11}, "--threads"),
        ({"out": Path("a"), "kimg": float("inf")}, "total_kimg"),
        ({"out": Path("a"), "kimg": 1e308}, "total_kimg must be from"),
        ({"out": Path("a"), "set_": ("total_kimg=1" + "0" * 400,)}, "total_kimg must be of type"),
        ({"out": Path("a"), "set_": ("log_kimg=1e-320",)}, "log_kimg must be from"),
        ({"out": Path("a"), "set_": ("image_channels=2",)}, "image_channels must be 1"),
        ({"out": Path("a"), "set_": ("batch=" + "[" * 50_000,)}, "batch must be"),
        ({"out": Path("a"), "seed": 2**63}, "seed must be below"),
        ({"out": Path("a"), "set_": ("batch=[[4,Infinity]]",)}, "batch"),
        ({"out": Path("a"), "set_": ("generator_lr=[[4,NaN]]",)}, "generator_lr"),
        ({"out": Path("a"), "set_": ("z_dim=1000000000000",)}, "z_dim must be from"),
        ({"out": Path("a"), "set_": ("init_from=5",)}, "init_from must be of type str"),
        ({"out": Path("a"), "set_": ("init_from=[1]",)}, "init_from must be of type str"),
        ({"out": Path("a"), "data": "portraits:" + "9" * 5000}, "how many portraits"),
        ({"out": Path("a"), "data": "portraits:" + "9" * 400}, "how many portraits"),
        ({"out": Path(__file__)}, "is a file"),
        ({"out": Path(__file__) / "run"}, "is a file"),
        ({"resume": Path("a"), "preset": "config-f"}, "--preset is for new runs"),
        ({"resume": Path("nowhere")}, "holds no training run"),
    ],
)
def test_impossible_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        train(**options, device="cpu")


def test_help_names_every_preset() -> None:
    words = set(re.findall(r"[\w-]+", inspect.getdoc(train) or ""))

    assert {name for name in PRESETS if not name.startswith("config-")} <= words
    assert {"config-a", "config-f", "-8gpu"} <= words
    assert DEFAULT_PRESET in PRESETS


def test_the_number_of_processes_in_the_help_divides_the_batches() -> None:
    (example,) = re.findall(r"torchrun (.*?)\n\n", inspect.getdoc(train) or "", re.DOTALL)
    options = dict(pairwise(example.split()))
    config = PRESETS[options.get("--preset", DEFAULT_PRESET)].config
    processes = int(options["--nproc-per-node"])
    assert config.batches
    for batch in config.batches:
        shares = [Ranks(k, processes).positions(batch, config.group_size) for k in range(processes)]
        assert sorted(chain.from_iterable(shares)) == list(range(batch))


@pytest.mark.usefixtures("quiet_signals")
def test_a_run_stopped_before_its_first_snapshot_starts_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, cache = tmp_path / "run", tmp_path / "cache"
    monkeypatch.setenv("STYLEGAN_CACHE", str(cache))
    new = ("--data=portraits:4", "--resolution=8", "--kimg=0.016", f"--out={run}")
    assert stylegan("train", "--device=cpu", *new, *SMALL).returncode == 0
    (run / "state.pt").unlink()
    lost = stylegan("train", "--device=cpu", f"--resume={run}")
    shutil.rmtree(run / "snapshots")

    again = stylegan("train", "--device=cpu", f"--resume={run}")

    assert (lost.returncode, again.returncode) == (2, 0)
    assert "no state to resume from" in lost.stderr
    assert "0 of 0.016 kimg done" in again.stdout
    assert torch.load(run / "state.pt", weights_only=True)["images_seen"] == 16


@pytest.mark.usefixtures("quiet_signals")
def test_a_full_disk_fails_in_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """torch and safetensors raise errors of their own for it, which are not OSErrors."""
    monkeypatch.setenv("STYLEGAN_CACHE", str(tmp_path / "cache"))
    new = ("--data=portraits:4", "--resolution=8", "--kimg=0.016", *SMALL)
    full = SafetensorError("Error: No space left on device (os error 28)")

    save_state = torch.save

    def full_for(name: str) -> Callable[..., None]:
        """Let the disk be full for the safetensors file of this name."""

        def write(tensors: Any, path: Path, **rest: Any) -> None:
            if path.stem == name:
                raise full
            save_file(tensors, path, **rest)

        return write

    def save_on_full_disk(state: Any, file: BinaryIO) -> None:
        with full_disk(1000):
            save_state(state, file)

    with monkeypatch.context() as patch:
        patch.setattr(torch, "save", save_on_full_disk)
        state = stylegan("train", "--device=cpu", f"--out={tmp_path / 'a'}", *new)
    with monkeypatch.context() as patch:
        patch.setattr("stylegan_core.tensor_files.save_file", full_for("000000"))
        snapshot = stylegan("train", "--device=cpu", f"--out={tmp_path / 'b'}", *new)
    with monkeypatch.context() as patch:
        patch.setattr("stylegan_core.tensor_files.save_file", full_for("label_network"))
        reader = stylegan("train", "--device=cpu", f"--out={tmp_path / 'c'}", *new)
    again = stylegan("train", "--device=cpu", f"--out={tmp_path / 'c'}", *new)

    assert (state.returncode, snapshot.returncode, reader.returncode) == (1, 1, 1)
    assert f"{tmp_path / 'c/label_network.safetensors'} cannot be written: the" in reader.stderr
    assert (again.returncode, again.stderr) == (0, ""), "the failed run can be started again"
    assert f"{tmp_path / 'a/state.pt'} cannot be written: files may not" in state.stderr
    assert "snapshots/000000.safetensors cannot be written: the disk is full: it needs" in (
        snapshot.stderr
    )
    assert not list(tmp_path.glob("?/**/*.partial*"))


def test_settings_are_json_or_plain_words() -> None:
    assert parse_settings(("a=1.5", "b=true", "c=[[4,8]]", "d=off")) == {
        "a": 1.5,
        "b": True,
        "c": [[4, 8]],
        "d": "off",
    }
