"""The training loop: batches in; log lines, samples, snapshots and the resume state out."""

import math
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from stylegan_core import sample_sheet, sampling
from stylegan_core.contact_sheet import contact_sheet
from stylegan_core.data.dataset import Batch, ImageDataset
from stylegan_core.data.prefetch import prefetched
from stylegan_core.data.spec import name_of_data
from stylegan_core.log_record import LogRecord
from stylegan_core.networks.contract import Generator
from stylegan_core.networks.inference.partly_grown import enlarged
from stylegan_core.picture import as_rgb, broadcast, class_vector, device_of, noise_maps
from stylegan_core.training.clock import Clock, working_clock
from stylegan_core.training.run_folder import RunFolder
from stylegan_core.training.schedule import phase_at
from stylegan_core.training.state_saver import StateSaver
from stylegan_core.training.tensorboard import event_writer
from stylegan_core.training.trainer import Trainer

STOP_INTERVAL = 16  # steps


class DivergedError(RuntimeError):
    """The losses or weights are no longer finite, but the last state on disk still is."""


def run(
    trainer: Trainer,
    data: ImageDataset,
    folder: RunFolder,
    stop: Callable[[], bool] = lambda: False,
    report: Callable[[LogRecord], None] = lambda record: None,
    report_fit: Callable[[int, int], None] = lambda done, total: None,
) -> bool:
    """Train until config.total_kimg, or until `stop()` after any step, and save at the end.

    `report` takes each record of the log, `report_fit` the steps of a fit of new layers. Returns
    True if the run is complete. Raises `DivergedError`, and `WriteError` if the disk is full.
    """
    config, ranks = trainer.config, trainer.ranks
    saver = StateSaver(lambda: save_state(trainer, folder))

    def is_stopped_in_fit() -> bool:
        saver.save_if_due()  # a fit takes minutes, and changes the state only at its end
        return ranks.any(stop(), trainer.device)

    if trainer.images_seen == 0:
        _save_samples(trainer, folder)
    with (
        working_clock(trainer.images_seen) as clock,
        _log_writer(trainer, folder, report) as write_log,
        prefetched(_batches(trainer, data)) as batches,
    ):
        while trainer.images_seen < config.total_kimg * 1000 and not _is_stopped(trainer, stop):
            if not trainer.fit_new_layers(report_fit, is_stopped_in_fit):
                break
            clock.tick()
            before = trainer.images_seen
            trainer.prepare()
            trainer.step(*next(batches))
            if _passed(config.log_kimg, before, trainer.images_seen):
                write_log(_record(trainer, clock) | _arriving(data))
            if _passed(config.sample_kimg, before, trainer.images_seen):
                _save_samples(trainer, folder)
            if _passed(config.snapshot_kimg, before, trainer.images_seen):
                save(trainer, folder, data.class_names)
                saver.note_saved()
            saver.save_if_due()
    save(trainer, folder, data.class_names)
    ranks.wait()
    return trainer.images_seen >= config.total_kimg * 1000


def _batches(trainer: Trainer, data: ImageDataset) -> Iterator[Batch]:
    """Yield this process's share of every batch from now on."""
    config, seen = trainer.config, trainer.images_seen
    while True:
        size = phase_at(config, seen).batch
        positions = trainer.passes.inputs.positions(size)
        batch = data.batch(seen, size, config.seed, config.mirror, positions)
        yield batch.pinned() if trainer.device.type == "cuda" else batch
        seen += size


@contextmanager
def _log_writer(
    trainer: Trainer, folder: RunFolder, report: Callable[[LogRecord], None]
) -> Iterator[Callable[[LogRecord], None]]:
    """Yield a function that appends a record to the log; it does nothing on other ranks."""
    if not trainer.ranks.leads:
        yield lambda record: None
        return
    with event_writer(folder.path / "tensorboard", trainer.images_seen) as write_events:

        def write(record: LogRecord) -> None:
            folder.log.append(record)
            write_events(record)
            report(record)

        yield write


def _is_stopped(trainer: Trainer, stop: Callable[[], bool]) -> bool:
    """Tell whether to stop now. Several processes agree on it, but not at each step."""
    ranks = trainer.ranks
    if ranks.size > 1 and trainer.iteration % STOP_INTERVAL:
        return False
    return ranks.any(stop(), trainer.device)


def save(trainer: Trainer, folder: RunFolder, class_names: Sequence[str] = ()) -> None:
    """Write a snapshot and the state to resume from. DivergedError if a weight is not finite."""
    if not trainer.ranks.leads:
        return
    save_state(trainer, folder)
    critic = trainer.discriminators.features
    card = card_of(trainer) | ({"class_names": list(class_names)} if class_names else {})
    kimg = trainer.images_seen // 1000
    features = None if critic is None else critic.discriminators.state_dict()
    folder.write_snapshot(kimg, trainer.generator_ema, card, trainer.discriminator, features)


def save_state(trainer: Trainer, folder: RunFolder) -> None:
    """Write the state to resume from. DivergedError if a weight is not finite."""
    if not trainer.ranks.leads:
        return
    critic = trainer.discriminators.features
    weights = [*trainer.generator.parameters(), *trainer.discriminator.parameters()]
    weights += [] if critic is None else critic.weights
    if not all(bool(weight.isfinite().all()) for weight in weights):
        raise _diverged(trainer)
    folder.write_state(trainer.state())


def card_of(trainer: Trainer) -> dict[str, Any]:
    """Return the card of a snapshot, without the entries that describe its networks."""
    config = trainer.config
    return {
        "name": f"{name_of_data(config.data)}-{config.resolution}",
        "data": config.data,
        "training": {
            "kimg": round(trainer.images_seen / 1000, 3),
            "iterations": trainer.iteration,
            "lod": trainer.last_lod,
            "config": config.to_json(),
        },
    }


@torch.no_grad()
def sample_images(generator: Generator, lod: float) -> Tensor:
    """Draw pictures of fixed seeds at psi 0.7, each with noise of its seed: uint8 [40, 3, R, R].

    The pictures of a model with classes take them in turn.
    """
    pictures = []
    for seed in sample_sheet.SEEDS:
        c = class_vector(generator, seed % generator.c_dim) if generator.c_dim else None
        z = sampling.latent(seed, generator.z_dim).unsqueeze(0).to(device_of(generator))
        ws = broadcast(generator, generator.mapping(z, c), sample_sheet.PSI, c=c)
        picture = generator.synthesis(ws, noise_maps(generator, seed), lod)
        pictures.append(sampling.to_uint8(enlarged(as_rgb(picture), generator.resolution)))
    return torch.cat(pictures)


def _save_samples(trainer: Trainer, folder: RunFolder) -> None:
    if not trainer.ranks.leads:
        return
    pictures = sample_images(trainer.generator_ema, trainer.phase.lod)
    sheet = contact_sheet(pictures.cpu(), sample_sheet.COLUMNS)
    folder.write_samples(trainer.images_seen // 1000, sheet)


def _passed(interval_kimg: float, before: int, now: int) -> bool:
    """Tell whether a multiple of the interval lies in (before, now]."""
    interval = interval_kimg * 1000
    return math.floor(now / interval) > math.floor(before / interval)


def _record(trainer: Trainer, clock: Clock) -> dict[str, float]:
    """Return a record of the log. `gap` is D(real) - D(fake); near 1 both networks learn."""
    phase, statistics = trainer.phase, trainer.statistics.pop_means(trainer.ranks)
    if not all(map(math.isfinite, statistics.values())):
        raise _diverged(trainer)
    rate, seconds = clock.read(trainer.images_seen)
    kimg = trainer.images_seen / 1000
    seconds_left = (trainer.config.total_kimg - kimg) * 1000 / rate
    values = {
        "images_per_s": rate,
        "seconds_left": max(seconds_left, 0.0),
        **statistics,
        "gap": statistics["real_score"] - statistics["fake_score"],
        **({"ada_p": float(trainer.passes.ada.p)} if trainer.passes.ada is not None else {}),
        "lod": phase.lod,
        "resolution": phase.resolution,
        "batch": phase.batch,
        "generator_lr": phase.generator_lr,
        "seconds": seconds,
        "memory_mib": _memory_mib(trainer.device),
    }
    return {"kimg": kimg} | {name: _rounded(value) for name, value in values.items()}


def _arriving(data: ImageDataset) -> dict[str, float]:
    """Return the number of pictures rendered so far, until all are."""
    available = data.available
    return {"pictures": available} if available < len(data) else {}


def _rounded(value: float) -> float:
    """Round to six significant digits; whole numbers stay whole."""
    return value if isinstance(value, int) else float(f"{value:.6g}")


def _memory_mib(device: torch.device) -> float:
    """Return the peak memory of this process: on the device, or resident on the CPU."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 2**20
    try:
        import resource
    except ImportError:  # Windows
        return 0.0
    unit = 1 if sys.platform == "darwin" else 1024  # macOS counts bytes, others KiB
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20


def _diverged(trainer: Trainer) -> DivergedError:
    return DivergedError(
        f"Training diverged at {trainer.images_seen / 1000:.1f} kimg: numbers are no longer "
        "finite. Start a new run from its newest snapshot, with a lower generator_lr and "
        "discriminator_lr or a larger r1_gamma."
    )
