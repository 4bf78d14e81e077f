"""Animations to files, frame by frame: MP4, GIF, WebP and a folder of PNG pictures.

A writer is a context manager that yields `write(image, recipe_text)`, image uint8 [H, W, 3]. A new
format is one more, plus its line in `WRITERS`. None keeps more than one frame in memory.
"""

from __future__ import annotations

import io
import math
import struct
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import GifImagePlugin, Image

from explorer.export.embedding import gif_comment, png_info, xmp_packet

Scaling = Literal["lanczos", "nearest"]
Write = Callable[[np.ndarray, str], None]


@dataclass(frozen=True)
class Clip:
    """What a writer needs to know: the side in pixels, the exact rate, the recipe as JSON text."""

    size: int
    fps: Fraction
    recipe: str
    quality: int = 90
    crf: int = 16


@dataclass(frozen=True)
class Format:
    """A writer, what people call the format, and what it asks of rate and size."""

    writer: Callable[[Path, Clip], AbstractContextManager[Write]]
    label: str
    max_fps: Fraction = Fraction(1000)
    max_size: int = 8192
    even: bool = False


@contextmanager
def write_mp4(path: Path, clip: Clip) -> Iterator[Write]:
    """H.264 in 4:2:0 with Rec. 709 colours; every frame lasts exactly 1 / fps."""
    import av
    from av.video.reformatter import ColorRange, Colorspace

    with av.open(str(path), "w", format="mp4", options={"movflags": "faststart"}) as container:
        container.metadata["comment"] = clip.recipe
        stream = container.add_stream("libx264", rate=clip.fps)
        stream.width = stream.height = clip.size
        stream.pix_fmt = "yuv420p"
        stream.options = {"crf": str(clip.crf), "preset": "medium"}
        context = stream.codec_context
        context.color_primaries = context.color_trc = context.colorspace = 1  # Rec. 709
        context.color_range = ColorRange.MPEG

        def write(image: np.ndarray, _recipe: str) -> None:
            frame = av.VideoFrame.from_ndarray(image, format="rgb24").reformat(
                format="yuv420p",
                dst_colorspace=Colorspace.ITU709,
                dst_color_range=ColorRange.MPEG,
            )
            container.mux(stream.encode(frame))

        yield write
        container.mux(stream.encode(None))


@contextmanager
def write_gif(path: Path, clip: Clip) -> Iterator[Write]:
    """GIF89a, endless, each frame with its own 256 colours; times in hundredths of a second.

    Times are rounded cumulatively, so that the whole has the right length.
    """
    with path.open("wb") as file:
        file.write(b"GIF89a" + struct.pack("<HHBBB", clip.size, clip.size, 0x70, 0, 0))
        file.write(b"!\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00" + gif_comment(clip.recipe))
        ticks = _durations(clip.fps, per_second=100)

        def write(image: np.ndarray, _recipe: str) -> None:
            picture = Image.fromarray(image)
            palette = picture.quantize(256, Image.Quantize.MEDIANCUT)
            few = picture.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG)
            duration_ms = 10 * next(ticks)
            data = GifImagePlugin.getdata(few, duration=duration_ms, include_color_table=True)
            file.write(b"".join(data))

        yield write
        file.write(b";")


@contextmanager
def write_webp(path: Path, clip: Clip) -> Iterator[Write]:
    """Animated WebP, endless; times in milliseconds, rounded cumulatively.

    Pillow encodes each frame; the container around them is Google's "WebP Container
    Specification", chunks VP8X, ANIM, ANMF and XMP.
    """
    side = (clip.size - 1).to_bytes(3, "little")
    with path.open("wb") as file:
        file.write(b"RIFF\0\0\0\0WEBP")
        animation_and_xmp = 0x02 | 0x04
        file.write(_chunk(b"VP8X", struct.pack("<I", animation_and_xmp) + side + side))
        file.write(_chunk(b"ANIM", struct.pack("<IH", 0xFF000000, 0)))
        ticks = _durations(clip.fps, per_second=1000)

        def write(image: np.ndarray, _recipe: str) -> None:
            encoded = io.BytesIO()
            lossless = clip.quality >= 100
            Image.fromarray(image).save(
                encoded, "WEBP", quality=clip.quality, lossless=lossless, method=4
            )
            duration_ms, no_blending = next(ticks).to_bytes(3, "little"), b"\x02"
            place = bytes(6)
            frame = place + side + side + duration_ms + no_blending + _frame_of(encoded.getvalue())
            file.write(_chunk(b"ANMF", frame))

        yield write
        file.write(_chunk(b"XMP ", xmp_packet(clip.recipe)))
        size = file.tell() - 8
        file.seek(4)
        file.write(struct.pack("<I", size))


@contextmanager
def write_png_frames(path: Path, _clip: Clip) -> Iterator[Write]:
    """A folder of 000000.png, 000001.png and so on, each with the recipe of its own picture."""
    path.mkdir(parents=True)
    count = 0

    def write(image: np.ndarray, recipe: str) -> None:
        nonlocal count
        write_png(path / f"{count:06d}.png", image, recipe)
        count += 1

    yield write


def write_png(path: Path, image: np.ndarray, recipe: str) -> None:
    """One picture, uint8 [H, W, 3], with its recipe."""
    Image.fromarray(image).save(path, "PNG", pnginfo=png_info(recipe))


WRITERS = {
    ".mp4": Format(write_mp4, "MP4 video (H.264)", even=True),
    ".gif": Format(write_gif, "GIF", max_fps=Fraction(100)),
    ".webp": Format(write_webp, "WebP animation"),
    "": Format(write_png_frames, "PNG frames in a folder"),
}
"""Formats by suffix; a name without a suffix, or with .png, is a folder of PNG frames."""


def resized(image: np.ndarray, size: int, scaling: Scaling = "lanczos") -> np.ndarray:
    """A square picture at another size, uint8 [size, size, 3]; the same object where it fits.

    "nearest" repeats pixels. It is exact only when size is a whole multiple, which callers check.
    """
    if image.shape[0] == size:
        return image
    method = Image.Resampling.NEAREST if scaling == "nearest" else Image.Resampling.LANCZOS
    return np.asarray(Image.fromarray(image).resize((size, size), method))


def _durations(fps: Fraction, per_second: int) -> Iterator[int]:
    """How long each frame lasts, in ticks; the sums stay within half a tick of i / fps."""
    shown = 0
    i = 0
    while True:
        i += 1
        until = math.floor(i * per_second / fps + Fraction(1, 2))
        yield until - shown
        shown = until


def _chunk(name: bytes, data: bytes) -> bytes:
    """A RIFF chunk, padded to an even length."""
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def _frame_of(still: bytes) -> bytes:
    """The image chunks of a WebP file with one picture."""
    frame, place = b"", 12
    while place < len(still):
        name, size = still[place : place + 4], struct.unpack_from("<I", still, place + 4)[0]
        end = place + 8 + size + size % 2
        if name in (b"VP8 ", b"VP8L", b"ALPH"):
            frame += still[place:end]
        place = end
    return frame
