"""Pictures of any kind become squares of one resolution."""

import contextlib
import io
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from stylegan_core.data import images
from stylegan_core.data.images import Fit, TooSmallError
from stylegan_core.data.images import square as decoded_square
from stylegan_core.picture_files.errors import PictureError


def encode(image: Image.Image, form: str = "PNG", **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def square(*arguments: Any, **options: Any) -> NDArray[np.uint8]:
    """Return the pixels of a decoded square."""
    return decoded_square(*arguments, **options).pixels


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "I", "F"])
def test_every_mode_becomes_rgb(mode: str) -> None:
    form = "TIFF" if mode in ("CMYK", "I", "F") else "PNG"

    pixels = square(encode(Image.new(mode, (40, 40)), form), 16)

    assert pixels.shape == (3, 16, 16)
    assert pixels.dtype == np.uint8


def test_sixteen_bits_of_grey_keep_their_brightness() -> None:
    grey = Image.fromarray(np.full((16, 16), 128 * 256, np.uint16))

    assert (square(encode(grey), 8) == 128).all()


@pytest.mark.parametrize(
    ("dtype", "white"),
    [
        (np.uint16, 2**16 - 1),
        (np.int32, 2**16 - 1),
        (np.int32, 2**31 - 1),
        (np.float32, 1),
        (np.float32, 255),
        (np.float32, 2**16 - 1),
    ],
)
def test_grey_of_more_than_8_bits_runs_from_black_to_white(dtype: type, white: int) -> None:
    ramp = np.linspace(0, 1, 16) * np.ones((16, 1))
    content = encode(Image.fromarray((ramp * white).astype(dtype)), "TIFF")

    pixels = square(content, 16)

    assert np.abs(pixels[0] - 255 * ramp).max() <= 1
    assert (pixels[:, :, 0].max(), pixels[:, :, -1].min()) == (0, 255)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e9])
def test_impossible_shades_of_grey_are_errors(value: float) -> None:
    content = encode(Image.fromarray(np.full((8, 8), value, np.float32)), "TIFF")

    with pytest.raises(PictureError, match="damaged: its numbers are not shades of grey"):
        square(content, 8)


def test_cropping_keeps_the_centre() -> None:
    wide = Image.new("RGB", (60, 20), "blue")
    wide.paste("red", (20, 0, 40, 20))

    pixels = square(encode(wide), 20)

    assert (pixels == np.array([255, 0, 0]).reshape(3, 1, 1)).all()


def test_transparent_areas_are_white() -> None:
    assert (square(encode(Image.new("RGBA", (8, 8), (9, 9, 9, 0))), 8) == 255).all()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF", "MPO"])
@pytest.mark.parametrize("large_pixels", [1 << 24, 200])
def test_exif_orientation_is_followed(
    monkeypatch: pytest.MonkeyPatch, form: str, large_pixels: int
) -> None:
    monkeypatch.setattr(images, "LARGE_PIXELS", large_pixels)
    sideways = Image.new("RGB", (16, 16), "black")
    sideways.paste("white", (0, 0, 16, 8))  # the upper half
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter: the top belongs on the right

    pixels = square(encode(sideways, form, exif=exif), 16)

    assert pixels[0, :, 12:].min() > 250
    assert pixels[0, :, :4].max() < 5


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "F"])
@pytest.mark.parametrize("fit", ["crop", "pad"])
@pytest.mark.parametrize(("width", "height"), [(301, 200), (200, 333)])
def test_a_large_picture_reduced_by_bands_looks_the_same(
    monkeypatch: pytest.MonkeyPatch, mode: str, fit: Fit, width: int, height: int
) -> None:
    small = np.random.default_rng(0).integers(0, 256, (5, 7, 4), dtype=np.uint8)
    image = Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)
    if mode in ("I;16", "F"):
        grey = np.asarray(image.convert("L")).astype(np.uint16 if mode == "I;16" else np.float32)
        image = Image.fromarray(grey)
    content = encode(image if mode in ("I;16", "F") else image.convert(mode), "TIFF")
    whole = square(content, 16, fit).astype(int)
    monkeypatch.setattr(images, "LARGE_PIXELS", 1000)
    monkeypatch.setattr(images, "BAND_PIXELS", 2000)

    reduced = square(content, 16, fit).astype(int)

    assert np.abs(reduced - whole).mean() < 4


@pytest.mark.parametrize("fit", ["crop", "pad"])
def test_a_large_picture_may_be_a_line(monkeypatch: pytest.MonkeyPatch, fit: Fit) -> None:
    monkeypatch.setattr(images, "LARGE_PIXELS", 1000)
    content = encode(Image.new("RGB", (50_000, 1), "red"))

    pixels = square(content, 16, fit, enlarge=True)

    assert (pixels[0] == 255).all()
    assert (pixels[1] == 0).any()


def test_resizing_averages() -> None:
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, ::2] = 255

    pixels = square(encode(Image.fromarray(stripes)), 8)

    assert np.abs(pixels[:, :, 2:-2].astype(int) - 127).max() <= 4


@given(st.integers(0, 400), st.binary(min_size=1, max_size=8))
def test_damaged_files_raise_a_listed_error(place: int, noise: bytes) -> None:
    content = bytearray(encode(Image.new("RGB", (16, 16), "red")))
    content[place : place + len(noise)] = noise
    with contextlib.suppress(PictureError):
        assert square(bytes(content), 8).shape == (3, 8, 8)


def test_padding_keeps_the_whole_picture() -> None:
    wide = Image.new("RGB", (40, 20), "red")

    pixels = square(encode(wide), 20, "pad")

    red, white = np.array([255, 0, 0]), np.array([255, 255, 255])
    assert (pixels[:, 5:15] == red.reshape(3, 1, 1)).all()
    assert (pixels[:, [0, 4, 15, 19]] == white.reshape(3, 1, 1)).all()


@pytest.mark.parametrize(("fit", "least"), [("crop", 20), ("pad", 40)])
def test_small_pictures_are_enlarged_only_if_asked(fit: Fit, least: int) -> None:
    content = encode(Image.new("RGB", (40, 20)))

    assert square(content, least, fit).shape == (3, least, least)
    with pytest.raises(TooSmallError, match="40 x 20 px"):
        square(content, least + 1, fit)
    assert square(content, 50, fit, enlarge=True).shape == (3, 50, 50)
