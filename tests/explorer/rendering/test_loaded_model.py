"""Loaded models: native and foreign files, the requests they serve, and the cache of models."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from explorer.edit.edit import Edit, default_edit
from explorer.edit.model_info import ModelInfo
from explorer.edit.ops import with_convention
from explorer.edit.session import new_edit
from explorer.export import model_files
from explorer.export.recipe import ModelRef
from explorer.gui.dialogs.paths import MODEL_SUFFIXES
from explorer.gui.start import starting_file
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

FOREIGN = Path(__file__).parents[2] / "golden" / "pkl" / "sg1_tiny128_proto4.pkl"


def test_a_foreign_model_shows_its_official_faces() -> None:
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


def test_a_foreign_file_is_found_only_by_a_digest_known_before(tmp_path: Path) -> None:
    model_info = open_model(FOREIGN, "cpu").model_info
    copy = tmp_path / "copy.pkl"
    shutil.copy(FOREIGN, copy)
    ref = ModelRef(model_info.name, model_info.digest)
    assert model_files.find_model(ref, {str(copy): model_info.digest}) == copy
    with pytest.raises(model_files.ModelMissing):
        model_files.find_model(ref, {str(copy): ""})


def test_finding_a_model_skips_files_that_cannot_be_read(
    tmp_path: Path, model_file: Path, model_info: ModelInfo
) -> None:
    (tmp_path / "broken.safetensors").write_bytes(b"no")
    seen = {str(tmp_path / "broken.safetensors"): model_info.digest, str(model_file): ""}
    assert model_files.find_model(ModelRef("tiny", model_info.digest), seen) == model_file
    with pytest.raises(model_files.ModelMissing):
        model_files.find_model(ModelRef("tiny"), seen)


def test_going_back_to_a_model_loads_nothing(tmp_path: Path, model_file: Path, edit: Edit) -> None:
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


def test_the_program_starts_with_a_foreign_model(tmp_path: Path) -> None:
    assert starting_file(str(FOREIGN)) == (FOREIGN, None)
    damaged = tmp_path / "damaged.pkl"
    damaged.write_bytes(FOREIGN.read_bytes()[:5000])
    chosen, problem = starting_file(str(damaged))
    assert chosen is None
    assert problem is not None
    assert "damaged.pkl is incomplete" in problem


def test_file_dialogs_show_foreign_models() -> None:
    assert {".pkl", ".pt", ".pth", ".safetensors"} <= set(MODEL_SUFFIXES)


def test_a_new_edit_has_the_seed_convention_of_its_model(model_info: ModelInfo) -> None:
    official = replace(model_info, card={**model_info.card, "seed_convention": "official"})
    assert new_edit(official) != default_edit(model_info.num_layers) == new_edit(model_info)
