"""Videos of the snapshots of a real run."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import imageio.v3 as iio
import numpy as np
import pytest
from PIL import Image

from explorer.edit.edit import default_edit
from explorer.edit.ops import with_mix
from explorer.export.options import ExportError, ExportOptions
from explorer.export.recipe_json import read_recipe
from explorer.export.snapshot_video import SnapshotVideo, export_snapshot_video
from explorer.rendering.loaded_model import LoadedModel, open_model
from explorer.runs.watch import RunReader


def snapshots(run: Path) -> tuple[Path, ...]:
    return tuple(snapshot.path for snapshot in RunReader(run).poll().snapshots)


def video_of(run: Path, frames_each: int = 1) -> SnapshotVideo:
    model_info = open_model(snapshots(run)[-1], "cpu").model_info
    edit = default_edit(model_info.num_layers)
    return SnapshotVideo(edit, model_info, snapshots(run), frames_each)


def opened(path: str) -> LoadedModel:
    return open_model(path, "cpu")


def frames_of(path: Path) -> list[np.ndarray]:
    return list(iio.imiter(path, plugin="pyav"))


def test_each_snapshot_is_shown_for_its_frames(run_folder: Path, tmp_path: Path) -> None:
    out, video = tmp_path / "video.mp4", video_of(run_folder, frames_each=2)
    steps = list(export_snapshot_video(opened, video, out, ExportOptions(fps=Fraction(10))))
    assert steps[-1] == (6, 6)
    frames = frames_of(out)
    assert len(frames) == 6
    for k, path in enumerate(snapshots(run_folder)):
        picture = open_model(path, "cpu").renderer.render(video.edit)
        large = np.asarray(Image.fromarray(picture).resize((512, 512), Image.Resampling.LANCZOS))
        for frame in frames[2 * k : 2 * k + 2]:
            assert np.abs(frame.astype(int) - large).mean() < 4
    assert read_recipe(out).edit == video.edit
    assert video.left_out == []


def test_missing_and_damaged_snapshots_are_left_out(run_folder: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "000003.safetensors"
    damaged.write_bytes(snapshots(run_folder)[0].read_bytes()[:900])
    whole = video_of(run_folder)
    paths = (tmp_path / "gone.safetensors", snapshots(run_folder)[0], damaged)
    partial = SnapshotVideo(whole.edit, whole.model_info, paths)
    list(export_snapshot_video(opened, partial, tmp_path / "frames", ExportOptions(size=32)))
    assert [path.name for path in (tmp_path / "frames").iterdir()] == ["000000.png"]
    assert partial.left_out == ["gone.safetensors", "000003.safetensors"]
    list(export_snapshot_video(opened, partial, tmp_path / "again", ExportOptions(size=32)))
    assert [path.name for path in (tmp_path / "again").iterdir()] == ["000000.png"]
    empty = SnapshotVideo(whole.edit, whole.model_info, paths[:1])
    with pytest.raises(ExportError, match=r"None of the snapshots.*gone.safetensors"):
        list(export_snapshot_video(opened, empty, tmp_path / "none.mp4"))
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["000003.safetensors", "again", "frames"]


def test_an_edit_is_fitted_to_each_snapshot(run_folder: Path, tmp_path: Path) -> None:
    model_info = open_model(snapshots(run_folder)[0], "cpu").model_info
    small = tuple(layer for layer in model_info.layers if layer.resolution <= 16)
    edit = with_mix(default_edit(len(small)), range(2), 0.5)
    other = SnapshotVideo(edit, replace(model_info, layers=small), snapshots(run_folder)[:1])
    list(export_snapshot_video(opened, other, tmp_path / "frames"))
    assert read_recipe(tmp_path / "frames" / "000000.png").edit.num_layers == model_info.num_layers


def test_cancelling_leaves_nothing(run_folder: Path, tmp_path: Path) -> None:
    steps = export_snapshot_video(opened, video_of(run_folder), tmp_path / "video.mp4")
    next(steps)
    next(steps)
    steps.close()
    assert list(tmp_path.iterdir()) == []


def test_impossible_videos_are_refused_before_anything_is_written(
    run_folder: Path, tmp_path: Path
) -> None:
    whole = video_of(run_folder)
    empty = SnapshotVideo(whole.edit, whole.model_info, ())
    many = SnapshotVideo(whole.edit, whole.model_info, snapshots(run_folder), frames_each=10**6)
    for bad, name, words in (
        (empty, "a.mp4", "no snapshot yet"),
        (many, "a.mp4", "too many"),
        (whole, "a.xyz", "no format"),
    ):
        with pytest.raises(ExportError, match=words):
            export_snapshot_video(opened, bad, tmp_path / name)
    assert list(tmp_path.iterdir()) == []
