"""Training pictures as one memory-mapped file, in an endless order that a seed decides."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from stylegan_core.data.cache import Progress, cache_folder, make_once
from stylegan_core.data.decoding import Options, decode
from stylegan_core.data.folders import find_pictures
from stylegan_core.data.info import DatasetInfo, unusable
from stylegan_core.data.labels import find_labels
from stylegan_core.data.rendering import (
    PortraitSource,
    label,
    portrait_source,
    render,
    renderer_mark,
)
from stylegan_core.errors import UserError


class Batch(NamedTuple):
    """Some pictures, and their classes where the data has any."""

    images: Tensor  # uint8 [n, 3, R, R]
    labels: Tensor | None  # float32 [n, c_dim], one-hot

    def pinned(self) -> "Batch":
        """In memory from which a CUDA device can copy while others compute."""
        labels = None if self.labels is None else self.labels.pin_memory()
        return Batch(self.images.pin_memory(), labels)


class ImageDataset:
    """A finished data set: `images` is uint8 [N, 3, R, R], read from the disk as needed.

    `labels` int64 [N] holds the class of each picture, or is None; `c_dim` counts the classes.
    """

    def __init__(self, path: Path) -> None:
        """Open NAME.u8. Raises `UserError` if it or its JSON is missing or does not fit."""
        self.path = path
        self.info = DatasetInfo.read(path.with_suffix(".json"))
        shape = (self.info.count, 3, self.info.resolution, self.info.resolution)
        if not path.exists() or path.stat().st_size != math.prod(shape):
            raise unusable(path, "is missing or cut")
        self.images = np.memmap(path, dtype=np.uint8, mode="r", shape=shape)
        labels = self.info.labels
        self.labels = None if labels is None else np.array(labels, dtype=np.int64)

    def __len__(self) -> int:
        return self.info.count

    @property
    def class_names(self) -> tuple[str, ...]:
        """The names of the classes; none without labels."""
        return self.info.class_names

    @property
    def c_dim(self) -> int:
        """How many classes there are, 0 without labels."""
        return len(self.info.class_names)

    @property
    def fingerprint(self) -> str:
        """Says that two data sets hold the same pictures and labels, in the same order."""
        return self.info.fingerprint

    def batch(
        self, start: int, size: int, seed: int, mirror: bool, take: Sequence[int] | None = None
    ) -> Batch:
        """Pictures start .. start + size of an endless shuffled order.

        Each epoch shows every picture once, in an order that follows from (seed, epoch), half of
        them mirrored if `mirror`. Nothing is carried along, so any position can be continued.
        `take` reads these places of the batch only, as one of several processes needs them.
        """
        positions = [start + place for place in (range(size) if take is None else take)]
        epochs = [_epoch(seed, len(self), position // len(self)) for position in positions]
        at = [position % len(self) for position in positions]
        rows = np.array([order[i] for (order, _), i in zip(epochs, at, strict=True)], np.int64)
        images = torch.from_numpy(np.take(self.images, rows, axis=0))  # a copy
        if mirror:
            flips = np.array([flip[i] for (_, flip), i in zip(epochs, at, strict=True)], np.bool_)
            images[flips] = images[flips].flip(3)
        if self.labels is None:
            return Batch(images, None)
        classes = torch.from_numpy(self.labels[rows])
        return Batch(images, F.one_hot(classes, self.c_dim).float())


@lru_cache(maxsize=2)
def _epoch(seed: int, count: int, epoch: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The order of one epoch, and which pictures it mirrors."""
    random = np.random.Generator(np.random.Philox(np.random.SeedSequence((seed, epoch))))
    return random.permutation(count), random.random(count) < 0.5


# Making one ----------------------------------------------------------------------------------


def open_dataset(
    source: str,
    resolution: int,
    seed: int = 0,
    workers: int = 1,
    progress: Progress | None = None,
    device: str = "cpu",
    options: Options | None = None,
) -> ImageDataset:
    """The data set of a source at a resolution, made now if the cache does not hold it yet.

    A source is "portraits" (50,000 of our own), "portraits:COUNT", "portraits:COUNT:FACTOR"
    (labelled by what a factor chooses, as in portraits:30000:glasses), each also with
    "portraits-small", a folder or a zip file of pictures. `seed` and `device` are for portraits,
    `options` for pictures of files; `workers` render or read. Raises `UserError`.
    """
    wanted = portrait_source(source)
    if wanted is None:
        return _of_files(source, resolution, options or Options(), workers, progress)
    if options is not None and options.labels != "none":
        raise UserError(f"Portraits are labelled by a factor: write {wanted.world}:50000:glasses.")
    return _of_portraits(source, wanted, resolution, seed, workers, progress, device)


def portrait_count(source: str) -> int | None:
    """How many portraits a source asks for, None if it is not of portraits."""
    wanted = portrait_source(source)
    return None if wanted is None else wanted.count


def _of_files(
    source: str, resolution: int, options: Options, workers: int, progress: Progress | None
) -> ImageDataset:
    pictures = find_pictures(Path(source))
    labels = find_labels(pictures, options.labels)
    marks = [pictures.mark, options.mark, *([labels.mark] if labels else [])]
    name = f"{Path(source).resolve().stem[:40]}-{resolution}px-{'-'.join(marks)}"
    make = partial(
        decode,
        pictures=pictures,
        labels=labels,
        options=options,
        workers=workers,
        progress=progress,
    )
    return _made(name, DatasetInfo(source, resolution, len(pictures.names)), make)


def _of_portraits(
    source: str,
    wanted: PortraitSource,
    resolution: int,
    seed: int,
    workers: int,
    progress: Progress | None,
    device: str,
) -> ImageDataset:
    world, count = wanted.world, wanted.count
    name = f"{world}-{resolution}px-{count}-seed{seed}-{renderer_mark(world, seed)}"
    info = DatasetInfo(f"{world}:{count}", resolution, count)
    make = partial(
        render, world=world, seed=seed, workers=workers, device=device, progress=progress
    )
    plain = _made(name, info, make)
    if not wanted.factor:
        return plain
    relabel = partial(label, plain=plain.path, seed=seed, wanted=wanted)
    return _made(f"{name}-{wanted.factor}", replace(info, source=source), relabel)


def _made(
    name: str, info: DatasetInfo, make: Callable[[Path, DatasetInfo], DatasetInfo]
) -> ImageDataset:
    path = cache_folder() / f"{name}.u8"
    make_once(path, info.count * 3 * info.resolution**2, lambda aside: make(aside, info))
    return ImageDataset(path)
