import contextlib
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from stylegan_core.data.images import UNREADABLE, find_pictures, square
from stylegan_core.errors import UserError


def encoded(image: Image.Image, form: str = "PNG", **options) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"])
def test_every_mode_becomes_rgb(mode: str):
    form = "TIFF" if mode == "CMYK" else "PNG"

    pixels = square(encoded(Image.new(mode, (40, 40)), form), 16)

    assert pixels.shape == (3, 16, 16)
    assert pixels.dtype == np.uint8


def test_sixteen_bits_of_grey_keep_their_brightness():
    grey = Image.fromarray(np.full((16, 16), 128 * 256, np.uint16))

    assert (square(encoded(grey), 8) == 128).all()


def test_the_centre_is_kept():
    wide = Image.new("RGB", (60, 20), "blue")
    wide.paste("red", (20, 0, 40, 20))

    pixels = square(encoded(wide), 20)

    assert (pixels == np.array([255, 0, 0]).reshape(3, 1, 1)).all()


def test_transparent_parts_are_white():
    assert (square(encoded(Image.new("RGBA", (8, 8), (9, 9, 9, 0))), 8) == 255).all()


def test_orientation_is_followed():
    lying = Image.new("RGB", (16, 16), "black")
    lying.paste("white", (0, 0, 16, 8))  # the upper half
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter: its top belongs on the right

    pixels = square(encoded(lying, exif=exif), 16)

    assert pixels[0, :, 12:].min() == 255
    assert pixels[0, :, :4].max() == 0


def test_resizing_averages():
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, ::2] = 255

    pixels = square(encoded(Image.fromarray(stripes)), 8)

    assert np.abs(pixels[:, :, 2:-2].astype(int) - 127).max() <= 4


@given(st.integers(0, 400), st.binary(min_size=1, max_size=8))
def test_damaged_files_raise_what_is_expected(place: int, noise: bytes):
    content = bytearray(encoded(Image.new("RGB", (16, 16), "red")))
    content[place : place + len(noise)] = noise
    with contextlib.suppress(*UNREADABLE):
        assert square(bytes(content), 8).shape == (3, 8, 8)


def test_folders_are_searched_to_any_depth_and_zips_alike(tmp_path: Path):
    picture = encoded(Image.new("RGB", (8, 8)))
    (tmp_path / "in" / "deep").mkdir(parents=True)
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for name in ("a.PNG", "deep/b.jpeg", "deep/.hidden.png", "notes.txt"):
            (tmp_path / "in" / name).write_bytes(picture)
            archive.writestr(name, picture)

    assert list(find_pictures(tmp_path / "in").names) == ["a.PNG", str(Path("deep/b.jpeg"))]
    assert list(find_pictures(tmp_path / "all.zip").names) == ["a.PNG", "deep/b.jpeg"]
    assert find_pictures(tmp_path / "all.zip").read("a.PNG") == picture


def test_bad_sources_say_what_was_found(tmp_path: Path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.zip").write_text("no zip")
    (tmp_path / "one").mkdir()
    Image.new("RGB", (8, 8)).save(tmp_path / "one" / "a.png")
    with zipfile.ZipFile(tmp_path / "damaged.zip", "w") as archive:
        archive.write(tmp_path / "one" / "a.png")
    content = (tmp_path / "damaged.zip").read_bytes()
    (tmp_path / "damaged.zip").write_bytes(content.replace(b"PK\x01\x02", b"PK\x09\x09"))

    for name, message in (
        ("missing", "no folder or zip file"),
        ("empty", "holds no pictures"),
        ("text.zip", "neither a folder nor a zip"),
        ("one", "holds one picture only"),
        ("damaged.zip", "damaged zip file"),
    ):
        with pytest.raises(UserError, match=message):
            find_pictures(tmp_path / name)


def test_a_changed_file_changes_the_fingerprint(tmp_path: Path):
    for name in ("a.png", "b.png"):
        Image.new("RGB", (8, 8)).save(tmp_path / name)
    before = find_pictures(tmp_path).fingerprint
    Image.new("RGB", (9, 9), "red").save(tmp_path / "b.png")

    assert find_pictures(tmp_path).fingerprint != before
