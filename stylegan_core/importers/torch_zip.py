"""Read PyTorch's zip files: a pickle, and one uncompressed member for each storage."""

from __future__ import annotations

import struct
import zipfile
from typing import IO, Any, Final, cast

from stylegan_core.card import CheckpointError
from stylegan_core.importers.byte_source import Blob, ByteSource
from stylegan_core.importers.pickle_reader import PickleReader
from stylegan_core.importers.pickle_values import Vocabulary
from stylegan_core.importers.torch_storages import StorageIndex
from stylegan_core.limits import MAX_DIRECTORY_BYTES

MEMBER_START: Final = b"PK\x03\x04"
MEMBER_HEADER_BYTES: Final = 30
UNREADABLE_DIRECTORY: Final = (
    zipfile.BadZipFile,
    struct.error,
    ValueError,
    OSError,
    NotImplementedError,
    OverflowError,
)
"""The errors that `zipfile` raises for a damaged table of contents."""


class _BoundedFile:
    """A file for `zipfile`, which refuses to read an overlong table of contents."""

    def __init__(self, file: IO[bytes], size: int, most: int) -> None:
        self.file = file
        self.size = size
        self.most = most
        self.seek = file.seek
        self.tell = file.tell

    def read(self, length: int = -1) -> bytes:
        if not 0 <= length <= self.most:
            length = min(self.most + 1, self.size - self.tell())
            if length > self.most:
                raise zipfile.BadZipFile("its table of contents is too long")
        return self.file.read(length)


def bounded(file: IO[bytes], size: int, most: int) -> IO[bytes]:
    """Return a file of `size` bytes for `zipfile`, to read a table of contents up to `most`."""
    return cast("IO[bytes]", _BoundedFile(file, size, most))


def read_zip(source: ByteSource, vocabulary: Vocabulary, unknown: set[str]) -> Any:
    """Return the object that `torch.save` put into a zip file. Raises `CheckpointError`.

    `unknown` collects the names outside the vocabulary.
    """
    members = _members(source)
    path = next((name for name in members if name.endswith("data.pkl")), None)
    if path is None:
        raise CheckpointError(f"{source.name} is a zip file, but holds no network of PyTorch.")
    folder = path.removesuffix("data.pkl")
    byte_order = members.get(f"{folder}byteorder")
    if byte_order is not None and _blob_of(source, byte_order).head(8) != b"little":
        raise CheckpointError(f"{source.name} was written on a big-endian machine.")
    index = StorageIndex()
    with _blob_of(source, members[path]).opened() as pickle_source:
        root = PickleReader(pickle_source, vocabulary, index, unknown).run()
    for key, storage in index.storages.items():
        member = members.get(f"{folder}data/{key}")
        if member is None:
            raise source.incomplete()
        storage.data = _blob_of(source, member)
        if storage.data.length != storage.nbytes:
            raise source.damaged("a storage has another length than it says")
    return root


def _members(source: ByteSource) -> dict[str, zipfile.ZipInfo]:
    """Return the members by name. Compressed ones are refused: they may unpack to any size."""
    try:
        with zipfile.ZipFile(bounded(source.file, source.end, MAX_DIRECTORY_BYTES)) as archive:
            members = {info.filename: info for info in archive.infolist()}
    except UNREADABLE_DIRECTORY as error:
        raise source.damaged(
            "it begins as a zip archive whose table of contents cannot be read"
        ) from error
    for info in members.values():
        if info.compress_type != zipfile.ZIP_STORED or info.flag_bits & 1:
            raise CheckpointError(
                f"{source.name} is a compressed or locked zip file; PyTorch writes neither. "
                "If a network lies in it, unpack that and open it."
            )
    return members


def _blob_of(source: ByteSource, info: zipfile.ZipInfo) -> Blob:
    """Return the bytes of a member, which follow its own header."""
    source.seek(info.header_offset)
    header = source.read(MEMBER_HEADER_BYTES)
    if not header.startswith(MEMBER_START):
        raise source.damaged("a member of the zip file is not where it should be")
    name_length = int.from_bytes(header[26:28], "little")
    extra_length = int.from_bytes(header[28:30], "little")
    source.seek(info.header_offset + MEMBER_HEADER_BYTES + name_length + extra_length)
    return source.skip(info.file_size)
