"""Read latents that other tools have found for a picture: .npz, .npy, and tensors of PyTorch.

They are W [D] or W+ [L, D], often with a leading 1, as projectors write them, or z [D]. What a file
is shows in its content. No torch.
"""

from __future__ import annotations

import io
import re
import tokenize
import zipfile
import zlib
from collections.abc import Collection, Iterator, Mapping
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
from stylegan_core.importers.torch_zip import MEMBER_START, UNREADABLE_DIRECTORY, bounded

MAX_FILE_BYTES: Final = 1 << 23  # latents of one picture take a few kilobytes
MAX_COUNTED_BYTES: Final = 1 << 17
"""A file may cost no more than one of this size: the window waits while it is read."""

MAX_ARRAYS: Final = 1000
MAX_WRAPPINGS: Final = 3
MAX_HEADER_BYTES: Final = 12_000  # of an array; NumPy allows 10,000 and a signature
NPY_START: Final = b"\x93NUMPY"
W_NAMES: Final = (
    *("w", "ws", "wp", "w_plus", "wplus", "w_pivot", "w_opt", "projected_w"),
    *("latent", "latents", "dlatent", "dlatents", "latent_code", "latent_in", "latent_w"),
    *("code", "codes", "result_latent", "result_latents", "projected_latent", "inverted_latent"),
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
            found = _found(path)
    except (OSError, CheckpointError, limits.LimitExceeded):
        return None
    return None if found is None else _checked(path.name, *found)


def _found(path: Path) -> tuple[str, NDArray[Any]] | None:
    """Return the latent in a file, with its key; None if it is not a file of arrays."""
    with path.open("rb") as file:
        size = path.stat().st_size
        start = file.read(len(NPY_START))
        file.seek(0)
        if start == NPY_START:
            return "", _npy(file, path.name, size)
        if start.startswith(MEMBER_START) and (arrays := _npz_members(file, size)):
            return _npz(file, path.name, arrays)
        file.seek(0)
        return _tensor(path, file) if is_foreign(path) else None


def _npy(file: IO[bytes], name: str, size: int) -> NDArray[Any]:
    """Read one array of numbers. Raises `LatentError`."""
    try:
        start = file.read(MAX_HEADER_BYTES)
        header = io.BytesIO(start)
        version = np.lib.format.read_magic(header)
        read = np.lib.format.read_array_header_1_0
        if version != (1, 0):
            read = np.lib.format.read_array_header_2_0
        shape, is_fortran, dtype = read(header)
        if dtype.kind not in "fiu" or len(shape) > limits.MAX_DIMENSIONS:
            raise LatentError(f"{name} holds something other than an array of numbers.")
        count = int(np.prod(shape, dtype=object))
        needed = count * dtype.itemsize
        if not 0 <= needed <= min(size, MAX_FILE_BYTES):
            raise LatentError(f"{name} is damaged: it describes more numbers than it holds.")
        limits.budget().read(needed)
        content = start[header.tell() :]
        content += file.read(max(0, needed - len(content)))
        values = np.frombuffer(content[:needed], dtype, count)
        return values.reshape(shape, order="F" if is_fortran else "C")
    except (*limits.FILE_ERRORS, tokenize.TokenError) as error:  # NumPy tokenises old headers
        raise LatentError(f"{name} is damaged: it cannot be read as an array.") from error


def _npz_members(file: IO[bytes], size: int) -> dict[str, zipfile.ZipInfo]:
    """Return the members of an .npz by the names of their arrays; none for another zip file.

    Raises `LimitExceeded` for a zip file that is damaged, or that holds more than latents.
    """
    try:
        with zipfile.ZipFile(bounded(file, size, MAX_COUNTED_BYTES)) as archive:
            members = archive.infolist()
    except UNREADABLE_DIRECTORY as error:
        raise limits.LimitExceeded(str(error)) from error
    if not all(member.filename.endswith(".npy") for member in members):
        return {}
    return {member.filename.removesuffix(".npy"): member for member in members}


def _npz(
    file: IO[bytes], name: str, members: Mapping[str, zipfile.ZipInfo]
) -> tuple[str, NDArray[Any]]:
    key = _key_of_latent(name, members)
    where = f"'{key[:40]}' in {name}"
    try:
        with zipfile.ZipFile(file) as archive, archive.open(members[key]) as content:
            return key, _npy(content, where, members[key].file_size)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, *limits.FILE_ERRORS) as error:
        raise LatentError(f"{where} is damaged: it cannot be unpacked.") from error


def _tensor(path: Path, file: IO[bytes]) -> tuple[str, NDArray[Any]] | None:
    """Return the latent among the tensors of a file; None if it holds a network or none."""
    source = ByteSource(file, path.name)  # type: ignore[arg-type]
    _, root = unpickled(source, set())
    found = list(islice(_stored_arrays("", root, MAX_WRAPPINGS), MAX_ARRAYS))
    stored = dict(found)
    if not stored or find_generator(root) is not None:
        return None
    is_alone = len(found) == 1 and "" in stored
    if not is_alone and not any(map(_space_of, stored)):
        return None
    key = _key_of_latent(path.name, [key for key, array in stored.items() if array.code])
    return key, stored[key].read()


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


def _key_of_latent(name: str, keys: Collection[str]) -> str:
    """Return the key of the latent: W before z, named before nameless. Raises `LatentError`."""
    spaces = {space: key for key in reversed(list(keys)) if (space := _space_of(key))}
    key = spaces.get("w", spaces.get("z"))
    if key is not None or len(keys) == 1:
        return next(iter(keys)) if key is None else key
    shown = ", ".join(f"'{key[:40]}'" for key in islice(keys, 6)) or "no arrays"
    raise LatentError(
        f"{name} holds {shown}, none of which is called 'w', 'latent' or 'z': it does not say "
        "which is a latent."
    )


def _checked(name: str, key: str, array: NDArray[Any]) -> FoundLatent:
    """Return an array as a latent. Raises `LatentError` for one that cannot be one."""
    values = np.asarray(array, np.float32)
    while values.ndim > 1 and values.shape[0] == 1:
        values = values[0]
    if values.ndim not in (1, 2) or values.size == 0:
        shape = " x ".join(map(str, values.shape)) or "a single number"
        raise LatentError(f"{name} holds an array of {shape}, which is not one latent.")
    if not np.isfinite(values).all():
        raise LatentError(f"{name} holds infinite numbers, or values that are not numbers (NaN).")
    return FoundLatent(name, _space_of(key), values)
