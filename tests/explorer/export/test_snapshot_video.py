"""Cells of sample sheets, and a latent's growth as a video, with a real run of the trainer."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from explorer.edit.edit import default_edit
from explorer.edit.ops import with_mix, with_noise_mute, with_psi
from explorer.export.export import ExportError, ExportOptions
from explorer.export.recipe import read_recipe
from explorer.export.snapshot_video import SnapshotVideo, cell_edit, export_snapshot_video
from explorer.rendering.loaded_model import LoadedModel, open_model
from explorer.runs.watch import RunWatch


def snapshots(run: Path) -> tuple[Path, ...]:
    return tuple(snapshot.path for snapshot in RunWatch(run).poll().snapshots)


def growth(run: Path, **changes: int) -> SnapshotVideo:
    model_info = open_model(snapshots(run)[-1], "cpu").model_info
    return SnapshotVideo(default_edit(model_info.num_layers), model_info, snapshots(run), **changes)


def opened(path: str) -> LoadedModel:
    return open_model(path, "cpu")


def test_a_cell_is_the_picture_that_its_edit_shows(run_folder: Path) -> None:
    """Also in the middle of a fade: the last sheet was made of the network of the last snapshot."""
    sheet = np.asarray(Image.open(sorted((run_folder / "samples").iterdir())[-1]))
    model = open_model(snapshots(run_folder)[-1], "cpu")
    assert model.model_info.card["training"]["lod"] % 1 > 0, "this is to be a fade"
    untidy = with_noise_mute(with_psi(with_mix(default_edit(8), range(8), 0.7), 0.2), [1], True)
    for seed in (0, 13, 39):
        left, top = (2 + (seed % 8) * 34, 2 + (seed // 8) * 34)
        cell = sheet[top : top + 32, left : left + 32].astype(int)
        shown = model.renderer.render(cell_edit(untidy, model.model_info, seed))
        assert np.abs(shown - cell).max() <= 1


def test_b_stays_beside_a_cell(run_folder: Path) -> None:
    model_info = open_model(snapshots(run_folder)[0], "cpu").model_info
    edit = cell_edit(default_edit(8, (1, 77)), model_info, 5)
    assert edit.sources[1] == default_edit(8, (1, 77)).sources[1]


def frames_of(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def test_each_snapshot_has_its_frames(run_folder: Path, tmp_path: Path) -> None:
    out, video = tmp_path / "growth.mp4", growth(run_folder, frames_each=2)
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


def test_what_is_gone_or_damaged_is_left_out(run_folder: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "000003.safetensors"
    damaged.write_bytes(snapshots(run_folder)[0].read_bytes()[:900])
    whole = growth(run_folder)
    paths = (tmp_path / "gone.safetensors", snapshots(run_folder)[0], damaged)
    some = SnapshotVideo(whole.edit, whole.model_info, paths)
    list(export_snapshot_video(opened, some, tmp_path / "frames", ExportOptions(size=32)))
    assert [path.name for path in (tmp_path / "frames").iterdir()] == ["000000.png"]
    assert some.left_out == ["gone.safetensors", "000003.safetensors"]
    none = SnapshotVideo(whole.edit, whole.model_info, paths[:1])
    with pytest.raises(ExportError, match=r"None of the snapshots.*gone.safetensors"):
        list(export_snapshot_video(opened, none, tmp_path / "none.mp4"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["000003.safetensors", "frames"]


def test_an_edit_of_another_model_is_fitted(run_folder: Path, tmp_path: Path) -> None:
    model_info = open_model(snapshots(run_folder)[0], "cpu").model_info
    small = tuple(layer for layer in model_info.layers if layer.resolution <= 16)
    edit = with_mix(default_edit(len(small)), range(2), 0.5)
    other = SnapshotVideo(edit, replace(model_info, layers=small), snapshots(run_folder)[:1])
    list(export_snapshot_video(opened, other, tmp_path / "frames"))
    assert read_recipe(tmp_path / "frames" / "000000.png").edit.num_layers == model_info.num_layers


def test_cancelling_leaves_nothing(run_folder: Path, tmp_path: Path) -> None:
    steps = export_snapshot_video(opened, growth(run_folder), tmp_path / "growth.mp4")
    next(steps)
    next(steps)
    steps.close()
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_exported_is_told_before_anything_is_written(
    run_folder: Path, tmp_path: Path
) -> None:
    whole = growth(run_folder)
    empty = SnapshotVideo(whole.edit, whole.model_info, ())
    many = SnapshotVideo(whole.edit, whole.model_info, snapshots(run_folder), frames_each=10**6)
    for bad, name, words in (
        (empty, "a.mp4", "no snapshot yet"),
        (many, "a.mp4", "too many"),
        (whole, "a.xyz", "no format"),
    ):
        with pytest.raises(ExportError, match=words):
            export_snapshot_video(opened, bad, tmp_path / name)
    with pytest.raises(ExportError, match="at most 100 frames"):
        export_snapshot_video(opened, whole, tmp_path / "a.gif", ExportOptions(fps=Fraction(200)))
    assert list(tmp_path.iterdir()) == []
