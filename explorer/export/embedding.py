"""Embed recipes in pictures, animations and videos, and extract them, as JSON text.

PNG: a text chunk. GIF: a comment. WebP: an XMP packet. MP4: the comment of the container. A
file's kind is known by its first bytes, never by its name.
"""

from __future__ import annotations

import html
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image, PngImagePlugin

from stylegan_core.errors import UserError

KEY = "stylegan-explorer"
MAX_TEXT = 32_000_000
"""Characters. A timeline of thousands of keyframes is far smaller."""

_XMP_START, _XMP_END = f"<e:recipe xmlns:e='{KEY}'>", "</e:recipe>"


class RecipeError(UserError):
    """A file without a usable recipe; the message says what was found and what to do."""


def png_info(text: str) -> PngImagePlugin.PngInfo:
    """Return the text chunk for Pillow's `pnginfo`. The text is ASCII."""
    info = PngImagePlugin.PngInfo()
    info.add_text(KEY, text)
    return info


def gif_comment(text: str) -> bytes:
    """Return a GIF comment extension (GIF89a, section 24): sub-blocks of at most 255 bytes."""
    data = text.encode("ascii")
    blocks = (data[i : i + 255] for i in range(0, len(data), 255))
    return b"!\xfe" + b"".join(bytes([len(block)]) + block for block in blocks) + b"\0"


def xmp_packet(text: str) -> bytes:
    """Return an XMP packet with the text as one element."""
    element = _XMP_START + html.escape(text, quote=False) + _XMP_END
    return (
        "<x:xmpmeta xmlns:x='adobe:ns:meta/'>"
        "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"
        f"<rdf:Description rdf:about=''>{element}</rdf:Description>"
        "</rdf:RDF></x:xmpmeta>"
    ).encode("ascii")


def extract_text(path: Path) -> str:
    """Return the JSON text that a file carries. Raises `RecipeError` if it carries none."""
    text = _kind_of(path).extract(path)
    if text is None:
        raise RecipeError(
            f"{path.name} carries no recipe: it was not made by StyleGAN Explorer, "
            "or a program that saved it again dropped the recipe."
        )
    if len(text) > MAX_TEXT:
        raise RecipeError(f"The recipe in {path.name} is too long ({len(text):,} characters).")
    return text


def _text_of_json(path: Path) -> str:
    size = path.stat().st_size
    if size > MAX_TEXT:
        raise RecipeError(f"{path.name} is too long for a recipe ({size:,} bytes).")
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise RecipeError(f"{path.name} is not a text file in UTF-8.") from error


def _text_of_picture(path: Path) -> str | None:
    # Pillow reads only the header. imageio's metadata parses EXIF too, damaged or not.
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a large picture is harmless: it is not decoded
            with Image.open(path) as image:
                return _text_of_info(dict(image.info))
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        raise RecipeError(
            f"{path.name} is damaged or incomplete: it cannot be read as a picture."
        ) from error


def _text_of_info(info: dict[Any, Any]) -> str | None:
    if isinstance(info.get(KEY), str):
        return str(info[KEY])
    if isinstance(info.get("comment"), bytes):
        return _if_json(info["comment"].decode("utf-8", errors="replace"))
    if isinstance(info.get("xmp"), bytes):
        _, start, rest = info["xmp"].decode("utf-8", errors="replace").partition(_XMP_START)
        inside, end, _ = rest.partition(_XMP_END)
        return html.unescape(inside) if start and end else None
    return None


def _text_of_video(path: Path) -> str | None:
    # PyAV takes a millisecond. imageio collects all garbage on closing, which takes up to a second.
    import av  # here: the window starts without it

    try:
        with av.open(str(path)) as container:
            return _if_json(container.metadata.get("comment", ""))
    except (av.FFmpegError, OSError, ValueError) as error:
        raise RecipeError(
            f"{path.name} is damaged or incomplete: it cannot be read as a video."
        ) from error


def _if_json(comment: str) -> str | None:
    """Return a comment that may be a recipe; None for any other comment."""
    return comment if comment.startswith("{") else None


class _Kind(NamedTuple):
    """A kind of file that carries recipes; `has_start` recognises its first bytes."""

    name: str
    has_start: Callable[[bytes], bool]
    extract: Callable[[Path], str | None]


_KINDS = (
    _Kind("PNG", lambda start: start.startswith(b"\x89PNG\r\n\x1a\n"), _text_of_picture),
    _Kind("GIF", lambda start: start.startswith((b"GIF87a", b"GIF89a")), _text_of_picture),
    _Kind("WebP", lambda start: start[8:12] == b"WEBP", _text_of_picture),
    _Kind("MP4", lambda start: start[4:8] == b"ftyp", _text_of_video),
    _Kind(
        "JSON",
        lambda start: start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{",
        _text_of_json,
    ),
)

*_FIRST, _LAST = (kind.name for kind in _KINDS)
KINDS = f"{', '.join(_FIRST)} or {_LAST}"
"""The names of all kinds of files that carry recipes, for messages."""


def _kind_of(path: Path) -> _Kind:
    start = _first_bytes(path)
    for kind in _KINDS:
        if kind.has_start(start):
            return kind
    raise RecipeError(
        f"{path.name} is not a recipe: recipes are {KINDS} files that StyleGAN Explorer wrote."
    )


def _first_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            start = file.read(64)
    except OSError as error:
        raise RecipeError(f"Cannot read {path}: {error.strerror}.") from error
    if not start:
        raise RecipeError(f"{path.name} is empty.")
    return start
