"""Arrays of foreign files: described when the file is opened, read when they are needed."""

from __future__ import annotations

import math
import re
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from stylegan_core.card import CheckpointError
from stylegan_core.importers.byte_source import Blob

NUMBERS: Final = re.compile(r"[<>=|]?([fiu][1248]|b1)")
BFLOAT16: Final = "bfloat16"
STORAGES: Final = {
    "FloatStorage": "<f4",
    "DoubleStorage": "<f8",
    "HalfStorage": "<f2",
    "BFloat16Storage": BFLOAT16,
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "|i1",
    "ByteStorage": "|u1",
    "BoolStorage": "|b1",
}
MAX_DIMENSIONS: Final = 8


class DType:
    """NumPy's description of an array's numbers; `code` is "" for anything but numbers."""

    def __init__(self, code: object, *_: object) -> None:
        text = code if isinstance(code, str) else ""
        self.code = text if NUMBERS.fullmatch(text) and text != "f1" else ""
        self.itemsize = int(self.code[-1]) if self.code else 0

    def set_state(self, state: Any) -> None:
        """The pickled state, whose second entry is the byte order."""
        order = state[1]
        if self.code and order in ("<", ">", "|", "="):
            self.code = f"{'<' if order == '=' else order}{self.code[-2:]}"


class Array:
    """An array in a file: float, integer or truth values, its strides counted in elements."""

    def __init__(self) -> None:
        self.shape: tuple[int, ...] = ()
        self.code = ""  # of NumPy, or BFLOAT16
        self.strides: tuple[int, ...] | None = None  # None: rows follow each other
        self.is_fortran = False
        self.data: Blob | bytes = b""

    @property
    def count(self) -> int:
        """How many numbers are read for it."""
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        return math.prod(self.shape) * item_size(self.code)

    def set_state(self, state: Any) -> None:
        """NumPy's pickled state: version, shape, type, whether columns come first, numbers."""
        _, shape, dtype, self.is_fortran, data = state
        self.set(shape, dtype, data)

    def set(self, shape: Any, dtype: DType, data: Any) -> None:
        """Take over what a file says, once the numbers are known to be there.

        Arrays of anything but numbers are known by their shape alone and cannot be read.
        """
        self.shape, self.code = checked_shape(shape), dtype.code
        if not self.code:
            return
        self.data = data.encode("latin-1") if isinstance(data, str) else data
        length = len(self.data) if isinstance(self.data, bytes) else self.data.length
        is_text = isinstance(self.data, Blob) and self.data.is_text
        if length != self.nbytes and not (is_text and length >= self.nbytes):
            raise ValueError("an array has more or fewer numbers than its shape")

    def read(self) -> NDArray[Any]:
        """The numbers as a new array; bfloat16 becomes float32."""
        if not self.code:
            raise CheckpointError("An array of the file holds something that is not numbers.")
        raw = bytearray(self.data) if isinstance(self.data, bytes) else self.data.read()
        if len(raw) != self.count * item_size(self.code):
            raise CheckpointError("An array of the file has more or fewer numbers than its shape.")
        flat = _numbers(raw, self.code)
        if self.strides is not None:
            sizes = tuple(flat.itemsize * step for step in self.strides)
            return np.lib.stride_tricks.as_strided(flat, self.shape, sizes)
        return flat.reshape(self.shape, order="F" if self.is_fortran else "C")


class Storage:
    """The numbers behind tensors of PyTorch: a type, how many, and where they are."""

    def __init__(self, name: str, count: int) -> None:
        self.code = STORAGES[name]
        self.count = count
        self.data: Blob | None = None  # known once the pickle that names it has been read

    @property
    def nbytes(self) -> int:
        return self.count * item_size(self.code)


class Tensor(Array):
    """A view of a storage."""

    def __init__(self, storage: Storage, offset: Any, shape: Any, strides: Any) -> None:
        super().__init__()
        self.storage = storage
        self.offset = checked_count(offset)
        self.shape, self.code = checked_shape(shape), storage.code
        steps = checked_shape(strides)
        if len(steps) != len(self.shape):
            raise ValueError("a tensor has a stride too many or too few")
        empty = 0 in self.shape
        last = 0 if empty else sum((n - 1) * s for n, s in zip(self.shape, steps, strict=True))
        self._count = 0 if empty else last + 1
        if self.offset + self._count > storage.count or math.prod(self.shape) > storage.count:
            raise ValueError("a tensor is larger than its storage")
        self.strides = None if empty or steps == _contiguous(self.shape) else steps

    @property
    def count(self) -> int:
        """From the first number to the last, with those between that are not its own."""
        return self._count

    def read(self) -> NDArray[Any]:
        """See `Array.read`."""
        assert self.storage.data is not None
        size = item_size(self.code)
        self.data = self.storage.data.part(self.offset * size, self.count * size)
        return super().read()


def item_size(code: str) -> int:
    """Bytes of one number."""
    return 2 if code == BFLOAT16 else int(code[-1]) if code else 0


def checked_count(value: Any) -> int:
    """A whole number that is not negative. ValueError otherwise."""
    if not isinstance(value, int) or not 0 <= value < 2**48:
        raise ValueError("a size is no sensible number")
    return int(value)


def checked_shape(value: Any) -> tuple[int, ...]:
    """Sizes, or strides. ValueError for anything that is none."""
    if not isinstance(value, tuple | list) or len(value) > MAX_DIMENSIONS:
        raise ValueError("a shape is none")
    return tuple(map(checked_count, value))


def _contiguous(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(math.prod(shape[i + 1 :]) for i in range(len(shape)))


def _numbers(raw: bytearray, code: str) -> NDArray[Any]:
    if code != BFLOAT16:
        return np.frombuffer(raw, dtype=code)
    return (np.frombuffer(raw, dtype="<u2").astype(np.uint32) << 16).view(np.float32)
