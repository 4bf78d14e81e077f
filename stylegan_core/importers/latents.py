"""Read latents that other tools have found for a picture: .npz, .npy, and tensors of PyTorch.

They are W [D] or W+ [L, D], often with a leading 1, as projectors write them, or z [D]. What a file
is shows in its content. No torch.
"""

from __future__ import annotations

import re
import tokenize
import zipfile
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import IO, Any, Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stylegan_core import limits
from stylegan_core.card import CheckpointError
from stylegan_core.errors import UserError
from stylegan_core.importers.arrays import StoredArray
from stylegan_core.importers.byte_source import ByteSource
from stylegan_core.importers.finding import find_generator
from stylegan_core.importers.opening import is_foreign, unpickled

MAX_FILE_BYTES: Final = 1 << 23  # latents of one picture take a few kilobytes
MAX_COUNTED_BYTES: Final = 1 << 17
"""A file may cost no more than one of this size: the window waits while it is read."""

MAX_ARRAYS: Final = 1000
MAX_WRAPPINGS: Final = 3
NPY_START: Final = b"\x93NUMPY"
W_NAMES: Final = (
    *("w", "ws", "w_plus", "wplus", "w_pivot", "w_opt", "projected_w"),
    *("latent", "latents", "dlatent", "dlatents", "latent_code"),
)
Z_NAMES: Final = ("z", "zs", "latent_z")

Space = Literal["w", "z"]
Array = NDArray[np.float32]


class LatentError(UserError):
    """A file whose latent cannot be used; the message says why."""


class FoundLatent(NamedTuple):
    """A latent of a file: z, or W and W+, as the file has it, without leading ones.

    `space` is None where the file does not name it.
    """

    name: str  # of the file
    space: Space | None
    values: Array


def read_latent(path: Path) -> FoundLatent | None:
    """Return the latent in a file; None for a file of another kind.

    Raises `LatentError` for one that holds no usable latent. Other files' errors are left to those
    who open them.
    """
    try:
        if not path.is_file() or path.stat().st_size > MAX_FILE_BYTES:
            return None
        with limits.reading(min(path.stat().st_size, MAX_COUNTED_BYTES)):
            arrays = _arrays_of(path)
    except (OSError, CheckpointError, limits.LimitExceeded):
        return None
    return None if arrays is None else _chosen(path.name, arrays)


def _arrays_of(path: Path) -> Mapping[str, NDArray[Any]] | None:
    """Return all arrays of a file by name; None if it is not a file of arrays."""
    with path.open("rb") as file:
        start = file.read(len(NPY_START))
        file.seek(0)
        if start == NPY_START:
            return {"": _npy(file, path.name, path.stat().st_size)}
        if _is_npz(file):
            return dict(islice(_npz(file, path.name), MAX_ARRAYS))
        file.seek(0)
        return _tensors(path, file) if is_foreign(path) else None


def _npy(file: IO[bytes], name: str, size: int) -> NDArray[Any]:
    """Read one array of numbers. Raises `LatentError`."""
    try:
        version = np.lib.format.read_magic(file)
        read = np.lib.format.read_array_header_1_0
        if version != (1, 0):
            read = np.lib.format.read_array_header_2_0
        shape, is_fortran, dtype = read(file)
        if dtype.kind not in "fiu" or len(shape) > limits.MAX_DIMENSIONS:
            raise LatentError(f"{name} holds something other than an array of numbers.")
        count = int(np.prod(shape, dtype=object))
        if not 0 <= count * dtype.itemsize <= min(size, MAX_FILE_BYTES):
            raise LatentError(f"{name} is damaged: it describes more numbers than it holds.")
        limits.budget().read(count * dtype.itemsize)
        values = np.frombuffer(file.read(count * dtype.itemsize), dtype, count)
        return values.reshape(shape, order="F" if is_fortran else "C")
    except (*limits.FILE_ERRORS, tokenize.TokenError) as error:  # NumPy tokenises old headers
        raise LatentError(f"{name} is damaged: it cannot be read as an array.") from error


def _is_npz(file: IO[bytes]) -> bool:
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return False
    return bool(names) and all(name.endswith(".npy") for name in names)


def _npz(file: IO[bytes], name: str) -> Iterator[tuple[str, NDArray[Any]]]:
    """Yield the arrays of numbers of an .npz; others are passed over."""
    with zipfile.ZipFile(file) as archive:
        for member in archive.infolist():
            key = member.filename.removesuffix(".npy")
            try:
                with archive.open(member) as content:
                    yield key, _npy(content, f"'{key[:40]}' in {name}", member.file_size)
            except (LatentError, zipfile.BadZipFile, OSError, *limits.FILE_ERRORS):
                continue


def _tensors(path: Path, file: IO[bytes]) -> Mapping[str, NDArray[Any]] | None:
    """Return the tensors of a pickle or PyTorch file; None if it holds a network or none."""
    source = ByteSource(file, path.name)  # type: ignore[arg-type]
    _, root = unpickled(source, set())
    stored = dict(islice(_stored_arrays("", root, MAX_WRAPPINGS), MAX_ARRAYS))
    if not stored or find_generator(root) is not None:
        return None
    if not isinstance(root, StoredArray) and not any(map(_space_of, stored)):
        return None
    wanted = {key: array for key, array in stored.items() if _space_of(key) or not key}
    return {key: array.read() for key, array in wanted.items() if array.code}


def _stored_arrays(key: str, value: Any, depth: int) -> Iterator[tuple[str, StoredArray]]:
    limits.budget().entries(len(value) if isinstance(value, dict | list | tuple) else 1)
    if isinstance(value, StoredArray):
        yield key, value
    elif isinstance(value, dict) and depth:
        for name, part in value.items():
            yield from _stored_arrays(str(name), part, depth - 1)
    elif isinstance(value, list | tuple) and depth:
        for part in value:
            yield from _stored_arrays(key, part, depth - 1)


def _space_of(key: str) -> Space | None:
    """Return the space that an array's name speaks of."""
    plain = re.sub(r"\W", "_", key.lower())
    return "w" if plain in W_NAMES else "z" if plain in Z_NAMES else None


def _chosen(name: str, arrays: Mapping[str, NDArray[Any]]) -> FoundLatent:
    """Return the latent among arrays: W before z, named before nameless. Raises `LatentError`."""
    spaces = {key: _space_of(key) for key in arrays}
    named = [key for space in ("w", "z") for key, found in spaces.items() if found == space]
    keys = named or (list(arrays) if len(arrays) == 1 else [])
    if not keys:
        shown = ", ".join(f"'{key[:40]}'" for key in islice(arrays, 6)) or "no arrays"
        raise LatentError(
            f"{name} holds {shown}, none of which is called 'w', 'latent' or 'z': it does not say "
            "which is a latent."
        )
    values = np.asarray(arrays[keys[0]], np.float32)
    while values.ndim > 1 and values.shape[0] == 1:
        values = values[0]
    if values.ndim not in (1, 2) or values.size == 0:
        shape = " x ".join(map(str, values.shape)) or "a single number"
        raise LatentError(f"{name} holds an array of {shape}, which is not one latent.")
    if not np.isfinite(values).all():
        raise LatentError(f"{name} holds infinite numbers, or values that are not numbers (NaN).")
    return FoundLatent(name, spaces[keys[0]], values)
