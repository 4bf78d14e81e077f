"""`stylegan train`: train a generator, or continue a run."""

import io
import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import tyro

from stylegan_core.cli.progress import LiveLine
from stylegan_core.devices import choose_device
from stylegan_core.durations import duration
from stylegan_core.errors import UserError
from stylegan_core.exit_codes import DONE, FAILED, INTERRUPTED, is_out_of_memory
from stylegan_core.memory import keep_freed_memory

if TYPE_CHECKING:
    from stylegan_core.training.run_setup import Run

DEFAULT_PRESET = "portraits-cpu"
MOST_THREADS = 1024
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
    labels: Text = None,
    from_: Annotated[
        Path | None, tyro.conf.arg(name="from", metavar="FILE", help_behavior_hint="")
    ] = None,
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
    - stylegan train --data photos --from checkpoints/portraits-64.safetensors --out runs/fine
    - stylegan train --resume runs/portraits --kimg 2000
    - torchrun --nproc-per-node 8 -m stylegan_core train --preset config-f-8gpu --data photos.zip
      --out runs/large

    Args:
        out: The folder of a new run.
        resume: The folder of a run to continue.
        data: portraits, portraits:COUNT, a folder of pictures, or a zip file of pictures.
        resolution: Width and height of the pictures, a power of two from 8 to 1024; with --from
            the model's or above it.
        kimg: Length of the run in thousands of images shown.
        seed: The seed of weights, latents, noise and the order of the pictures.
        labels: Classes to train with: none, folders (the pictures' folders), or a JSON file.
        from_: A checkpoint, or a file that somebody else has published, to train on.
        preset: Where a new run starts from: portraits-cpu, portraits-gpu, portraits-stylegan2,
            stylegan2, or config-a to config-f of the paper's table 1, with -8gpu behind it for the
            schedule of eight GPUs.
        set_: Any further setting, as in --set r1_gamma=5; may be given several times.
        device: cpu, cuda, mps, or auto for the best one here.
        threads: CPU threads for training.
        workers: Processes that render portraits before training, or threads that read a folder or
            zip file.
    """
    named = {"data": data, "resolution": resolution, "total_kimg": kimg, "seed": seed}
    named |= {"label_source": labels, "init_from": None if from_ is None else str(from_)}
    changes = {**parse_settings(set_), **{k: v for k, v in named.items() if v is not None}}
    if (out is None) == (resume is None):
        raise UserError("Give either --out for a new run or --resume to continue one.")
    if resume is not None and preset is not None:
        raise UserError("--preset is for new runs; a run that is resumed keeps its settings.")
    if not 1 <= threads <= MOST_THREADS or not 1 <= workers <= MOST_THREADS:
        raise UserError(f"--threads and --workers must be from 1 to {MOST_THREADS}.")
    keep_freed_memory()
    device = choose_device(device)

    import torch

    from stylegan_core.training import distributed, run_lock, run_setup

    torch.set_num_threads(threads)
    torch.backends.cudnn.benchmark = True
    ranks, device = distributed.join(device)
    line = LiveLine(None if ranks.leads else io.StringIO())
    with ExitStack() as session:
        session.callback(distributed.leave)
        host = run_setup.Host(
            device,
            workers,
            ranks,
            lambda run: session.enter_context(run_lock.held(run)),
            line.say,
            line.count,
        )
        if resume is not None:
            made = run_setup.resume(resume, changes, host)
        else:
            assert out is not None
            made = run_setup.begin(out, preset or DEFAULT_PRESET, changes, host)
        line.end()
        return _run(made, line)


def parse_settings(texts: Sequence[str]) -> dict[str, Any]:
    """("r1_gamma=5", "amp=off") -> {"r1_gamma": 5, "amp": "off"}; UserError without an '='."""
    settings = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise UserError(f"--set takes NAME=VALUE, not '{text}'.")
        try:
            settings[name] = json.loads(value)
        except (ValueError, RecursionError):
            settings[name] = value
    return settings


def _run(run: "Run", line: LiveLine) -> int:
    from stylegan_core.training import loop

    folder, trainer, dataset = run
    line.say(_about(run))
    try:
        complete = loop.run(
            trainer,
            dataset,
            folder,
            _stop_on_signals(patient=trainer.ranks.size > 1),
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
            f"Out of memory on {trainer.device} at {trainer.phase.resolution} px; resume with a "
            f"smaller batch, as in --set 'batch=[[4,{max(1, trainer.phase.batch // 2)}]]'.",
            file=sys.stderr,
        )
        return FAILED
    line.end()
    line.say(
        f"Saved in {folder.path}" + ("" if complete else f"; continue with --resume {folder.path}")
    )
    return DONE if complete else INTERRUPTED


def _about(run: "Run") -> str:
    """What is about to be trained, on what, and how far it is."""
    trainer = run.trainer
    processes = f", {trainer.ranks.size} processes" if trainer.ranks.size > 1 else ""
    return (
        f"{len(run.dataset)} pictures at {trainer.config.resolution} px on {trainer.device}"
        f"{processes}, {trainer.images_seen / 1000:g} of {trainer.config.total_kimg:g} kimg done; "
        "Ctrl-C saves and stops."
    )


def progress_text(facts: dict[str, float]) -> str:
    """A line of the log for people."""
    augmented = f"  ADA p {facts['ada_p']:.3f}" if "ada_p" in facts else ""
    return (
        f"{facts['kimg']:9.1f} kimg  {facts['images_per_s']:7.1f} img/s  "
        f"{duration(facts['seconds_left'])} left  {facts['resolution']} px lod {facts['lod']:.2f}  "
        f"G {facts['loss_g']:.3f}  D {facts['loss_d']:.3f}  R1 {facts['r1']:.3f}  "
        f"gap {facts['gap']:.2f}{augmented}  {facts['memory_mib']:.0f} MiB"
    )


def _stop_on_signals(patient: bool) -> Callable[[], bool]:
    """A flag that SIGINT, SIGTERM and Windows' Ctrl-Break raise; a second one ends the program at
    once, unless it is patient: torchrun repeats what a terminal has sent already, and ends what
    does not end in time.
    """
    received: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        received.append(number)
        if len(received) > 1 and not patient:
            os._exit(INTERRUPTED)

    for name in ("SIGINT", "SIGTERM", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), note)
    return lambda: bool(received)
