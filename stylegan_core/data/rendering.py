"""Our own portraits written one after the other; an interrupted rendering continues."""

import hashlib
import os
import shutil
import signal
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from stylegan_core.data import portraits
from stylegan_core.data.cache import Progress
from stylegan_core.data.info import DatasetInfo
from stylegan_core.errors import UserError

PORTRAIT_COUNT = 50_000
MAX_DIGITS = 12  # of a count
CHUNK = 64  # portraits rendered at once; on a GPU several times as many
GPU_CHUNK = 256


@dataclass(frozen=True)
class PortraitSource:
    """Of which world and how many, and the factor that they are labelled by, if any."""

    world: portraits.World
    count: int
    factor: str = ""


def portrait_source(source: str) -> PortraitSource | None:
    """What "portraits", "portraits:COUNT" or "portraits:COUNT:FACTOR" asks for, also with
    "portraits-small".

    None for any other source. Raises `UserError`.
    """
    world = portraits.world_of(source)
    if world is None:
        return None
    count, _, factor = source.partition(":")[2].partition(":")
    if count and not (count.isdecimal() and len(count) <= MAX_DIGITS and int(count) >= 2):
        raise UserError(f"'{source[:80]}' does not say how many portraits; write portraits:50000.")
    named = [f.name for f in portraits.FACTORS if f.choices]
    if factor and factor not in named:
        raise UserError(
            f"'{source}': portraits cannot be labelled by '{factor}'; choose one of "
            f"{', '.join(named)}."
        )
    return PortraitSource(world, int(count or PORTRAIT_COUNT), factor)


def label(
    path: Path, info: DatasetInfo, plain: Path, seed: int, wanted: PortraitSource
) -> DatasetInfo:
    """Give the finished portraits `plain` a second name, and the facts their labels."""
    path.unlink(missing_ok=True)
    try:
        os.link(plain, path)
    except OSError:  # not on this disk
        shutil.copyfile(plain, path)
    factors = portraits.sample_factors(seed, range(info.count), wanted.world)
    choices = next(f.choices for f in portraits.FACTORS if f.name == wanted.factor)
    return replace(info, labels=tuple(factors[wanted.factor].tolist()), class_names=choices)


def render(
    path: Path,
    info: DatasetInfo,
    world: portraits.World,
    seed: int,
    workers: int,
    device: str,
    progress: Progress | None,
) -> DatasetInfo:
    """Write the portraits that `path` lacks; `workers` are processes, on the CPU."""
    row_bytes = 3 * info.resolution**2
    path.touch()
    done = path.stat().st_size // row_bytes
    with path.open("r+b") as file:
        file.seek(done * row_bytes)
        wanted = range(done, info.count)
        for chunk in _rendered(world, seed, wanted, info.resolution, workers, device):
            file.write(chunk.tobytes())
            done += len(chunk)
            if progress:
                progress(done, info.count)
        file.truncate()
    return info


def _rendered(
    world: portraits.World,
    seed: int,
    indices: range,
    resolution: int,
    workers: int,
    device: str,
) -> Iterator[NDArray[np.uint8]]:
    """Portraits in order of index, uint8 [some, 3, R, R] at a time."""
    size = CHUNK if device == "cpu" else GPU_CHUNK
    chunks = [indices[i : i + size] for i in range(0, len(indices), size)]
    render = partial(_render_chunk, world, seed, resolution, device)
    if workers <= 1 or device != "cpu":
        yield from map(render, chunks)
        return
    processes = torch.multiprocessing.get_context("spawn")
    with processes.Pool(workers, _begin_worker) as pool:
        yield from pool.imap(render, chunks)  # in order; leaving the block ends the processes


def _begin_worker() -> None:
    torch.set_num_threads(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group: one answers


def _render_chunk(
    world: portraits.World, seed: int, resolution: int, device: str, indices: range
) -> NDArray[np.uint8]:
    pictures = portraits.portraits(seed, indices, resolution, device, world)
    pixels: NDArray[np.uint8] = pictures.cpu().numpy()
    return pixels


def renderer_mark(world: portraits.World, seed: int) -> str:
    """Changes when the renderer draws differently: a digest of four small portraits."""
    pixels = portraits.portraits(seed, range(4), 16, "cpu", world).numpy()
    return hashlib.sha256(pixels.tobytes()).hexdigest()[:8]
