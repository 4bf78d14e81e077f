"""Decode a picture of any size and mode into a square of one resolution."""

import io
import lzma
import struct
import zipfile
import zlib
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

Fit = Literal["crop", "pad"]

UNREADABLE = (
    OSError,  # the disk's errors, and Pillow's for unknown and truncated files
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


class TooSmallError(Exception):
    """A picture would have to be enlarged; the message is its size."""


def square(
    content: bytes, resolution: int, fit: Fit = "crop", enlarge: bool = False
) -> NDArray[np.uint8]:
    """Decode the bytes of a picture: upright, RGB, resized; uint8 [3, R, R].

    `fit` takes its centre square ("crop") or all of it with bars ("pad"). Transparent areas and
    bars are white. Raises one of `UNREADABLE` for damaged content, and `TooSmallError` if the area
    that is kept has fewer than R pixels a side, unless `enlarge` is set.
    """
    with Image.open(io.BytesIO(content)) as file:
        image = _rgb(ImageOps.exif_transpose(file))
    side = min(image.size) if fit == "crop" else max(image.size)
    if side < resolution and not enlarge:
        raise TooSmallError(f"{image.width} x {image.height} px")
    small = _cropped(image, resolution) if fit == "crop" else _padded(image, resolution)
    return np.ascontiguousarray(np.asarray(small, dtype=np.uint8).transpose(2, 0, 1))


def _cropped(image: Image.Image, resolution: int) -> Image.Image:
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    box = (left, top, left + side, top + side)
    return image.resize((resolution, resolution), Image.Resampling.LANCZOS, box)


def _padded(image: Image.Image, resolution: int) -> Image.Image:
    scale = resolution / max(image.size)
    width, height = (max(1, round(side * scale)) for side in image.size)
    whole = Image.new("RGB", (resolution, resolution), "white")
    corner = ((resolution - width) // 2, (resolution - height) // 2)
    whole.paste(image.resize((width, height), Image.Resampling.LANCZOS), corner)
    return whole


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode == "F" or image.mode.startswith("I"):
        is_integer = image.mode != "F"
        image = Image.fromarray(_grey_to_uint8(np.asarray(image, np.float64), is_integer))
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        white = Image.new("RGBA", layer.size, "white")
        return Image.alpha_composite(white, layer).convert("RGB")
    return image.convert("RGB")


def _grey_to_uint8(values: NDArray[np.float64], is_integer: bool) -> NDArray[np.uint8]:
    """Scale grey of more than 8 bits, which Pillow would clip: [H, W] -> uint8 [H, W].

    Black is 0 and below. White is the smallest of the usual maxima that no pixel exceeds: 16 or
    31 bits for whole numbers; 1, 255 or 65535 for fractions. Raises ValueError if a pixel exceeds
    them all, or is not a finite number.
    """
    maxima = (2**16 - 1, 2**31 - 1) if is_integer else (1, 255, 2**16 - 1)
    white = next((maximum for maximum in maxima if values.max() <= maximum), None)
    if white is None or not np.isfinite(values).all():
        raise ValueError("its numbers are not shades of grey")
    shades = values.clip(0, white)
    scaled = shades * (256 / (white + 1)) if is_integer else (shades * (255 / white)).round()
    return scaled.astype(np.uint8)
