"""Fixtures: the options of a run that trains in seconds."""

from pathlib import Path

import pytest

from explorer.runs.train_options import TrainOptions
from tests.explorer.runs.small_runs import TINY


@pytest.fixture
def options(tmp_path: Path) -> TrainOptions:
    return TrainOptions("portraits:8", 16, "portraits-cpu", 1000, tmp_path / "run", more=TINY)
