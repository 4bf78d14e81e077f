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
from stylegan_core.data.facts import DatasetFacts
from stylegan_core.errors import UserError

PORTRAITS = "portraits"
PORTRAIT_COUNT = 50_000
CHUNK = 64  # portraits rendered at once; on a GPU several times as many
GPU_CHUNK = 256


@dataclass(frozen=True)
class PortraitSource:
    """How many portraits, and the factor that they are labelled by, if any."""

    count: int
    factor: str = ""


def portrait_source(source: str) -> PortraitSource | None:
    """What "portraits", "portraits:COUNT" or "portraits:COUNT:FACTOR" asks for.

    None for any other source. Raises `UserError`.
    """
    name, _, rest = source.partition(":")
    if name != PORTRAITS:
        return None
    count, _, factor = rest.partition(":")
    if count and (not count.isdecimal() or int(count) < 2):
        raise UserError(f"'{source}' does not say how many portraits; write portraits:50000.")
    named = [f.name for f in portraits.FACTORS if f.choices]
    if factor and factor not in named:
        raise UserError(
            f"'{source}': portraits cannot be labelled by '{factor}'; choose one of "
            f"{', '.join(named)}."
        )
    return PortraitSource(int(count or PORTRAIT_COUNT), factor)


def label(path: Path, facts: DatasetFacts, plain: Path, seed: int, factor: str) -> DatasetFacts:
    """Give the finished portraits `plain` a second name, and the facts their labels."""
    path.unlink(missing_ok=True)
    try:
        os.link(plain, path)
    except OSError:  # not on this disk
        shutil.copyfile(plain, path)
    values = portraits.sample_factors(seed, range(facts.count))[factor].tolist()
    choices = next(f.choices for f in portraits.FACTORS if f.name == factor)
    return replace(facts, labels=tuple(values), class_names=choices)


def render(
    path: Path, facts: DatasetFacts, seed: int, workers: int, device: str, progress: Progress | None
) -> DatasetFacts:
    """Write the portraits that `path` lacks; `workers` are processes, on the CPU."""
    row_bytes = 3 * facts.resolution**2
    path.touch()
    done = path.stat().st_size // row_bytes
    with path.open("r+b") as file:
        file.seek(done * row_bytes)
        wanted = range(done, facts.count)
        for chunk in _rendered(seed, wanted, facts.resolution, workers, device):
            file.write(chunk.tobytes())
            done += len(chunk)
            if progress:
                progress(done, facts.count)
        file.truncate()
    return facts


def _rendered(
    seed: int, indices: range, resolution: int, workers: int, device: str
) -> Iterator[NDArray[np.uint8]]:
    """Portraits in order of index, uint8 [some, 3, R, R] at a time."""
    size = CHUNK if device == "cpu" else GPU_CHUNK
    chunks = [indices[i : i + size] for i in range(0, len(indices), size)]
    render = partial(_render_chunk, seed, resolution, device)
    if workers <= 1 or device != "cpu":
        yield from map(render, chunks)
        return
    processes = torch.multiprocessing.get_context("spawn")
    with processes.Pool(workers, _begin_worker) as pool:
        yield from pool.imap(render, chunks)  # in order; leaving the block ends the processes


def _begin_worker() -> None:
    torch.set_num_threads(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group: one answers


def _render_chunk(seed: int, resolution: int, device: str, indices: range) -> NDArray[np.uint8]:
    pixels: NDArray[np.uint8] = portraits.portraits(seed, indices, resolution, device).cpu().numpy()
    return pixels


def renderer_mark(seed: int) -> str:
    """Changes when the renderer draws differently: a digest of four small portraits."""
    pixels = portraits.portraits(seed, range(4), 16, "cpu").numpy()
    return hashlib.sha256(pixels.tobytes()).hexdigest()[:8]
