"""Estimate how long a new run takes, by timed steps in a process of its own. No torch."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

from explorer.runs.train_options import TrainOptions, changes_of
from stylegan_core.durations import about
from stylegan_core.errors import UserError
from stylegan_core.training.run_cost import RunCost
from stylegan_core.waiting import wait_briefly

_MODULE = "stylegan_core.training.estimate"


class Measurement:
    """A process that times a few steps of a run; `stop` ends it from any thread."""

    def __init__(self, options: TrainOptions, threads: int) -> None:
        self.options = options
        self._threads = threads
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._is_stopped = False

    def run(self) -> RunCost:
        """Return the cost. Raises UserError where the run is impossible or was stopped."""
        options = self.options
        asked = {
            "preset": options.preset,
            "changes": changes_of(options),
            "threads": self._threads,
        }
        process = self._start([sys.executable, "-m", _MODULE, json.dumps(asked)])
        answer, _ = process.communicate()
        try:
            values = json.loads(answer)
        except ValueError:
            raise UserError("How long this takes could not be measured.") from None
        if "problem" in values:
            raise UserError(values["problem"])
        return RunCost.from_json(values)

    def stop(self) -> None:
        """End the process, or let it not begin."""
        with self._lock:
            self._is_stopped = True
            if self._process is not None:
                self._process.kill()

    def _start(self, command: list[str]) -> subprocess.Popen[str]:
        wait_briefly()  # the process inherits it
        with self._lock:
            if self._is_stopped:
                raise UserError("The measurement was stopped.")
            try:
                self._process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    text=True,
                )
            except OSError as error:
                raise UserError(f"Steps cannot be timed: {error.strerror or error}.") from None
            return self._process


def without_length(options: TrainOptions) -> TrainOptions:
    """Return the options with the same cost of an image: other lengths and folders are equal."""
    return replace(options, kimg=1.0, out=Path())


def estimate_text(cost: RunCost, kimg: float) -> str:
    """Return how long a run of that length takes, and how that is known."""
    sizes = " and ".join(dict.fromkeys((str(cost.timed[0]), str(cost.timed[-1]))))
    others = "" if cost.is_timed_in_full else ", and larger ones estimated from these"
    return (
        f"About {about(cost.seconds(kimg))} on this computer if nothing else keeps it busy, after "
        f"the pictures are prepared. Steps at {sizes} px were timed just now{others}."
    )
