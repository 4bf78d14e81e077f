"""Write moving pictures frame by frame, in each format.

A writer is a context manager that yields `write(picture, recipe)`, picture uint8 [H, W, 3], or
[H, W, 4] if it is transparent: formats that cannot show that lay it over white. A writer keeps at
most one frame in memory. A new format needs a writer and an entry in `FORMATS`.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import GifImagePlugin, Image

from explorer.export import webp
from explorer.export.embedding import gif_comment, png_info, xmp_packet
from explorer.export.recipe import Recipe
from explorer.export.recipe_json import to_text
from explorer.export.scaling import over_white

Write = Callable[[np.ndarray, Recipe], None]


@dataclass(frozen=True)
class Clip:
    """Properties of moving pictures; `recipe` is the JSON text for the whole file.

    `quality` is WebP's (100 is lossless), `crf` that of H.264 (lower is better).
    """

    size: int  # px, of each side
    fps: Fraction
    recipe: str
    quality: int = 90
    crf: int = 16


@dataclass(frozen=True)
class Format:
    """A file format, or a folder, for moving pictures. Sizes are sides in pixels."""

    writer: Callable[[Path, Clip], AbstractContextManager[Write]]
    label: str
    is_folder: bool = False  # holds one picture for each frame
    max_fps: Fraction = Fraction(1000)  # higher rates are limited to it
    min_default_size: int = 512  # smaller models are enlarged to it, unless a size is chosen
    max_size: int = 8192
    needs_even_size: bool = False


@contextmanager
def write_mp4(path: Path, clip: Clip) -> Iterator[Write]:
    """Write H.264 in 4:2:0 with Rec. 709 colours; every frame lasts exactly 1 / fps."""
    import imageio.v3 as iio  # here and below: the window starts without it

    from explorer.export.h264 import H264Plugin

    video = iio.imopen(path.absolute(), "w", plugin=H264Plugin)  # imageio would expand a "~"
    with video:
        video.start(clip.size, clip.fps, clip.crf, clip.recipe)
        yield lambda picture, _recipe: video.write(over_white(picture))
        video.finish()


@contextmanager
def write_gif(path: Path, clip: Clip) -> Iterator[Write]:
    """Write an endless GIF89a, each frame with its own 256 colours.

    Times are hundredths of a second, rounded so that the whole has the right length. Pillow encodes
    the frames: imageio would keep all of them until the end, and choose no palette for each.
    """
    with path.open("wb") as file:
        file.write(b"GIF89a" + struct.pack("<HHBBB", clip.size, clip.size, 0x70, 0, 0))
        file.write(b"!\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00" + gif_comment(clip.recipe))
        durations = _durations(clip.fps, per_second=100)

        def write(picture: np.ndarray, _recipe: Recipe) -> None:
            image = Image.fromarray(over_white(picture))
            palette = image.quantize(256, Image.Quantize.MEDIANCUT)
            dithered = image.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG)
            duration_ms = 10 * next(durations)
            data = GifImagePlugin.getdata(dithered, duration=duration_ms, include_color_table=True)
            file.write(b"".join(data))

        yield write
        file.write(b";")


@contextmanager
def write_webp(path: Path, clip: Clip) -> Iterator[Write]:
    """Write an endless WebP animation; times are milliseconds, rounded like those of a GIF.

    imageio encodes only single frames, because it would keep a whole animation in memory.
    """
    import imageio.v3 as iio

    with path.open("wb") as file:
        webp.write_start(file, clip.size)
        durations = _durations(clip.fps, per_second=1000)
        has_alpha = False

        def write(picture: np.ndarray, _recipe: Recipe) -> None:
            nonlocal has_alpha
            has_alpha = picture.shape[2] == 4
            still = iio.imwrite(
                "<bytes>",
                picture,
                plugin="pillow",
                extension=".webp",
                quality=clip.quality,
                lossless=clip.quality >= 100,
                method=4,
            )
            webp.write_frame(file, still, clip.size, next(durations))

        yield write
        webp.write_end(file, xmp_packet(clip.recipe), has_alpha)


@contextmanager
def write_png_frames(path: Path, _clip: Clip) -> Iterator[Write]:
    """Write 000000.png, 000001.png and so on, each with the recipe of its own picture."""
    path.mkdir(parents=True)
    count = 0

    def write(picture: np.ndarray, recipe: Recipe) -> None:
        nonlocal count
        write_png(path / f"{count:06d}.png", picture, recipe)
        count += 1

    yield write


def write_png(path: Path, picture: np.ndarray, recipe: Recipe) -> None:
    """Write one picture, uint8 [H, W, 3 or 4], with its recipe."""
    Image.fromarray(picture).save(path, "PNG", pnginfo=png_info(to_text(recipe)))


def _durations(fps: Fraction, per_second: int) -> Iterator[int]:
    """Yield how long each frame lasts, in ticks; sums stay within half a tick of i / fps."""
    shown = 0
    i = 0
    while True:
        i += 1
        until = math.floor(i * per_second / fps + Fraction(1, 2))
        yield until - shown
        shown = until


FRAMES = Format(write_png_frames, "Folder of PNG pictures", is_folder=True, min_default_size=0)

FORMATS = {
    ".mp4": Format(write_mp4, "MP4 video (H.264)", needs_even_size=True),
    ".gif": Format(write_gif, "GIF", max_fps=Fraction(50)),  # viewers show 10 ms as 100 ms,
    ".webp": Format(write_webp, "WebP animation", max_fps=Fraction(90)),  # in WebP too
    "": FRAMES,
}
"""Formats by suffix."""

FILE_SUFFIXES = tuple(suffix for suffix, form in FORMATS.items() if not form.is_folder)
