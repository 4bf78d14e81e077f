"""Picture files that tests make: encoded pictures, bombs, and profiles."""

import io
import struct
import zlib
from typing import Any

from PIL import Image


def encoded(image: Image.Image, form: str = "PNG", **options: Any) -> bytes:
    """Return a picture as a file of this format."""
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def png_chunk(name: bytes, data: bytes) -> bytes:
    """Return a chunk of a PNG."""
    check = zlib.crc32(name + data)
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", check)


def png_of_zeros(width: int, height: int, colour_type: int, rows: int) -> bytes:
    """Return a small PNG of 8 bits with many pixels: palette (3), RGB (2), RGBA (6) or grey (0).

    Only its first rows are there.
    """
    channels = {0: 1, 2: 3, 3: 1, 6: 4}[colour_type]
    packer = zlib.compressobj(9)
    row = bytes(1 + channels * width)
    pixels = b"".join(packer.compress(row) for _ in range(rows)) + packer.flush()
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, colour_type, 0, 0, 0))
        + (png_chunk(b"PLTE", b"\x10\x80\xf0") if colour_type == 3 else b"")
        + png_chunk(b"IDAT", pixels)
        + png_chunk(b"IEND", b"")
    )


# Colour profiles, ICC.1:2001-04 ---------------------------------------------------------------

PRIMARIES = {
    b"r": (0.4360, 0.2225, 0.0139),
    b"g": (0.3851, 0.7169, 0.0971),
    b"b": (0.1431, 0.0606, 0.7141),
}
"""Those of sRGB, adapted to D50."""

D50 = (0.9642, 1.0, 0.8249)


def rgb_profile(order: bytes = b"rgb", gamma: float = 2.2) -> bytes:
    """Return a profile with the primaries of sRGB, in this order."""
    tags = {b"wtpt": _xyz(D50)}
    for channel, primary in zip(b"rgb", order, strict=True):
        tags[bytes([channel]) + b"XYZ"] = _xyz(PRIMARIES[bytes([primary])])
        tags[bytes([channel]) + b"TRC"] = _curve(gamma)
    return _profile(b"RGB ", tags)


def grey_profile(gamma: float) -> bytes:
    """Return a profile of grey."""
    return _profile(b"GRAY", {b"wtpt": _xyz(D50), b"kTRC": _curve(gamma)})


def black_ink_profile() -> bytes:
    """Return a profile of four inks of which black alone shows."""
    ramp = bytes(range(256))
    lightness = bytes(b for i in range(16) for b in (0 if i & 1 else 255, 128, 128))  # Lab
    matrix = struct.pack(">9i", *(65536 * (i % 4 == 0) for i in range(9)))
    table = b"mft1\0\0\0\0\4\3\2\0" + matrix + 4 * ramp + lightness + 3 * ramp
    return _profile(b"CMYK", {b"wtpt": _xyz(D50), b"A2B0": table}, b"prtr", b"Lab ")


def _profile(
    space: bytes, tags: dict[bytes, bytes], device: bytes = b"mntr", target: bytes = b"XYZ "
) -> bytes:
    header = bytes(4) + b"\2\x40\0\0" + device + space + target + bytes(12) + b"acsp" + bytes(28)
    header += _fixed(D50) + bytes(48)
    offset = 128 + 4 + 12 * len(tags)
    table, data = struct.pack(">I", len(tags)), b""
    for name, content in tags.items():
        table += name + struct.pack(">II", offset + len(data), len(content))
        data += content + bytes(-len(content) % 4)
    whole = header + table + data
    return struct.pack(">I", 4 + len(whole)) + whole


def _xyz(values: tuple[float, float, float]) -> bytes:
    return b"XYZ \0\0\0\0" + _fixed(values)


def _curve(gamma: float) -> bytes:
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256))


def _fixed(values: tuple[float, float, float]) -> bytes:
    return struct.pack(">3i", *(round(value * 65536) for value in values))
