"""Starting and resuming runs: what is refused at once, and a label network that comes late."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch

from stylegan_core.card import read_card
from stylegan_core.errors import UserError
from stylegan_core.training import loop, run_setup
from stylegan_core.training.distributed import Ranks
from tests.stylegan_core.training.test_finetune import SIZES, begun

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
    run, _ = begun(pictures, tmp_path, "stylegan1", 1.0)
    state = run.trainer.state()
    run.folder.write_state({**state, "random": torch.zeros(16, dtype=torch.uint8)})
    with pytest.raises(UserError, match=r"another kind of device than cpu.*with --device"):
        run_setup.resume(tmp_path / "run", {}, CPU)
    run.folder.write_state({**state, "random": 5})
    with pytest.raises(UserError, match="does not fit its settings"):
        run_setup.resume(tmp_path / "run", {}, CPU)
