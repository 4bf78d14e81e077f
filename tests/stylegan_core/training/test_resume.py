"""What a run that begins or goes on is refused at once, and the label network that it gets late."""

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


def test_batches_of_later_that_cannot_be_shared_are_told_at_once(
    pictures: Path, tmp_path: Path
) -> None:
    """Before anything is read or written: here the pictures do not even exist."""
    two = run_setup.Host("cpu", ranks=Ranks(0, 2))
    changes = {**SIZES, "start_resolution": 8, "batch": [[4, 6], [8, 8], [16, 12]]}
    with pytest.raises(UserError, match=r"cannot share a batch of 12 evenly.*multiples of 8,"):
        run_setup.begin(tmp_path / "none", "config-f", {**changes, "data": "absent"}, two)
    assert not (tmp_path / "none").exists()
    run_setup.begin(tmp_path / "run", "config-f", {**changes, "data": str(pictures)}, CPU)
    config = (tmp_path / "run" / "config.json").read_text()
    with pytest.raises(UserError, match="batch of 12"):
        run_setup.resume(tmp_path / "run", {"data": "absent"}, two)
    assert (tmp_path / "run" / "config.json").read_text() == config


def test_pictures_that_are_asked_for_again_are_looked_at_again(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STYLEGAN_CACHE", str(tmp_path / "cache"))
    folder = Path(shutil.copytree(pictures, tmp_path / "pictures"))
    run = tmp_path / "run"
    changes = {**SIZES, "start_resolution": 16, "batch": 4, "data": str(folder)}
    begun_with = run_setup.begin(run, "config-f", changes, CPU)
    loop.save(begun_with.trainer, begun_with.folder)
    shutil.copy(folder / "0.png", folder / "another.png")
    assert len(run_setup.resume(run, {}, CPU).dataset) == 11
    assert len(run_setup.resume(run, {"data": str(folder)}, CPU).dataset) == 12
    assert len(run_setup.resume(run, {}, CPU).dataset) == 12


def test_a_snapshot_that_is_saved_again_has_grown_as_far_as_before(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next step's resolution is none that has been trained."""
    monkeypatch.setenv("STYLEGAN_CACHE", str(tmp_path / "cache"))
    schedule = {"start_resolution": 8, "phase_kimg": 0.008, "fade_kimg": 0, "batch": 4}
    changes = {**SIZES, **schedule, "data": str(pictures), "total_kimg": 0.008}
    run = run_setup.begin(tmp_path / "run", "config-f", changes, CPU)
    for _ in range(2):
        assert loop.run(run.trainer, run.dataset, run.folder)
        card = read_card(tmp_path / "run" / "snapshots" / "000000.safetensors")
        assert card["training"]["lod"] == 1
        run = run_setup.resume(tmp_path / "run", {}, CPU)


def labelled(folder: Path, weight: float) -> run_setup.Run:
    """A run on a few portraits, with or without a label critic, that has a state."""
    sizes = {**SIZES, "start_resolution": 16, "data": "portraits:16", "batch": 4}
    wanted = {**sizes, "label_critic_weight": weight, "style_roles_weight": 0, "mbstd_features": 1}
    run = run_setup.begin(folder, "portraits-cpu", wanted, CPU)
    loop.save(run.trainer, run.folder)
    return run


def test_a_run_begun_without_labels_gets_its_label_network_when_it_needs_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STYLEGAN_CACHE", str(tmp_path / "cache"))
    kept = labelled(tmp_path / "run", 0).folder.reader_path
    assert not kept.exists()
    with_labels = run_setup.resume(tmp_path / "run", {"style_roles_weight": 5}, CPU)
    assert kept.exists()
    run_setup.resume(tmp_path / "run", {"style_roles_weight": 0}, CPU)
    again = run_setup.resume(tmp_path / "run", {"style_roles_weight": 5}, CPU)
    assert with_labels.trainer.reader is not None
    assert again.trainer.reader is not None
    expected = with_labels.trainer.reader.state_dict()
    for name, value in again.trainer.reader.state_dict().items():
        assert torch.equal(value, expected[name]), name
    kept.unlink()
    with pytest.raises(UserError, match="missing or damaged"):
        run_setup.resume(tmp_path / "run", {}, CPU)


def test_labels_and_critics_that_a_run_cannot_have_are_refused(
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


def test_a_state_of_another_kind_of_device_is_one_sentence(pictures: Path, tmp_path: Path) -> None:
    """CUDA's random numbers have a state of 16 bytes, those of a CPU thousands."""
    run, _ = begun(pictures, tmp_path, "stylegan1", 1.0)
    state = run.trainer.state()
    run.folder.write_state({**state, "random": torch.zeros(16, dtype=torch.uint8)})
    with pytest.raises(UserError, match=r"another kind of device than cpu.*with --device"):
        run_setup.resume(tmp_path / "run", {}, CPU)
    run.folder.write_state({**state, "random": 5})
    with pytest.raises(UserError, match="does not fit its settings"):
        run_setup.resume(tmp_path / "run", {}, CPU)
