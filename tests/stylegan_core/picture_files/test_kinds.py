"""The kind of a file is told by its content, and only named formats reach a decoder."""

import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import EpsImagePlugin, Image

from stylegan_core.data.images import square
from stylegan_core.picture_files.errors import PictureError
from stylegan_core.picture_files.kinds import DECODED, START_BYTES, kind_of
from stylegan_core.picture_files.opening import load, opened
from tests.stylegan_core.picture_files.samples import encoded

Image.init()

POSTSCRIPT = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 64 64\n%%EndComments\n(hello) print\n"

SAVED_AND_READ = sorted(set(DECODED) & set(Image.SAVE))


@pytest.mark.parametrize("form", SAVED_AND_READ)
def test_every_format_that_pillow_writes_is_told_and_read(form: str) -> None:
    ramp = np.linspace(0, 255, 64 * 64).reshape(64, 64).astype(np.uint8)
    grey = Image.fromarray(ramp)
    modes = {"BLP": "P", "GIF": "P", "MSP": "1", "XBM": "1"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # IM will be dropped from Pillow
        content = encoded(grey.convert(modes.get(form, "RGB")), form)
    assert kind_of(content[:START_BYTES]).pillow_format == form
    with opened(content) as image:
        load(image)
        values = np.asarray(image.convert("F").resize((64, 64)))  # a Mac icon was enlarged
    if "1" not in modes.get(form, ""):
        assert np.abs(values - ramp).mean() < 12


def test_programs_and_what_needs_others_is_never_decoded() -> None:
    assert not set(DECODED) & {"EPS", "WMF", "FITS", "GRIB", "BUFR", "HDF5", "MPEG", "IPTC", "PDF"}


@pytest.mark.parametrize(
    ("start", "reason"),
    [
        (POSTSCRIPT, "PostScript"),
        (b"\xc5\xd0\xd3\xc6" + bytes(40), "PostScript"),
        (b"\x04%!PS-Adobe", "PostScript"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC (convert to JPEG first)"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "HEIC (convert to JPEG first)"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0isommp42", "video"),
        (b"\0\0\0\x18ftypcrx \0\0\0\1crx isom", "camera raw"),
        (b"II*\0\x10\0\0\0CR\2\0", "camera raw"),
        (b"<?xml version='1.0'?>\n<svg width='9'>", "SVG"),
        (b"\xff\x0a\x00\x10", "JPEG XL"),
        (b"SIMPLE  =                    T", "FITS"),
        (b"\x89HDF\r\n\x1a\n", "HDF5"),
        (b"GRIB\0\0\0\1", "GRIB or BUFR"),
        (b"\xd7\xcd\xc6\x9a\0\0", "WMF or EMF"),
        (b"\1\0\0\0" + bytes(36) + b" EMF", "WMF or EMF"),
        (b"PK\3\4", "archive"),
        (b"name".ljust(257, b"\0") + b"ustar", "archive"),
        (b"<!DOCTYPE HTML><title>Quota exceeded", "web page"),
        (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS pointer"),
        (b"hello, world", "not a picture"),
        (b"BMW and others", "not a picture"),
        (b"P6 is a name too", "not a picture"),
        (b"", "not a picture"),
    ],
)
def test_other_files_are_named(start: bytes, reason: str) -> None:
    assert kind_of(start).pillow_format == ""
    assert kind_of(start).reason.startswith(reason)
    with pytest.raises(PictureError, match=reason.partition(" (")[0] if start else "empty"):
        square(start, 8)


def test_avif_and_heic_are_told_apart_by_their_brands() -> None:
    avif = b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf"
    assert kind_of(avif).name == "AVIF"
    assert kind_of(avif.replace(b"avif", b"heic")).name == "HEIC"


def test_raw_pictures_of_cameras_look_like_tiff() -> None:
    start = b"II*\0\x08\0\0\0"
    assert kind_of(start, "a/b.tif").name == "TIFF"
    assert kind_of(start, "a/b.NEF").name == "camera raw"


def test_a_targa_is_told_from_cursors_and_other_bytes() -> None:
    targa = encoded(Image.new("RGB", (20, 30)), "TGA")
    assert kind_of(targa).name == "TGA"
    assert kind_of(b"\0\0\2\0\1\0" + bytes(40)).name == "Windows cursor"
    assert kind_of(targa[:16] + b"\x07" + targa[17:]).name == "not a picture"  # 7 bits a pixel


@pytest.mark.parametrize("name", ["evil.png", "evil.eps", "evil"])
def test_postscript_never_reaches_ghostscript(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    runs: list[object] = []
    monkeypatch.setattr(EpsImagePlugin, "Ghostscript", lambda *arguments: runs.append(arguments))
    (tmp_path / name).write_bytes(POSTSCRIPT)
    with pytest.raises(PictureError, match="PostScript"), opened(tmp_path / name) as image:
        load(image)
    assert runs == []


@given(st.binary(max_size=200))
def test_any_bytes_have_a_kind(start: bytes) -> None:
    assert kind_of(start).name


@pytest.mark.parametrize("start", [b"P5 ", b"#define ", b"<?xml ", b"/*"])
@pytest.mark.parametrize("repeated", ["# ", "x ", "\n", "/**/", "<"])
def test_texts_that_nearly_match_are_told_without_delay(start: bytes, repeated: str) -> None:
    text = start + (repeated * START_BYTES).encode()[:START_BYTES]
    assert kind_of(text).name in ("not a picture", "SVG")
