"""The one error of files that cannot be used as pictures, whatever made them fail."""

from __future__ import annotations

import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from PIL import Image, UnidentifiedImageError

TOO_LARGE: Final = "too large (make them smaller first)"

UNREADABLE: Final = (
    OSError,  # the disk's errors, and Pillow's for unknown and truncated files
    ValueError,
    SyntaxError,  # Pillow, for a broken PNG
    EOFError,
    RuntimeError,  # zipfile, for an encrypted member
    NotImplementedError,
    ArithmeticError,  # Pillow, for sizes and tables that make no sense, as the next four
    AssertionError,
    AttributeError,
    LookupError,
    TypeError,
    struct.error,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
)
"""Errors that zipfile and Pillow raise for damaged files."""


class PictureError(Exception):
    """A file that cannot be used as a picture: the reason in a few words, and a detail."""

    def __init__(self, reason: str, detail: str = "") -> None:
        """Set `reason`, which is the same for all files of a kind, and `detail`."""
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


@contextmanager
def picture_errors() -> Iterator[None]:
    """Raise `PictureError` for whatever a damaged file makes the libraries raise."""
    try:
        yield
    except (Image.DecompressionBombError, MemoryError):
        raise PictureError(TOO_LARGE) from None
    except UnidentifiedImageError:
        raise PictureError("damaged", "its header cannot be read") from None
    except UNREADABLE as error:
        if isinstance(error, OSError) and error.strerror:
            raise PictureError("not readable", error.strerror) from None
        raise PictureError("damaged", " ".join(str(error).split())[:80]) from None
