"""`stylegan train` under torchrun: two processes train what one would."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

SETTINGS = (
    "fmap_base=64",
    "fmap_max=8",
    "mbstd_features=1",
    "mbstd_group_size=4",
    "z_dim=8",
    "w_dim=8",
    "mapping_width=8",
    "start_resolution=8",
    "phase_kimg=0.032",
    "fade_kimg=0.032",
    "batch=8",
    "log_kimg=0.008",
    "lr_decay_kimg=0",
    "growth_fit_steps=2",
    "noise_from_kimg=0.02",
    "label_critic_weight=0",
)
OPTIONS = ["--data=portraits:16", "--resolution=16", *(f"--set={one}" for one in SETTINGS)]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    cache = tmp_path_factory.mktemp("cache")
    return {**os.environ, "STYLEGAN_CACHE": str(cache), "OMP_NUM_THREADS": "1"}


def train(processes: int, environment: dict[str, str], *options: str) -> str:
    launcher = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
    command = [sys.executable, *(launcher if processes > 1 else [])]
    command += ["-m", "stylegan_core", "train", "--device=cpu", *options]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


def assert_same_weights(first: Path, second: Path) -> None:
    """Nearly all agree. Adam's early steps have the size of the learning rate, 2e-3, whatever the
    gradient's: where that is next to nothing, rounding decides the direction.
    """
    ours, theirs = (load_file(next((run / "snapshots").iterdir())) for run in (first, second))
    assert ours.keys() == theirs.keys()
    apart = torch.cat([(ours[name] - theirs[name]).float().abs().flatten() for name in ours])
    assert (apart > 1e-4).float().mean() < 0.02
    assert apart.max() < 0.02


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str]) -> Path:
    run = tmp_path_factory.mktemp("alone") / "run"
    train(1, environment, *OPTIONS, "--kimg=0.056", f"--out={run}")
    return run


def test_two_processes_train_what_one_does(
    tmp_path: Path, alone: Path, environment: dict[str, str]
) -> None:
    said = train(2, environment, *OPTIONS, "--kimg=0.056", f"--out={tmp_path / 'run'}")
    assert said.count("2 processes") == 1, "only the leading one talks"
    assert_same_weights(alone, tmp_path / "run")
    lines = [(run / "log.jsonl").read_text().splitlines() for run in (alone, tmp_path / "run")]
    for ours, theirs in zip(*(map(json.loads, text) for text in lines), strict=True):
        assert ours["loss_d"] == pytest.approx(theirs["loss_d"], rel=1e-3)


def test_a_run_goes_on_with_another_number_of_processes(
    tmp_path: Path, alone: Path, environment: dict[str, str]
) -> None:
    run = tmp_path / "run"
    train(2, environment, *OPTIONS, "--kimg=0.032", f"--out={run}")
    half = next((run / "snapshots").iterdir())
    half.unlink()
    train(1, environment, f"--resume={run}", "--kimg=0.056")
    assert_same_weights(alone, run)
