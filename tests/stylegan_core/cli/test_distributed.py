"""`stylegan train` under torchrun: two processes train the same as one."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from stylegan_core import checkpoint
from stylegan_core.networks.stylegan1 import Discriminator, Generator, StyleGAN1Config
from stylegan_core.training.run_files import STOPPED
from tests.lite_weights import write_lite_weights

pytestmark = pytest.mark.slow

CONFIG = StyleGAN1Config(
    resolution=16,
    fmap_base=64,
    fmap_max=8,
    mbstd_features=1,
    mbstd_group_size=4,
    z_dim=8,
    w_dim=8,
    mapping_width=8,
    mapping_depth=4,
)
SETTINGS = (
    "start_resolution=8",
    "phase_kimg=0.032",
    "fade_kimg=0.032",
    "batch=8",
    "log_kimg=0.008",
    "lr_decay_kimg=0",
    "growth_fit_steps=2",
    "noise_from_kimg=0.02",
    "label_critic_weight=0",
    "noise_spread=0",  # each process would measure it by itself
    "amp=off",  # rounding would differ
)


@pytest.fixture(scope="module")
def options(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return options of a run whose constant input varies.

    A uniform one, once normalised, is nothing but rounding errors, which differ between processes.
    """
    path = tmp_path_factory.mktemp("weights") / "uneven.safetensors"
    torch.manual_seed(0)
    generator, discriminator = Generator(CONFIG), Discriminator(CONFIG)
    torch.nn.init.normal_(generator.const)
    checkpoint.save(path, generator, {}, discriminator)
    return ["--data=portraits:16", f"--from={path}", *(f"--set={one}" for one in SETTINGS)]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    cache = tmp_path_factory.mktemp("cache")
    return {**os.environ, "STYLEGAN_CACHE": str(cache), "OMP_NUM_THREADS": "1"}


def command_of(processes: int, *options: str) -> list[str]:
    launcher = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
    command = [sys.executable, *(launcher if processes > 1 else [])]
    return [*command, "-m", "stylegan_core", "train", "--device=cpu", *options]


def train(processes: int, environment: dict[str, str], *options: str) -> str:
    command = command_of(processes, *options)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


def assert_same_weights(first: Path, second: Path) -> None:
    """Assert that nearly all weights agree.

    The size of Adam's first steps is the learning rate, 2e-3, however small the gradient is: where
    it is almost zero, rounding decides the direction.
    """
    ours, theirs = (load_file(next((run / "snapshots").iterdir())) for run in (first, second))
    assert ours.keys() == theirs.keys()
    differences = torch.cat([(ours[name] - theirs[name]).float().abs().flatten() for name in ours])
    assert (differences > 1e-4).float().mean() < 0.02
    assert differences.max() < 0.02
    centres = [run["generator.w_average"] for run in (ours, theirs)]
    assert centres[0].abs().max() > 0.01
    torch.testing.assert_close(*centres, rtol=0, atol=1e-4)


def logged_pairs(first: Path, second: Path) -> Iterator[tuple[dict[str, float], dict[str, float]]]:
    """Yield the records of two logs of equal length, pair by pair."""
    ours, theirs = ((run / "log.jsonl").read_text().splitlines() for run in (first, second))
    yield from zip(map(json.loads, ours), map(json.loads, theirs), strict=True)


@pytest.fixture(scope="module")
def alone(
    tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str], options: list[str]
) -> Path:
    run = tmp_path_factory.mktemp("alone") / "run"
    train(1, environment, *options, "--kimg=0.056", f"--out={run}")
    return run


def test_two_processes_train_the_same_as_one(
    tmp_path: Path, alone: Path, environment: dict[str, str], options: list[str]
) -> None:
    output = train(2, environment, *options, "--kimg=0.056", f"--out={tmp_path / 'run'}")
    assert output.count("2 processes") == 1, "only the leading process prints"
    assert_same_weights(alone, tmp_path / "run")
    for ours, theirs in logged_pairs(alone, tmp_path / "run"):
        assert ours["loss_d"] == pytest.approx(theirs["loss_d"], rel=1e-3)


def test_two_processes_measure_the_same_path_lengths_as_one(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    """Augmentation is on with probability 0; test_inputs.py compares augmented pictures."""
    settings: tuple[str, ...] = ("channel_max=8", "mapping_depth=2")
    settings += ("z_dim=8", "w_dim=8", "mapping_width=8")
    settings += ("batch=8", "log_kimg=0.008", "ada_target=0.6", "ada_kimg=0.05")
    settings += ("path_length_interval=2", "w_avg_beta=0.9", "r1_interval=2")
    more = ("--preset=stylegan2", "--data=portraits:16", "--resolution=16", "--kimg=0.048")
    for processes in (1, 2):
        out = f"--out={tmp_path / str(processes)}"
        train(processes, environment, *more, *(f"--set={one}" for one in settings), out)
    assert_same_weights(tmp_path / "1", tmp_path / "2")
    for ours, theirs in logged_pairs(tmp_path / "1", tmp_path / "2"):
        for name in ("loss_d", "loss_g", "path_length", "real_score"):
            assert ours[name] == pytest.approx(theirs[name], rel=5e-3, abs=1e-4), name


def test_two_processes_train_the_same_label_critic_as_one(
    tmp_path: Path, environment: dict[str, str], options: list[str]
) -> None:
    critic = (*options, "--set=label_critic_weight=1", "--kimg=0.024")
    for processes in (1, 2):
        train(processes, environment, *critic, f"--out={tmp_path / str(processes)}")
    assert_same_weights(tmp_path / "1", tmp_path / "2")
    readers = [load_file(tmp_path / n / "label_network.safetensors") for n in ("1", "2")]
    assert all(torch.equal(readers[0][name], readers[1][name]) for name in readers[0])


def test_two_processes_judge_features_the_same_as_one(
    tmp_path: Path, environment: dict[str, str], options: list[str]
) -> None:
    weights = write_lite_weights(tmp_path / "lite0.pth")
    settings = ["feature_weight=0.5", "feature_size=64", "range_weight=1", "style_roles_weight=0"]
    settings += [f"feature_file={weights}", "shared_pass=true"]
    more = [*options, *(f"--set={one}" for one in settings), "--kimg=0.024"]
    for processes in (1, 2):
        train(processes, environment, *more, f"--out={tmp_path / str(processes)}")
    assert_same_weights(tmp_path / "1", tmp_path / "2")
    for ours, theirs in logged_pairs(tmp_path / "1", tmp_path / "2"):
        assert ours["feature_loss_d"] == pytest.approx(theirs["feature_loss_d"], rel=1e-3)


def test_a_run_resumes_with_another_number_of_processes(
    tmp_path: Path, alone: Path, environment: dict[str, str], options: list[str]
) -> None:
    run = tmp_path / "run"
    train(2, environment, *options, "--kimg=0.032", f"--out={run}")
    half = next((run / "snapshots").iterdir())
    half.unlink()
    train(1, environment, f"--resume={run}", "--kimg=0.056")
    assert_same_weights(alone, run)


@pytest.mark.skipif(os.name == "nt", reason="a terminal there sends no signals to a group")
def test_ctrl_c_in_a_terminal_saves(
    tmp_path: Path, environment: dict[str, str], options: list[str]
) -> None:
    """The terminal signals torchrun and every process, and torchrun signals every process again."""
    run = tmp_path / "run"
    command = command_of(2, *options, "--kimg=1000", f"--out={run}")
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        deadline = time.monotonic() + 120
        while not (run / "log.jsonl").exists():
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
        os.killpg(process.pid, signal.SIGINT)
        output, _ = process.communicate(timeout=120)
    assert f"{STOPPED} {run}." in output
    train(1, environment, f"--resume={run}", "--kimg=0.001")  # less than it has already seen
