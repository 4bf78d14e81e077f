"""Colours become sRGB through the profiles that pictures carry."""

import struct

import numpy as np
import pytest
from PIL import Image, ImageCms

from stylegan_core.data.images import square
from tests.stylegan_core.picture_files.samples import (
    black_ink_profile,
    encoded,
    grey_profile,
    png_chunk,
    rgb_profile,
)

ORANGE = (240, 120, 40)


def colour_of(content: bytes) -> list[int]:
    """Return the colour in the middle of a decoded square, whose profile must not be ignored."""
    decoded = square(content, 8)
    assert not decoded.ignores_profile
    colour: list[int] = decoded.pixels[:, 4, 4].tolist()
    return colour


@pytest.mark.parametrize("form", ["PNG", "JPEG", "TIFF", "WEBP", "AVIF"])
def test_the_profile_of_each_format_is_followed(form: str) -> None:
    """In this profile the first channel is green, and the second red."""
    options = {"quality": 100} if form != "PNG" else {}
    content = encoded(
        Image.new("RGB", (16, 16), ORANGE), form, icc_profile=rgb_profile(b"grb"), **options
    )
    assert colour_of(content) == pytest.approx([120, 240, 40], abs=6)


def test_the_pixels_of_srgb_stay_as_they_are() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    image = Image.fromarray(noise)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    tagged = square(encoded(image, icc_profile=profile), 8)
    assert np.array_equal(tagged.pixels, square(encoded(image), 8).pixels)
    assert not tagged.ignores_profile


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "L", "LA"])
def test_every_mode_is_converted(mode: str) -> None:
    """Linear light of one half is 188 in sRGB."""
    image = Image.new("RGB", (16, 16), (128, 128, 128)).convert(mode)
    content = encoded(image, icc_profile=rgb_profile(gamma=1.0))
    assert colour_of(content) == pytest.approx([188, 188, 188], abs=1)


@pytest.mark.parametrize("mode", ["L", "LA", "I;16", "1"])
def test_grey_has_profiles_of_its_own(mode: str) -> None:
    level = 128 * 256 if mode == "I;16" else 128
    image = Image.new("L", (16, 16), 255) if mode == "1" else Image.new("L", (16, 16), 128)
    image = Image.new(mode, (16, 16), level) if mode == "I;16" else image.convert(mode)
    expected = 255 if mode == "1" else 188
    content = encoded(image, icc_profile=grey_profile(gamma=1.0))
    assert colour_of(content) == pytest.approx([expected] * 3, abs=1)


def test_inks_are_converted() -> None:
    """With this profile cyan, magenta and yellow leave the paper white."""
    inks = Image.new("CMYK", (16, 16), (255, 200, 100, 0))
    black = Image.new("CMYK", (16, 16), (0, 0, 0, 255))
    profile = black_ink_profile()
    assert colour_of(encoded(inks, "TIFF", icc_profile=profile)) == [255, 255, 255]
    assert colour_of(encoded(black, "TIFF", icc_profile=profile)) == pytest.approx([0] * 3, abs=1)
    assert colour_of(encoded(inks, "TIFF")) == [0, 55, 155]


def test_lab_needs_no_profile() -> None:
    lab = Image.new("LAB", (16, 16), (137, 128, 128))  # a lightness of 53.7, without a colour
    assert colour_of(encoded(lab, "TIFF")) == pytest.approx([128] * 3, abs=1)


DAMAGED = [
    b"no profile",
    rgb_profile()[:200],
    rgb_profile().replace(b"RGB ", b"XXXX"),
    rgb_profile().replace(b"curv", b"abcd"),
    grey_profile(2.2),
    black_ink_profile(),
]


@pytest.mark.parametrize("profile", DAMAGED, ids=range(len(DAMAGED)))
def test_a_damaged_profile_or_that_of_other_colours_is_ignored(profile: bytes) -> None:
    decoded = square(encoded(Image.new("RGB", (16, 16), ORANGE), icc_profile=profile), 8)
    assert decoded.ignores_profile
    assert decoded.pixels[:, 4, 4].tolist() == list(ORANGE)


def test_a_profile_that_cannot_be_unpacked_is_ignored() -> None:
    content = encoded(Image.new("RGB", (16, 16), ORANGE))
    damaged = content[:33] + png_chunk(b"iCCP", b"name\0\0not compressed") + content[33:]
    decoded = square(damaged, 8)
    assert decoded.ignores_profile
    assert decoded.pixels[:, 4, 4].tolist() == list(ORANGE)


SRGB = (31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)  # x and y, of white first
ADOBE_RGB = (31270, 32900, 64000, 33000, 21000, 71000, 15000, 6000)


def implying(
    colour: tuple[int, int, int], *chunks: tuple[bytes, tuple[int, ...]], mode: str = "RGB"
) -> bytes:
    """Return a PNG whose chunks of whole numbers say what its colours are."""
    content = encoded(Image.new("RGB", (16, 16), colour).convert(mode))
    said = (png_chunk(name, struct.pack(f">{len(n)}I", *n)) for name, n in chunks)
    return content[:33] + b"".join(said) + content[33:]


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "L"])
def test_a_linear_png_is_converted_without_a_profile(mode: str) -> None:
    grey = (128, 128, 128)
    linear = (b"gAMA", (100_000,))
    assert colour_of(implying(grey, linear, mode=mode)) == pytest.approx([188] * 3, abs=1)
    with_primaries = implying(grey, linear, (b"cHRM", SRGB), mode=mode)
    assert colour_of(with_primaries) == pytest.approx([188] * 3, abs=1)


def test_the_primaries_of_a_png_are_followed() -> None:
    content = implying((96, 159, 70), (b"gAMA", (45455,)), (b"cHRM", ADOBE_RGB))
    assert colour_of(content) == pytest.approx([40, 160, 60], abs=4)


@pytest.mark.parametrize(
    "chunks",
    [
        [(b"gAMA", (45455,))],
        [(b"gAMA", (45000,)), (b"cHRM", SRGB)],
        [(b"cHRM", ADOBE_RGB)],
        [(b"gAMA", (0,))],
        [(b"gAMA", (2**32 - 1,))],
        [(b"gAMA", (100_000,)), (b"cHRM", (0,) * 8)],
        [(b"gAMA", (100_000,)), (b"cHRM", (31270, 32900) * 4)],
        [(b"gAMA", (100_000,)), (b"cHRM", (2**31, 1) * 4)],
        [(b"gAMA", (45455,)), (b"cHRM", (1, 2**32 - 1, *SRGB[2:]))],
    ],
)
def test_usual_and_impossible_gammas_and_primaries_change_nothing(
    chunks: list[tuple[bytes, tuple[int, ...]]],
) -> None:
    assert colour_of(implying(ORANGE, *chunks)) == list(ORANGE)


def test_srgb_and_a_profile_come_before_gamma() -> None:
    content = implying(ORANGE, (b"gAMA", (100_000,)))
    tagged = content[:33] + png_chunk(b"sRGB", b"\0") + content[33:]
    assert colour_of(tagged) == list(ORANGE)
    swapped = encoded(Image.new("RGB", (16, 16), ORANGE), icc_profile=rgb_profile(b"grb"))
    both = swapped[:33] + png_chunk(b"gAMA", struct.pack(">I", 100_000)) + swapped[33:]
    assert colour_of(both) == pytest.approx([120, 240, 40], abs=6)
