"""Write animated WebP files chunk by chunk (Google, "WebP Container Specification").

Frames are added one by one, so that no more than one of them is in memory.
"""

from __future__ import annotations

import struct
from typing import BinaryIO

_ANIMATION, _XMP, _ALPHA = 0x02, 0x04, 0x10
_FLAGS_OFFSET = 20
_BACKGROUND = 0xFF000000
_FOREVER = 0
_NO_BLENDING = b"\x02"
_IMAGE_CHUNKS = (b"VP8 ", b"VP8L", b"ALPH")


def write_start(file: BinaryIO, size: int) -> None:
    """Begin an endless animation of square frames; `write_end` fills in the length."""
    side = _uint24(size - 1)
    file.write(b"RIFF\0\0\0\0WEBP")
    file.write(_chunk(b"VP8X", struct.pack("<I", _ANIMATION | _XMP) + side + side))
    file.write(_chunk(b"ANIM", struct.pack("<IH", _BACKGROUND, _FOREVER)))


def write_frame(file: BinaryIO, still: bytes, size: int, duration_ms: int) -> None:
    """Add one frame, given as a WebP file of one picture."""
    upper_left, side = bytes(6), _uint24(size - 1)
    header = upper_left + side + side + _uint24(duration_ms) + _NO_BLENDING
    file.write(_chunk(b"ANMF", header + _image_chunks(still)))


def write_end(file: BinaryIO, xmp: bytes, has_alpha: bool = False) -> None:
    """Add the XMP packet; fill in the length of the file, and whether it is transparent."""
    file.write(_chunk(b"XMP ", xmp))
    length = file.tell() - 8
    file.seek(4)
    file.write(struct.pack("<I", length))
    if has_alpha:
        file.seek(_FLAGS_OFFSET)
        file.write(struct.pack("<I", _ANIMATION | _XMP | _ALPHA))


def _uint24(value: int) -> bytes:
    return value.to_bytes(3, "little")


def _chunk(name: bytes, data: bytes) -> bytes:
    """Return a RIFF chunk, padded to an even length."""
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def _image_chunks(still: bytes) -> bytes:
    """Return the chunks of a WebP file that hold its picture."""
    chunks, offset = b"", 12  # after the RIFF header
    while offset < len(still):
        name, size = still[offset : offset + 4], struct.unpack_from("<I", still, offset + 4)[0]
        end = offset + 8 + size + size % 2
        if name in _IMAGE_CHUNKS:
            chunks += still[offset:end]
        offset = end
    return chunks
