"""One line that follows a long job: rewritten in place on a terminal, plain lines elsewhere."""

import sys
import time
from typing import TextIO

from stylegan_core.durations import duration

PLAIN_LINE_SECONDS = 30.0
TERMINAL_LINE_SECONDS = 0.2


class LiveLine:
    """The line of one job."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stdout
        self.is_terminal = self.stream.isatty()
        self.shown_at = -float("inf")
        self.counted = ""  # the job that is counted, since when, and from where on
        self.start = 0.0
        self.first_done = 0
        self.width = 0

    def show(self, text: str) -> None:
        """Show a text now."""
        if self.is_terminal:
            self.stream.write("\r" + text.ljust(self.width))
            self.width = len(text)
        else:
            self.stream.write(text + "\n")
        self.stream.flush()

    def count(self, label: str, done: int, total: int) -> None:
        """Show how much of a job is done and the time left; not more often than is useful."""
        now = time.monotonic()
        if label != self.counted:
            self.counted, self.start, self.first_done = label, now, done
        pause = TERMINAL_LINE_SECONDS if self.is_terminal else PLAIN_LINE_SECONDS
        if now - self.shown_at < pause and done < total:
            return
        self.shown_at = now
        rate = (done - self.first_done) / max(now - self.start, 1e-9)
        left = f", {duration((total - done) / rate)} left" if rate > 0 else ""
        self.show(f"{label}: {done} of {total}{left}")

    def say(self, text: str) -> None:
        """A line that stays."""
        self.end()
        self.stream.write(text + "\n")
        self.stream.flush()

    def end(self) -> None:
        """Leave the line as it is and start the next one."""
        if self.is_terminal and self.width:
            self.stream.write("\n")
            self.stream.flush()
            self.width = 0
