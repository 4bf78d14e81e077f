"""`stylegan train`: train a generator, or continue a run."""

import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import tyro

from stylegan_core.cli import DONE, FAILED, INTERRUPTED, choose_device, is_out_of_memory
from stylegan_core.cli.progress import LiveLine, duration
from stylegan_core.errors import UserError
from stylegan_core.memory import keep_freed_memory

if TYPE_CHECKING:
    from stylegan_core.data.dataset import ImageDataset
    from stylegan_core.metrics.label_network import LabelNetwork
    from stylegan_core.training.config import TrainConfig
    from stylegan_core.training.run_folder import RunFolder
    from stylegan_core.training.trainer import Trainer

DEFAULT_PRESET = "portraits-cpu"
Folder = Annotated[Path | None, tyro.conf.arg(metavar="FOLDER", help_behavior_hint="")]
Integer = Annotated[int | None, tyro.conf.arg(metavar="INT", help_behavior_hint="")]
Number = Annotated[float | None, tyro.conf.arg(metavar="FLOAT", help_behavior_hint="")]
Text = Annotated[str | None, tyro.conf.arg(metavar="STR", help_behavior_hint="")]


def train(
    out: Folder = None,
    resume: Folder = None,
    data: Text = None,
    resolution: Integer = None,
    kimg: Number = None,
    seed: Integer = None,
    preset: Annotated[
        str | None, tyro.conf.arg(help_behavior_hint=f"(default: {DEFAULT_PRESET})", metavar="STR")
    ] = None,
    set_: Annotated[
        tuple[str, ...], tyro.conf.UseAppendAction, tyro.conf.arg(name="set", metavar="NAME=JSON")
    ] = (),
    device: str = "auto",
    threads: int = 1,
    workers: int = 1,
) -> int:
    """Train a generator on pictures, or continue a run that was interrupted.

    Ctrl-C finishes the present step, saves, and leaves with code 130.

    For example:
    - stylegan train --data portraits:30000 --resolution 64 --out runs/portraits
    - stylegan train --data photos.zip --resolution 128 --preset portraits-gpu --out runs/mine
    - stylegan train --resume runs/portraits --kimg 2000

    Args:
        out: The folder of a new run.
        resume: The folder of a run to continue.
        data: portraits, portraits:COUNT, a folder of pictures, or a zip file of pictures.
        resolution: Width and height of the pictures, a power of two from 8 to 1024.
        kimg: Length of the run in thousands of images shown.
        seed: The seed of weights, latents, noise and the order of the pictures.
        preset: Where a new run starts from: paper, paper-8gpu, portraits-gpu or portraits-cpu.
        set_: Any further setting, as in --set r1_gamma=5; may be given several times.
        device: cpu, cuda, mps, or auto for the best one here.
        threads: CPU threads for training.
        workers: Processes that render portraits before training.
    """
    named = {"data": data, "resolution": resolution, "total_kimg": kimg, "seed": seed}
    changes = {**parse_settings(set_), **{k: v for k, v in named.items() if v is not None}}
    if (out is None) == (resume is None):
        raise UserError("Give either --out for a new run or --resume to continue one.")
    if resume is not None and preset is not None:
        raise UserError("--preset is for new runs; a run that is resumed keeps its settings.")
    if threads < 1 or workers < 1:
        raise UserError("--threads and --workers must be 1 or more.")
    keep_freed_memory()
    device = choose_device(device)

    import torch

    torch.set_num_threads(threads)
    torch.backends.cudnn.benchmark = True
    if resume is not None:
        folder, trainer, dataset = _resumed(resume, changes, device, workers)
    else:
        assert out is not None
        folder, trainer, dataset = _started(out, preset or DEFAULT_PRESET, changes, device, workers)
    return _run(folder, trainer, dataset)


def parse_settings(texts: Sequence[str]) -> dict[str, Any]:
    """("r1_gamma=5", "amp=off") -> {"r1_gamma": 5, "amp": "off"}; UserError without an '='."""
    settings = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise UserError(f"--set takes NAME=VALUE, not '{text}'.")
        try:
            settings[name] = json.loads(value)
        except ValueError:
            settings[name] = value
    return settings


def _started(
    out: Path, preset: str, changes: dict[str, Any], device: str, workers: int
) -> "tuple[RunFolder, Trainer, ImageDataset]":
    from stylegan_core.data.dataset import portrait_count
    from stylegan_core.training.config import with_values
    from stylegan_core.training.presets import PRESETS
    from stylegan_core.training.run_folder import RunFolder
    from stylegan_core.training.trainer import Trainer

    if preset not in PRESETS:
        known = "".join(f"\n  {name}: {p.purpose}" for name, p in PRESETS.items())
        raise UserError(f"There is no preset '{preset}'; choose one of:{known}")
    config = with_values(PRESETS[preset].config, changes)
    if portrait_count(config.data) is None and "label_critic_weight" not in changes:
        config = replace(config, label_critic_weight=0.0)  # other pictures have no labels
    RunFolder.check_free(out)
    dataset = _dataset(config, workers, device)
    reader = _reader(config, dataset) if config.label_critic_weight else None
    trainer = Trainer(config, device, reader)
    folder = RunFolder.create(out, config, dataset.path)
    if reader is not None:
        folder.write_reader(reader)
    return folder, trainer, dataset


def _resumed(
    run: Path, changes: dict[str, Any], device: str, workers: int
) -> "tuple[RunFolder, Trainer, ImageDataset]":
    from stylegan_core.data.dataset import ImageDataset
    from stylegan_core.training.config import with_values
    from stylegan_core.training.run_folder import RunFolder
    from stylegan_core.training.trainer import Trainer

    folder = RunFolder(run)
    before, data_file = folder.read_config()
    config = with_values(before, changes)
    reader = folder.read_reader() if config.label_critic_weight else None
    trainer = Trainer(config, device, reader)
    if not folder.is_fresh():
        try:
            trainer.load_state(folder.read_state())
        except (LookupError, RuntimeError, ValueError, TypeError) as error:
            reason = " ".join(str(error).split())[:200]
            raise UserError(f"The state in {run} does not fit its settings: {reason}") from None
    same_data = (before.data, before.resolution, before.seed) == (
        config.data,
        config.resolution,
        config.seed,
    )
    dataset = (
        ImageDataset(data_file)
        if same_data and data_file.exists()
        else _dataset(config, workers, device)
    )
    folder.write_config(config, dataset.path)
    folder.cut_log(trainer.images_seen / 1000)
    return folder, trainer, dataset


def _dataset(config: "TrainConfig", workers: int, device: str) -> "ImageDataset":
    from stylegan_core.data.dataset import open_dataset
    from stylegan_core.data.facts import report

    line = LiveLine()

    def progress(done: int, total: int) -> None:
        line.count("preparing pictures", done, total)

    dataset = open_dataset(
        config.data, config.resolution, workers=workers, progress=progress, device=device
    )
    line.end()
    if dataset.facts.skipped:
        print(report(dataset.facts))
    return dataset


def _reader(config: "TrainConfig", dataset: "ImageDataset") -> "LabelNetwork":
    """The label network of a label critic, trained now on the portraits of the run."""
    from stylegan_core.data.dataset import portrait_count
    from stylegan_core.metrics.label_network import train_on_portraits

    if portrait_count(config.data) is None:
        raise UserError(
            "A label critic needs labelled pictures, which only portraits are: leave "
            "label_critic_weight at 0 for other data."
        )
    print("training the label network on the labels of the portraits ...", flush=True)
    return train_on_portraits(dataset.images, seed=0)


def _run(folder: "RunFolder", trainer: "Trainer", dataset: "ImageDataset") -> int:
    from stylegan_core.training import loop

    line = LiveLine()
    print(
        f"{len(dataset)} pictures at {trainer.config.resolution} px on {trainer.device}, "
        f"{trainer.images_seen / 1000:g} of {trainer.config.total_kimg:g} kimg done; "
        f"Ctrl-C saves and stops.",
        flush=True,
    )
    try:
        complete = loop.run(
            trainer,
            dataset,
            folder,
            _stop_on_signals(),
            lambda facts: line.show(progress_text(facts)),
            lambda done, total: line.count("fitting the new layers, step", done, total),
        )
    except loop.DivergedError as error:
        line.end()
        print(error, file=sys.stderr)
        return FAILED
    except RuntimeError as error:
        line.end()
        if not is_out_of_memory(error):
            raise
        print(
            f"Out of memory on {trainer.device} at {trainer.stage.resolution} px; resume with a "
            f"smaller batch, as in --set 'batch=[[4,{max(1, trainer.stage.batch // 2)}]]'.",
            file=sys.stderr,
        )
        return FAILED
    line.end()
    print(
        f"Saved in {folder.path}" + ("" if complete else f"; continue with --resume {folder.path}")
    )
    return DONE if complete else INTERRUPTED


def progress_text(facts: dict[str, float]) -> str:
    """A line of the log for people."""
    return (
        f"{facts['kimg']:9.1f} kimg  {facts['images_per_s']:7.1f} img/s  "
        f"{duration(facts['seconds_left'])} left  {facts['resolution']} px lod {facts['lod']:.2f}  "
        f"G {facts['loss_g']:.3f}  D {facts['loss_d']:.3f}  R1 {facts['r1']:.3f}  "
        f"gap {facts['gap']:.2f}"
    )


def _stop_on_signals() -> Callable[[], bool]:
    """A flag that SIGINT and SIGTERM raise; a second signal ends the program at once."""
    received: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        received.append(number)
        if len(received) > 1:
            os._exit(INTERRUPTED)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, note)
    return lambda: bool(received)
