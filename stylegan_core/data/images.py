"""Decode a picture of any kind, size and mode into a square of one resolution."""

from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile

from stylegan_core.picture_files.errors import UNREADABLE
from stylegan_core.picture_files.opening import load, opened
from stylegan_core.picture_files.profiles import conversion_of

Fit = Literal["crop", "pad"]

LARGE_PIXELS: Final = 1 << 24
"""A larger picture is first reduced band by band, so that only its decoded form is large."""

BAND_PIXELS: Final = 1 << 20

DETAIL: Final = 3  # times the resolution: what remains before the last step, which is smooth

_ORIENTATION: Final = 0x0112  # EXIF
_UPRIGHT: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class TooSmallError(Exception):
    """A picture would have to be enlarged; the message is its size."""


class Square(NamedTuple):
    """A decoded picture, and whether its colour profile was ignored because it is damaged."""

    pixels: NDArray[np.uint8]  # [3, R, R], or [4, R, R] with transparency
    ignores_profile: bool


def square(
    content: bytes, resolution: int, fit: Fit = "crop", enlarge: bool = False, name: str = ""
) -> Square:
    """Decode the bytes of a picture: upright, sRGB, resized.

    `fit` takes its centre square ("crop") or all of it with bars ("pad"). Transparent areas and
    bars are white. Raises `PictureError` for content that cannot be used, and `TooSmallError` if
    the area that is kept has fewer than R pixels a side, unless `enlarge` is set.
    """
    with opened(content, name) as file:
        side = min(file.size) if fit == "crop" else max(file.size)
        if side < resolution and not enlarge:
            raise TooSmallError(f"{file.width} x {file.height} px")
        conversion = conversion_of(file)
        load(file, side // resolution)
        flat = _upright(file, _flat(file, conversion.mode, resolution, fit))
        small = _cropped(flat, resolution) if fit == "crop" else _shrunk(flat, resolution)
        image = _centred(conversion.to_srgb(small), resolution)
    pixels = np.ascontiguousarray(np.asarray(image, dtype=np.uint8).transpose(2, 0, 1))
    return Square(pixels, conversion.ignores_profile)


def square_with_alpha(
    content: bytes, resolution: int, fit: Fit = "crop", enlarge: bool = False, name: str = ""
) -> Square:
    """Decode as `square`, but keep transparency: pixels are [4, R, R], and bars are opaque.

    Over white they look as those of `square` do. What is wholly transparent is white.
    """
    over_white, ignores_profile = square(content, resolution, fit, enlarge, name)
    with opened(content, name) as file:
        load(file, min(file.size) // resolution)
        rgba = file.convert("RGBA") if file.has_transparency_data else None
        opaque = Image.new("L", file.size, "white")
        alpha_plane = opaque if rgba is None else rgba.getchannel("A")
        whole = _upright(file, alpha_plane)
        small = _cropped(whole, resolution) if fit == "crop" else _shrunk(whole, resolution)
        alpha = np.asarray(_centred(small.convert("RGB"), resolution), np.uint8)[None, :, :, 0]
    missing = over_white.astype(np.float32) - 255
    colours = 255 + missing * (255 / np.maximum(alpha, 1, dtype=np.float32))
    pixels = np.concatenate([colours.round().clip(0, 255).astype(np.uint8), alpha])
    return Square(np.ascontiguousarray(pixels), ignores_profile)


def _cropped(image: Image.Image, resolution: int) -> Image.Image:
    return image.resize((resolution, resolution), Image.Resampling.LANCZOS, _centre(image))


def _centre(image: Image.Image) -> tuple[int, int, int, int]:
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    return left, top, left + side, top + side


def _shrunk(image: Image.Image, resolution: int) -> Image.Image:
    scale = resolution / max(image.size)
    width, height = (max(1, round(side * scale)) for side in image.size)
    return image.resize((width, height), Image.Resampling.LANCZOS)


def _centred(image: Image.Image, resolution: int) -> Image.Image:
    """Return a picture between white bars, or as it is if it fills the square."""
    if image.size == (resolution, resolution):
        return image
    whole = Image.new("RGB", (resolution, resolution), "white")
    whole.paste(image, ((resolution - image.width) // 2, (resolution - image.height) // 2))
    return whole


def _upright(file: ImageFile.ImageFile, image: Image.Image) -> Image.Image:
    """Turn and mirror the picture of a file as its EXIF data says; damaged data says nothing."""
    try:
        orientation = file.getexif().get(_ORIENTATION)
    except (*UNREADABLE, MemoryError):
        return image
    return image.transpose(_UPRIGHT[orientation]) if orientation in _UPRIGHT else image


def _flat(image: Image.Image, mode: str, resolution: int, fit: Fit) -> Image.Image:
    """Return a decoded picture in `mode`, 8 bits and opaque; a large one is reduced on the way."""
    image = _in_8_bits(image)
    if image.width * image.height <= LARGE_PIXELS:
        return _opaque(image, mode)
    left, top, right, bottom = _centre(image) if fit == "crop" else (0, 0, *image.size)
    sides = right - left, bottom - top
    factor = max(1, min(*sides, max(sides) // (DETAIL * resolution)))
    columns, rows = (side // factor for side in sides)
    left, top = (left + right - columns * factor) // 2, (top + bottom - rows * factor) // 2
    reduced = Image.new(mode, (columns, rows))
    rows_at_once = max(1, BAND_PIXELS // (factor**2 * columns))
    for row in range(0, rows, rows_at_once):
        below = min(row + rows_at_once, rows)
        box = (left, top + row * factor, left + columns * factor, top + below * factor)
        reduced.paste(_opaque(image.crop(box), mode).reduce(factor), (0, row))
    return reduced


def _opaque(image: Image.Image, mode: str) -> Image.Image:
    """Return a picture in `mode`, on white where it is transparent."""
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        white = Image.new("RGBA", layer.size, "white")
        image = Image.alpha_composite(white, layer).convert("RGB")
    return image if image.mode == mode else image.convert(mode)


def _in_8_bits(image: Image.Image) -> Image.Image:
    """Scale grey of more than 8 bits, which Pillow would clip; return other pictures as they are.

    Black is 0 and below. White is the smallest of the usual maxima that no pixel exceeds: 16 or
    31 bits for whole numbers; 1, 255 or 65535 for fractions. Raises ValueError if a pixel exceeds
    them all, or is not a finite number.
    """
    is_integer = image.mode.startswith("I")
    if not is_integer and image.mode != "F":
        return image
    maxima = (2**16 - 1, 2**31 - 1) if is_integer else (1, 255, 2**16 - 1)
    most = max(float(values.max()) for _, values in _numbers(image))
    white = next((maximum for maximum in maxima if most <= maximum), None)
    if white is None or not all(np.isfinite(values).all() for _, values in _numbers(image)):
        raise ValueError("its numbers are not shades of grey")
    grey = Image.new("L", image.size)
    for row, values in _numbers(image):
        shades = values.clip(0, white)
        scaled = shades * (256 / (white + 1)) if is_integer else (shades * (255 / white)).round()
        grey.paste(Image.fromarray(scaled.astype(np.uint8)), (0, row))
    return grey


def _numbers(image: Image.Image) -> Iterator[tuple[int, NDArray[np.float64]]]:
    """Yield bands of a picture with the row where each begins, [h, W]."""
    rows = max(1, BAND_PIXELS // image.width)
    for row in range(0, image.height, rows):
        band = image.crop((0, row, image.width, min(row + rows, image.height)))
        yield row, np.asarray(band, np.float64)
