"""Options of an export, checked before anything is written."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from explorer.export.scaling import Scaling
from explorer.export.writers import FILE_SUFFIXES, FORMATS, FRAMES, Format
from stylegan_core.errors import UserError

MIN_SIZE = 8  # px
MIN_FPS = Fraction(1, 100)  # a GIF's frame lasts 655 s at most
MAX_FPS = 1000
_PLAIN_RATE = re.compile(r"[-\d./]{1,40}")  # 1e99999999 takes minutes to become a number


class ExportError(UserError):
    """An export that is impossible; the message says what to change."""


@dataclass(frozen=True)
class ExportOptions:
    """How to write moving pictures.

    `size` is the side in pixels; None takes the model's own, enlarged to the format's
    `min_default_size`. `quality` is WebP's (100 is lossless), `crf` that of H.264 (lower is
    better).
    """

    size: int | None = None
    fps: Fraction = Fraction(30)
    scaling: Scaling = "lanczos"
    quality: int = 90
    crf: int = 16


def parse_fps(text: str | float) -> Fraction:
    """Read a frame rate as people write it, "30", "29.97" or "30000/1001". Raises `ExportError`."""
    written = str(text).strip()
    try:
        fps = Fraction(written if _PLAIN_RATE.fullmatch(written) else "")
    except (ValueError, ZeroDivisionError) as error:
        raise ExportError(
            f"'{written[:40]}' is not a frame rate; write 30, 29.97 or 30000/1001, for example."
        ) from error
    if not MIN_FPS <= fps <= MAX_FPS or fps.denominator > 1_000_000:
        raise ExportError(
            f"The frame rate {written} is not within {float(MIN_FPS):g} to {MAX_FPS} "
            "frames per second."
        )
    return fps


def format_of(path: Path) -> tuple[Path, Format]:
    """Return the file or folder to write, and the format that the suffix of a path asks for.

    Raises `ExportError` for an unknown suffix. The suffix .png, or none, asks for a folder.
    """
    suffix = path.suffix.lower()
    if suffix == ".png":
        return path.with_suffix(""), FRAMES
    if suffix not in FORMATS:
        raise ExportError(
            f"{path.name}: there is no format '{suffix}'. Use {', '.join(FILE_SUFFIXES)}, "
            "or .png or no suffix for a folder of frames."
        )
    return path, FORMATS[suffix]


def chosen_size(options: ExportOptions, resolution: int, form: Format) -> int:
    """Return the side of the pictures in pixels. Raises `ExportError` if it is impossible."""
    size = options.size
    if size is None:
        size = resolution
        while size < form.min_default_size:
            size *= 2
    if not MIN_SIZE <= size <= form.max_size:
        raise ExportError(
            f"A size of {size} px is not possible; choose {MIN_SIZE} to {form.max_size}."
        )
    if options.scaling == "nearest" and size % resolution:
        raise ExportError(
            f"{size} px is not a whole multiple of the model's {resolution} px: "
            "choose a multiple, or Lanczos scaling."
        )
    return size + size % 2 if form.needs_even_size else size


def with_possible_rate(options: ExportOptions, form: Format) -> ExportOptions:
    """Limit the frame rate to the highest one at which viewers show a format."""
    return replace(options, fps=min(options.fps, form.max_fps))


def limit_note(options: ExportOptions, form: Format) -> str:
    """Say that the frame rate will be limited, or return "" if it will not."""
    if options.fps <= form.max_fps:
        return ""
    return f"{form.label} plays at most {float(form.max_fps):g} fps, so that is used."


def check_target(target: Path, form: Format) -> None:
    """Raise `ExportError` if the target exists and is something that must not be replaced."""
    is_dir = os.path.isdir(target)  # unlike the methods of Path, these take every name
    if is_dir and not (form.is_folder and not any(target.iterdir())):
        raise ExportError(f"{target} is a folder with something in it: choose another name.")
    if form.is_folder and os.path.isfile(target):
        raise ExportError(f"{target} is a file: choose another name for the folder of frames.")
