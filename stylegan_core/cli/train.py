"""`stylegan train`: train a generator, or resume a run."""

import io
import os
import signal
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import tyro

from stylegan_core.advice import with_options
from stylegan_core.cli.progress import ProgressLine
from stylegan_core.devices import choose_device
from stylegan_core.durations import duration
from stylegan_core.errors import UserError
from stylegan_core.exit_codes import BAD_INPUT, DONE, FAILED, INTERRUPTED, is_out_of_memory
from stylegan_core.log_record import LogRecord
from stylegan_core.memory import keep_freed_memory
from stylegan_core.terminal import complain
from stylegan_core.training.run_files import (
    COMPLETE,
    STOPPED,
    check_resumable,
    model_to_start_from,
)
from stylegan_core.training.settings import DEFAULT_PRESET, parse_settings
from stylegan_core.waiting import wait_briefly

if TYPE_CHECKING:
    from stylegan_core.training.run_setup import Run
    from stylegan_core.training.trainer import Trainer

MAX_THREADS = 1024
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
    channels: Integer = None,
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
    """Train a generator on pictures, or resume a run that was interrupted.

    Ctrl-C finishes the current step, saves the run and exits with code 130.

    For example:
    - stylegan train --data portraits:30000 --resolution 64 --out runs/portraits
    - stylegan train --data photos.zip --resolution 128 --preset portraits-gpu --out runs/mine
    - stylegan train --data photos --from checkpoints/portraits-64.safetensors --out runs/fine
    - stylegan train --resume runs/portraits --kimg 2000
    - torchrun --nproc-per-node 8 -m stylegan_core train --preset config-f-8gpu --data photos.zip
      --out runs/large

    Args:
        out: The folder of a new run.
        resume: The folder of a run to resume.
        data: portraits, portraits:COUNT, a folder of pictures, or a zip file of pictures.
        resolution: Width and height of the pictures, a power of two from 8 to 1024; with --from
            not below the model's.
        kimg: Length of the run in thousands of images shown.
        seed: The seed of weights, latents, noise and the order of the pictures.
        labels: Class labels: none, folders (the names of the folders), or a JSON file.
        from_: A checkpoint, a model file of another program, or the folder of a run, whose newest
            snapshot is taken, to start from (fine-tuning).
        channels: 1 for grey pictures, 3 for colour (the default), 4 for colour with transparency.
        preset: The settings of a new run: portraits-cpu, portraits-features-cpu, portraits-gpu,
            portraits-stylegan2, stylegan2, or config-a to config-f of the paper's table 1; append
            -8gpu for the schedule of eight GPUs.
        set_: Any other setting, as in --set r1_gamma=5; may be given several times.
        device: cpu, cuda, mps, or auto for the best one here.
        threads: CPU threads for training.
        workers: Processes that render portraits before training, or threads that read a folder or
            zip file.
    """
    if (out is None) == (resume is None):
        raise UserError("Give either --out for a new run or --resume to continue one.")
    if resume is not None and preset is not None:
        raise UserError("--preset is for new runs; a resumed run keeps its settings.")
    if not 1 <= threads <= MAX_THREADS or not 1 <= workers <= MAX_THREADS:
        raise UserError(f"--threads and --workers must be from 1 to {MAX_THREADS}.")
    options = {"data": data, "resolution": resolution, "total_kimg": kimg, "seed": seed}
    options |= {"label_source": labels, "image_channels": channels}
    if from_ is not None:
        options["init_from"] = str(model_to_start_from(from_))
    if resume is not None:
        check_resumable(resume)
    changes = parse_settings(set_)
    changes |= {name: value for name, value in options.items() if value is not None}
    keep_freed_memory()
    wait_briefly()
    device = choose_device(device)

    import torch

    from stylegan_core.training import distributed, run_lock, run_setup

    torch.set_num_threads(threads)
    torch.backends.cudnn.benchmark = True
    ranks, device = distributed.join(device)
    line = ProgressLine(None if ranks.leads else io.StringIO())
    with ExitStack() as stack:
        stack.callback(distributed.leave)
        host = run_setup.Host(
            device,
            workers,
            ranks,
            lock=lambda run: stack.enter_context(run_lock.held(run)),
            say=line.say,
            count=line.count,
        )
        if resume is not None:
            run = run_setup.resume(resume, changes, host)
        else:
            assert out is not None
            run = run_setup.new_run(out, preset or DEFAULT_PRESET, changes, host)
        line.end()
        return _run(run, line)


def _run(run: "Run", line: ProgressLine) -> int:
    """Train until the end or an interrupt; return the exit code."""
    from stylegan_core.training import loop

    folder, trainer, dataset = run
    line.say(_description(run) + (" Ctrl-C saves and stops." if line.is_terminal else ""))
    try:
        is_complete = loop.run(
            trainer,
            dataset,
            folder,
            _stop_on_signals(is_patient=trainer.ranks.size > 1),
            lambda record: line.show(progress_text(record)),
            lambda done, total: line.count("fitting the new layers, step", done, total),
        )
    except loop.DivergedError as error:
        line.end()
        options = f"Or resume from the last state, as in --resume {folder.path} --set r1_gamma=5."
        complain(with_options(str(error), options))
        return FAILED
    except (MemoryError, RuntimeError) as error:
        line.end()
        if not is_out_of_memory(error):
            raise
        complain(_out_of_memory(trainer, folder.path))
        return BAD_INPUT
    if is_complete:
        line.say(f"{COMPLETE} {folder.path}")
        return DONE
    line.say(with_options(f"{STOPPED} {folder.path}.", f"Continue with --resume {folder.path}"))
    return INTERRUPTED


def _out_of_memory(trainer: "Trainer", run: Path) -> str:
    """Say what the run does not fit on, and with which batch it may."""
    smaller = f"batch=[[4,{max(1, trainer.phase.batch // 2)}]]"
    return with_options(
        f"Out of memory on {trainer.device} at {trainer.phase.resolution} px. Start a new run from "
        f"the newest snapshot with a smaller batch, such as {smaller}.",
        f"Or resume this one with --resume {run} --set '{smaller}'.",
    )


def _description(run: "Run") -> str:
    """Describe what is trained, where, and how far it is."""
    trainer = run.trainer
    processes = f", {trainer.ranks.size} processes" if trainer.ranks.size > 1 else ""
    return (
        f"{len(run.dataset)} pictures at {trainer.config.resolution} px on {trainer.device}"
        f"{processes}, {trainer.images_seen / 1000:g} of {trainer.config.total_kimg:g} kimg done."
    )


def progress_text(record: LogRecord) -> str:
    """Write a record of the log as a line for people."""
    augmentation = f"  ADA p {record['ada_p']:.3f}" if "ada_p" in record else ""
    features = f"  F {record['feature_loss_d']:.3f}" if record.get("feature_loss_d") else ""
    arriving = f"  {record['pictures']} pictures so far" if "pictures" in record else ""
    time_left, size = duration(record["seconds_left"]), record["resolution"]
    return (
        f"{record['kimg']:9.1f} kimg  {record['images_per_s']:7.1f} img/s  "
        f"{time_left} left  {size} px lod {record['lod']:.2f}  "
        f"G {record['loss_g']:.3f}  D {record['loss_d']:.3f}  R1 {record['r1']:.3f}  "
        f"gap {record['gap']:.2f}{features}{augmentation}  {record['memory_mib']:.0f} MiB"
        f"{arriving}"
    )


def _stop_on_signals(is_patient: bool) -> Callable[[], bool]:
    """Return a function that tells whether SIGINT, SIGTERM or Windows' Ctrl-Break was received.

    A second signal ends the program at once, unless it is patient: torchrun repeats the signals
    that a terminal has already sent, and itself ends processes that take too long.
    """
    received: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        received.append(number)
        if len(received) > 1 and not is_patient:
            os._exit(INTERRUPTED)

    for name in ("SIGINT", "SIGTERM", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), note)
    return lambda: bool(received)
