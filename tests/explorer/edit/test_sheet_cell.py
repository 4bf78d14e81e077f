"""Cells of the sample sheets of a real run."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from explorer.edit.edit import default_edit
from explorer.edit.ops import with_mix, with_noise_mute, with_psi
from explorer.edit.sheet_cell import cell_edit
from explorer.rendering.loaded_model import open_model
from stylegan_core.sample_sheet import COLUMNS
from tests.pixels import pixels


def snapshots(run: Path) -> list[Path]:
    return sorted((run / "snapshots").iterdir())


def test_a_cell_is_the_picture_that_its_edit_shows(run_folder: Path) -> None:
    """The last sheet shows the network of the last snapshot, in the middle of a fade."""
    sheet = pixels(sorted((run_folder / "samples").iterdir())[-1])
    model = open_model(snapshots(run_folder)[-1], "cpu")
    assert model.model_info.card["training"]["lod"] % 1 > 0, "the run ends in a fade"
    untidy = with_noise_mute(with_psi(with_mix(default_edit(8), range(8), 0.7), 0.2), [1], True)
    for seed in (0, 13, 39):
        left, top = (2 + (seed % COLUMNS) * 34, 2 + (seed // COLUMNS) * 34)
        cell = sheet[top : top + 32, left : left + 32].astype(int)
        shown = model.renderer.render(cell_edit(untidy, model.model_info, seed))
        assert np.abs(shown - cell).max() <= 1


def test_source_b_stays_when_a_cell_becomes_source_a(run_folder: Path) -> None:
    model_info = open_model(snapshots(run_folder)[0], "cpu").model_info
    edit = cell_edit(default_edit(8, (1, 77)), model_info, 5)
    assert edit.sources[1] == default_edit(8, (1, 77)).sources[1]
