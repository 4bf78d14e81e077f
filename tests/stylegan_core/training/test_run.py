"""The training loop and the run folder: the files of a run, and exact continuation."""

import json
from dataclasses import replace
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import BinaryIO, NamedTuple

import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from torch import nn

from stylegan_core import checkpoint
from stylegan_core.card import read_card
from stylegan_core.data.dataset import ImageDataset, open_dataset
from stylegan_core.data.decoding import Options
from stylegan_core.errors import UserError
from stylegan_core.training import loop, state_saver
from stylegan_core.training.config import TrainConfig
from stylegan_core.training.run_folder import Launch, RunFolder
from stylegan_core.training.trainer import Trainer
from tests.stylegan_core.training.small_trainers import TINY

pytestmark = pytest.mark.slow


def start(
    path: Path, data: ImageDataset, config: TrainConfig = TINY, steps: int = 10**9
) -> Trainer:
    folder = RunFolder.create(path, config, data)
    trainer = Trainer(config, "cpu")
    loop.run(trainer, data, folder, stop=lambda: trainer.iteration >= steps)
    return trainer


def resume(path: Path, data: ImageDataset) -> Trainer:
    folder = RunFolder(path)
    config, _ = folder.read_config()
    trainer = Trainer(config, "cpu")
    trainer.load_state(folder.read_state())
    folder.log.cut(trainer.images_seen / 1000)
    loop.run(trainer, data, folder)
    return trainer


def logged(path: Path) -> list[dict[str, float]]:
    lines = (path / "log.jsonl").read_text().splitlines()
    timed = {"images_per_s", "seconds_left", "seconds", "memory_mib"}
    return [{k: v for k, v in json.loads(line).items() if k not in timed} for line in lines]


class Whole(NamedTuple):
    """A run that was never interrupted."""

    path: Path
    trainer: Trainer


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, data: ImageDataset) -> Whole:
    path = tmp_path_factory.mktemp("whole") / "run"
    return Whole(path, start(path, data))


def test_a_run_writes_all_its_files(whole: Whole) -> None:
    paths = {file.relative_to(whole.path) for file in whole.path.rglob("*")}
    files = {str(path) for path in paths if "tensorboard" not in path.parts}
    assert files == {
        "config.json",
        "log.jsonl",
        "samples",
        "samples/000000.png",
        "snapshots",
        "snapshots/000000.safetensors",
        "state.pt",
    }
    assert whole.trainer.images_seen == 200
    lines = logged(whole.path)
    assert [line["kimg"] for line in lines] == [0.04, 0.08, 0.12, 0.16, 0.2]
    assert [line["resolution"] for line in lines] == [8, 16, 16, 16, 16]
    assert all(
        line["gap"] == pytest.approx(line["real_score"] - line["fake_score"], abs=1e-5)
        for line in lines
    )


def test_tensorboard_reads_the_numbers_of_the_log(whole: Whole) -> None:
    events = EventAccumulator(str(whole.path / "tensorboard")).Reload()
    for name in ("loss_g", "gap", "resolution"):
        written = [(event.step, event.value) for event in events.Scalars(name)]
        assert written == [
            (round(line["kimg"] * 1000), pytest.approx(line[name], rel=1e-5))
            for line in logged(whole.path)
        ]


def test_the_configuration_holds_what_is_needed_to_repeat_the_run(
    whole: Whole, data: ImageDataset
) -> None:
    written = json.loads((whole.path / "config.json").read_text())
    assert written["data_fingerprint"] == data.fingerprint
    (launch,) = written["sessions"]
    assert launch["versions"]["torch"] == torch.__version__
    assert RunFolder(whole.path).read_config() == (TINY, data.path)


def test_a_snapshot_names_its_classes(
    tmp_path: Path, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STYLEGAN_CACHE", str(tmp_path / "cache"))
    names = [f"{k}.png" for k in range(11)]
    labels = tmp_path / "labels.json"
    labels.write_text(json.dumps({name: "cat" if name < "5" else "dog" for name in names}))
    labelled = open_dataset(str(pictures), 16, options=Options(labels=str(labels)))
    config = replace(TINY, total_kimg=0.01, network=replace(TINY.network, c_dim=2))
    start(tmp_path / "run", labelled, config)
    (snapshot,) = (tmp_path / "run" / "snapshots").glob("*.safetensors")
    assert read_card(snapshot)["class_names"] == ["cat", "dog"]


def test_the_snapshot_is_the_averaged_generator(whole: Whole) -> None:
    path = whole.path / "snapshots" / "000000.safetensors"
    generator = checkpoint.load(path)

    assert isinstance(generator, nn.Module)
    expected = whole.trainer.generator_ema.state_dict()
    assert all(torch.equal(v, expected[k]) for k, v in generator.state_dict().items())
    assert generator.card["training"]["kimg"] == 0.2
    assert checkpoint.load_discriminator(path)


@pytest.mark.parametrize("steps", [3, 12, 17, 24])
def test_an_interrupted_run_continues_with_the_same_bits(
    tmp_path: Path, data: ImageDataset, whole: Whole, steps: int
) -> None:
    stopped = start(tmp_path / "parts", data, steps=steps)
    assert 0 < stopped.images_seen < 200
    continued = resume(tmp_path / "parts", data)

    for part in ("generator", "discriminator", "generator_ema"):
        expected = getattr(whole.trainer, part).state_dict()
        for name, value in getattr(continued, part).state_dict().items():
            assert torch.equal(value, expected[name]), f"{part}.{name}"
    assert logged(tmp_path / "parts") == logged(whole.path)


def test_log_lines_after_the_state_are_dropped(tmp_path: Path, data: ImageDataset) -> None:
    start(tmp_path / "run", data, steps=12)
    with (tmp_path / "run" / "log.jsonl").open("a") as file:
        file.write('{"kimg": 0.12}\n{"kimg": 0.1')

    RunFolder(tmp_path / "run").log.cut(0.09)

    assert [line["kimg"] for line in logged(tmp_path / "run")] == [0.04, 0.08]


def test_the_log_record_of_a_state_is_kept_in_a_long_run(
    tmp_path: Path, data: ImageDataset
) -> None:
    """A rounded kimg could lie after the state and be cut."""
    config = replace(TINY, total_kimg=2000)
    folder = RunFolder.create(tmp_path / "run", config, data)
    trainer = Trainer(config, "cpu")
    trainer.images_seen = 1_200_078
    loop.run(trainer, data, folder, stop=lambda: trainer.iteration >= 11)
    last = logged(tmp_path / "run")[-1]["kimg"]
    assert last == trainer.images_seen / 1000 == 1200.122
    folder.log.cut(last)
    assert logged(tmp_path / "run")[-1]["kimg"] == last


def test_the_working_time_adds_up_over_launches(tmp_path: Path, data: ImageDataset) -> None:
    """A launch is in the configuration, or shows as a place where the log's seconds fall."""
    folder = RunFolder.create(tmp_path / "run", TINY, data)
    for kimg in (3.0, 4.0):
        folder.write_config(TINY, data, Launch(kimg, {}, "cpu", 1))
    for kimg, seconds in ((1, 50), (2, 20), (3, 100), (4, 150), (5, 160), (6, 170)):
        folder.log.append({"kimg": kimg, "seconds": seconds})
    assert folder.working_seconds(5) == 50 + 100 + 150 + 160
    assert folder.working_seconds(3) == 50 + 100


def test_an_interrupted_write_leaves_the_previous_state(
    tmp_path: Path, data: ImageDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = start(tmp_path / "run", data, steps=5)
    folder = RunFolder(tmp_path / "run")

    def fail_half_way(state: object, file: BinaryIO) -> None:
        file.write(b"half")
        raise OSError("no space left")

    monkeypatch.setattr(torch, "save", fail_half_way)
    with pytest.raises(OSError, match="no space left"):
        folder.write_state(trainer.state())

    assert folder.read_state()["images_seen"] == 40


def test_the_state_is_saved_by_the_clock_between_snapshots(
    tmp_path: Path, data: ImageDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A step takes a minute here. The clock is asked after each step, the state before the next."""
    config = replace(TINY, snapshot_kimg=100)
    folder, trainer = RunFolder.create(tmp_path / "run", config, data), Trainer(config, "cpu")
    lost_minutes = []
    clock = SimpleNamespace(monotonic=lambda: 60 * trainer.iteration)
    monkeypatch.setattr(state_saver, "time", clock)

    def watch() -> bool:
        saved = folder.read_state()["iteration"] if folder.state_path.exists() else 0
        lost_minutes.append(trainer.iteration - saved)
        return trainer.iteration == 25

    loop.run(trainer, data, folder, stop=watch)

    assert max(lost_minutes) == 3
    assert len(lost_minutes) == 26


def test_diverged_weights_never_replace_the_state(tmp_path: Path, data: ImageDataset) -> None:
    trainer = start(tmp_path / "run", data, steps=5)
    folder = RunFolder(tmp_path / "run")
    with torch.no_grad():
        trainer.generator.const[0, 0, 0, 0] = float("nan")
    trainer.images_seen += 8

    with pytest.raises(loop.DivergedError, match=r"0\.0 kimg"):
        loop.save(trainer, folder)

    assert folder.read_state()["images_seen"] == 40


def test_values_that_are_not_finite_stop_the_run(tmp_path: Path, data: ImageDataset) -> None:
    config = replace(TINY, generator_lr=((4, 1e30),), lr_decay_kimg=0)

    with pytest.raises(loop.DivergedError):
        start(tmp_path / "run", data, config)


EXPONENTIAL_KEY = b"\x80\x02}K\x01" + b"2\x86" * 60 + b"Ns."
"""A dictionary whose key takes 2^60 steps to hash, which `torch.load` would take."""


@pytest.mark.parametrize(
    "content",
    [b"", b"PK\x03\x04 cut", b"\x80\x02}q\x00.", EXPONENTIAL_KEY, b"\x80\x02]cos\nsystem\na."],
)
def test_a_damaged_state_is_reported(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "state.pt").write_bytes(content)

    with pytest.raises(UserError, match=r"state\.pt is damaged"):
        RunFolder(tmp_path).read_state()


@pytest.mark.filterwarnings("ignore")  # PyTorch warns of some of the damaged names
def test_any_damage_to_a_state_is_a_user_error(whole: Whole, tmp_path: Path) -> None:
    """Single bytes of the pickled part are changed, which the reader runs as a program."""
    written = (whole.path / "state.pt").read_bytes()
    start = written.index(b"data.pkl") + 200
    messages = []
    for position in Random(0).sample(range(start, start + 20_000), 150):
        content = bytearray(written)
        content[position] ^= 1 + position % 255
        (tmp_path / "state.pt").write_bytes(content)
        try:
            RunFolder(tmp_path).read_state()
        except UserError as error:
            messages.append(str(error))
    assert messages
    assert all("damaged" in message for message in messages)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        "7",
        '{"data_file": 3}',
        '{"data_file": "x", "y": 1}',
        '{"data_file": "x", "sessions": 3}',
    ],
)
def test_a_damaged_configuration_is_reported(tmp_path: Path, content: str) -> None:
    (tmp_path / "config.json").write_text(content)

    with pytest.raises(UserError, match=r"damaged|Unknown training settings"):
        RunFolder(tmp_path).read_config()


def test_a_run_is_never_overwritten(tmp_path: Path, data: ImageDataset) -> None:
    RunFolder.create(tmp_path / "run", TINY, data)

    with pytest.raises(UserError, match="already holds a training run"):
        RunFolder.create(tmp_path / "run", TINY, data)
