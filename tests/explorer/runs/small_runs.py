"""A run that trains in seconds, and waiting for its process."""

import time
from collections.abc import Callable

from explorer.runs.process import TrainProcess

PATIENCE_S = 120
TINY = (  # further settings, as they are typed into the training dialog
    "label_critic_weight=0 growth_fit_steps=0 fmap_base=64 fmap_max=8 z_dim=8 w_dim=8 "
    "mapping_width=8 mapping_depth=2 mbstd_features=1 mbstd_group_size=4 "
    "log_kimg=0.1 snapshot_kimg=0.2 sample_kimg=0.2"
)


def wait(process: TrainProcess) -> int:
    """Wait until a process has ended; return its exit code."""
    end = time.monotonic() + PATIENCE_S
    while (code := process.exit_code()) is None:
        assert time.monotonic() < end, process.last_line()
        time.sleep(0.05)
    return code


def until(condition: Callable[[], bool], process: TrainProcess) -> None:
    """Wait for a condition while a process runs."""
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert process.exit_code() is None, process.last_line()
        assert time.monotonic() < end, process.last_line()
        time.sleep(0.05)
