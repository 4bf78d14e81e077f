"""A prepared data set: one memory-mapped file of pictures, in an endless seeded order."""

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

from stylegan_core.data.cache import Progress, check_unchanged, datasets_folder, make_once
from stylegan_core.data.decoding import Options, decode
from stylegan_core.data.folders import find_pictures
from stylegan_core.data.info import DatasetInfo, unusable
from stylegan_core.data.labels import find_labels
from stylegan_core.data.rendering import add_labels, factor_choices, render, renderer_digest
from stylegan_core.data.spec import PortraitSpec, parse_data_spec
from stylegan_core.errors import UserError


class Batch(NamedTuple):
    """Pictures, and their classes if the data has any."""

    images: Tensor  # uint8 [n, 3, R, R], or 4 channels with transparency
    labels: Tensor | None  # float32 [n, c_dim], one-hot

    def pinned(self) -> "Batch":
        """Return a copy in pinned memory, which a CUDA device can fetch while it computes."""
        labels = None if self.labels is None else self.labels.pin_memory()
        return Batch(self.images.pin_memory(), labels)


class ImageDataset:
    """A prepared set: `images` is uint8 [N, 3 or 4, R, R], read from the disk as needed.

    `labels` is int64 [N], the class of each picture, or None. With a `head_start`, that number of
    pictures is in use at first, and one more after each picture shown.
    """

    def __init__(self, path: Path) -> None:
        """Open NAME.u8. Raises `UserError` if it or its JSON file is missing or does not fit."""
        self.path = path
        self.info = DatasetInfo.read(path.with_suffix(".json"))
        shape = (
            self.info.count,
            self.info.channels,
            self.info.resolution,
            self.info.resolution,
        )
        if not path.exists() or path.stat().st_size != math.prod(shape):
            raise unusable(path, "is missing or cut")
        check_unchanged(path, self.info)
        self.images: NDArray[np.uint8] = np.memmap(path, dtype=np.uint8, mode="r", shape=shape)
        self.head_start = 0
        labels = self.info.labels
        self.labels = None if labels is None else np.array(labels, dtype=np.int64)

    def __len__(self) -> int:
        return self.info.count

    @property
    def class_names(self) -> tuple[str, ...]:
        """The names of the classes, empty without labels."""
        return self.info.class_names

    @property
    def c_dim(self) -> int:
        """The number of classes, 0 without labels."""
        return len(self.info.class_names)

    @property
    def fingerprint(self) -> str:
        """A digest that is equal for sets of the same pictures and labels in the same order."""
        return self.info.fingerprint

    def batch(
        self, start: int, size: int, seed: int, mirror: bool, take: Sequence[int] | None = None
    ) -> Batch:
        """Read pictures start .. start + size of an endless shuffled order.

        Each epoch shows every picture once, in an order that follows from (seed, epoch), half of
        them mirrored if `mirror` is set. No state is kept, so any position can be continued.
        `take` reads only these places of the batch, as one of several processes does.
        """
        positions = [start + place for place in (range(size) if take is None else take)]
        places = [self._place(seed, position) for position in positions]
        rows = np.array([place.row for place in places], np.int64)
        images = torch.from_numpy(np.take(self.images, rows, axis=0))  # a copy
        if mirror:
            is_mirrored = np.array([place.is_mirrored for place in places], np.bool_)
            images[is_mirrored] = images[is_mirrored].flip(3)
        if self.labels is None:
            return Batch(images, None)
        classes = torch.from_numpy(self.labels[rows])
        return Batch(images, F.one_hot(classes, self.c_dim).float())

    @property
    def available(self) -> int:
        """The number of pictures that exist: all of them, unless others are still rendered."""
        return len(self)

    def in_use(self, position: int) -> int:
        """Return the number of pictures that may be shown at a position of the endless order."""
        return min(self.head_start + position, len(self)) if self.head_start else len(self)

    def _place(self, seed: int, position: int) -> "_Place":
        in_use = self.in_use(position)
        if in_use < len(self):
            row, flip = _random((seed, position)).random(2)
            return _Place(int(row * in_use), bool(flip < 0.5))
        epoch, i = _epoch(seed, len(self), position // len(self)), position % len(self)
        return _Place(int(epoch.order[i]), bool(epoch.is_mirrored[i]))


class _Place(NamedTuple):
    """The picture at a position of the endless order."""

    row: int
    is_mirrored: bool


class _Epoch(NamedTuple):
    order: NDArray[np.int64]  # [N]
    is_mirrored: NDArray[np.bool_]  # [N], in that order


@lru_cache(maxsize=2)
def _epoch(seed: int, count: int, epoch: int) -> _Epoch:
    random = _random((seed, epoch))
    return _Epoch(random.permutation(count), random.random(count) < 0.5)


def _random(key: tuple[int, int]) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(key)))


def open_dataset(
    data: str,
    resolution: int,
    seed: int = 0,
    workers: int = 1,
    progress: Progress | None = None,
    device: str = "cpu",
    options: Options | None = None,
) -> ImageDataset:
    """Open a data set, and make it first if the cache does not hold it yet.

    `data` is "portraits" (50,000 of them), "portraits:COUNT", "portraits:COUNT:FACTOR" (labelled
    by the choices of a factor, as in portraits:30000:glasses), the same with "portraits-small", or
    the path of a folder or zip file of pictures. `seed` and `device` apply to portraits, `options`
    to picture files; `workers` is the number of processes or threads. Raises `UserError`.
    """
    spec = parse_data_spec(data)
    if isinstance(spec, Path):
        return _open_files(data, resolution, options or Options(), workers, progress)
    if options is not None and options.labels != "none":
        raise UserError(f"Portraits are labelled by a factor: write {spec.world}:50000:glasses.")
    return _open_portraits(data, spec, resolution, seed, workers, progress, device)


def class_count(data: str, options: Options) -> int:
    """Return how many classes `open_dataset` will find, without preparing a picture.

    Raises `UserError`, as `open_dataset` does.
    """
    spec = parse_data_spec(data)
    if not isinstance(spec, Path):
        return len(factor_choices(spec.factor)) if spec.factor else 0
    labels = find_labels(find_pictures(spec), options.labels)
    return len(labels.class_names) if labels else 0


def _open_files(
    data: str, resolution: int, options: Options, workers: int, progress: Progress | None
) -> ImageDataset:
    pictures = find_pictures(Path(data))
    labels = find_labels(pictures, options.labels)
    version = [pictures.digest, options.pixel_options, *([labels.digest] if labels else [])]
    name = f"{Path(data).resolve().stem[:40]}-{resolution}px-{'-'.join(version)}"
    make = partial(
        decode,
        pictures=pictures,
        labels=labels,
        options=options,
        workers=workers,
        progress=progress,
    )
    channels = 4 if options.keeps_alpha else 3
    return _open(name, DatasetInfo(data, resolution, len(pictures.names), channels), make)


def portrait_path(spec: PortraitSpec, resolution: int, seed: int) -> Path:
    """Return the file in the cache that holds or will hold these portraits, without labels."""
    digest = renderer_digest(spec.world, seed)
    return datasets_folder() / f"{spec.world}-{resolution}px-{spec.count}-seed{seed}-{digest}.u8"


def _open_portraits(
    data: str,
    spec: PortraitSpec,
    resolution: int,
    seed: int,
    workers: int,
    progress: Progress | None,
    device: str,
) -> ImageDataset:
    world, count = spec.world, spec.count
    name = portrait_path(spec, resolution, seed).stem
    info = DatasetInfo(f"{world}:{count}", resolution, count)
    make = partial(
        render, world=world, seed=seed, workers=workers, device=device, progress=progress
    )
    unlabelled = _open(name, info, make)
    if not spec.factor:
        return unlabelled
    make = partial(add_labels, unlabelled=unlabelled.path, seed=seed, spec=spec)
    return _open(f"{name}-{spec.factor}", replace(info, source=data), make)


def _open(
    name: str, info: DatasetInfo, make: Callable[[Path, DatasetInfo], DatasetInfo]
) -> ImageDataset:
    path = datasets_folder() / f"{name}.u8"
    make_once(path, info.count * info.channels * info.resolution**2, lambda file: make(file, info))
    return ImageDataset(path)
