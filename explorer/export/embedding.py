"""Where a recipe lies inside a picture, an animation or a video, as JSON text.

PNG: a text chunk. GIF: a comment. WebP: an XMP packet. MP4: the comment of the container. The kind
of a file is told by its first bytes, never by its name.
"""

from __future__ import annotations

import html
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image, PngImagePlugin

from stylegan_core.errors import UserError

KEY = "stylegan-explorer"
MAX_TEXT = 32_000_000
"""Characters. A timeline of thousands of keyframes is far smaller."""

_XMP_START, _XMP_END = f"<e:recipe xmlns:e='{KEY}'>", "</e:recipe>"


class RecipeError(UserError):
    """A file gives no recipe; the message says what was found and what to do."""


def extract_text(path: Path) -> str:
    """The JSON text that a file carries. Raises RecipeError when it carries none."""
    reader = _reader_of(path, _first_bytes(path))
    text = reader(path)
    if text is None:
        raise RecipeError(
            f"{path.name} carries no recipe: it was not made by StyleGAN Explorer, "
            "or a program that saved it again dropped the recipe."
        )
    if len(text) > MAX_TEXT:
        raise RecipeError(f"The recipe in {path.name} is too long ({len(text):,} characters).")
    return text


def png_info(text: str) -> PngImagePlugin.PngInfo:
    """The text chunk for Pillow's `pnginfo`. The text is ASCII, as JSON can be."""
    info = PngImagePlugin.PngInfo()
    info.add_text(KEY, text)
    return info


def gif_comment(text: str) -> bytes:
    """A GIF comment extension (GIF89a, section 24): sub-blocks of at most 255 bytes."""
    data = text.encode("ascii")
    blocks = (data[i : i + 255] for i in range(0, len(data), 255))
    return b"!\xfe" + b"".join(bytes([len(block)]) + block for block in blocks) + b"\0"


def xmp_packet(text: str) -> bytes:
    """An XMP packet with the text as one element."""
    element = _XMP_START + html.escape(text, quote=False) + _XMP_END
    return (
        "<x:xmpmeta xmlns:x='adobe:ns:meta/'>"
        "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"
        f"<rdf:Description rdf:about=''>{element}</rdf:Description>"
        "</rdf:RDF></x:xmpmeta>"
    ).encode("ascii")


def _first_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            start = file.read(64)
    except OSError as error:
        raise RecipeError(f"Cannot read {path}: {error.strerror}.") from error
    if not start:
        raise RecipeError(f"{path.name} is empty.")
    return start


def _reader_of(path: Path, start: bytes) -> Callable[[Path], str | None]:
    if start.startswith((b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a")) or start[8:12] == b"WEBP":
        return _from_picture
    if start[4:8] == b"ftyp":
        return _from_video
    if start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        return _from_json
    raise RecipeError(
        f"{path.name} is not a recipe: a recipe is a JSON file, or a PNG, GIF, WebP or MP4 "
        "that StyleGAN Explorer wrote."
    )


def _from_json(path: Path) -> str:
    if path.stat().st_size > MAX_TEXT:
        raise RecipeError(f"{path.name} is too long for a recipe ({path.stat().st_size:,} bytes).")
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise RecipeError(f"{path.name} is not a text file in UTF-8.") from error


def _from_picture(path: Path) -> str | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of its size; only the header is read
            with Image.open(path) as image:
                return _from_info(dict(image.info))
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        raise RecipeError(
            f"{path.name} is damaged or incomplete: it cannot be read as a picture."
        ) from error


def _from_info(info: dict[Any, Any]) -> str | None:
    if isinstance(info.get(KEY), str):
        return str(info[KEY])
    if isinstance(info.get("comment"), bytes):
        text = info["comment"].decode("utf-8", errors="replace")
        return text if text.startswith("{") else None
    if isinstance(info.get("xmp"), bytes):
        _, start, rest = info["xmp"].decode("utf-8", errors="replace").partition(_XMP_START)
        inside, end, _ = rest.partition(_XMP_END)
        return html.unescape(inside) if start and end else None
    return None


def _from_video(path: Path) -> str | None:
    import av

    try:
        with av.open(str(path)) as container:
            text = container.metadata.get("comment")
    except (av.FFmpegError, OSError, ValueError) as error:
        raise RecipeError(
            f"{path.name} is damaged or incomplete: it cannot be read as a video."
        ) from error
    return text if text is not None and text.startswith("{") else None
