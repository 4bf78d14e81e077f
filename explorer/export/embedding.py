"""Embed recipes in pictures, animations and videos, and extract them, as JSON text.

We write a text chunk into a PNG, a comment into a GIF, an XMP packet into a WebP, and the comment
of the container into an MP4. Other programs that save a file again keep the text, but elsewhere,
so it is looked for in every place that a format has. A file's kind is known by its first bytes,
never by its name.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from PIL import PngImagePlugin

from explorer.export.metadata import (
    EXIF_START,
    Damaged,
    Text,
    Walk,
    exif_texts,
    gif_texts,
    jpeg_texts,
    png_texts,
    texts_of,
    webp_texts,
)
from explorer.export.video_files import opened_video
from stylegan_core.errors import UserError

KEY = "stylegan-explorer"
MAX_TEXT = 32_000_000
"""Characters. A timeline of thousands of keyframes is far smaller."""

FORMAT = "stylegan-explorer recipe"
"""The field by which a recipe is recognised."""

_XMP_START, _XMP_END = f"<e:recipe xmlns:e='{KEY}'>", "</e:recipe>"
_XMP_ELEMENT = re.compile(r"<([\w.-]{1,40}:)?recipe\b[^>]{0,200}>([^<]*)<")
_XMP_ATTRIBUTE = re.compile(r"\s([\w.-]{1,40}:)recipe=(?:'([^']*)'|\"([^\"]*)\")")
_RAW_PROFILE = "Raw profile type"


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


def _text_of_picture(path: Path, walk: Walk) -> str | None:
    try:
        return next(filter(None, map(_recipe_in, texts_of(path, walk))), None)
    except (Damaged, OSError, ValueError) as error:
        raise RecipeError(
            f"{path.name} is damaged or incomplete: it cannot be read as a picture."
        ) from error


def _text_of_video(path: Path, form: str) -> str | None:
    # PyAV takes a millisecond. imageio collects all garbage on closing, which takes up to a second.
    import av  # here: the window starts without it

    try:
        with opened_video(path, form) as container:
            tags = [container.metadata, *(stream.metadata for stream in container.streams)]
    except (av.FFmpegError, OSError, ValueError) as error:
        raise RecipeError(
            f"{path.name} is damaged or incomplete: it cannot be read as a video."
        ) from error
    texts = (Text(key, value) for metadata in tags for key, value in metadata.items())
    return next(filter(None, map(_recipe_in, texts)), None)


def _recipe_in(text: Text) -> str | None:
    """Return the recipe in a text of a file; None for any other text."""
    content = text.text.strip("\0 \r\n\t\ufeff")
    if text.key == KEY or (content.startswith("{") and FORMAT in content):
        return content
    if "<" in content and KEY in content:
        return _recipe_in_xmp(content)
    return _recipe_in_hex(content) if text.key.startswith(_RAW_PROFILE) else None


def _recipe_in_xmp(packet: str) -> str | None:
    """Return the recipe in an XMP packet, as an element or as an attribute of a description."""
    match = _XMP_ELEMENT.search(packet) or _XMP_ATTRIBUTE.search(packet)
    return html.unescape(match[2] or match[match.lastindex or 0]) if match else None


def _recipe_in_hex(profile: str) -> str | None:
    """Return the recipe in a profile as ImageMagick writes it: name, length, hexadecimal digits."""
    *_, digits = profile.split("\n", 2)
    try:
        data = bytes.fromhex(digits)
    except ValueError:
        return None
    if data.startswith(EXIF_START):
        return next(filter(None, map(_recipe_in, exif_texts(data))), None)
    return _recipe_in_xmp(data.decode("utf-8", errors="replace"))


class _Kind(NamedTuple):
    """A kind of file that carries recipes; `has_start` recognises its first bytes."""

    name: str
    has_start: Callable[[bytes], bool]
    extract: Callable[[Path], str | None]


def _picture(name: str, has_start: Callable[[bytes], bool], walk: Walk) -> _Kind:
    return _Kind(name, has_start, lambda path: _text_of_picture(path, walk))


def _video(name: str, has_start: Callable[[bytes], bool], form: str) -> _Kind:
    return _Kind(name, has_start, lambda path: _text_of_video(path, form))


_MOVIE_ATOMS = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")  # with which one may begin

_KINDS = (
    _picture("PNG", lambda start: start.startswith(b"\x89PNG\r\n\x1a\n"), png_texts),
    _picture("GIF", lambda start: start.startswith((b"GIF87a", b"GIF89a")), gif_texts),
    _picture("WebP", lambda start: start[8:12] == b"WEBP", webp_texts),
    _picture("JPEG", lambda start: start.startswith(b"\xff\xd8\xff"), jpeg_texts),
    _video("MP4", lambda start: start[4:8] in _MOVIE_ATOMS, "mov"),
    _video("Matroska", lambda start: start.startswith(b"\x1aE\xdf\xa3"), "matroska"),
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
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise RecipeError(f"{path} is not a file.")  # reading a pipe or a device may never end
    try:
        with path.open("rb") as file:
            start = file.read(64)
    except OSError as error:
        raise RecipeError(f"Cannot read {path}: {error.strerror}.") from error
    if not start:
        raise RecipeError(f"{path.name} is empty.")
    return start
