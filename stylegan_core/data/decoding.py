"""Picture files decoded into one file of squares, with a note on each that was left out."""

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
    """How the pictures of a folder or zip file are read."""

    labels: str = "none"  # or "folders", or the path of a JSON file (see `labels`)
    fit: Fit = "crop"
    enlarge: bool = False  # pictures that are too small, instead of leaving them out

    @property
    def pixel_options(self) -> str:
        """Name the options that change pixels, for the name of a prepared set."""
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
    """Write the squares of all usable pictures to `path` and return the info on them.

    `info.count` is the number of pictures to decode; `workers` are threads. Raises `UserError` if
    too few can be used. The file is removed if decoding does not finish.
    """
    decode_one = partial(_decode_one, pictures, labels, info.resolution, options)
    decoded = _in_order(decode_one, pictures.names, workers)
    try:
        with path.open("wb") as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of oddities in files that it reads
            written, skipped = _write(file, decoded, info.count, progress)
        others = [name for name in pictures.others if name != options.labels]
        skipped = [*(Skipped(name, "not a picture") for name in others), *skipped]
        info = replace(info, count=len(written), skipped=tuple(skipped), fit=options.fit)
        why = ", ".join(f"{count} {reason}" for reason, count in info.reasons)
        check_enough(info.source, info.count, why)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    if labels is None:
        return info
    classes = tuple(labels.classes[name] for name in written)
    return replace(info, labels=classes, class_names=labels.class_names)


def _write(
    file: BinaryIO,
    decoded: Iterator[tuple[str, Square | Skipped]],
    total: int,
    progress: Progress | None,
) -> tuple[list[str], list[Skipped]]:
    """Write the squares; return the names of those written, and the pictures skipped."""
    written, skipped = [], []
    for done, (name, pixels) in enumerate(decoded, 1):
        if isinstance(pixels, Skipped):
            skipped.append(pixels)
        else:
            file.write(pixels.tobytes())
            written.append(name)
        if progress:
            progress(done, total)
    return written, skipped


def _in_order(
    decode_one: Callable[[str], Square | Skipped], names: Sequence[str], workers: int
) -> Iterator[tuple[str, Square | Skipped]]:
    """Yield each name with its square, or with the reason why there is none."""
    size = BLOCK * workers
    with ThreadPoolExecutor(workers) as pool:
        for start in range(0, len(names), size):
            block = names[start : start + size]
            yield from zip(block, pool.map(decode_one, block), strict=True)


def _decode_one(
    pictures: Pictures, labels: Labels | None, resolution: int, options: Options, name: str
) -> Square | Skipped:
    if labels is not None and name not in labels.classes:
        return Skipped(name, "without a label")
    try:
        return square(pictures.read(name), resolution, options.fit, options.enlarge)
    except TooSmallError as error:
        return Skipped(name, "too small", str(error))
    except UnidentifiedImageError:
        return Skipped(name, "not a picture", "despite its name")
    except UNREADABLE as error:
        if isinstance(error, OSError) and error.strerror:
            return Skipped(name, "not readable", error.strerror)
        return Skipped(name, "damaged", " ".join(str(error).split())[:80])
