"""Loaded models: their descriptions, the requests they serve, and the cache of models."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from explorer.edit.edit import Edit
from explorer.edit.ops import with_convention
from explorer.edit.session import new_edit
from explorer.rendering.loaded_model import ModelCache, open_model
from explorer.rendering.messages import (
    HeatMapRequest,
    PictureRequest,
    PsiStripRequest,
    RenderedHeatMap,
    RenderedPicture,
    RenderedPsiStrip,
    RenderedThumbnails,
    StoredVectorsRequest,
    ThumbnailsRequest,
)
from explorer.rendering.pausable import run_to_end
from stylegan_core.card import CheckpointError
from tests.golden_files import FOREIGN


def test_a_foreign_model_opens_with_official_seeds() -> None:
    loaded = open_model(FOREIGN, "cpu")
    model_info = loaded.model_info
    assert (model_info.name, model_info.resolution, model_info.convention) == (
        FOREIGN.stem,
        128,
        "official",
    )
    edit = new_edit(model_info)
    image = loaded.renderer.render(edit)
    ours = loaded.renderer.render(with_convention(edit, 0, "ours"))
    assert image.shape == (128, 128, 3)
    assert not np.array_equal(image, ours)


def test_a_model_describes_itself(model_file: Path) -> None:
    model_info = open_model(model_file, "cpu").model_info
    assert (model_info.name, model_info.resolution, model_info.num_layers) == ("tiny", 32, 8)
    assert model_info.resolutions == (4, 4, 8, 8, 16, 16, 32, 32)
    assert model_info.path == str(model_file)
    assert len(model_info.digest) == 64
    assert json.dumps(dict(model_info.card))


def test_opening_a_missing_model_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError):
        open_model(tmp_path / "missing.safetensors", "cpu")


def test_a_loaded_model_serves_every_request(model_file: Path, edit: Edit) -> None:
    loaded = open_model(model_file, "cpu")
    full = run_to_end(loaded.render(PictureRequest(edit, is_moving=False)))
    assert isinstance(full, RenderedPicture)
    assert full.layers == "all layers"
    thumbnails = run_to_end(loaded.render(ThumbnailsRequest((edit, edit))))
    assert isinstance(thumbnails, RenderedThumbnails)
    assert [picture.shape for picture in thumbnails.pictures] == [(32, 32, 3)] * 2
    strip = run_to_end(loaded.render(PsiStripRequest(edit, (-1.0, edit.psi))))
    assert isinstance(strip, RenderedPsiStrip)
    assert np.abs(strip.pictures[1].astype(int) - full.picture).max() <= 1
    heat_map = run_to_end(loaded.render(HeatMapRequest(edit)))
    assert isinstance(heat_map, RenderedHeatMap)
    assert heat_map.picture.shape == full.picture.shape
    run_to_end(loaded.render(StoredVectorsRequest({"ab": np.zeros(3)})))
    assert "ab" in loaded.renderer.stored


def test_going_back_to_a_model_loads_nothing(model_file: Path) -> None:
    cache = ModelCache()
    read_bytes: list[int] = []
    first = cache.open(str(model_file), "cpu", 16)
    foreign = cache.open(str(FOREIGN), "cpu", 16, lambda done, total: read_bytes.append(done))
    assert read_bytes
    assert cache.open(str(model_file), "cpu", 16) is first
    assert cache.open(str(FOREIGN), "cpu", 16) is foreign
    assert cache.open(str(FOREIGN), "cpu", 32) is not foreign  # with other settings
    assert cache.open(str(model_file), "cpu", 16) is not first  # it made room as the oldest


def test_a_file_that_changed_is_loaded_again(tmp_path: Path, model_file: Path) -> None:
    cache = ModelCache()
    path = tmp_path / "model.safetensors"
    shutil.copy(model_file, path)
    first = cache.open(str(path), "cpu", 16)
    shutil.copy(FOREIGN, path)
    assert cache.open(str(path), "cpu", 16).model_info.resolution != first.model_info.resolution
    path.unlink()
    with pytest.raises(CheckpointError, match="No such file"):
        cache.open(str(path), "cpu", 16)
