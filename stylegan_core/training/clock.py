"""A clock for training that leaves out the time for which its process was suspended."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Clock:
    """Measure seconds since the start, and images per second since the last reading."""

    def __init__(self, images_seen: int, now: Callable[[], float] = time.perf_counter) -> None:
        self._now = now
        self._start = now()
        self._last_read = self._start
        self._step_start = self._start
        self._last_images = images_seen

    def tick(self) -> None:
        """Note that a step begins."""
        self._step_start = self._now()

    def skip(self) -> None:
        """Forget the time since the step began: the process was suspended for most of it."""
        lost = self._now() - self._step_start
        self._start += lost
        self._last_read += lost
        self.tick()

    def read(self, images_seen: int) -> tuple[float, float]:
        """Return images per second since the last reading, and seconds since the start."""
        now = self._now()
        rate = (images_seen - self._last_images) / max(now - self._last_read, 1e-9)
        self._last_read = now
        self._last_images = images_seen
        return rate, now - self._start


@contextmanager
def working_clock(images_seen: int) -> Iterator[Clock]:
    """Yield a clock that skips pauses (SIGSTOP or Ctrl-Z, then SIGCONT), if the system has them."""
    clock = Clock(images_seen)
    is_main = threading.current_thread() is threading.main_thread()
    if not (is_main and hasattr(signal, "SIGCONT")):
        yield clock
        return
    before = signal.signal(signal.SIGCONT, lambda *_: clock.skip())
    try:
        yield clock
    finally:
        signal.signal(signal.SIGCONT, before)
