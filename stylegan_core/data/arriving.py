"""Portraits to train on while others are still being rendered.

A run starts with a head start of portraits. For each picture that it shows, one more comes into
use, until all of them are. The pictures shown follow from the seed alone, however fast they arrive,
and a run waits if the renderer falls behind. Rendered portraits stay for the next run.
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

from stylegan_core.data.cache import Progress, partial_of
from stylegan_core.data.dataset import Batch, ImageDataset, open_dataset, portrait_path
from stylegan_core.data.info import DatasetInfo
from stylegan_core.data.spec import PortraitSpec, parse_data_spec
from stylegan_core.errors import UserError

POLL_INTERVAL_S = 0.2


class ArrivingPortraits(ImageDataset):
    """A data set whose file grows: `images` holds the pictures rendered so far."""

    def __init__(
        self, path: Path, info: DatasetInfo, head_start: int, renderer: BaseProcess | None
    ) -> None:
        """Follow the file that becomes `path`; `renderer` is the process that writes it."""
        self.path = path
        self.info = info
        self.labels = None
        self.head_start = head_start
        self.renderer = renderer
        self._partial = partial_of(path)
        self._shape = (3, info.resolution, info.resolution)
        self.images = np.empty((0, *self._shape), np.uint8)

    @property
    def available(self) -> int:
        """Number of portraits on the disk."""
        for path in (self._partial, self.path):
            try:
                size = path.stat().st_size
            except FileNotFoundError:
                continue
            return min(size // math.prod(self._shape), len(self))
        return 0

    def batch(
        self, start: int, size: int, seed: int, mirror: bool, take: Sequence[int] | None = None
    ) -> Batch:
        """Read pictures as `ImageDataset.batch` does; wait for those not rendered yet."""
        self.wait_for(self.in_use(start + size - 1))
        return super().batch(start, size, seed, mirror, take)

    def wait_for(self, count: int, progress: Progress | None = None) -> None:
        """Wait until `count` portraits can be read. UserError if the renderer has ended before."""
        while len(self.images) < count:
            # Asked before the file is looked at, so that the last portraits written count.
            is_alive = self.renderer is None or self.renderer.is_alive()
            available = self.available
            if progress:
                progress(min(available, count), count)
            if available >= count:
                self._map(available)
            elif not is_alive and self.renderer is not None:
                raise UserError(
                    f"Rendering stopped at {available} of {len(self)} portraits: its process ended "
                    f"with code {self.renderer.exitcode}. Resume the run to continue it."
                )
            else:
                time.sleep(POLL_INTERVAL_S)

    def _map(self, count: int) -> None:
        """Map the first `count` portraits, from the partial file or the finished one."""
        shape = (count, *self._shape)
        try:
            self.images = np.memmap(self._partial, dtype=np.uint8, mode="r", shape=shape)
        except FileNotFoundError:
            self.images = np.memmap(self.path, dtype=np.uint8, mode="r", shape=shape)


def open_arriving(
    data: str,
    resolution: int,
    head_start: int,
    seed: int = 0,
    workers: int = 1,
    progress: Progress | None = None,
    device: str = "cpu",
    renders: bool = True,
) -> ImageDataset:
    """Open portraits as soon as `head_start` of them are rendered.

    A process renders the others beside this one, and ends with it. With `renders` False another
    process of the run does so. Data sets with labels, and small ones, are finished first. Raises
    `UserError`.
    """
    spec = parse_data_spec(data)
    if not isinstance(spec, PortraitSpec) or spec.factor or spec.count <= head_start:
        return open_dataset(data, resolution, seed, workers, progress, device)
    path = portrait_path(spec, resolution, seed)
    if path.with_suffix(".json").exists():
        dataset = ImageDataset(path)
        dataset.head_start = head_start
        return dataset
    info = DatasetInfo(f"{spec.world}:{spec.count}", resolution, spec.count)
    renderer = _start_renderer(data, resolution, seed, workers, device) if renders else None
    arriving = ArrivingPortraits(path, info, head_start, renderer)
    arriving.wait_for(head_start, progress)
    return arriving


def _start_renderer(
    data: str, resolution: int, seed: int, threads: int, device: str
) -> BaseProcess:
    renderer = multiprocessing.get_context("spawn").Process(
        target=_render, args=(data, resolution, seed, threads, device), daemon=True
    )
    renderer.start()
    return renderer


def _render(data: str, resolution: int, seed: int, threads: int, device: str) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches this process too: the run ends it
    torch.set_num_threads(threads)
    try:
        open_dataset(data, resolution, seed, progress=_end_with_parent, device=device)
    except UserError as error:
        sys.exit(str(error))


def _end_with_parent(done: int, total: int) -> None:
    """End this process if the run that started it was killed."""
    parent = multiprocessing.parent_process()
    if parent is not None and not parent.is_alive():
        sys.exit(0)
