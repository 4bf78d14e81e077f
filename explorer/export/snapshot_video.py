"""One latent, watched growing: the snapshots of a run as a video, and the cells of its sheets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from explorer.edit.edit import Edit, Source, Walk, default_edit
from explorer.edit.fit import fit_to_model
from explorer.edit.model_info import ModelInfo
from explorer.edit.ops import with_noise_seed
from explorer.edit.session import StoredVectors
from explorer.export.export import (
    MAX_FRAMES,
    ExportError,
    ExportOptions,
    check_rate,
    check_target,
    chosen_size,
    format_of,
)
from explorer.export.recipe import recipe_of, to_text
from explorer.export.writers import Clip, Format, resized
from explorer.rendering.jobs import Steps
from explorer.runs.watch import SHEET_PSI
from stylegan_core.errors import UserError
from stylegan_core.files import replacing

if TYPE_CHECKING:
    from explorer.rendering.loaded_model import LoadedModel


@dataclass(frozen=True)
class SnapshotVideo:
    """An edit for a model, and the snapshots that show it, each for so many frames.

    `left_out` fills, while the growth is exported, with the snapshots that could not be shown.
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


def cell_edit(edit: Edit, model_info: ModelInfo, seed: int) -> Edit:
    """The edit that shows a cell of a sample sheet: its seed as source A, alone, with its noise.

    The other sources stay, to be mixed in. Classes come in turn, as on the sheet.
    """
    count, classes = model_info.num_layers, range(model_info.c_dim)
    cell = Source(Walk(seed), tuple(float(i == seed % model_info.c_dim) for i in classes))
    plain = default_edit(count, tuple(range(len(edit.sources))))
    whole = replace(plain, sources=(cell, *edit.sources[1:]), psi=SHEET_PSI, cutoff=count)
    return with_noise_seed(whole, range(count), seed)


def export_snapshot_video(
    open_model: Callable[[str], LoadedModel],
    growth: SnapshotVideo,
    path: str | Path,
    options: ExportOptions | None = None,
) -> Steps:
    """Write a growth as `export_timeline` writes a journey: (done, total) after each frame.

    A snapshot that is gone or damaged is left out. Raises ExportError before anything is written,
    or once no snapshot at all could be shown.
    """
    options = options or ExportOptions()
    target, form = format_of(Path(path))
    if not growth.snapshots:
        raise ExportError("The run has saved no snapshot yet: wait for the first one.")
    if growth.frame_count > MAX_FRAMES:
        raise ExportError(f"{growth.frame_count:,} frames are too many: at most {MAX_FRAMES:,}.")
    check_rate(options, form)
    check_target(target, form)
    clip = Clip(
        size=chosen_size(options, growth.model_info.resolution, form),
        fps=options.fps,
        recipe=to_text(recipe_of(growth.edit, growth.model_info, growth.stored)),
        quality=options.quality,
        crf=options.crf,
    )
    return _frames(open_model, growth, target, form, clip, options)


def _frames(
    open_model: Callable[[str], LoadedModel],
    growth: SnapshotVideo,
    target: Path,
    form: Format,
    clip: Clip,
    options: ExportOptions,
) -> Steps:
    target.parent.mkdir(parents=True, exist_ok=True)
    done, total, problem = 0, growth.frame_count, ""
    with replacing(target) as aside, form.writer(aside, clip) as write:
        for snapshot in growth.snapshots:
            yield done, total
            try:
                picture, recipe = _shown(open_model(str(snapshot)), growth)
            except (UserError, OSError) as error:
                growth.left_out.append(snapshot.name)
                problem = str(error)
                continue
            for _ in range(growth.frames_each):
                write(resized(picture, clip.size, options.scaling), recipe)
                done += 1
                yield done, total
        if not done:
            raise ExportError(f"None of the snapshots can be shown. {problem}")
    yield total, total


def _shown(model: LoadedModel, growth: SnapshotVideo) -> tuple[np.ndarray, str]:
    """The picture of one snapshot, uint8 [H, W, 3], and its recipe."""
    renderer = model.renderer
    edit = fit_to_model(growth.edit, renderer.model_info, growth.model_info.resolutions)
    renderer.stored.update(growth.stored)
    return renderer.render(edit), to_text(recipe_of(edit, renderer.model_info, growth.stored))
