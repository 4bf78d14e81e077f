"""Starting and resuming runs: what is refused, what is recorded, and what may change."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from stylegan_core import checkpoint
from stylegan_core.card import read_card
from stylegan_core.errors import UserError
from stylegan_core.networks.progan import ProGANConfig
from stylegan_core.networks.stylegan1 import Generator
from stylegan_core.networks.stylegan2.config import StyleGAN2Config
from stylegan_core.training import loop, run_setup
from stylegan_core.training.distributed import Ranks
from tests.stylegan_core.training.small_snapshots import SIZES, begin_run

CPU = run_setup.Host("cpu")


def test_an_indivisible_batch_of_a_later_resolution_is_refused_at_once(
    pictures: Path, tmp_path: Path
) -> None:
    """Nothing is read or written before the refusal: the pictures do not even exist."""
    two = run_setup.Host("cpu", ranks=Ranks(0, 2))
    changes = {**SIZES, "start_resolution": 8, "batch": [[4, 6], [8, 8], [16, 12]]}
    with pytest.raises(UserError, match=r"cannot share a batch of 12 evenly.*multiples of 8,"):
        run_setup.new_run(tmp_path / "none", "config-f", {**changes, "data": "absent"}, two)
    assert not (tmp_path / "none").exists()
    run_setup.new_run(tmp_path / "run", "config-f", {**changes, "data": str(pictures)}, CPU)
    config = (tmp_path / "run" / "config.json").read_text()
    with pytest.raises(UserError, match="batch of 12"):
        run_setup.resume(tmp_path / "run", {"data": "absent"}, two)
    assert (tmp_path / "run" / "config.json").read_text() == config


def test_a_data_setting_in_resume_reads_the_pictures_again(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STYLEGAN_CACHE", str(tmp_path / "cache"))
    folder = Path(shutil.copytree(pictures, tmp_path / "pictures"))
    run = tmp_path / "run"
    changes = {**SIZES, "start_resolution": 16, "batch": 4, "data": str(folder)}
    first = run_setup.new_run(run, "config-f", changes, CPU)
    loop.save(first.trainer, first.folder)
    shutil.copy(folder / "0.png", folder / "another.png")
    assert len(run_setup.resume(run, {}, CPU).dataset) == 11
    assert len(run_setup.resume(run, {"data": str(folder)}, CPU).dataset) == 12
    assert len(run_setup.resume(run, {}, CPU).dataset) == 12


def test_a_snapshot_saved_again_keeps_its_level_of_detail(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The snapshot must not record the next step's resolution, which has not been trained."""
    monkeypatch.setenv("STYLEGAN_CACHE", str(tmp_path / "cache"))
    schedule = {"start_resolution": 8, "phase_kimg": 0.008, "fade_kimg": 0, "batch": 4}
    changes = {**SIZES, **schedule, "data": str(pictures), "total_kimg": 0.008}
    run = run_setup.new_run(tmp_path / "run", "config-f", changes, CPU)
    for _ in range(2):
        assert loop.run(run.trainer, run.dataset, run.folder)
        card = read_card(tmp_path / "run" / "snapshots" / "000000.safetensors")
        assert card["training"]["lod"] == 1
        run = run_setup.resume(tmp_path / "run", {}, CPU)


def labelled(folder: Path, weight: float) -> run_setup.Run:
    """Begin a run on 16 portraits with a weight for the label critic, and save its state."""
    sizes = {**SIZES, "start_resolution": 16, "data": "portraits:16", "batch": 4}
    settings = {
        **sizes,
        "label_critic_weight": weight,
        "style_roles_weight": 0,
        "mbstd_features": 1,
    }
    run = run_setup.new_run(folder, "portraits-cpu", settings, CPU)
    loop.save(run.trainer, run.folder)
    return run


def test_a_run_without_labels_stores_a_label_network_when_it_first_needs_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STYLEGAN_CACHE", str(tmp_path / "cache"))
    reader_path = labelled(tmp_path / "run", 0).folder.reader_path
    assert not reader_path.exists()
    with_labels = run_setup.resume(tmp_path / "run", {"style_roles_weight": 5}, CPU)
    assert reader_path.exists()
    run_setup.resume(tmp_path / "run", {"style_roles_weight": 0}, CPU)
    again = run_setup.resume(tmp_path / "run", {"style_roles_weight": 5}, CPU)
    assert with_labels.trainer.reader is not None
    assert again.trainer.reader is not None
    expected = with_labels.trainer.reader.state_dict()
    for name, value in again.trainer.reader.state_dict().items():
        assert torch.equal(value, expected[name]), name
    reader_path.unlink()
    with pytest.raises(UserError, match="missing or damaged"):
        run_setup.resume(tmp_path / "run", {}, CPU)


def test_a_label_critic_can_neither_be_added_nor_dropped_nor_lose_its_portraits(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STYLEGAN_CACHE", str(tmp_path / "cache"))
    for name, before, after in (("with", 0.5, 0), ("without", 0, 0.5)):
        labelled(tmp_path / name, before)
        config = (tmp_path / name / "config.json").read_text()
        with pytest.raises(UserError, match=rf"label_critic_weight is {before}.* become {after}:"):
            run_setup.resume(tmp_path / name, {"label_critic_weight": after}, CPU)
        assert (tmp_path / name / "config.json").read_text() == config
    run_setup.resume(tmp_path / "with", {"label_critic_weight": 0.25}, CPU)
    with pytest.raises(UserError, match=r"label_critic_weight need.*portraits only, not of"):
        run_setup.resume(tmp_path / "with", {"data": str(pictures)}, CPU)


def test_a_state_of_another_kind_of_device_is_refused_in_one_sentence(
    pictures: Path, tmp_path: Path
) -> None:
    """The state of CUDA's random numbers has 16 bytes, that of a CPU's thousands."""
    run, _ = begin_run(pictures, tmp_path, "stylegan1", 1.0)
    state = run.trainer.state()
    run.folder.write_state({**state, "random": torch.zeros(16, dtype=torch.uint8)})
    with pytest.raises(UserError, match="another kind of device than cpu") as caught:
        run_setup.resume(tmp_path / "run", {}, CPU)
    assert "with --device" in caught.value.options
    run.folder.write_state({**state, "random": 5})
    with pytest.raises(UserError, match="does not fit its settings"):
        run_setup.resume(tmp_path / "run", {}, CPU)


def test_a_run_resumed_before_its_first_state_starts_from_the_same_weights(
    pictures: Path, tmp_path: Path
) -> None:
    run, _ = begin_run(pictures, tmp_path, "stylegan1", 1.0)
    again = run_setup.resume(tmp_path / "run", {}, CPU)
    for part in ("generator", "discriminator", "generator_ema"):
        expected = getattr(run.trainer, part).state_dict()
        for name, value in getattr(again.trainer, part).state_dict().items():
            assert torch.equal(value, expected[name]), f"{part}.{name}"
    original = checkpoint.load(tmp_path / "half.safetensors")
    assert isinstance(original, Generator)
    assert torch.equal(again.trainer.generator.const, original.const)


def test_a_resumed_run_refuses_another_model_to_start_from(pictures: Path, tmp_path: Path) -> None:
    begin_run(pictures, tmp_path, "stylegan1", 1.0)
    with pytest.raises(UserError, match="Only new runs start from another model"):
        run_setup.resume(tmp_path / "run", {"init_from": "other"}, CPU)


@pytest.fixture
def two_classes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder of pictures of two classes, with a cache beside it that a test can delete."""
    monkeypatch.setenv("STYLEGAN_CACHE", str(tmp_path / "cache"))
    for k in range(10):
        path = tmp_path / "data" / "ab"[k % 2] / f"{k}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (16, 16), (20 * k, 0, 0)).save(path)
    return tmp_path / "data"


@pytest.mark.parametrize("preset", ["config-a", "config-b", "config-f", "stylegan2"])
@pytest.mark.parametrize("depth", [None, 0])
def test_classes_work_with_every_preset_and_without_a_mapping_network(
    preset: str, depth: int | None, two_classes: Path, tmp_path: Path
) -> None:
    """Without a mapping network, W is as wide as the latent and the class together."""
    narrow = {"channel_max": 8} if preset == "stylegan2" else {"fmap_max": 8}
    changes: dict[str, Any] = {
        "data": str(two_classes),
        "label_source": "folders",
        "resolution": 16,
    }
    changes |= {"z_dim": 8, "w_dim": 8, "mapping_width": 8, "start_resolution": 16, **narrow}
    changes |= {} if depth is None else {"mapping_depth": depth}
    run = run_setup.new_run(tmp_path / "run", preset, changes, CPU)
    network = run.trainer.config.network
    assert (network.c_dim, run.dataset.c_dim) == (2, 2)
    assert isinstance(network, ProGANConfig | StyleGAN2Config)
    assert network.w_dim == (8 if network.mapping_depth else 16)
    run.trainer.prepare()
    run.trainer.step(*run.dataset.batch(0, 4, 0, mirror=False))
    again = run_setup.resume(tmp_path / "run", {}, CPU)
    assert again.trainer.config == run.trainer.config


def change_pictures(two_classes: Path) -> None:
    """Delete the cache and change one picture."""
    shutil.rmtree(two_classes.parent / "cache")
    Image.new("RGB", (16, 16), "white").save(two_classes / "a" / "0.png")


def test_changed_pictures_are_accepted_only_on_request(two_classes: Path, tmp_path: Path) -> None:
    begin_run(two_classes, tmp_path, "stylegan1", 1.0)
    path = tmp_path / "run"
    first = json.loads((path / "config.json").read_text())
    change_pictures(two_classes)
    with pytest.raises(UserError, match=first["data_fingerprint"]):
        run_setup.resume(path, {"total_kimg": 2}, CPU)
    assert json.loads((path / "config.json").read_text()) == first, "nothing is overwritten"
    run_setup.resume(path, {"data": str(two_classes)}, CPU)
    run_setup.resume(path, {}, CPU)
    assert (
        json.loads((path / "config.json").read_text())["data_fingerprint"]
        != first["data_fingerprint"]
    )


def test_the_configuration_records_the_settings_of_each_launch(
    pictures: Path, tmp_path: Path
) -> None:
    begin_run(pictures, tmp_path, "stylegan1", 1.0, seed=4)
    run_setup.resume(tmp_path / "run", {"total_kimg": 2}, CPU)
    written = json.loads((tmp_path / "run" / "config.json").read_text())
    first, second = written["sessions"]
    assert (first["kimg"], first["device"], first["processes"]) == (0, "cpu", 1)
    assert (first["changes"]["preset"], first["changes"]["seed"]) == ("portraits-cpu", 4)
    assert second["changes"] == {"total_kimg": 2}
    assert second["versions"]["torch"] == torch.__version__
    content = (tmp_path / "half.safetensors").read_bytes()
    assert written["init_from_sha256"] == hashlib.sha256(content).hexdigest()


def test_partial_files_of_a_killed_process_are_removed(pictures: Path, tmp_path: Path) -> None:
    begin_run(pictures, tmp_path, "stylegan1", 1.0)
    path = tmp_path / "run"
    partials = [path / ".state.0123abcd.partial.pt", path / "samples/.000000.0123abcd.partial.png"]
    (path / "samples").mkdir()
    for file in partials:
        file.write_text("half")
    run_setup.resume(path, {}, CPU)
    assert not any(file.exists() for file in partials)


def test_a_changed_number_of_classes_is_refused_in_one_sentence(
    two_classes: Path, tmp_path: Path
) -> None:
    changes = {**SIZES, "data": str(two_classes), "label_source": "folders", "start_resolution": 8}
    run_setup.new_run(tmp_path / "run", "config-f", changes, CPU)
    with pytest.raises(UserError, match=r"with 2 classes.*'none' have 0"):
        run_setup.resume(tmp_path / "run", {"label_source": "none"}, CPU)


class RanksOfWhichOneLacksThePictures(Ranks):
    """The leading process of two, of which the other one has no access to the pictures."""

    def any(self, flag: bool, device: torch.device) -> bool:
        return True


def test_processes_decide_together_where_the_pictures_come_from(
    pictures: Path, tmp_path: Path
) -> None:
    begin_run(pictures, tmp_path, "stylegan1", 1.0)
    messages: list[str] = []
    run_setup.resume(tmp_path / "run", {}, run_setup.Host("cpu", say=messages.append))
    assert not any("11 pictures of" in text for text in messages), "all have them"
    host = run_setup.Host("cpu", ranks=RanksOfWhichOneLacksThePictures(), say=messages.append)
    run_setup.resume(tmp_path / "run", {}, host)
    assert any("11 pictures of" in text for text in messages), "all prepare them"
