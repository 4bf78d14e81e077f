"""Let the threads of a network sleep soon when they wait for each other on a CPU."""

import os
from typing import Final

_LOOKS: Final = "10000"  # about a tenth of a millisecond
_SET_BY_USERS: Final = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")


def wait_briefly() -> None:
    """Let a waiting thread look 10,000 times whether the others are done, then sleep.

    Call it before torch is imported. By default the OpenMP of Linux looks 300,000 times. If other
    programs leave fewer cores than threads, that takes the core from the very thread that the
    others wait for, and a picture takes up to a hundred times as long. Sleeping at once would
    double the time of small networks on a quiet computer. What the user has set stays.
    """
    if not any(name in os.environ for name in _SET_BY_USERS):
        os.environ["GOMP_SPINCOUNT"] = _LOOKS
