"""Runs that start while their portraits are still being rendered."""

from pathlib import Path

import pytest
import torch

from stylegan_core.data.arriving import ArrivingPortraits
from stylegan_core.errors import UserError
from stylegan_core.log_record import LogRecord
from stylegan_core.training import loop, run_setup
from stylegan_core.training.config import TrainConfig
from stylegan_core.training.config_json import with_values

SETTINGS = {
    "data": "portraits:40",
    "resolution": 8,
    "start_resolution": 8,
    "fmap_max": 8,
    "batch": 8,
    "head_start": 8,
    "log_kimg": 0.008,
}


def begin_run(folder: Path, kimg: float) -> run_setup.Run:
    host = run_setup.Host("cpu")
    return run_setup.new_run(folder, "config-f", {**SETTINGS, "total_kimg": kimg}, host)


@pytest.mark.slow
def test_a_run_that_starts_early_trains_the_same_weights_as_a_later_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STYLEGAN_CACHE", str(tmp_path / "cache"))
    early = begin_run(tmp_path / "early", 0.032)
    assert isinstance(early.dataset, ArrivingPortraits)
    assert early.dataset.renderer is not None
    loop.run(early.trainer, early.dataset, early.folder)
    early.dataset.renderer.join(60)

    begin_run(tmp_path / "later", 0.016)
    later = run_setup.resume(tmp_path / "later", {"total_kimg": 0.032}, run_setup.Host("cpu"))
    assert not isinstance(later.dataset, ArrivingPortraits)
    loop.run(later.trainer, later.dataset, later.folder)
    ours, theirs = (run.trainer.generator.state_dict() for run in (early, later))
    for name, value in ours.items():
        assert torch.equal(value, theirs[name]), name


@pytest.mark.slow
def test_the_log_counts_the_pictures_while_they_are_rendered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STYLEGAN_CACHE", str(tmp_path / "cache"))
    run = begin_run(tmp_path / "run", 0.008)
    monkeypatch.setattr(ArrivingPortraits, "available", property(lambda self: 20))
    records: list[LogRecord] = []
    loop.run(run.trainer, run.dataset, run.folder, report=records.append)
    assert records[-1]["pictures"] == 20
    monkeypatch.setattr(ArrivingPortraits, "available", property(len))
    assert loop._arriving(run.dataset) == {}


def test_a_negative_head_start_is_refused() -> None:
    with pytest.raises(UserError, match="head_start"):
        with_values(TrainConfig(), {"head_start": -1})
