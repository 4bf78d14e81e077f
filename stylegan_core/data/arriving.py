"""Portraits to train on while the rest of them is still rendered.

A run begins with a head start of portraits. For each picture that it shows, one more comes into
use, until all of them are: so the pictures shown follow from the seed alone, however fast they
arrive, and a run waits where the renderer falls behind. What is rendered stays for the next run.
"""

import math
import multiprocessing
import signal
import sys
import time
from collections.abc import Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path

import numpy as np
import torch

from stylegan_core.data.cache import Progress
from stylegan_core.data.dataset import (
    Batch,
    ImageDataset,
    open_dataset,
    portrait_path,
)
from stylegan_core.data.facts import DatasetFacts
from stylegan_core.data.rendering import portrait_source
from stylegan_core.errors import UserError

POLL_SECONDS = 0.2


class ArrivingPortraits(ImageDataset):
    """A data set whose file grows: `images` are the pictures that are there."""

    def __init__(
        self, path: Path, facts: DatasetFacts, head_start: int, renderer: BaseProcess | None
    ) -> None:
        """The set that will be at `path`. `renderer` is the process that makes it, if ours."""
        self.path, self.facts, self.labels = path, facts, None
        self.head_start = head_start
        self.renderer = renderer
        self._partial = path.with_name(path.name + ".partial")
        self._row = (3, facts.resolution, facts.resolution)
        self.images = np.empty((0, *self._row), np.uint8)

    @property
    def available(self) -> int:
        """How many portraits are there."""
        for path in (self._partial, self.path):
            try:
                size = path.stat().st_size
            except FileNotFoundError:
                continue
            return min(size // math.prod(self._row), len(self))
        return 0

    def batch(
        self, start: int, size: int, seed: int, mirror: bool, take: Sequence[int] | None = None
    ) -> Batch:
        """As of every data set; waits for pictures that are not there yet."""
        self.wait_for(self.in_use(start + size - 1))
        return super().batch(start, size, seed, mirror, take)

    def wait_for(self, count: int, progress: Progress | None = None) -> None:
        """Wait until so many portraits can be read. UserError if nobody renders them any more."""
        while len(self.images) < count:
            is_alive = self.renderer is None or self.renderer.is_alive()  # asked before
            found = self.available
            if progress:
                progress(min(found, count), count)
            if found >= count:
                self._open(found)
            elif not is_alive and self.renderer is not None:
                raise UserError(
                    f"The portraits stopped at {found} of {len(self)}: their process has ended "
                    f"with code {self.renderer.exitcode}. Resume the run to have them go on."
                )
            else:
                time.sleep(POLL_SECONDS)

    def _open(self, count: int) -> None:
        """Map the first `count` portraits; the file has its last name once it is whole."""
        shape = (count, *self._row)
        try:
            self.images = np.memmap(self._partial, dtype=np.uint8, mode="r", shape=shape)
        except FileNotFoundError:
            self.images = np.memmap(self.path, dtype=np.uint8, mode="r", shape=shape)


def open_arriving(
    source: str,
    resolution: int,
    head_start: int,
    seed: int = 0,
    workers: int = 1,
    progress: Progress | None = None,
    device: str = "cpu",
    renders: bool = True,
) -> ImageDataset:
    """Open the portraits of a source once `head_start` of them are there; the rest is rendered
    beside, in a process that ends with this one.

    Portraits with labels are waited for, and so are pictures of files. `renders` is False for
    processes that leave the rendering to another one. Raises `UserError`.
    """
    wanted = portrait_source(source)
    if wanted is None or wanted.factor or wanted.count <= head_start:
        return open_dataset(source, resolution, seed, workers, progress, device)
    path = portrait_path(wanted, resolution, seed)
    if path.with_suffix(".json").exists():
        dataset = ImageDataset(path)
        dataset.head_start = head_start
        return dataset
    facts = DatasetFacts(f"{wanted.world}:{wanted.count}", resolution, wanted.count)
    renderer = _started(source, resolution, seed, workers, device) if renders else None
    arriving = ArrivingPortraits(path, facts, head_start, renderer)
    arriving.wait_for(arriving.head_start, progress)
    return arriving


def _started(source: str, resolution: int, seed: int, threads: int, device: str) -> BaseProcess:
    """Start a process that renders a source's portraits."""
    render = multiprocessing.get_context("spawn").Process(
        target=_render, args=(source, resolution, seed, threads, device), daemon=True
    )
    render.start()
    return render


def _render(source: str, resolution: int, seed: int, threads: int, device: str) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C: the run ends this process
    torch.set_num_threads(threads)
    try:
        open_dataset(source, resolution, seed, progress=_leave_with_parent, device=device)
    except UserError as error:
        sys.exit(str(error))


def _leave_with_parent(done: int, total: int) -> None:
    """End this process where the one that wanted the portraits was killed."""
    parent = multiprocessing.parent_process()
    if parent is not None and not parent.is_alive():
        sys.exit(0)
