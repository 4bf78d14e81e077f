"""Model files are found: those that come with the program, and the one that a recipe names."""

import shutil
from pathlib import Path

import pytest

import explorer
from explorer.edit.model_info import ModelInfo
from explorer.export import model_files
from explorer.export.model_files import bundled_models
from explorer.export.recipe import ModelRef
from explorer.rendering.loaded_model import open_model
from stylegan_core.card import read_card
from tests.golden_files import FOREIGN


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


def test_bundled_models_lie_in_the_checkout() -> None:
    folder = Path(explorer.__file__).parents[1] / "checkpoints"
    assert bundled_models()
    assert {path.parent for path in bundled_models()} == {folder}
    for path in bundled_models():
        assert open_model(path, "cpu").model_info.digest
    kinds = [read_card(path)["architecture"] for path in bundled_models()]
    assert kinds == ["stylegan1", "stylegan2"]  # the first one is what the window opens on
