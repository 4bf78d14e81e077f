"""Memory and time follow what the header and the size of a file justify."""

import contextlib
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from stylegan_core.data.images import TooSmallError, square
from stylegan_core.picture_files import bounds
from stylegan_core.picture_files.errors import PictureError
from stylegan_core.picture_files.opening import load, opened
from tests.stylegan_core.picture_files.samples import encoded, png_of_zeros

MEASURE = """
import re, sys
from pathlib import Path
from stylegan_core.data.images import square
from stylegan_core.picture_files.errors import PictureError

def peak_kb():
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])

before = peak_kb()
try:
    print(square(Path(sys.argv[1]).read_bytes(), 64).pixels[:, 32, 32].tolist())
except PictureError as error:
    print(error.reason)
print((peak_kb() - before) // 1024)
"""


def measured(path: Path) -> tuple[str, int]:
    """Return what becomes of a picture in a process of its own, and the megabytes that it took."""
    line = [sys.executable, "-c", MEASURE, str(path)]
    done = subprocess.run(line, capture_output=True, text=True, check=True, timeout=60)
    result, megabytes = done.stdout.splitlines()
    return result, int(megabytes)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the peak of a process")
@pytest.mark.parametrize(
    ("colour_type", "result"), [(3, "[16, 128, 240]"), (2, "too large"), (6, "too large")]
)
def test_a_small_file_with_many_pixels_takes_little_memory(
    tmp_path: Path, colour_type: int, result: str
) -> None:
    path = tmp_path / "big.png"
    rows = 13_000 if colour_type == 3 else 100  # the header alone decides
    path.write_bytes(png_of_zeros(13_000, 13_000, colour_type, rows))
    found, megabytes = measured(path)
    assert found.startswith(result)
    assert megabytes < 300


def test_a_large_file_may_have_many_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "FREE_BYTES", 1 << 16)
    noise = np.random.default_rng(0).integers(0, 256, (200, 200, 3), dtype=np.uint8)
    assert square(encoded(Image.fromarray(noise)), 8).pixels.shape == (3, 8, 8)
    with pytest.raises(PictureError, match=r"too large .* 400 x 400 px"):
        square(encoded(Image.new("RGB", (400, 400))), 8)


@pytest.mark.parametrize("form", ["JPEG", "JPEG2000"])
@pytest.mark.parametrize(("width", "height"), [(2000, 1000), (1501, 999)])
def test_what_can_be_reduced_while_it_is_decoded_is_never_too_large(
    monkeypatch: pytest.MonkeyPatch, form: str, width: int, height: int
) -> None:
    """Pillow's own limit, too, is below the size of the picture."""
    picture = Image.new("RGB", (width, height), "steelblue")
    picture.paste("red", (width // 2, 0, width, height))
    content = encoded(picture, form)
    whole = square(content, 64).pixels.astype(int)
    monkeypatch.setattr(bounds, "FREE_BYTES", 1 << 19)
    monkeypatch.setattr(bounds, "BYTES_PER_FILE_BYTE", 0)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    reduced = square(content, 64).pixels.astype(int)
    assert np.abs(reduced - whole).mean() < 3
    with pytest.raises(PictureError, match="too large"):
        square(content, 900)  # an eighth would be too small


def test_pictures_above_pillows_limit_are_too_large_and_not_damaged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    with pytest.raises(PictureError, match=r"^too large \(make them smaller first\)"):
        square(encoded(Image.new("RGB", (100, 100))), 8)


def test_all_scans_of_a_progressive_jpeg_are_kept_in_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    picture = Image.new("RGB", (1000, 1000), "steelblue")
    monkeypatch.setattr(bounds, "FREE_BYTES", 1 << 21)
    monkeypatch.setattr(bounds, "BYTES_PER_FILE_BYTE", 0)
    assert square(encoded(picture, "JPEG"), 64).pixels.shape == (3, 64, 64)
    with pytest.raises(PictureError, match="too large"):
        square(encoded(picture, "JPEG", progressive=True, subsampling=0), 64)


def test_a_jpeg_with_scans_without_end_is_refused() -> None:
    content = encoded(Image.new("L", (4000, 4000)), "JPEG", progressive=True)
    start = content.rindex(b"\xff\xda")
    scan = content[start:-2]
    assert square(content, 8).pixels.shape == (3, 8, 8)
    with pytest.raises(PictureError, match=r"damaged: it has 1,\d\d\d scans"):
        square(content[:-2] + 1000 * scan + content[-2:], 8)


@pytest.mark.parametrize("form", ["ICO", "ICNS"])
def test_an_icon_may_not_hold_a_large_picture(form: str) -> None:
    icon = encoded(Image.new("RGBA", (256, 256), "red"), form)
    small = encoded(Image.new("RGBA", (256, 256), "red"))
    place = icon.index(b"IHDR")
    large = icon[: place + 4] + struct.pack(">II", 20_000, 20_000) + icon[place + 12 :]
    assert square(icon, 8).pixels[0].min() == square(small, 8).pixels[0].min() == 255
    with pytest.raises(PictureError, match="too large"):
        square(large, 8)


def test_a_tile_of_a_tiff_counts_as_a_whole() -> None:
    """The picture has 64 pixels, and its only tile 2 to the power of 32."""
    tags = [(256, 8), (257, 8), (258, 8), (259, 8), (262, 1), (277, 1)]
    tags += [(322, 1 << 16), (323, 1 << 16), (324, 8), (325, 9)]
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    content = b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + bytes(4)
    with pytest.raises(PictureError, match=r"too large .* 8 x 8 px"):
        square(content, 8)


def test_slow_decoders_have_a_limit_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    content = encoded(Image.new("RGB", (64, 64), "red"), "QOI")
    assert square(content, 8).pixels[0].min() == 255
    monkeypatch.setattr(bounds, "MAX_PYTHON_PIXELS", 1000)
    with pytest.raises(PictureError, match="too large"):
        square(content, 8)


def test_too_small_is_told_before_decoding() -> None:
    cut = encoded(Image.new("RGB", (16, 16)))[:60]
    with pytest.raises(TooSmallError, match="16 x 16 px"):
        square(cut, 32)


def test_formats_can_be_narrowed(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(encoded(Image.new("RGB", (16, 16)), "JPEG"))
    with opened(path) as image:
        load(image)
        assert image.size == (16, 16)
    with pytest.raises(PictureError, match="JPEG"), opened(path, formats=("PNG",)):
        pass


def test_a_file_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match="not readable: No such file"), opened(tmp_path / "a"):
        pass


@given(st.sampled_from(["PNG", "JPEG", "GIF", "TIFF", "JPEG2000", "ICO", "WEBP", "TGA"]), st.data())
def test_damage_of_any_kind_is_a_picture_error(form: str, data: st.DataObject) -> None:
    content = bytearray(encoded(Image.new("RGB", (16, 16), "red"), form))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(content[: data.draw(st.integers(1, len(content)))])
    with contextlib.suppress(PictureError):
        assert square(cut, 8, enlarge=True).pixels.shape == (3, 8, 8)
