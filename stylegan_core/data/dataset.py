"""Training pictures as one memory-mapped file, made once and kept in a cache folder.

A data set NAME is NAME.u8, the bytes of uint8 [N, 3, R, R], with NAME.json beside it, which is
written last and says how many there are. While it is made it is NAME.u8.partial; an interrupted
rendering of portraits continues there.
"""

import hashlib
import json
import math
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import platformdirs
import torch
from numpy.typing import NDArray
from torch import Tensor

from stylegan_core.data import images, portraits
from stylegan_core.errors import UserError

PORTRAITS = "portraits"
PORTRAIT_COUNT = 50_000
CHUNK = 64  # portraits rendered at once; on a GPU several times as many
GPU_CHUNK = 256

Progress = Callable[[int, int], None]  # how many are done, of how many


@dataclass(frozen=True)
class DatasetFacts:
    """What NAME.json says."""

    source: str
    resolution: int
    count: int
    skipped: tuple[str, ...] = field(default=())  # names of files that could not be read


class Batch(NamedTuple):
    """Pictures uint8 [n, 3, R, R], and their classes, one-hot [n, c_dim], where there are any."""

    images: Tensor
    labels: Tensor | None = None


class ImageDataset:
    """A finished data set: `images` is uint8 [N, 3, R, R], read from the disk as needed."""

    def __init__(self, path: Path) -> None:
        """Open NAME.u8. Raises `UserError` if it or its JSON is missing or does not fit."""
        self.path = path
        self.class_names: tuple[str, ...] = ()
        self.facts = _read_facts(path)
        shape = (self.facts.count, 3, self.facts.resolution, self.facts.resolution)
        if not path.exists() or path.stat().st_size != math.prod(shape):
            raise UserError(f"The prepared data {path} is missing or cut; delete {path.stem}.json.")
        self.images = np.memmap(path, dtype=np.uint8, mode="r", shape=shape)

    @property
    def fingerprint(self) -> str:
        return self.path.stem

    def __len__(self) -> int:
        return self.facts.count

    def batch(
        self, start: int, size: int, seed: int, mirror: bool, take: Sequence[int] | None = None
    ) -> Batch:
        """Pictures start .. start + size of an endless shuffled order, uint8 [size, 3, R, R].

        Each epoch shows every picture once, in an order that follows from (seed, epoch), half of
        them mirrored if `mirror`. Nothing is carried along, so any position can be continued.
        """
        positions = [start + i for i in (range(size) if take is None else take)]
        parts = [_epoch(seed, len(self), position // len(self)) for position in positions]
        at = [position % len(self) for position in positions]
        rows = [order[i] for (order, _), i in zip(parts, at, strict=True)]
        chosen = torch.from_numpy(self.images[rows])  # a copy
        if mirror:
            flips = torch.tensor([bool(flip[i]) for (_, flip), i in zip(parts, at, strict=True)])
            chosen[flips] = chosen[flips].flip(3)
        return Batch(chosen)


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
) -> ImageDataset:
    """The data set of a source at a resolution, made now if the cache does not hold it yet.

    A source is "portraits" (50,000 of our own), "portraits:COUNT", a folder or a zip file of
    pictures. `seed`, `device` and `workers` (processes, on the CPU) are for portraits. Raises
    `UserError`.
    """
    count = portrait_count(source)
    if count is not None:
        facts = DatasetFacts(source, resolution, count)
        name = f"portraits-{resolution}px-{count}-seed{seed}-{_renderer_mark(seed)}"
        make: Callable[[Path], DatasetFacts] = partial(
            _render, facts=facts, seed=seed, workers=workers, device=device, progress=progress
        )
    else:
        pictures = images.find_pictures(Path(source))
        facts = DatasetFacts(source, resolution, len(pictures.names))
        name = f"{Path(source).stem}-{resolution}px-{pictures.fingerprint}"
        make = partial(_decode, facts=facts, pictures=pictures, progress=progress)
    path = cache_folder() / f"{name}.u8"
    if not path.with_suffix(".json").exists():
        _make(path, make)
    return ImageDataset(path)


def portrait_count(source: str) -> int | None:
    """How many portraits a source asks for, None if it is not of portraits."""
    name, _, count = source.partition(":")
    if name != PORTRAITS:
        return None
    if count and (not count.isdecimal() or int(count) < images.FEWEST):
        raise UserError(f"'{source}' does not say how many portraits; write portraits:50000.")
    return int(count or PORTRAIT_COUNT)


def cache_folder() -> Path:
    """Where prepared data lies: STYLEGAN_CACHE, or the user's cache folder."""
    named = os.environ.get("STYLEGAN_CACHE")
    return Path(named or platformdirs.user_cache_dir("stylegan-explorer", False)) / "datasets"


def _make(path: Path, make: Callable[[Path], DatasetFacts]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(path.name + ".partial")
    facts = make(aside)
    os.replace(aside, path)
    described = path.with_suffix(".json.partial")
    described.write_text(json.dumps(asdict(facts), indent=2) + "\n", encoding="utf-8")
    os.replace(described, path.with_suffix(".json"))


def _decode(
    path: Path, facts: DatasetFacts, pictures: images.Pictures, progress: Progress | None
) -> DatasetFacts:
    skipped = []
    with path.open("wb") as file:
        for done, name in enumerate(pictures.names):
            try:
                pixels = images.square(pictures.read(name), facts.resolution)
            except images.UNREADABLE:
                skipped.append(name)
            else:  # out of the try: a full disk is no damaged picture
                file.write(pixels.tobytes())
            if progress:
                progress(done + 1, facts.count)
    count = facts.count - len(skipped)
    if count < images.FEWEST:
        path.unlink()
        raise UserError(
            f"{facts.source}: {len(skipped)} of {facts.count} pictures are damaged, "
            f"{count} can be used; training needs {images.FEWEST} or more."
        )
    return DatasetFacts(facts.source, facts.resolution, count, tuple(skipped))


def _render(
    path: Path, facts: DatasetFacts, seed: int, workers: int, device: str, progress: Progress | None
) -> DatasetFacts:
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


def _renderer_mark(seed: int) -> str:
    """Changes when the renderer draws differently: a digest of four small portraits."""
    pixels = portraits.portraits(seed, range(4), 16, "cpu").numpy()
    return hashlib.sha256(pixels.tobytes()).hexdigest()[:8]


def _read_facts(path: Path) -> DatasetFacts:
    described = path.with_suffix(".json")
    try:
        values: dict[str, Any] = json.loads(described.read_text(encoding="utf-8"))
        return DatasetFacts(**{**values, "skipped": tuple(values["skipped"])})
    except OSError:
        raise UserError(f"There is no prepared data {path}.") from None
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{described} is damaged: {error}. Delete it.") from None
