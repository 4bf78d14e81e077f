"""Pictures of files written one after the other as squares, with a note of each left out."""

import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import UnidentifiedImageError

from stylegan_core.data.cache import Progress
from stylegan_core.data.folders import Pictures, check_enough
from stylegan_core.data.images import UNREADABLE, Fit, TooSmallError, square
from stylegan_core.data.info import DatasetInfo, Skipped
from stylegan_core.data.labels import Labels

BLOCK = 16  # pictures that each thread reads ahead

Square = NDArray[np.uint8]  # [3, R, R]


@dataclass(frozen=True)
class Options:
    """How the pictures of a folder or a zip file are taken."""

    labels: str = "none"  # or "folders", or the path of a JSON file; see labels
    fit: Fit = "crop"
    enlarge: bool = False  # pictures that are too small, rather than leave them out

    @property
    def mark(self) -> str:
        """Changes when the pixels do."""
        return f"{self.fit}-enlarged" if self.enlarge else self.fit


def decode(
    path: Path,
    info: DatasetInfo,
    pictures: Pictures,
    labels: Labels | None,
    options: Options,
    workers: int = 1,
    progress: Progress | None = None,
) -> DatasetInfo:
    """Write the squares of all usable pictures to `path`; returns the facts of what was written.

    `info` counts the pictures to be looked at; `workers` are threads. Raises `UserError` if too
    few can be used. Nothing is left unless all were looked at.
    """
    take = partial(_take, pictures, labels, info.resolution, options)
    found = _in_order(take, pictures.names, workers)
    try:
        with path.open("wb") as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's, of oddities in files that it reads
            taken, skipped = _write(file, found, info.count, progress)
        others = [name for name in pictures.others if name != options.labels]
        skipped = [*(Skipped(name, "not a picture") for name in others), *skipped]
        info = replace(info, count=len(taken), skipped=tuple(skipped), fit=options.fit)
        why = ", ".join(f"{count} {reason}" for reason, count in info.reasons)
        check_enough(info.source, info.count, why)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    if labels is None:
        return info
    classes = tuple(labels.classes[name] for name in taken)
    return replace(info, labels=classes, class_names=labels.class_names)


def _write(
    file: BinaryIO,
    found: Iterator[tuple[str, Square | Skipped]],
    total: int,
    progress: Progress | None,
) -> tuple[list[str], list[Skipped]]:
    """Write the squares; returns the names of those written, and what was skipped."""
    taken, skipped = [], []
    for done, (name, pixels) in enumerate(found, 1):
        if isinstance(pixels, Skipped):
            skipped.append(pixels)
        else:
            file.write(pixels.tobytes())
            taken.append(name)
        if progress:
            progress(done, total)
    return taken, skipped


def _in_order(
    take: Callable[[str], Square | Skipped], names: Sequence[str], workers: int
) -> Iterator[tuple[str, Square | Skipped]]:
    """Each name with its square, or why there is none."""
    size = BLOCK * workers
    with ThreadPoolExecutor(workers) as pool:
        for start in range(0, len(names), size):
            block = names[start : start + size]
            yield from zip(block, pool.map(take, block), strict=True)


def _take(
    pictures: Pictures, labels: Labels | None, resolution: int, options: Options, name: str
) -> Square | Skipped:
    if labels is not None and name not in labels.classes:
        return Skipped(name, "without a label")
    try:
        return square(pictures.read(name), resolution, options.fit, options.enlarge)
    except TooSmallError as error:
        return Skipped(name, "too small", str(error))
    except UnidentifiedImageError:
        return Skipped(name, "not a picture", "whatever its name says")
    except UNREADABLE as error:
        if isinstance(error, OSError) and error.strerror:
            return Skipped(name, "not readable", error.strerror)
        return Skipped(name, "damaged", " ".join(str(error).split())[:80])
