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
from stylegan_core.networks.contract import Generator
from stylegan_core.networks.inference.partly_grown import enlarged
from stylegan_core.picture import broadcast, class_vector, device_of, noise_maps
from stylegan_core.training.clock import Clock, working_clock
from stylegan_core.training.run_folder import RunFolder
from stylegan_core.training.schedule import phase_at
from stylegan_core.training.tensorboard import board
from stylegan_core.training.trainer import Trainer

STOP_INTERVAL = 16  # steps

Facts = dict[str, float]


class DivergedError(RuntimeError):
    """The losses or weights are no longer finite; the last state on the disk still is."""


def run(
    trainer: Trainer,
    data: ImageDataset,
    folder: RunFolder,
    stop: Callable[[], bool] = lambda: False,
    report: Callable[[Facts], None] = lambda facts: None,
    report_growth: Callable[[int, int], None] = lambda done, total: None,
) -> bool:
    """Train until config.total_kimg, or until `stop()` after any step; saves at the end.

    `report` gets each line of the log, `report_growth` the steps of a fit of new layers. Returns
    whether the run is complete. Raises `DivergedError`, and OSError if the disk is full.
    """
    config, ranks = trainer.config, trainer.ranks
    if trainer.images_seen == 0:
        _save_samples(trainer, folder)
    with (
        working_clock(trainer.images_seen) as clock,
        _log_writer(trainer, folder, report) as write_log,
        prefetched(_batches(trainer, data)) as batches,
    ):
        while trainer.images_seen < config.total_kimg * 1000 and not _is_stopped(trainer, stop):
            if not trainer.fit_new_layers(report_growth, lambda: ranks.any(stop(), trainer.device)):
                break
            clock.tick()
            before = trainer.images_seen
            trainer.prepare()
            trainer.step(*next(batches))
            if _passed(config.log_kimg, before, trainer.images_seen):
                write_log(_facts(trainer, clock) | _arriving(data))
            if _passed(config.sample_kimg, before, trainer.images_seen):
                _save_samples(trainer, folder)
            if _passed(config.snapshot_kimg, before, trainer.images_seen):
                save(trainer, folder, data.class_names)
    save(trainer, folder, data.class_names)
    ranks.wait()
    return trainer.images_seen >= config.total_kimg * 1000


def _batches(trainer: Trainer, data: ImageDataset) -> Iterator[Batch]:
    """This process's share of every batch from now on."""
    config, seen = trainer.config, trainer.images_seen
    while True:
        size = phase_at(config, seen).batch
        own = trainer.passes.inputs.positions(size)
        batch = data.batch(seen, size, config.seed, config.mirror, own)
        yield batch.pinned() if trainer.device.type == "cuda" else batch
        seen += size


@contextmanager
def _log_writer(
    trainer: Trainer, folder: RunFolder, report: Callable[[Facts], None]
) -> Iterator[Callable[[Facts], None]]:
    """What writes a line of the log wherever it is read; the leading process does."""
    if not trainer.ranks.leads:
        yield lambda facts: None
        return
    with board(folder.path / "tensorboard", trainer.images_seen) as write_events:

        def write(facts: Facts) -> None:
            folder.log(facts)
            write_events(facts)
            report(facts)

        yield write


def _is_stopped(trainer: Trainer, stop: Callable[[], bool]) -> bool:
    """Whether to stop now. Several processes agree on it, but not in each step."""
    ranks = trainer.ranks
    if ranks.size > 1 and trainer.iteration % STOP_INTERVAL:
        return False
    return ranks.any(stop(), trainer.device)


def save(trainer: Trainer, folder: RunFolder, class_names: Sequence[str] = ()) -> None:
    """Write a snapshot and the state to resume from. Raises DivergedError before spoiling them."""
    if not trainer.ranks.leads:
        return
    weights = [*trainer.generator.parameters(), *trainer.discriminator.parameters()]
    weights += (
        trainer.discriminators.features.weights
        if trainer.discriminators.features is not None
        else []
    )
    if not all(bool(weight.isfinite().all()) for weight in weights):
        raise _diverged(trainer)
    folder.write_state(trainer.state())
    card = card_of(trainer) | ({"class_names": list(class_names)} if class_names else {})
    kimg = trainer.images_seen // 1000
    features = None
    if trainer.discriminators.features is not None:
        features = trainer.discriminators.features.discriminators.state_dict()
    folder.write_snapshot(kimg, trainer.generator_ema, card, trainer.discriminator, features)


def card_of(trainer: Trainer) -> dict[str, Any]:
    """The facts of a snapshot's card."""
    config = trainer.config
    return {
        "name": f"{config.data.split(':')[0]}-{config.resolution}",
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
    """Pictures of fixed seeds at psi 0.7, each with noise of its seed: uint8 [40, 3, R, R].

    A model with classes shows them in turn.
    """
    pictures = []
    for seed in sample_sheet.SEEDS:
        c = class_vector(generator, seed % generator.c_dim) if generator.c_dim else None
        z = sampling.latent(seed, generator.z_dim).unsqueeze(0).to(device_of(generator))
        ws = broadcast(generator, generator.mapping(z, c), sample_sheet.PSI, c=c)
        picture = generator.synthesis(ws, noise_maps(generator, seed), lod)
        pictures.append(sampling.to_uint8(enlarged(picture, generator.resolution)))
    return torch.cat(pictures)


def _save_samples(trainer: Trainer, folder: RunFolder) -> None:
    if not trainer.ranks.leads:
        return
    pictures = sample_images(trainer.generator_ema, trainer.phase.lod)
    sheet = contact_sheet(pictures.cpu(), sample_sheet.COLUMNS)
    folder.write_samples(trainer.images_seen // 1000, sheet)


def _passed(interval_kimg: float, before: int, now: int) -> bool:
    """Whether a multiple of the interval lies in (before, now]."""
    interval = interval_kimg * 1000
    return math.floor(now / interval) > math.floor(before / interval)


def _facts(trainer: Trainer, clock: Clock) -> Facts:
    """One line of the log. `gap` is D(real) - D(fake); near 1 both networks learn."""
    config, phase, statistics = (
        trainer.config,
        trainer.phase,
        trainer.statistics.pop_means(trainer.ranks),
    )
    if not all(map(math.isfinite, statistics.values())):
        raise _diverged(trainer)
    rate, seconds = clock.read(trainer.images_seen)
    kimg = trainer.images_seen / 1000
    left = (config.total_kimg - kimg) * 1000 / rate
    facts = {
        "images_per_s": rate,
        "seconds_left": max(left, 0.0),
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
    return {"kimg": kimg} | {name: _rounded(value) for name, value in facts.items()}


def _arriving(data: ImageDataset) -> Facts:
    """Return the number of pictures rendered so far, until all are."""
    available = data.available
    return {"pictures": available} if available < len(data) else {}


def _rounded(value: float) -> float:
    """Six significant digits; whole numbers stay whole."""
    return value if isinstance(value, int) else float(f"{value:.6g}")


def _memory_mib(device: torch.device) -> float:
    """The most memory this process has held: on the device, or resident on the CPU."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 2**20
    try:
        import resource
    except ImportError:  # Windows
        return 0.0
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, KiB elsewhere
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20


def _diverged(trainer: Trainer) -> DivergedError:
    return DivergedError(
        f"Training diverged at {trainer.images_seen / 1000:.1f} kimg: numbers are no longer "
        "finite. Resume from the last state with a lower learning rate or a larger r1_gamma."
    )
