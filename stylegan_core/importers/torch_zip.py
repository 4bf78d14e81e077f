"""PyTorch's zip files: a pickle, and one uncompressed member for each storage."""

from __future__ import annotations

import struct
import zipfile
from typing import IO, Any, Final, cast

from stylegan_core.card import CheckpointError
from stylegan_core.importers.byte_source import Blob, Source
from stylegan_core.importers.pickle_reader import PickleReader, Words
from stylegan_core.importers.vocabulary import StorageIndex

MAX_DIRECTORY: Final = 4_000_000  # bytes: some forty thousand members
MAX_PICKLE: Final = 64_000_000
MEMBER_START: Final = b"PK\x03\x04"
MEMBER_HEADER: Final = 30
UNREADABLE: Final = (ValueError, OSError, NotImplementedError, OverflowError)


class _Directory:
    """The file as `zipfile` sees it: a table of contents of sensible size can be read."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.seek, self.tell = source.file.seek, source.file.tell

    def read(self, length: int = -1) -> bytes:
        if not 0 <= length <= MAX_DIRECTORY:
            length = min(MAX_DIRECTORY + 1, self.source.end - self.tell())
            if length > MAX_DIRECTORY:
                raise zipfile.BadZipFile("its table of contents is too long")
        return self.source.file.read(length)


def read_zip(source: Source, words: Words, unknown: set[str]) -> Any:
    """What `torch.save` put into a zip file. Raises `CheckpointError`."""
    members = _members(source)
    path = next((name for name in members if name.endswith("data.pkl")), None)
    if path is None:
        raise CheckpointError(f"{source.name} is a zip file, but holds no network of PyTorch.")
    folder = path.removesuffix("data.pkl")
    order = members.get(f"{folder}byteorder")
    if order is not None and _small_member(source, order) != b"little":
        raise CheckpointError(f"{source.name} was written on a big-endian machine.")
    table = Source.of_bytes(_small_member(source, members[path]), source.name)
    index = StorageIndex()
    root = PickleReader(table, words, index, unknown).run()
    for key, storage in index.found.items():
        member = members.get(f"{folder}data/{key}")
        if member is None:
            raise source.incomplete()
        storage.data = _member(source, member)
        if storage.data.length != storage.nbytes:
            raise source.damaged("a storage has another length than it says")
    return root


def _members(source: Source) -> dict[str, zipfile.ZipInfo]:
    try:
        with zipfile.ZipFile(cast("IO[bytes]", _Directory(source))) as archive:
            members = {info.filename: info for info in archive.infolist()}
    except (zipfile.BadZipFile, struct.error, *UNREADABLE) as error:
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


def _small_member(source: Source, info: zipfile.ZipInfo) -> bytes:
    if info.file_size > MAX_PICKLE:
        raise source.damaged("its table of weights is too long")
    return bytes(_member(source, info).read())


def _member(source: Source, info: zipfile.ZipInfo) -> Blob:
    """Where the bytes of a member lie."""
    source.seek(info.header_offset)
    header = source.read(MEMBER_HEADER)
    if not header.startswith(MEMBER_START):
        raise source.damaged("a member of the zip file is not where it should be")
    skipped = int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
    source.seek(info.header_offset + MEMBER_HEADER + skipped)
    return source.take(info.file_size)
