"""The clock that counts a thread's own work and stands still while other programs work."""

import sys
import time
from collections.abc import Callable


def thread_clock() -> Callable[[], float]:
    """Return the clock of the calling thread, in seconds.

    Windows counts it in pieces of 16 ms, too long for what is timed here: there the usual clock is
    returned.
    """
    return time.perf_counter if sys.platform == "win32" else time.thread_time
