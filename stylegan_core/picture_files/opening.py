"""Open pictures of others: only named formats, and only within the bounds of `bounds.py`.

This is the one place that calls Pillow's `Image.open`; ruff refuses it everywhere else. The format
is told by the content first, and Pillow may try no other.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from PIL import Image, ImageFile, Jpeg2KImagePlugin, JpegImagePlugin

from stylegan_core.picture_files.bounds import check_icon, scale_within_bounds
from stylegan_core.picture_files.errors import PictureError, picture_errors
from stylegan_core.picture_files.kinds import DECODED, START_BYTES, kind_of


@contextmanager
def opened(
    source: bytes | Path, name: str = "", formats: Collection[str] = DECODED
) -> Iterator[ImageFile.ImageFile]:
    """Open a picture without decoding it; `load` decodes it within bounds.

    The name matters for raw pictures of cameras alone. `formats` are Pillow's names, some of
    `DECODED`. Raises `PictureError` for whatever is wrong with the file, also inside the block.
    """
    with picture_errors(), warnings.catch_warnings(), _file(source) as file:
        warnings.simplefilter("ignore")  # Pillow warns of oddities in files that it reads
        start = file.read(START_BYTES)
        kind = kind_of(start, name)
        if not start:
            raise PictureError("empty")
        if kind.pillow_format not in formats:
            raise PictureError(kind.reason)
        with _identified(file, kind.pillow_format) as image:
            yield image


def load(image: ImageFile.ImageFile, most: int = 1) -> None:
    """Decode an opened picture in place, reduced by up to `most` if it is large and JPEG.

    JPEG 2000 can be reduced while it is decoded, too. Raises `PictureError` if a picture takes
    more memory or time than its file justifies.
    """
    if image.fp is not None:  # else an icon, which was decoded when it was opened
        _reduce(image, scale_within_bounds(image, image.fp, most))
    image.load()


def _reduce(image: ImageFile.ImageFile, scale: int) -> None:
    if scale > 1 and isinstance(image, JpegImagePlugin.JpegImageFile):
        image.draft(None, (image.width // scale, image.height // scale))
    elif scale > 1 and isinstance(image, Jpeg2KImagePlugin.Jpeg2KImageFile):
        image.reduce = scale.bit_length() - 1


@contextmanager
def _file(source: bytes | Path) -> Iterator[IO[bytes]]:
    if isinstance(source, Path) and source.exists() and not source.is_file():
        raise PictureError("not readable", "it is not a file")  # a pipe would be waited for
    with io.BytesIO(source) if isinstance(source, bytes) else source.open("rb") as file:
        yield file


def _identified(file: IO[bytes], form: str) -> ImageFile.ImageFile:
    """Return the picture in a file of this format; only its header is read."""
    file.seek(0)
    if form in ("ICO", "ICNS"):
        check_icon(file.read())
        file.seek(0)
    if form == "JPEG2000":  # not by Image.open, which refuses large pictures, also reducible ones
        return Jpeg2KImagePlugin.Jpeg2KImageFile(file)
    if form == "JPEG":
        return JpegImagePlugin.JpegImageFile(file)
    return Image.open(file, formats=(form,))  # noqa: TID251 - the one place
