"""The texts that pictures and animations carry beside their pixels, wherever a format holds them.

Programs that save a picture again move its texts: behind the pixels, compressed, into XMP or EXIF.
So the parts of a file are walked through to its end, and pixels are never decoded. Texts that are
damaged are left out. `Damaged` is raised where a file ends too early or contradicts itself.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Final, NamedTuple

from PIL import Image

from stylegan_core.limits import FILE_ERRORS

MAX_PARTS: Final = 1_000_000
MAX_TEXT_BYTES: Final = 33_000_000
MAX_INFLATED_BYTES: Final = 4 * MAX_TEXT_BYTES  # of all texts of a file
MAX_DEFLATE_RATIO: Final = 1032
EXIF_START: Final = b"Exif\0\0"
XMP_KEY: Final = "XML:com.adobe.xmp"
JPEG_XMP: Final = b"http://ns.adobe.com/xap/1.0/\0"
JPEG_LONG_XMP: Final = b"http://ns.adobe.com/xmp/extension/\0"
GIF_XMP: Final = b"XMP DataXMP"
IMAGE_DESCRIPTION: Final = 0x010E
EXIF_IFD: Final = 0x8769
USER_COMMENT: Final = 0x9286
XP_COMMENT: Final = 0x9C9C


class Damaged(Exception):
    """Raised where a file ends too early or contradicts itself."""


class Text(NamedTuple):
    """A text and the key that a file gives it; "" if it gives none."""

    key: str
    text: str


Texts = Iterator[Text]
Walk = Callable[[mmap], Texts]


def texts_of(path: Path, walk: Walk) -> Texts:
    """Yield the texts of a file, found by one of the functions below. Raises `Damaged`."""
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as data:
        try:
            yield from walk(data)
        except (IndexError, struct.error) as error:  # a read beyond the end
            raise Damaged from error


def png_texts(data: mmap) -> Texts:
    """Yield the text chunks of a PNG or APNG, before and behind the pixels (PNG, section 11.3)."""
    offset, inflated_at_most = 8, 0
    for _ in range(MAX_PARTS):
        length, name = struct.unpack_from(">I4s", data, offset)
        if name in _PNG_COMPRESSED:
            inflated_at_most += min(MAX_DEFLATE_RATIO * length, MAX_TEXT_BYTES)
        if inflated_at_most > MAX_INFLATED_BYTES:
            raise Damaged
        if name in _PNG_TEXTS:
            content = data[offset + 8 : offset + 8 + length]
            (check,) = struct.unpack_from(">I", data, offset + 8 + length)
            if check == zlib.crc32(content, zlib.crc32(name)):
                yield from _PNG_TEXTS[name](content)
        offset += 12 + length
        if name == b"IEND":
            return
    raise Damaged


def _text_chunk(content: bytes) -> Texts:
    key, _, text = content.partition(b"\0")
    yield Text(key.decode("latin-1"), text.decode("latin-1"))


def _compressed_chunk(content: bytes) -> Texts:
    key, _, rest = content.partition(b"\0")
    yield Text(key.decode("latin-1"), _inflated(rest[1:]).decode("latin-1"))


def _international_chunk(content: bytes) -> Texts:
    key, _, rest = content.partition(b"\0")
    is_compressed = rest[:1] == b"\1"
    _language, _, rest = rest[2:].partition(b"\0")
    _translated_key, _, text = rest.partition(b"\0")
    text = _inflated(text) if is_compressed else text
    yield Text(key.decode("latin-1"), _utf8(text))


def _inflated(data: bytes) -> bytes:
    """Return what was compressed, up to the bound; nothing if it is damaged."""
    try:
        return zlib.decompressobj().decompress(data, MAX_TEXT_BYTES)
    except zlib.error:
        return b""


def _utf8(text: bytes) -> str:
    return text.decode("utf-8", errors="replace")


def gif_texts(data: mmap) -> Texts:
    """Yield the comments and XMP packets of a GIF, between all its frames (GIF89a, section 24)."""
    offset, parts_left = 13 + _colour_table_bytes(data[10]), MAX_PARTS
    while data[offset] != 0x3B:
        kind, start = data[offset], offset + 2
        if kind == 0x2C:
            start = offset + 11 + _colour_table_bytes(data[offset + 9])
        elif kind != 0x21:
            raise Damaged
        blocks, offset = _sub_blocks(data, start, parts_left)
        parts_left -= len(blocks)
        if kind == 0x21 and data[start - 1] == 0xFE:
            yield Text("", _utf8(b"".join(data[block] for block in blocks)))
        elif kind == 0x21 and blocks and data[blocks[0]] == GIF_XMP:
            # XMP lies there without lengths, and a trailer leads those who count blocks to its end.
            yield Text(XMP_KEY, _utf8(data[blocks[0].stop : offset]))


def _colour_table_bytes(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _sub_blocks(data: mmap, offset: int, max_count: int) -> tuple[list[slice], int]:
    """Return where the contents of sub-blocks lie, and the offset behind them."""
    blocks: list[slice] = []
    while length := data[offset]:
        if len(blocks) >= max_count:
            raise Damaged
        blocks.append(slice(offset + 1, offset + 1 + length))
        offset += 1 + length
    return blocks, offset + 1


def webp_texts(data: mmap) -> Texts:
    """Yield the XMP and EXIF texts of a WebP (WebP Container Specification)."""
    offset, end = 12, min(8 + struct.unpack_from("<I", data, 4)[0], len(data))
    for _ in range(MAX_PARTS):
        if offset + 8 > end:
            return
        name, length = struct.unpack_from("<4sI", data, offset)
        content = slice(offset + 8, offset + 8 + length)
        if content.stop > len(data):
            raise Damaged
        if name == b"XMP ":
            yield Text(XMP_KEY, _utf8(data[content]))
        elif name == b"EXIF":
            yield from exif_texts(data[content])
        offset = content.stop + length % 2
    raise Damaged


def jpeg_texts(data: mmap) -> Texts:
    """Yield the comments, XMP packets and EXIF texts of a JPEG, which lie before its pixels."""
    offset, long_xmp = 2, b""
    for _ in range(MAX_PARTS):
        marker, length = struct.unpack_from(">HH", data, offset)
        if marker >> 8 != 0xFF or length < 2:
            raise Damaged
        content = data[offset + 4 : offset + 2 + length]
        if marker == 0xFFFE:
            yield Text("", _utf8(content))
        elif marker == 0xFFE1 and content.startswith(JPEG_XMP):
            yield Text(XMP_KEY, _utf8(content.removeprefix(JPEG_XMP)))
        elif marker == 0xFFE1 and content.startswith(JPEG_LONG_XMP):
            long_xmp += content[len(JPEG_LONG_XMP) + 40 :]  # after a digest and two lengths
        elif marker == 0xFFE1 and content.startswith(EXIF_START):
            yield from exif_texts(content)
        elif marker == 0xFFDA:  # the pixels begin
            yield Text(XMP_KEY, _utf8(long_xmp))
            return
        offset += 2 + length
    raise Damaged


def exif_texts(data: bytes) -> Texts:
    """Yield the texts of an EXIF block: description, comment, and the comment of Windows."""
    try:
        exif = Image.Exif()
        exif.load(data if data.startswith(EXIF_START) else EXIF_START + data)
        values = exif.get(IMAGE_DESCRIPTION), exif.get(XP_COMMENT)
        comment = exif.get_ifd(EXIF_IFD).get(USER_COMMENT)
    except (*FILE_ERRORS, OSError, SyntaxError, struct.error):
        return
    description, windows_comment = values
    if isinstance(description, str):
        yield Text("", description)
    if isinstance(windows_comment, bytes | tuple):
        yield Text("", bytes(windows_comment).decode("utf-16-le", errors="replace").rstrip("\0"))
    if isinstance(comment, bytes):
        yield Text("", _user_comment(comment))


def _user_comment(comment: bytes) -> str:
    """Decode a comment, whose first eight bytes name its encoding."""
    encoding, text = comment[:8].rstrip(b"\0 "), comment[8:]
    if encoding == b"UNICODE":
        order = "be" if text[:1] == b"\0" else "le"
        return text.decode(f"utf-16-{order}", errors="replace")
    return _utf8(text if encoding in (b"", b"ASCII", b"JIS") else comment)


_PNG_COMPRESSED: Final = (b"zTXt", b"iTXt")
_PNG_TEXTS: Final[dict[bytes, Callable[[bytes], Texts]]] = {
    b"tEXt": _text_chunk,
    b"zTXt": _compressed_chunk,
    b"iTXt": _international_chunk,
    b"eXIf": exif_texts,
}
