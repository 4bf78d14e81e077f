"""A zip file of pictures from any tool: Windows with backslashes, old tools with old names.

Nothing is ever unpacked to the disk, so that a name can be anything.
"""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from stylegan_core.data.old_names import FALLBACK, encoding_of
from stylegan_core.errors import UserError
from stylegan_core.limits import FILE_ERRORS
from stylegan_core.picture_files.bounds import allowance
from stylegan_core.picture_files.errors import TOO_LARGE, PictureError, picture_errors
from stylegan_core.picture_files.kinds import START_BYTES

_WINDOWS: Final = 0  # the system of a member (APPNOTE.TXT, section 4.4.2)
_UTF_8: Final = 0x800  # flags of a member
_ENCRYPTED: Final = 0x1
_UNICODE_PATH: Final = 0x7075  # APPNOTE.TXT, section 4.6.9
_UNREADABLE: Final = (*FILE_ERRORS, EOFError, struct.error, zipfile.BadZipFile)

FREE_BYTES: Final = 1 << 26
"""To this size any file may be unpacked, and further only if it is large when packed, too."""

NAMELESS: Final = "(a file without a name)"


class Archive:
    """The files in a zip file, by their names with slashes."""

    def __init__(self, path: Path) -> None:
        """Read the table of contents. Raises `UserError` if it is damaged, and OSError."""
        try:
            self._archive = zipfile.ZipFile(path)
            self._members = _by_name(self._archive.infolist())
        except _UNREADABLE as error:
            raise UserError(f"{path} is a damaged zip file: {error}.") from None

    @property
    def names(self) -> list[str]:
        """The names of all files."""
        return list(self._members)

    def version_of(self, name: str) -> str:
        """Return a text that changes when the file does."""
        member = self._members[name]
        return f"{name} {member.file_size} {member.CRC}"

    def start_of(self, name: str) -> bytes:
        """Return the first START_BYTES of a file. Raises `PictureError`."""
        return self._read(name, START_BYTES)

    def read(self, name: str) -> bytes:
        """Return the content of a file. Raises `PictureError`."""
        with picture_errors():
            member = self._members[name]
        if member.file_size > allowance(member.compress_size, FREE_BYTES):
            raise PictureError(TOO_LARGE)
        return self._read(name, member.file_size)

    def _read(self, name: str, size: int) -> bytes:
        with picture_errors():
            member = self._members[name]
            if member.flag_bits & _ENCRYPTED:
                raise PictureError("locked with a password (unpack them first)")
            with self._archive.open(member) as file:
                return file.read(size)


def _by_name(members: list[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
    """Map the names of files, in which slashes separate folders, to the members.

    Some programs on Windows separate folders by backslashes, if only in some of the names.
    """
    encoding = encoding_of(raw for member in members if (raw := _old_name(member)) is not None)
    names = [_name_of(member, encoding) for member in members]
    has_slashes = any("/" in name for name in names)
    slashed = (
        name if has_slashes and member.create_system != _WINDOWS else name.replace("\\", "/")
        for name, member in zip(names, members, strict=True)
    )
    return {
        str(PurePosixPath(name)) if name else NAMELESS: member
        for name, member in zip(slashed, members, strict=True)
        if not name.endswith("/")
    }


def _old_name(member: zipfile.ZipInfo) -> bytes | None:
    """Return the bytes of a name that is not known to be in UTF-8. Python took it for cp437.

    On Windows it also took for separators the backslashes that are parts of letters; the original
    name has them.
    """
    if member.flag_bits & _UTF_8:
        return None
    try:
        return member.orig_filename.partition("\0")[0].encode(FALLBACK)
    except UnicodeEncodeError:  # newer versions of Python look into the field for UTF-8, too
        return None


def _name_of(member: zipfile.ZipInfo, encoding: str) -> str:
    raw = _old_name(member)
    if raw is None:
        return member.filename
    try:
        return _unicode_path(member.extra, raw) or raw.decode(encoding)
    except UnicodeDecodeError:
        return member.filename


def _unicode_path(extra: bytes, raw: bytes) -> str | None:
    """Return the name in the field that WinZip and 7-Zip write beside a name in an old encoding."""
    for kind, data in _fields(extra):
        is_current = data[:1] == b"\1" and data[1:5] == struct.pack("<I", zlib.crc32(raw))
        if kind == _UNICODE_PATH and is_current:
            return data[5:].decode("utf-8")
    return None


def _fields(extra: bytes) -> Iterator[tuple[int, bytes]]:
    while len(extra) >= 4:
        kind, length = struct.unpack_from("<HH", extra)
        yield kind, extra[4 : 4 + length]
        extra = extra[4 + length :]
