"""Portraits rendered into a file; an interrupted rendering continues where it stopped."""

import hashlib
import os
import shutil
import signal
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from stylegan_core.data import portraits
from stylegan_core.data.cache import Progress
from stylegan_core.data.info import DatasetInfo
from stylegan_core.data.spec import PortraitSpec

CHUNK = 64  # portraits rendered at once on a CPU
GPU_CHUNK = 256


def render(
    path: Path,
    info: DatasetInfo,
    world: portraits.World,
    seed: int,
    workers: int,
    device: str,
    progress: Progress | None,
) -> DatasetInfo:
    """Append the portraits that the file at `path` lacks; on the CPU, `workers` are processes."""
    portrait_bytes = 3 * info.resolution**2
    path.touch()
    done = path.stat().st_size // portrait_bytes
    with path.open("r+b") as file:
        file.seek(done * portrait_bytes)
        missing = range(done, info.count)
        for chunk in _rendered(world, seed, missing, info.resolution, workers, device):
            file.write(chunk.tobytes())
            done += len(chunk)
            if progress:
                progress(done, info.count)
        file.truncate()
    return info


def add_labels(
    path: Path, info: DatasetInfo, unlabelled: Path, seed: int, spec: PortraitSpec
) -> DatasetInfo:
    """Link finished portraits to `path`, and return their info with labels by `spec.factor`."""
    path.unlink(missing_ok=True)
    try:
        os.link(unlabelled, path)
    except OSError:  # the file system has no hard links
        shutil.copyfile(unlabelled, path)
    factors = portraits.sample_factors(seed, range(info.count), spec.world)
    labels = tuple(factors[spec.factor].tolist())
    return replace(info, labels=labels, class_names=factor_choices(spec.factor))


def factor_choices(name: str) -> tuple[str, ...]:
    """Return the choices of a factor, which are the classes of portraits that it labels."""
    return next(factor.choices for factor in portraits.FACTORS if factor.name == name)


def renderer_digest(world: portraits.World, seed: int) -> str:
    """Return a digest that changes when the renderer draws differently: of four portraits."""
    pixels = portraits.portraits(seed, range(4), 16, "cpu", world).numpy()
    return hashlib.sha256(pixels.tobytes()).hexdigest()[:8]


def _rendered(
    world: portraits.World,
    seed: int,
    indices: range,
    resolution: int,
    workers: int,
    device: str,
) -> Iterator[NDArray[np.uint8]]:
    """Yield portraits in the order of their indices, in chunks of uint8 [n, 3, R, R]."""
    size = CHUNK if device == "cpu" else GPU_CHUNK
    chunks = [indices[i : i + size] for i in range(0, len(indices), size)]
    render_chunk = partial(_render_chunk, world, seed, resolution, device)
    if workers <= 1 or device != "cpu":
        yield from map(render_chunk, chunks)
        return
    processes = torch.multiprocessing.get_context("spawn")
    with processes.Pool(workers, _prepare_worker) as pool:
        yield from pool.imap(render_chunk, chunks)


def _prepare_worker() -> None:
    torch.set_num_threads(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all: the main process answers


def _render_chunk(
    world: portraits.World, seed: int, resolution: int, device: str, indices: range
) -> NDArray[np.uint8]:
    pictures = portraits.portraits(seed, indices, resolution, device, world)
    pixels: NDArray[np.uint8] = pictures.cpu().numpy()
    return pixels
