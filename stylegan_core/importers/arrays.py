"""Arrays in foreign files: described when the file is opened, read when they are needed."""

from __future__ import annotations

import math
import re
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from stylegan_core.card import CheckpointError
from stylegan_core.importers.byte_source import Blob
from stylegan_core.limits import MAX_DIMENSIONS, MAX_EMPTY_SIDE, MAX_SIZE, budget

NUMERIC_CODE: Final = re.compile(r"[<>=|]?([fiu][1248]|b1)")
BFLOAT16: Final = "bfloat16"
STORAGE_CODES: Final = {
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
"""PyTorch's storage classes -> NumPy's type codes."""


class DType:
    """The type of an array's elements.

    `code` is NumPy's type code, or "" for anything but numbers and truth values (objects, texts,
    records), which cannot be read from bytes alone.
    """

    def __init__(self, code: object, *_: object) -> None:
        text = code if isinstance(code, str) else ""
        self.code = text if NUMERIC_CODE.fullmatch(text) and text != "f1" else ""
        self.itemsize = int(self.code[-1]) if self.code else 0

    def set_state(self, state: Any) -> None:
        """Take the byte order, which is the second entry of the pickled state."""
        order = state[1]
        if self.code and order in ("<", ">", "|", "="):
            self.code = f"{'<' if order == '=' else order}{self.code[-2:]}"


class StoredArray:
    """The description of an array of numbers or truth values in a file.

    Strides count elements, not bytes.
    """

    def __init__(self) -> None:
        self.shape: tuple[int, ...] = ()
        self.code = ""  # NumPy's type code, or BFLOAT16
        self.strides: tuple[int, ...] | None = None  # None: elements follow each other
        self.is_fortran = False
        self.data: Blob | bytes = b""

    @property
    def stored_count(self) -> int:
        """The number of elements to read from the file."""
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        return math.prod(self.shape) * item_size(self.code)

    def set_state(self, state: Any) -> None:
        """Take over NumPy's pickled state: version, shape, type, Fortran order, data."""
        _, shape, dtype, self.is_fortran, data = state
        self.set(shape, dtype, data)

    def set(self, shape: Any, dtype: DType, data: Any) -> None:
        """Set shape, type and data. ValueError unless their lengths agree.

        An array of anything but numbers has no shape either: no data would stand behind it.
        """
        self.code = dtype.code
        self.shape = _checked_dimensions(shape) if self.code else ()
        if not self.code:
            return
        self.data = data.encode("latin-1") if isinstance(data, str) else data
        length = len(self.data) if isinstance(self.data, bytes) else self.data.length
        is_text = isinstance(self.data, Blob) and self.data.is_text
        longest = 2 * self.nbytes if is_text else self.nbytes  # UTF-8 of Latin-1
        if not self.nbytes <= length <= longest:
            raise ValueError("an array has more or fewer numbers than its shape")

    def read(self) -> NDArray[Any]:
        """Return the numbers as a new array; bfloat16 becomes float32."""
        if not self.code:
            raise CheckpointError("An array of the file holds something that is not numbers.")
        budget().read(max(self.nbytes, self.stored_count * item_size(self.code)))
        raw = bytearray(self.data) if isinstance(self.data, bytes) else self.data.read()
        if len(raw) != self.stored_count * item_size(self.code):
            raise CheckpointError("An array of the file has more or fewer numbers than its shape.")
        flat = _decoded(raw, self.code)
        if self.strides is not None:
            byte_strides = tuple(flat.itemsize * step for step in self.strides)
            return np.lib.stride_tricks.as_strided(flat, self.shape, byte_strides)
        return flat.reshape(self.shape, order="F" if self.is_fortran else "C")


class Storage:
    """The numbers behind PyTorch tensors: their type, their count and their place in the file."""

    def __init__(self, class_name: str, count: int) -> None:
        self.code = STORAGE_CODES[class_name]
        self.count = count
        self.data: Blob | None = None  # set once the pickle that names the storage has been read

    @property
    def nbytes(self) -> int:
        return self.count * item_size(self.code)


class StoredTensor(StoredArray):
    """The description of a PyTorch tensor, which is a view of a storage.

    Raises ValueError for a view that reaches beyond its storage.
    """

    def __init__(self, storage: Storage, offset: Any, shape: Any, strides: Any) -> None:
        super().__init__()
        self.storage = storage
        self.offset = checked_count(offset)
        self.shape = _checked_dimensions(shape)
        self.code = storage.code
        steps = checked_shape(strides)
        if len(steps) != len(self.shape):
            raise ValueError("a tensor does not have one stride for each dimension")
        is_empty = 0 in self.shape
        last = 0 if is_empty else sum((n - 1) * s for n, s in zip(self.shape, steps, strict=True))
        self._stored_count = 0 if is_empty else last + 1
        too_far = self.offset + self._stored_count > storage.count
        if too_far or math.prod(self.shape) > storage.count:
            raise ValueError("a tensor is larger than its storage")
        self.strides = None if is_empty or steps == _contiguous_strides(self.shape) else steps

    @property
    def stored_count(self) -> int:
        """The number of elements from the first to the last, including those that strides skip."""
        return self._stored_count

    def read(self) -> NDArray[Any]:
        """Return the numbers as a new array; bfloat16 becomes float32."""
        assert self.storage.data is not None
        size = item_size(self.code)
        self.data = self.storage.data.part(self.offset * size, self.stored_count * size)
        return super().read()


def item_size(code: str) -> int:
    """Return the number of bytes of one element."""
    return 2 if code == BFLOAT16 else int(code[-1]) if code else 0


def checked_count(value: Any) -> int:
    """Return a size from a file. ValueError unless it is a whole number from 0 to 2^48."""
    if not isinstance(value, int) or not 0 <= value < MAX_SIZE:
        raise ValueError("a size is not a sensible number")
    return int(value)


def checked_shape(value: Any) -> tuple[int, ...]:
    """Return sizes or strides from a file. ValueError unless they are a few sensible numbers."""
    if not isinstance(value, tuple | list) or len(value) > MAX_DIMENSIONS:
        raise ValueError(f"a shape is not a list of at most {MAX_DIMENSIONS} numbers")
    return tuple(map(checked_count, value))


def _checked_dimensions(value: Any) -> tuple[int, ...]:
    """Return a shape. ValueError also for a huge one with nothing in it, such as (0, 10^12)."""
    shape = checked_shape(value)
    if 0 in shape and max(shape) > MAX_EMPTY_SIDE:
        raise ValueError("a shape has no data behind it")
    return shape


def _contiguous_strides(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(math.prod(shape[i + 1 :]) for i in range(len(shape)))


def _decoded(raw: bytearray, code: str) -> NDArray[Any]:
    if code != BFLOAT16:
        return np.frombuffer(raw, dtype=code)
    return (np.frombuffer(raw, dtype="<u2").astype(np.uint32) << 16).view(np.float32)
