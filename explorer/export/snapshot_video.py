"""Export a video of one edit, as the snapshots of a training run show it one after another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.edit.edit import Edit
from explorer.edit.fit import fit_to_model
from explorer.edit.model_info import ModelInfo
from explorer.edit.step import StoredVectors
from explorer.export.export import Frame, checked_count, checked_target, clip_of, write_clip
from explorer.export.options import ExportError, ExportOptions, with_possible_rate
from explorer.export.recipe import recipe_of
from explorer.export.scaling import resized
from explorer.rendering.jobs import Steps
from stylegan_core.errors import UserError

if TYPE_CHECKING:
    from explorer.rendering.loaded_model import LoadedModel


@dataclass(frozen=True)
class SnapshotVideo:
    """An edit for a model, and the snapshots that show it, each for some frames.

    During an export `left_out` fills with the names of snapshots that could not be shown.
    """

    edit: Edit
    model_info: ModelInfo
    snapshots: tuple[Path, ...]
    frames_each: int = 1
    stored: StoredVectors = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)

    @property
    def frame_count(self) -> int:
        """Frames of the whole video."""
        return len(self.snapshots) * self.frames_each


def export_snapshot_video(
    open_model: Callable[[str], LoadedModel],
    video: SnapshotVideo,
    path: str | Path,
    options: ExportOptions | None = None,
) -> Steps:
    """Write a video of snapshots, in steps like those of `export_timeline`.

    A snapshot that is gone or damaged is left out. Raises `ExportError` before anything is written,
    or after the last snapshot if none could be shown.
    """
    if not video.snapshots:
        raise ExportError("The run has saved no snapshot yet: wait for the first one.")
    target, form = checked_target(path)
    options = with_possible_rate(options or ExportOptions(), form)
    total = checked_count(video.frame_count)
    recipe = recipe_of(video.edit, video.model_info, video.stored)
    clip = clip_of(recipe, options, form, video.model_info.resolution)

    def frames() -> Iterator[Frame]:
        for picture, frame_recipe in _pictures(open_model, video):
            scaled = resized(picture, clip.size, options.scaling)
            yield from [(scaled, frame_recipe)] * video.frames_each

    return write_clip(target, form, clip, frames(), total)


def _pictures(open_model: Callable[[str], LoadedModel], video: SnapshotVideo) -> Iterator[Frame]:
    """Yield the picture and recipe of each snapshot that can be shown."""
    has_shown_any, problem = False, ""
    for snapshot in video.snapshots:
        try:
            frame = _picture_of(open_model(str(snapshot)), video)
        except (UserError, OSError) as error:
            video.left_out.append(snapshot.name)
            problem = str(error)
        else:
            has_shown_any = True
            yield frame
    if not has_shown_any:
        raise ExportError(f"None of the snapshots can be shown. {problem}")


def _picture_of(model: LoadedModel, video: SnapshotVideo) -> Frame:
    renderer = model.renderer
    edit = fit_to_model(video.edit, renderer.model_info, video.model_info.resolutions)
    renderer.stored.update(video.stored)
    return renderer.render(edit), recipe_of(edit, renderer.model_info, video.stored)
