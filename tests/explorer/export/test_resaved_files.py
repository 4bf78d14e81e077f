"""Recipes survive other programs: files that ImageMagick and FFmpeg saved again, and the places
that formats have for texts.

The files in `resaved/` were written by ImageMagick from pictures of this program.
"""

import struct
import zlib
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from explorer.export import metadata
from explorer.export.embedding import KEY, RecipeError, xmp_packet
from explorer.export.recipe import Recipe
from explorer.export.recipe_json import read_recipe, to_text
from explorer.export.writers import FORMATS, Clip

RESAVED = Path(__file__).parent / "resaved"


@pytest.fixture(scope="module")
def recipe() -> Recipe:
    return read_recipe(RESAVED / "t_after.png")


@pytest.mark.parametrize("path", sorted(RESAVED.iterdir()), ids=lambda path: path.name)
def test_files_of_imagemagick_keep_their_recipe(path: Path, recipe: Recipe) -> None:
    assert read_recipe(path) == recipe


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png_with(*chunks: bytes, path: Path) -> Path:
    """Write a PNG with chunks between its pixels and its end."""
    Image.new("RGB", (8, 8)).save(path, "PNG")
    data = path.read_bytes()
    end = data.index(b"IEND") - 4
    path.write_bytes(data[:end] + b"".join(chunks) + data[end:])
    return path


PNG_CHUNKS: dict[str, Callable[[bytes], bytes]] = {
    "tEXt": lambda text: chunk(b"tEXt", KEY.encode() + b"\0" + text),
    "zTXt": lambda text: chunk(b"zTXt", KEY.encode() + b"\0\0" + zlib.compress(text)),
    "iTXt": lambda text: chunk(b"iTXt", KEY.encode() + b"\0\0\0en\0key\0" + text),
    "iTXt, compressed": lambda text: chunk(
        b"iTXt", KEY.encode() + b"\0\1\0\0\0" + zlib.compress(text)
    ),
    "a comment": lambda text: chunk(b"iTXt", b"Comment\0\0\0\0\0" + text),
    "XMP": lambda text: chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp_packet(text.decode())),
}


@pytest.mark.parametrize("kind", PNG_CHUNKS)
def test_every_text_chunk_behind_the_pixels_is_read(
    tmp_path: Path, recipe: Recipe, kind: str
) -> None:
    data = PNG_CHUNKS[kind](to_text(recipe).encode())
    assert read_recipe(png_with(data, path=tmp_path / "a.png")) == recipe


def test_animated_png_keeps_its_recipe(tmp_path: Path, recipe: Recipe) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_itxt(KEY, to_text(recipe), zip=True)
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "a.png", save_all=True, append_images=frames[1:], pnginfo=info)
    assert read_recipe(tmp_path / "a.png") == recipe


def test_a_comment_between_the_frames_of_a_gif_is_read(tmp_path: Path, recipe: Recipe) -> None:
    frames = [Image.new("P", (8, 8), index) for index in (1, 2)]
    path = tmp_path / "a.gif"
    frames[0].save(path, save_all=True, append_images=frames[1:])
    data, text = path.read_bytes(), to_text(recipe).encode()
    blocks = b"".join(
        bytes([len(part)]) + part for i in range(0, len(text), 200) if (part := text[i : i + 200])
    )
    path.write_bytes(data[:-1] + b"!\xfe" + blocks + b"\0;")
    assert read_recipe(path) == recipe


def test_xmp_in_a_gif_is_read(tmp_path: Path, recipe: Recipe) -> None:
    """XMP lies there without lengths, before a trailer of 258 bytes."""
    path = tmp_path / "a.gif"
    Image.new("P", (8, 8)).save(path)
    trailer = b"\x01" + bytes(range(255, -1, -1)) + b"\0"
    packet = b"!\xff\x0bXMP DataXMP" + xmp_packet(to_text(recipe)) + trailer
    path.write_bytes(path.read_bytes()[:-1] + packet + b";")
    assert read_recipe(path) == recipe


@pytest.mark.parametrize("suffix", ["jpg", "webp", "png"])
@pytest.mark.parametrize("place", ["description", "comment", "Windows comment"])
def test_exif_texts_are_read(tmp_path: Path, recipe: Recipe, suffix: str, place: str) -> None:
    exif, text = Image.Exif(), to_text(recipe)
    exif[0x0131] = "Software"
    if place == "description":
        exif[0x010E] = text
    elif place == "comment":
        exif.get_ifd(0x8769)[0x9286] = b"ASCII\0\0\0" + text.encode()
    else:
        exif[0x9C9C] = text.encode("utf-16-le") + b"\0\0"
    Image.new("RGB", (8, 8)).save(tmp_path / f"a.{suffix}", exif=exif)
    assert read_recipe(tmp_path / f"a.{suffix}") == recipe


def test_jpeg_comments_and_xmp_are_read(tmp_path: Path, recipe: Recipe) -> None:
    picture, text = Image.new("RGB", (8, 8)), to_text(recipe)
    picture.save(tmp_path / "comment.jpg", comment=text.encode())
    picture.save(tmp_path / "xmp.jpg", xmp=xmp_packet(text))
    assert read_recipe(tmp_path / "comment.jpg") == read_recipe(tmp_path / "xmp.jpg") == recipe


@pytest.mark.parametrize("quote", ["'", '"'])
def test_xmp_attributes_are_read(tmp_path: Path, recipe: Recipe, quote: str) -> None:
    """Some programs write simple properties as attributes, with another prefix."""
    text = to_text(recipe).replace('"', "&quot;")
    packet = (
        f"<x:xmpmeta><rdf:Description xmlns:q='{KEY}' q:recipe={quote}{text}{quote}/></x:xmpmeta>"
    )
    Image.new("RGB", (8, 8)).save(tmp_path / "a.webp", xmp=packet.encode())
    assert read_recipe(tmp_path / "a.webp") == recipe


def transcode(source: Path, target: Path, key: str, *, encodes: bool) -> None:
    """Write a video again, as FFmpeg does, with its texts under another key."""
    with av.open(str(source)) as old, av.open(str(target), "w") as new:
        new.metadata[key] = old.metadata["comment"]
        frames = old.streams.video[0]
        if not encodes:
            copied = new.add_stream_from_template(frames)
            for packet in old.demux(frames):
                if packet.dts is not None:
                    packet.stream = copied
                    new.mux(packet)
            return
        encoded = new.add_stream("mpeg4", rate=10)
        encoded.width, encoded.height, encoded.pix_fmt = 16, 16, "yuv420p"
        for frame in old.decode(frames):
            pixels = frame.to_ndarray(format="rgb24")
            new.mux(encoded.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        new.mux(encoded.encode(None))


@pytest.mark.parametrize("encodes", [False, True], ids=["remuxed", "encoded again"])
@pytest.mark.parametrize(
    ("suffix", "key"),
    [("mp4", "comment"), ("mp4", "description"), ("mov", "comment"), ("mkv", "COMMENT")],
)
def test_videos_keep_their_recipe(
    tmp_path: Path, recipe: Recipe, suffix: str, key: str, encodes: bool
) -> None:
    ours, theirs = tmp_path / "ours.mp4", tmp_path / f"theirs.{suffix}"
    with FORMATS[".mp4"].writer(ours, Clip(16, Fraction(10), to_text(recipe))) as write:
        for level in (0, 200):
            write(np.full((16, 16, 3), level, np.uint8), recipe)
    transcode(ours, theirs, key, encodes=encodes)
    assert read_recipe(theirs) == recipe


def test_texts_of_others_are_not_taken_for_recipes(tmp_path: Path) -> None:
    for name, text in (("a", b'{"prompt": "a cat"}'), ("b", b"<x/>"), ("c", b"{")):
        path = png_with(chunk(b"tEXt", b"Comment\0" + text), path=tmp_path / f"{name}.png")
        with pytest.raises(RecipeError, match="carries no recipe"):
            read_recipe(path)


def test_damaged_texts_are_left_out(tmp_path: Path, recipe: Recipe) -> None:
    whole = PNG_CHUNKS["tEXt"](to_text(recipe).encode())
    wrong_check = whole[:-1] + bytes([whole[-1] ^ 1])
    bad_zip = chunk(b"zTXt", KEY.encode() + b"\0\0" + b"not compressed")
    with pytest.raises(RecipeError, match="carries no recipe"):
        read_recipe(png_with(wrong_check, path=tmp_path / "a.png"))
    with pytest.raises(RecipeError, match=r"damaged|no recipe"):
        read_recipe(png_with(bad_zip, path=tmp_path / "b.png"))
    path = png_with(whole, path=tmp_path / "c.png")
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(RecipeError, match="damaged or incomplete"):
        read_recipe(path)


def test_a_text_that_unpacks_to_gigabytes_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metadata, "MAX_TEXT_BYTES", 100_000)
    monkeypatch.setattr("explorer.export.embedding.MAX_TEXT", 50_000)
    bomb = chunk(b"zTXt", KEY.encode() + b"\0\0" + zlib.compress(b"{" * 5_000_000))
    with pytest.raises(RecipeError, match=r"too long \(100,000 characters\)"):
        read_recipe(png_with(bomb, path=tmp_path / "a.png"))
