"""How much memory and time a picture may take, judged by its header and the size of its file."""

from __future__ import annotations

import io
import re
from typing import IO, Final

from PIL import Image, ImageFile, Jpeg2KImagePlugin, JpegImagePlugin, TiffImagePlugin

from stylegan_core.picture_files.errors import TOO_LARGE, PictureError

FREE_BYTES: Final = 1 << 28
BYTES_PER_FILE_BYTE: Final = 32
MAX_BYTES: Final = 1 << 30
"""A picture may take FREE_BYTES of memory, and more only if its file is large too."""

MAX_PYTHON_PIXELS: Final = 1 << 24
"""For decoders that Pillow has in Python: a million pixels take seconds."""

MAX_SCANNED_PIXELS: Final = 1 << 30
"""Pixels times scans of a progressive JPEG, which may go over the whole picture in every byte."""

USUAL_SCANS: Final = 16

MAX_ICON_SIDE: Final = 4096
"""Pixels of a picture within an icon, which Pillow decodes whatever size the icon claims."""

_SIZE_IN_ICON: Final = re.compile(rb"(?:IHDR|ihdr|\xff\x4f\xff\x51.{4})(.{4})(.{4})", re.DOTALL)

_BYTES_PER_PIXEL: Final = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16L": 2, "I;16B": 2, "I;16N": 2}
_OTHER_BYTES_PER_PIXEL: Final = {"WEBP": 8, "AVIF": 5}
"""Memory that decoders were seen to use beside the picture that they return."""


def allowance(file_bytes: int, free_bytes: int) -> int:
    """Return the memory that a file of this size may ask for, if any file may have `free_bytes`."""
    return min(free_bytes + BYTES_PER_FILE_BYTE * file_bytes, MAX_BYTES)


def scale_within_bounds(image: ImageFile.ImageFile, file: IO[bytes], most: int) -> int:
    """Return by what an opened picture should be reduced while it is decoded, at most by `most`.

    It is 1 unless the picture is large and its format can be reduced. Raises `PictureError` for a
    picture that takes more memory or time than its file justifies.
    """
    start = file.tell()
    file_bytes = file.seek(0, io.SEEK_END)
    scans = _scans(file, start) if isinstance(image, JpegImagePlugin.JpegImageFile) else 1
    scales = _scales(image, file, most)
    file.seek(start)
    needed = {scale: _bytes_needed(image, scale, scans) for scale in scales}
    scale = next((scale for scale in scales if needed[scale] <= FREE_BYTES), scales[-1])
    if needed[scale] > allowance(file_bytes, FREE_BYTES) or _is_slow(image):
        raise PictureError(TOO_LARGE, f"{image.width:,} x {image.height:,} px")
    if scans > USUAL_SCANS and scans * image.width * image.height > MAX_SCANNED_PIXELS:
        raise PictureError("damaged", f"it has {scans:,} scans")
    return scale


def check_icon(content: bytes) -> None:
    """Raise `PictureError` if an icon holds a large picture."""
    for found in _SIZE_IN_ICON.finditer(content):
        if max(int.from_bytes(side, "big") for side in found.groups()) > MAX_ICON_SIDE:
            raise PictureError(TOO_LARGE, "it holds a large picture")


def _scales(image: ImageFile.ImageFile, file: IO[bytes], most: int) -> list[int]:
    """Return by what a picture can be reduced while it is decoded, at most by `most`."""
    if isinstance(image, JpegImagePlugin.JpegImageFile):
        largest = 8
    elif isinstance(image, Jpeg2KImagePlugin.Jpeg2KImageFile):
        largest = 1 << min(_halvings(file), 5)
    else:
        largest = 1
    powers = (1 << n for n in range(6))
    return [scale for scale in powers if scale <= min(largest, max(most, 1))]


def _is_slow(image: ImageFile.ImageFile) -> bool:
    pixels = image.width * image.height
    return pixels > MAX_PYTHON_PIXELS and any(tile[0] in Image.DECODERS for tile in image.tile)


def _bytes_needed(image: ImageFile.ImageFile, scale: int, scans: int) -> int:
    """Return about how much memory decoding takes."""
    pixels = image.width * image.height
    small = pixels // scale**2
    needed = small * _BYTES_PER_PIXEL.get(image.mode, 4)
    if isinstance(image, JpegImagePlugin.JpegImageFile) and scans > 1:
        return needed + _coefficients(image) * 2
    if image.format == "JPEG2000":
        return needed + small * 4 * len(image.getbands())
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        return needed + _largest_block(image) * 4
    return needed + pixels * _OTHER_BYTES_PER_PIXEL.get(image.format or "", 0)


def _coefficients(image: JpegImagePlugin.JpegImageFile) -> int:
    """Return the number of coefficients, all of which are kept if a picture has several scans."""
    areas = [columns * rows for _, columns, rows, _ in image.layer]
    return image.width * image.height * sum(areas) // max(areas, default=1)


def _largest_block(image: TiffImagePlugin.TiffImageFile) -> int:
    """Return the pixels of a tile or strip, which is unpacked as a whole."""
    width = image.tag_v2.get(TiffImagePlugin.TILEWIDTH, image.width)
    height = image.tag_v2.get(TiffImagePlugin.TILELENGTH)
    if height is None:
        height = min(image.tag_v2.get(TiffImagePlugin.ROWSPERSTRIP, image.height), image.height)
    return int(width) * int(height)


def _scans(file: IO[bytes], start: int) -> int:
    """Return the number of scans of a JPEG; the first one begins at `start`."""
    file.seek(start)
    content = file.read()
    end = content.find(b"\xff\xd9")
    return 1 + content.count(b"\xff\xda", 0, end if end >= 0 else len(content))


def _halvings(file: IO[bytes]) -> int:
    """Return how often a JPEG 2000 can be halved while it is decoded (ISO 15444-1, A.6.1)."""
    file.seek(0)
    content = file.read()
    at = content.find(b"\xff\x4f\xff\x51") + 2
    while at + 10 <= len(content) and content[at] == 0xFF:
        if content[at + 1] == 0x52:
            return content[at + 9]
        at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    return 0
