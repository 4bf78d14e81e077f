"""Export edits and timelines: one picture, or moving pictures frame by frame.

A file appears under its final name only when it is complete.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from explorer.edit.edit import Edit
from explorer.edit.step import StoredVectors
from explorer.edit.timeline import Timeline
from explorer.export.options import (
    ExportError,
    ExportOptions,
    check_target,
    chosen_size,
    format_of,
    with_possible_rate,
)
from explorer.export.recipe import Recipe, recipe_of
from explorer.export.recipe_json import to_text
from explorer.export.scaling import resized
from explorer.export.writers import FRAMES, Clip, Format, write_png
from explorer.rendering.jobs import Steps
from stylegan_core.files import replacing
from stylegan_core.leftovers import noted

if TYPE_CHECKING:
    from explorer.rendering.renderer import Renderer

MAX_FRAMES = 1_000_000

Frame = tuple[np.ndarray, Recipe]
"""A picture, uint8 [size, size, 3], and its recipe."""


def export_timeline(
    renderer: Renderer,
    timeline: Timeline,
    path: str | Path,
    options: ExportOptions | None = None,
    stored: StoredVectors | None = None,
) -> Steps:
    """Write a timeline, one frame for each step of the iterator, which yields (done, total).

    MP4 and PNG have exactly `timeline.frame_count(fps)` frames at exactly `fps`. Raises
    `ExportError` before anything is written, and `WriteError` for a place that cannot be written,
    in the first step. Closing the iterator early leaves nothing behind.
    """
    if not timeline.keyframes:
        raise ExportError("There is no keyframe yet: add one, then export.")
    target, form = checked_target(path)
    options = with_possible_rate(options or ExportOptions(), form)
    total = checked_count(timeline.frame_count(options.fps))
    recipe = recipe_of(timeline, renderer.model_info, stored)
    clip = clip_of(recipe, options, form, renderer.model_info.resolution)

    def frames() -> Iterator[Frame]:
        renderer.stored.update(stored or {})
        for t_s in timeline.frame_times(options.fps):
            edit = timeline.at(t_s)
            picture = resized(renderer.render(edit), clip.size, options.scaling)
            yield picture, recipe_of(edit, renderer.model_info, stored)

    return write_clip(target, form, clip, frames(), total)


def checked_target(path: str | Path) -> tuple[Path, Format]:
    """Return the file or folder to write and its format. Raises `ExportError`."""
    target, form = format_of(Path(path))
    check_target(target, form)
    return target, form


def checked_count(frames: int) -> int:
    """Return the number of frames of an export. Raises `ExportError` for too many."""
    if frames > MAX_FRAMES:
        raise ExportError(f"{frames:,} frames are too many for one file: at most {MAX_FRAMES:,}.")
    return frames


def clip_of(recipe: Recipe, options: ExportOptions, form: Format, resolution: int) -> Clip:
    """Describe a clip for its writer. Raises `ExportError` for an impossible size."""
    size = chosen_size(options, resolution, form)
    return Clip(size, options.fps, to_text(recipe), options.quality, options.crf)


def write_clip(
    target: Path, form: Format, clip: Clip, frames: Iterable[Frame], total: int
) -> Steps:
    """Write frames as they are made; yield (done, total) before the first and after each.

    The last step comes when the file is complete, even if there were fewer frames than `total`.
    """
    with (
        replacing(target, is_folder=form.is_folder) as partial,
        noted(partial),
        form.writer(partial, clip) as write,
    ):
        yield 0, total
        for done, (picture, recipe) in enumerate(frames, start=1):
            write(picture, recipe)
            if done < total:
                yield done, total
    yield total, total


def export_picture(
    renderer: Renderer,
    edit: Edit,
    path: str | Path,
    options: ExportOptions | None = None,
    stored: StoredVectors | None = None,
) -> None:
    """Render one edit to a PNG with its recipe; by default at the model's own resolution.

    Raises `ExportError` for a name that does not end in .png, and `WriteError`, before rendering
    where the place cannot be written.
    """
    options, path = options or ExportOptions(), Path(path)
    if path.suffix.lower() != ".png":
        raise ExportError(f"{path.name}: one picture is written as PNG; let the name end in .png.")
    size = chosen_size(options, renderer.model_info.resolution, FRAMES)
    renderer.stored.update(stored or {})
    with replacing(path) as partial:
        image = resized(renderer.render(edit), size, options.scaling)
        write_png(partial, image, recipe_of(edit, renderer.model_info, stored))


def picture_steps(
    renderer: Renderer, edit: Edit, path: Path, size: int | None, stored: StoredVectors
) -> Steps:
    """Run `export_picture` as an export of one step."""
    yield 0, 1
    export_picture(renderer, edit, path, ExportOptions(size), stored)
    yield 1, 1


def save_png(image: np.ndarray, path: str | Path, recipe: Recipe) -> None:
    """Write one picture, uint8 [H, W, 3], with its recipe. Raises `WriteError`."""
    with replacing(Path(path)) as partial:
        write_png(partial, image, recipe)
