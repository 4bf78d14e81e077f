"""Read a file piece by piece, and remember where large pieces lie instead of reading them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO, Final

from stylegan_core.card import CheckpointError

UNCHECKED_BYTES: Final = 64
"""Up to this length, it is faster to read and compare than to ask first how much is left."""


class ByteSource:
    """A file, or a part of one, read forwards. Offsets count from the start of the file.

    Error messages call it `name`.
    """

    def __init__(self, file: BinaryIO, name: str, start: int = 0, end: int | None = None) -> None:
        self.file = file
        self.name = name
        self.end = file.seek(0, 2) if end is None else end
        file.seek(start)

    @classmethod
    def of_bytes(cls, data: bytes, name: str) -> ByteSource:
        """Return a source of bytes in memory."""
        return cls(BytesIO(data), name)

    def seek(self, offset: int) -> None:
        """Continue reading at another offset. `CheckpointError` beyond the end."""
        if not 0 <= offset <= self.end:
            raise self.damaged("it refers to a position beyond its end")
        self.file.seek(offset)

    def tell(self) -> int:
        """Return the offset at which reading continues."""
        return self.file.tell()

    def read(self, length: int) -> bytes:
        """Return the next bytes. `CheckpointError` if the file has fewer."""
        if length > UNCHECKED_BYTES and length > self.end - self.tell():
            raise self.incomplete()
        data = self.file.read(length)
        if len(data) != length:
            raise self.incomplete()
        return data

    def read_line(self, limit: int = 1024) -> str:
        """Return the next line without its line break."""
        data = self.file.readline(limit)
        if not data.endswith(b"\n"):
            raise self.damaged("a line has no end")
        return data[:-1].decode("utf-8", "replace")

    def skip(self, length: int, is_text: bool = False) -> Blob:
        """Skip the next bytes and return a `Blob` that can read them later."""
        offset = self.tell()
        if length > self.end - offset:
            raise self.incomplete()
        self.seek(offset + length)
        return Blob(self, offset, length, is_text)

    def incomplete(self) -> CheckpointError:
        """Return the error of a file that ends too early."""
        return CheckpointError(f"{self.name} is incomplete. Fetch or copy it again.")

    def damaged(self, why: str) -> CheckpointError:
        """Return the error of a file that contradicts itself."""
        return CheckpointError(f"{self.name} is damaged: {why}.")


@dataclass(frozen=True)
class Blob:
    """A part of a source that has not been read yet.

    If `is_text`, the part is UTF-8 in which each character stands for one byte.
    Reading it moves the position of the source.
    """

    source: ByteSource
    offset: int
    length: int
    is_text: bool = False

    def read(self) -> bytearray:
        """Return all its bytes."""
        self.source.seek(self.offset)
        if self.is_text:
            return self._decoded(self.source.read(self.length))
        data = bytearray(self.length)
        if self.source.file.readinto(data) != self.length:  # type: ignore[attr-defined]
            raise self.source.incomplete()
        return data

    def head(self, length: int) -> bytes:
        """Return at most `length` bytes from its start."""
        self.source.seek(self.offset)
        return self.source.read(min(length, self.length))

    def part(self, start: int, length: int) -> Blob:
        """Return a part of the blob. `CheckpointError` if the blob is too short."""
        if self.is_text or start + length > self.length:
            raise self.source.damaged("a storage is shorter than its tensors")
        return Blob(self.source, self.offset + start, length)

    @contextmanager
    def opened(self) -> Iterator[ByteSource]:
        """Yield the blob as a source of its own; then put the outer source back where it was."""
        position = self.source.tell()
        yield ByteSource(self.source.file, self.source.name, self.offset, self.offset + self.length)
        self.source.seek(position)

    def _decoded(self, data: bytes) -> bytearray:
        try:
            return bytearray(data.decode("utf-8").encode("latin-1"))
        except UnicodeError as error:
            raise self.source.damaged("bytes stored as a text cannot be decoded") from error
