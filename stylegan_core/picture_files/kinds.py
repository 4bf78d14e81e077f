"""The kinds of files that lie in folders of pictures, told by their content.

`DECODED` names every format that a decoder ever sees: those that Pillow decodes by itself. Formats
that Pillow hands to another program (PostScript), to the system (WMF) or to plug-ins (GRIB, HDF5),
that it searches for pictures of any other format (IPTC), or unpacks without a bound (FITS), are not
among them.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Final, NamedTuple

START_BYTES: Final = 4096
"""How much of a file tells its kind."""

Test = Callable[[bytes], bool]


class Kind(NamedTuple):
    """A kind of file. `advice` says what to do with one that is not decoded."""

    name: str
    matches: Test  # tells by the first START_BYTES of a file
    pillow_format: str = ""  # empty: no decoder sees it
    advice: str = ""

    @property
    def reason(self) -> str:
        """Say in a few words why such a file is left out."""
        return f"{self.name} ({self.advice})" if self.advice else self.name


def kind_of(start: bytes, name: str = "") -> Kind:
    """Return the kind of a file that begins with `start`, up to START_BYTES.

    The name matters for raw pictures of cameras alone, which look like TIFF.
    """
    kind = next((kind for kind in _KINDS if kind.matches(start)), UNKNOWN)
    if kind.pillow_format == "TIFF" and PurePosixPath(name).suffix.lower() in _RAW_SUFFIXES:
        return _CAMERA_RAW
    return kind


def _starts(*signatures: bytes) -> Test:
    return lambda start: start.startswith(signatures)


def _has(signature: bytes, offset: int) -> Test:
    return lambda start: start.startswith(signature, offset)


def _is_text(pattern: bytes) -> Test:
    compiled = re.compile(pattern)
    return lambda start: compiled.match(start) is not None


def _brands(start: bytes) -> frozenset[bytes]:
    """Return the brands of an ISO media file (ISO 14496-12, section 4.3), or none."""
    if start[4:8] != b"ftyp":
        return frozenset()
    end = min(int.from_bytes(start[:4], "big"), len(start))
    return frozenset({start[8:12], *(start[i : i + 4] for i in range(16, end - 3, 4))})


def _has_brand(*brands: bytes) -> Test:
    return lambda start: not _brands(start).isdisjoint(brands)


def _is_cursor(start: bytes) -> bool:
    return start.startswith(b"\0\0\2\0") and start[4:6] != b"\0\0"  # unlike most TGA


def _is_tga(start: bytes) -> bool:
    """Tell whether a header makes sense as TGA, which has no signature."""
    if len(start) < 18:
        return False
    has_map, form = start[1], start[2]
    width, height, depth, descriptor = struct.unpack_from("<HHBB", start, 12)
    depths = {1: (8,), 9: (8,), 2: (16, 24, 32), 10: (16, 24, 32), 3: (1, 8, 16), 11: (1, 8, 16)}
    is_mapped = form in (1, 9)
    return (
        depth in depths.get(form, ())
        and has_map == is_mapped
        and (is_mapped or start[3:8] == bytes(5))
        and min(width, height) > 0
        and descriptor & 0xC0 == 0
        and descriptor & 0x0F <= 8
    )


def _is_pcx(start: bytes) -> bool:
    return (
        len(start) >= 128
        and start[0] == 10
        and start[1] in (0, 2, 3, 5)
        and start[2] in (0, 1)
        and start[3] in (1, 2, 4, 8)
    )


def _is_bmp(start: bytes) -> bool:
    return start.startswith(b"BM") and _is_dib(start[14:])


def _is_dib(start: bytes) -> bool:
    """Tell whether a file is a Windows bitmap without its file header."""
    if len(start) < 16:
        return False
    size = int.from_bytes(start[:4], "little")
    planes, bits = struct.unpack_from("<HH", start, 8 if size == 12 else 12)
    return size in (12, 40, 52, 56, 64, 108, 124) and planes == 1 and bits in (1, 4, 8, 16, 24, 32)


def _is_blp(start: bytes) -> bool:
    """Leave out BLP around a JPEG, which would be decoded whatever its size."""
    return start.startswith((b"BLP1", b"BLP2")) and start[4:8] != bytes(4)


def _is_fli(start: bytes) -> bool:
    return (
        len(start) >= 16
        and start[4:6] in (b"\x11\xaf", b"\x12\xaf")
        and start[14:16] in (b"\0\0", b"\3\0")
    )


def _is_metafile(start: bytes) -> bool:
    is_wmf = start.startswith((b"\xd7\xcd\xc6\x9a", b"\1\0\x09\0"))
    return is_wmf or (start.startswith(b"\1\0\0\0") and start[40:44] == b" EMF")


def _is_video(start: bytes) -> bool:
    is_mpeg_or_matroska = start.startswith((b"\0\0\1\xba", b"\0\0\1\xb3", b"\x1aE\xdf\xa3"))
    is_avi = start.startswith(b"RIFF") and start[8:12] == b"AVI "
    return is_mpeg_or_matroska or is_avi or bool(_brands(start))


def _is_archive(start: bytes) -> bool:
    signatures = b"PK\3\4", b"Rar!\x1a\7", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b", b"BZh", b"\xfd7zXZ"
    return start.startswith(signatures) or start.startswith(b"ustar", 257)  # tar


def _is_spider(start: bytes) -> bool:
    """Tell whether the numbers of a header agree as they do in SPIDER, which has no signature."""
    if len(start) < 92:
        return False
    for order in "<>":
        rows, form, columns, records, size, row_size = (
            struct.unpack_from(order + "f", start, 4 * (i - 1))[0] for i in (2, 5, 12, 13, 22, 23)
        )
        if form == 1 and min(rows, columns, records) >= 1 and size == records * row_size:
            return True
    return False


_READ: Final = (
    Kind("JPEG", _starts(b"\xff\xd8\xff"), "JPEG"),
    Kind("PNG", _starts(b"\x89PNG\r\n\x1a\n"), "PNG"),
    Kind("WebP", lambda start: start[:4] == b"RIFF" and start[8:12] == b"WEBP", "WEBP"),
    Kind("GIF", _starts(b"GIF87a", b"GIF89a"), "GIF"),
    Kind("TIFF", _starts(b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"), "TIFF"),
    Kind("AVIF", _has_brand(b"avif", b"avis"), "AVIF"),
    Kind("JPEG 2000", _starts(b"\xff\x4f\xff\x51", b"\0\0\0\x0cjP  \r\n\x87\n"), "JPEG2000"),
    Kind("BMP", _is_bmp, "BMP"),
    Kind("PNM", _is_text(rb"P(?:[1-6f]|0CMYK|yCMYK|yRGBA|yP)\s+(?:#[^\r\n]*[\r\n]\s*)*\d"), "PPM"),
    Kind("DDS", _starts(b"DDS "), "DDS"),
    Kind("Photoshop", _starts(b"8BPS\0\1"), "PSD"),
    Kind("QOI", _starts(b"qoif"), "QOI"),
    Kind("SGI", _starts(b"\x01\xda"), "SGI"),
    Kind("Windows icon", _starts(b"\0\0\1\0"), "ICO"),
    Kind("Windows cursor", _is_cursor, "CUR"),
    Kind("Mac icon", _starts(b"icns"), "ICNS"),
    Kind("Sun raster", _starts(b"\x59\xa6\x6a\x95"), "SUN"),
    Kind("BLP", _is_blp, "BLP"),
    Kind("DCX", _starts(b"\xb1\x68\xde\x3a"), "DCX"),
    Kind("FTEX", _starts(b"FTEX"), "FTEX"),
    Kind("GIMP brush", lambda start: start[20:24] == b"GIMP" and start[4:8] == b"\0\0\0\2", "GBR"),
    Kind("Photo CD", _has(b"PCD_", 2048), "PCD"),
    Kind("PIXAR", _starts(b"\x80\xe8\0\0"), "PIXAR"),
    Kind("MSP", _starts(b"DanM", b"LinS"), "MSP"),
    Kind("McIDAS", _starts(b"\0\0\0\0\0\0\0\4"), "MCIDAS"),
    Kind("XV thumbnail", _starts(b"P7 332"), "XVTHUMB"),
    Kind("XBM", _is_text(rb"(?:\s|/\*[^*]*\*/)*#define[ \t]+\S*_width[ \t]+\d"), "XBM"),
    Kind("XPM", _starts(b"/* XPM */"), "XPM"),
    Kind("IM", _starts(b"Image type: "), "IM"),
    Kind("PCX", _is_pcx, "PCX"),
    Kind("DIB", _is_dib, "DIB"),
    Kind("FLI", _is_fli, "FLI"),
    Kind("TGA", _is_tga, "TGA"),
    Kind("SPIDER", _is_spider, "SPIDER"),
)

_CONVERT: Final = "convert to JPEG first"
_FETCH: Final = "download the file itself"
_HEIC_BRANDS: Final = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")

_CAMERA_RAW: Final = Kind(
    "camera raw",
    lambda start: (
        _has_brand(b"crx ")(start)
        or start[8:11] == b"CR\2"
        or start.startswith((b"IIRO", b"IIRS", b"IIU\0", b"MMOR", b"FUJIFILMCCD"))
    ),
    "",
    _CONVERT,
)
_RAW_SUFFIXES: Final = frozenset(
    {".3fr", ".arw", ".cr2", ".dcr", ".dng", ".erf", ".iiq", ".kdc", ".mef", ".mos", ".mrw"}
    | {".nef", ".nrw", ".orf", ".pef", ".raw", ".rw2", ".rwl", ".sr2", ".srf", ".srw"}
)

_NEVER_READ: Final = (
    Kind("HEIC", _has_brand(*_HEIC_BRANDS), "", _CONVERT),
    Kind(
        "PostScript",
        _starts(b"%!PS", b"%!", b"\xc5\xd0\xd3\xc6", b"\x04%!"),
        "",
        "never opened, for it is a program: convert to PNG first",
    ),
    Kind("PDF", _starts(b"%PDF"), "", "save its pictures as PNG first"),
    Kind("SVG", _is_text(rb"(?s)(?:\xef\xbb\xbf)?\s*<(?:svg|\?xml.*<svg)"), "", _CONVERT),
    Kind("JPEG XL", _starts(b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n"), "", _CONVERT),
    Kind("JPEG XR", _starts(b"II\xbc\1"), "", _CONVERT),
    Kind("WMF or EMF", _is_metafile, "", _CONVERT),
    Kind("GIMP", _starts(b"gimp xcf"), "", _CONVERT),
    Kind("OpenEXR", _starts(b"\x76\x2f\x31\x01"), "", _CONVERT),
    Kind("Radiance HDR", _starts(b"#?RADIANCE", b"#?RGBE"), "", _CONVERT),
    Kind("DICOM", _has(b"DICM", 128), "", _CONVERT),
    Kind("FITS", _starts(b"SIMPLE"), "", _CONVERT),
    Kind("HDF5", _starts(b"\x89HDF\r\n"), "", _CONVERT),
    Kind("GRIB or BUFR", _starts(b"GRIB", b"BUFR"), "", _CONVERT),
    Kind("DjVu", _starts(b"AT&TFORM"), "", _CONVERT),
    Kind("video", _is_video, "", "save its frames as pictures first"),
    Kind("archive", _is_archive, "", "unpack it first"),
    Kind("web page", _is_text(rb"(?i)(?:\xef\xbb\xbf)?\s*<(?:!doctype\s+)?html"), "", _FETCH),
    Kind("Git LFS pointer", _starts(b"version https://git-lfs"), "", "run 'git lfs pull'"),
)

UNKNOWN: Final = Kind("not a picture", lambda start: False)

_KINDS: Final = (_CAMERA_RAW, *_READ, *_NEVER_READ)
"""Raw pictures come before TIFF, which they resemble, and AVIF before HEIC."""

DECODED: Final = tuple(kind.pillow_format for kind in _READ)
"""The formats that decoders see, by Pillow's names."""
