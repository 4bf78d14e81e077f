"""Bytes of a file that stay where they are until somebody needs them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

from stylegan_core.card import CheckpointError

UNCHECKED = 64  # so few bytes are read first and counted then


class Source:
    """A file, or a stretch of one, read forwards. Offsets are those of the file.

    `name` is what messages call it.
    """

    def __init__(self, file: BinaryIO, name: str, start: int = 0, end: int | None = None) -> None:
        self.file, self.name = file, name
        self.end = file.seek(0, 2) if end is None else end
        file.seek(start)

    @classmethod
    def of_bytes(cls, data: bytes, name: str) -> Source:
        """Bytes in memory."""
        return cls(BytesIO(data), name)

    def seek(self, offset: int) -> None:
        """Go on reading somewhere else in the file; `CheckpointError` where it does not reach."""
        if not 0 <= offset <= self.end:
            raise self.damaged("it refers to a place that it does not have")
        self.file.seek(offset)

    def tell(self) -> int:
        """Where reading goes on."""
        return self.file.tell()

    def read(self, length: int) -> bytes:
        """The next bytes; `CheckpointError` where the file has fewer."""
        if length > UNCHECKED and length > self.end - self.tell():
            raise self.incomplete()
        data = self.file.read(length)
        if len(data) != length:
            raise self.incomplete()
        return data

    def line(self, limit: int = 1024) -> str:
        """The next line without its end."""
        data = self.file.readline(limit)
        if not data.endswith(b"\n"):
            raise self.damaged("a line does not end")
        return data[:-1].decode("utf-8", "replace")

    def take(self, length: int, is_text: bool = False) -> Blob:
        """The next bytes, not read but remembered."""
        offset = self.tell()
        if length > self.end - offset:
            raise self.incomplete()
        self.seek(offset + length)
        return Blob(self, offset, length, is_text)

    def incomplete(self) -> CheckpointError:
        """The file ends too early."""
        return CheckpointError(f"{self.name} is incomplete. Fetch or copy it again.")

    def damaged(self, why: str) -> CheckpointError:
        """The file contradicts itself."""
        return CheckpointError(f"{self.name} is damaged: {why}.")


@dataclass(frozen=True)
class Blob:
    """A stretch of a source. `is_text`: UTF-8, each character of which stands for one byte."""

    source: Source
    offset: int
    length: int
    is_text: bool = False

    def read(self) -> bytearray:
        """Its bytes; the source's place is lost."""
        self.source.seek(self.offset)
        if self.is_text:
            return self._decoded(self.source.read(self.length))
        data = bytearray(self.length)
        if self.source.file.readinto(data) != self.length:  # type: ignore[attr-defined]
            raise self.source.incomplete()
        return data

    def head(self, length: int) -> bytes:
        """Its first bytes; the source's place is lost."""
        self.source.seek(self.offset)
        return self.source.read(min(length, self.length))

    def part(self, start: int, length: int) -> Blob:
        """A stretch within it. `CheckpointError` where it is too short for that."""
        if self.is_text or start + length > self.length:
            raise self.source.damaged("a storage is shorter than its tensors")
        return Blob(self.source, self.offset + start, length)

    @contextmanager
    def opened(self) -> Iterator[Source]:
        """It as a source of its own; afterwards the outer one goes on where it was."""
        place = self.source.tell()
        yield Source(self.source.file, self.source.name, self.offset, self.offset + self.length)
        self.source.seek(place)

    def _decoded(self, data: bytes) -> bytearray:
        try:
            return bytearray(data.decode("utf-8").encode("latin-1"))
        except UnicodeError as error:
            raise self.source.damaged("its bytes are spelled in a text that is none") from error
