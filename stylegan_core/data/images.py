"""Pictures of a folder or a zip file, of any size and mode, as squares of one resolution."""

import hashlib
import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from stylegan_core.errors import UserError

SUFFIXES = {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".ppm"}
LARGEST_FILE = 1 << 29  # bytes; a zip member may claim any size
FEWEST = 2
UNREADABLE = (
    OSError,  # Pillow's own "cannot identify" and truncated files, and the disk's errors
    ValueError,
    SyntaxError,  # Pillow, for a broken PNG
    EOFError,
    RuntimeError,  # zipfile, for an encrypted member
    NotImplementedError,
    ArithmeticError,  # Pillow, for sizes and tables that make no sense, as the next three
    LookupError,
    TypeError,
    struct.error,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
    Image.DecompressionBombError,
)


@dataclass(frozen=True)
class Pictures:
    """Named pictures and how to get their bytes; the fingerprint changes when a file does."""

    names: Sequence[str]
    read: Callable[[str], bytes]
    fingerprint: str


def find_pictures(path: Path) -> Pictures:
    """The pictures of a folder, searched to any depth, or of a zip file, in order of name.

    Raises `UserError` for a path that is neither, and for fewer than two pictures.
    """
    if path.is_dir():
        pictures = _in_folder(path)
    elif path.is_file() and zipfile.is_zipfile(path):
        pictures = _in_zip(path)
    elif path.exists():
        raise UserError(f"{path} is neither a folder nor a zip file of pictures.")
    else:
        raise UserError(
            f"There is no folder or zip file {path}. A data source is 'portraits', "
            "'portraits:COUNT', a folder of pictures or a zip file of pictures."
        )
    if len(pictures.names) < FEWEST:
        found = "one picture only" if pictures.names else "no pictures"
        raise UserError(f"{path} holds {found} ({', '.join(sorted(SUFFIXES))} are read).")
    return pictures


def square(content: bytes, resolution: int) -> NDArray[np.uint8]:
    """The bytes of a picture -> uint8 [3, R, R]: upright, RGB, its centre square, resized.

    Transparent parts are laid on white. Raises one of `UNREADABLE` for damaged content.
    """
    with Image.open(io.BytesIO(content)) as file:
        image = _rgb(ImageOps.exif_transpose(file))
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    box = (left, top, left + side, top + side)
    small = image.resize((resolution, resolution), Image.Resampling.LANCZOS, box)
    return np.ascontiguousarray(np.asarray(small, dtype=np.uint8).transpose(2, 0, 1))


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16") or image.mode == "I":  # 16 bits of grey, which Pillow clips
        image = Image.fromarray((np.asarray(image, np.uint32) >> 8).clip(0, 255).astype(np.uint8))
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        white = Image.new("RGBA", layer.size, "white")
        return Image.alpha_composite(white, layer).convert("RGB")
    return image.convert("RGB")


def _in_folder(path: Path) -> Pictures:
    files = sorted(file for file in path.rglob("*") if _is_picture(file.name) and file.is_file())
    facts = ((str(file.relative_to(path)), file.stat()) for file in files)
    marks = [f"{name} {stat.st_size} {stat.st_mtime_ns}" for name, stat in facts]
    names = [str(file.relative_to(path)) for file in files]
    return Pictures(names, lambda name: (path / name).read_bytes(), _digest(marks))


def _in_zip(path: Path) -> Pictures:
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise UserError(f"{path} is a damaged zip file: {error}.") from None
    members = {
        member.filename: member
        for member in sorted(archive.infolist(), key=lambda member: member.filename)
        if _is_picture(member.filename.rsplit("/", 1)[-1])
    }

    def read(name: str) -> bytes:
        if members[name].file_size > LARGEST_FILE:
            raise ValueError("too large")
        return archive.read(name)

    marks = [f"{m.filename} {m.file_size} {m.CRC}" for m in members.values()]
    return Pictures(list(members), read, _digest(marks))


def _is_picture(name: str) -> bool:
    return Path(name).suffix.lower() in SUFFIXES and not name.startswith(".")


def _digest(marks: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(marks).encode("utf-8", "surrogateescape")).hexdigest()[:16]
