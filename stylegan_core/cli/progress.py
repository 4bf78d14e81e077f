"""One line that follows a long job: rewritten in place on a terminal, plain lines elsewhere."""

import sys
import time
from typing import TextIO

from stylegan_core.durations import duration
from stylegan_core.readable import escaped
from stylegan_core.terminal import rewrite, say

PLAIN_INTERVAL_S = 30.0
TERMINAL_INTERVAL_S = 0.2


class ProgressLine:
    """The line of one job after another."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stdout
        self.is_terminal = self.stream.isatty()
        self.width = 0  # of the text on the terminal's line
        self.shown_at = -float("inf")
        self.label = ""  # of the job that is counted
        self.started_at = 0.0
        self.done_at_start = 0

    def show(self, text: str) -> None:
        """Show a text now."""
        if self.is_terminal:
            text = escaped(text)
            rewrite(text.ljust(self.width), self.stream)
            self.width = len(text)
        else:
            say(text, self.stream)

    def count(self, label: str, done: int, total: int) -> None:
        """Show the progress of a job and the time left, unless a line was shown just before."""
        now = time.monotonic()
        if label != self.label:
            self.label = label
            self.started_at = now
            self.done_at_start = done
        interval = TERMINAL_INTERVAL_S if self.is_terminal else PLAIN_INTERVAL_S
        if now - self.shown_at < interval and done < total:
            return
        self.shown_at = now
        rate = (done - self.done_at_start) / max(now - self.started_at, 1e-9)
        left = f", {duration((total - done) / rate)} left" if rate > 0 else ""
        self.show(f"{label}: {done} of {total}{left}")

    def say(self, text: str) -> None:
        """Print a line that stays."""
        self.end()
        say(text, self.stream)

    def end(self) -> None:
        """Leave the line as it is, so that the next output starts a new one."""
        if self.is_terminal and self.width:
            self.stream.write("\n")
            self.stream.flush()
            self.width = 0
