"""Discriminators on features under torchrun: two processes train what one would."""

import json
from pathlib import Path

import pytest

from tests.lite_weights import write_lite_weights
from tests.stylegan_core.cli.test_distributed import (
    assert_same_weights,
    environment,
    options,
    train,
)

pytestmark = pytest.mark.slow

__all__ = ["environment", "options"]  # fixtures


def test_two_processes_judge_features_the_same_as_one(
    tmp_path: Path, environment: dict[str, str], options: list[str]
) -> None:
    weights = write_lite_weights(tmp_path / "lite0.pth")
    settings = ["feature_weight=0.5", "feature_size=64", "range_weight=1", "style_roles_weight=0"]
    settings += [f"feature_file={weights}", "shared_pass=true"]
    more = [*options, *(f"--set={one}" for one in settings), "--kimg=0.024"]
    for processes in (1, 2):
        train(processes, environment, *more, f"--out={tmp_path / str(processes)}")
    assert_same_weights(tmp_path / "1", tmp_path / "2")
    logs = [(tmp_path / name / "log.jsonl").read_text().splitlines() for name in "12"]
    for ours, theirs in zip(*(map(json.loads, text) for text in logs), strict=True):
        assert ours["feature_loss_d"] == pytest.approx(theirs["feature_loss_d"], rel=1e-3)
