"""Picture files decoded into one file of squares, with a note on each that was left out."""

import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import BinaryIO, NamedTuple

from stylegan_core.data.cache import Progress
from stylegan_core.data.folders import Pictures, check_enough
from stylegan_core.data.images import Fit, Square, TooSmallError, square, square_with_alpha
from stylegan_core.data.info import DatasetInfo, Skipped
from stylegan_core.data.labels import Labels
from stylegan_core.picture_files.errors import PictureError
from stylegan_core.picture_files.kinds import UNKNOWN

BLOCK = 16  # pictures that each thread reads ahead


@dataclass(frozen=True)
class Options:
    """How the pictures of a folder or zip file are read."""

    labels: str = "none"  # or "folders", or the path of a JSON file (see `labels`)
    fit: Fit = "crop"
    enlarge: bool = False  # pictures that are too small, instead of leaving them out
    keeps_alpha: bool = False  # instead of laying transparent pictures over white

    @property
    def pixel_options(self) -> str:
        """Name what changes pixels, for the name of a prepared set."""
        alpha = "-alpha" if self.keeps_alpha else ""
        return f"{self.fit}{'-enlarged' if self.enlarge else ''}-srgb{alpha}"


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
    labels_file = labels.file if labels else ""
    others = [Skipped(*entry) for entry in pictures.others.items() if entry[0] != labels_file]
    try:
        with path.open("wb") as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # threads would put back the filters of each other
            written = _write(file, decoded, info.count, progress)
        info = replace(
            info,
            count=len(written.names),
            skipped=(*others, *written.skipped),
            ignored_profiles=tuple(written.ignored_profiles),
            fit=options.fit,
        )
        why = ", ".join(f"{count} {reason}" for reason, count in info.reasons)
        check_enough(info.source, info.count, why)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    if labels is None:
        return info
    classes = tuple(labels.classes[name] for name in written.names)
    return replace(info, labels=classes, class_names=labels.class_names)


class _Written(NamedTuple):
    """The result for each picture: its name, and why it was left out if it was."""

    names: list[str]
    ignored_profiles: list[str]
    skipped: list[Skipped]


def _write(
    file: BinaryIO,
    decoded: Iterator[tuple[str, Square | Skipped]],
    total: int,
    progress: Progress | None,
) -> _Written:
    """Write the squares, one after the other."""
    written = _Written([], [], [])
    for done, (name, result) in enumerate(decoded, 1):
        if isinstance(result, Skipped):
            written.skipped.append(result)
        else:
            file.write(result.pixels.tobytes())
            written.names.append(name)
            if result.ignores_profile:
                written.ignored_profiles.append(name)
        if progress:
            progress(done, total)
    return written


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
        read = square_with_alpha if options.keeps_alpha else square
        return read(pictures.read(name), resolution, options.fit, options.enlarge, name)
    except TooSmallError as error:
        return Skipped(name, "too small", str(error))
    except PictureError as error:
        is_unknown = error.reason == UNKNOWN.reason
        return Skipped(name, error.reason, "despite its name" if is_unknown else error.detail)
