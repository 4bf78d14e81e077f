"""Edits and timelines to files: one picture, or a journey frame by frame.

A file appears under its final name only when it is complete.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from explorer.edit.edit import Edit
from explorer.edit.session import StoredVectors
from explorer.edit.timeline import Timeline
from explorer.export.recipe import Recipe, recipe_of, to_text
from explorer.export.writers import WRITERS, Clip, Format, Scaling, resized, write_png
from explorer.rendering.jobs import Steps
from stylegan_core.errors import UserError
from stylegan_core.files import replacing

if TYPE_CHECKING:
    from explorer.rendering.renderer import Renderer

FORMATS = {suffix: form.label for suffix, form in WRITERS.items()}
"""What people call each format, by suffix; the empty suffix is a folder of PNG frames."""

VIDEO_SIZE = 512
"""Videos of smaller models are scaled up to at least this, where no size is chosen."""

MAX_FRAMES = 1_000_000
LOWEST_RATE, HIGHEST_RATE = Fraction(1, 100), 1000  # frames a second; a GIF's last 655 s at most
_PLAIN_RATE = re.compile(r"[-\d./]{1,40}")  # 1e99999999 takes minutes to become a number


class ExportError(UserError):
    """An export that cannot be made as asked; the message says what to change."""


@dataclass(frozen=True)
class ExportOptions:
    """How to write an animation.

    `size` is the side in pixels; None takes the model's own for PNG frames, and at least 512 for
    the others. `quality` is WebP's (100 is lossless), `crf` that of H.264 (lower is better).
    """

    size: int | None = None
    fps: Fraction = Fraction(30)
    scaling: Scaling = "lanczos"
    quality: int = 90
    crf: int = 16


def parse_fps(text: str | float) -> Fraction:
    """A frame rate as people write it, "30", "29.97" or "30000/1001". Raises ExportError."""
    written = str(text).strip()
    try:
        fps = Fraction(written if _PLAIN_RATE.fullmatch(written) else "")
    except (ValueError, ZeroDivisionError) as error:
        raise ExportError(
            f"'{written[:40]}' is no frame rate; write 30, 29.97 or 30000/1001, for example."
        ) from error
    if not LOWEST_RATE <= fps <= HIGHEST_RATE or fps.denominator > 1_000_000:
        raise ExportError(
            f"The frame rate {written} is not within {float(LOWEST_RATE):g} to {HIGHEST_RATE} "
            "frames per second."
        )
    return fps


def format_of(path: Path) -> tuple[Path, Format]:
    """Where an animation will lie and what writes it: by suffix, .png meaning a folder of frames.

    Raises ExportError for a suffix that nothing here writes.
    """
    suffix = path.suffix.lower()
    if suffix == ".png":
        return path.with_suffix(""), WRITERS[""]
    if suffix not in WRITERS:
        raise ExportError(
            f"{path.name}: there is no format '{suffix}'. Use .mp4, .gif, .webp, "
            "or .png or no suffix for a folder of frames."
        )
    return path, WRITERS[suffix]


def chosen_size(options: ExportOptions, resolution: int, form: Format) -> int:
    """The side of the pictures in pixels. Raises ExportError where it cannot be had."""
    size = options.size
    if size is None:
        size = resolution
        while form is not WRITERS[""] and size < VIDEO_SIZE:
            size *= 2
    if not 8 <= size <= form.max_size:
        raise ExportError(f"A size of {size} px is not possible; choose 8 to {form.max_size}.")
    if options.scaling == "nearest" and size % resolution:
        raise ExportError(
            f"{size} px is not a whole multiple of the model's {resolution} px: "
            "choose a multiple, or Lanczos scaling."
        )
    return size + size % 2 if form.even else size


def export_timeline(
    renderer: Renderer,
    timeline: Timeline,
    path: str | Path,
    options: ExportOptions | None = None,
    stored: StoredVectors | None = None,
) -> Steps:
    """Write a timeline, one frame for each step of the iterator, which yields (done, total).

    MP4 and PNG have exactly `timeline.frame_count(fps)` frames at exactly `fps`. Raises
    ExportError before anything is written, OSError where writing fails. Closing the iterator early
    leaves neither the file nor a part of it.
    """
    options = options or ExportOptions()
    target, form = format_of(Path(path))
    total = _checked_total(timeline, options, form)
    check_target(target, form)
    clip = Clip(
        size=chosen_size(options, renderer.model_info.resolution, form),
        fps=options.fps,
        recipe=to_text(recipe_of(timeline, renderer.model_info, stored)),
        quality=options.quality,
        crf=options.crf,
    )
    return _frames(renderer, timeline, target, form, clip, options.scaling, total, stored)


def _frames(
    renderer: Renderer,
    timeline: Timeline,
    target: Path,
    form: Format,
    clip: Clip,
    scaling: Scaling,
    total: int,
    stored: StoredVectors | None,
) -> Steps:
    renderer.stored.update(stored or {})
    target.parent.mkdir(parents=True, exist_ok=True)
    each_has_recipe = form is WRITERS[""]
    with replacing(target) as aside, form.writer(aside, clip) as write:
        for done, t_s in enumerate(timeline.frame_times(clip.fps)):
            yield done, total
            edit = timeline.at(t_s)
            image = resized(renderer.render(edit), clip.size, scaling)
            recipe = recipe_of(edit, renderer.model_info, stored) if each_has_recipe else None
            write(image, to_text(recipe) if recipe else "")
    yield total, total


def export_picture(
    renderer: Renderer,
    edit: Edit,
    path: str | Path,
    options: ExportOptions | None = None,
    stored: StoredVectors | None = None,
) -> None:
    """Render one edit to a PNG with its recipe; by default at the model's own resolution.

    Raises ExportError for a name that does not end in .png, and OSError where writing fails.
    """
    options, path = options or ExportOptions(), Path(path)
    if path.suffix.lower() != ".png":
        raise ExportError(f"{path.name}: one picture is written as PNG; let the name end in .png.")
    size = chosen_size(options, renderer.model_info.resolution, WRITERS[""])
    renderer.stored.update(stored or {})
    image = resized(renderer.render(edit), size, options.scaling)
    save_png(image, path, recipe_of(edit, renderer.model_info, stored))


def picture_steps(
    renderer: Renderer, edit: Edit, path: Path, size: int | None, stored: StoredVectors
) -> Steps:
    """`export_picture` as the one step of an export."""
    yield 0, 1
    export_picture(renderer, edit, path, ExportOptions(size), stored)
    yield 1, 1


def save_png(image: np.ndarray, path: str | Path, recipe: Recipe) -> None:
    """Write one picture, uint8 [H, W, 3], with its recipe. Raises OSError."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as aside:
        write_png(aside, image, to_text(recipe))


def _checked_total(timeline: Timeline, options: ExportOptions, form: Format) -> int:
    if not timeline.keyframes:
        raise ExportError("There is no keyframe yet: add one, then export.")
    check_rate(options, form)
    total = timeline.frame_count(options.fps)
    if total > MAX_FRAMES:
        raise ExportError(f"{total:,} frames are too many for one file: at most {MAX_FRAMES:,}.")
    return total


def check_rate(options: ExportOptions, form: Format) -> None:
    """Raises ExportError where a format cannot show so many frames a second."""
    if options.fps > form.max_fps:
        raise ExportError(
            f"{form.label} can show at most {float(form.max_fps):g} frames per second."
        )


def check_target(target: Path, form: Format) -> None:
    """Raises ExportError: a folder of frames never replaces one that holds something, nor a file
    a folder.
    """
    if target.is_dir() and (form is not WRITERS[""] or any(target.iterdir())):
        raise ExportError(f"{target} is a folder with something in it: choose another name.")
    if form is WRITERS[""] and target.is_file():
        raise ExportError(f"{target} is a file: choose another name for the folder of frames.")
