"""The window: from the command to the first picture, from an event on a slider to its picture."""

import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from stylegan_core import checkpoint
from stylegan_core.networks.stylegan1 import Generator
from tests.explorer.gui.display import Display
from tests.explorer.gui.driver import Window

STEPS = 15
PAUSE_S = 0.4
DRAG_S = 3
IDLE_S = 10
BEFORE_IDLE_S = 2  # the last frames of a drag are drawn
MOVING_S = 0.12  # so long an edit counts as moving, before the full picture is asked for
STILL_S = 0.25  # so long an edit rests before thumbnails and previews are asked for
SMALL_ASKED_S = STILL_S + 0.1
REST_STEPS = 5
STARTS = 5


@dataclass(frozen=True)
class WindowTimes:
    """Measured with the "coarse" slider."""

    event_to_texture_ms: float  # median, of the first picture after a small move from rest
    shown: str  # what the status bar says of it
    full_ms: float  # median, of a full picture after such a move
    rest_s: float  # median, from the move until the last small picture
    pictures_per_s: float  # while the slider moves without a pause
    idle_share: float  # of one core

    @property
    def rest_frames(self) -> float:
        """How many full pictures the full and the small ones take, without the waits before."""
        full_s = self.full_ms / 1000
        small_s = self.rest_s - max(MOVING_S + full_s, STILL_S)
        return 1 + small_s / full_s


@dataclass(frozen=True)
class StartTimes:
    """Medians, with all files in the system's cache."""

    window_s: float  # from the command until the window takes input
    first_picture_s: float  # from the command until the bundled model's picture is in its texture
    torch_s: float  # `import torch` alone, in a process of its own, measured in turn


def measure_start() -> StartTimes:
    """Start the program with its bundled model again and again; the first start does not count."""
    times = []
    with Display() as display:
        for _ in range(STARTS + 1):
            times.append((*_start(display), _import_torch_s()))
    return StartTimes(*(statistics.median(column) for column in zip(*times[1:], strict=True)))


def _start(display: Display) -> tuple[float, float]:
    """Return the seconds until the window takes input, and until its first picture."""
    with tempfile.TemporaryDirectory() as name:
        begin_s = time.monotonic()
        window = Window(display, Path(name), **_threads())
        try:
            window.connect()
            window_s = time.monotonic() - begin_s
            time.sleep(window_s)  # questions would slow the start
            shown_at = window.until(lambda: window.state()["shown_at"], "the first picture")
            return window_s, shown_at[0] - begin_s
        finally:
            window.discard()


def _import_torch_s() -> float:
    begin_s = time.monotonic()
    subprocess.run([sys.executable, "-c", "import torch"], check=True)
    return time.monotonic() - begin_s


def _threads() -> dict[str, str]:
    return {"OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "")}


def measure(generator: Generator) -> WindowTimes:
    """Open the window on a virtual display, drag a slider, then leave it alone."""
    with tempfile.TemporaryDirectory() as name, Display() as display:
        folder = Path(name)
        checkpoint.save(folder / "model.safetensors", generator, dict(generator.card))
        window = Window(display, folder, str(folder / "model.safetensors"), **_threads())
        try:
            window.connect()
            window.until_picture()
            times, shown = _small_moves(window, display)
            rests_s, full_ms = _rests(window, display)
            pictures_per_s = _steady_drag(window, display)
            window.until(window.settle, "everything to come to rest", patience_s=120)
            return WindowTimes(
                statistics.median(times),
                shown,
                statistics.median(full_ms),
                statistics.median(rests_s),
                pictures_per_s,
                _idle_share(window),
            )
        finally:
            window.discard()


def _small_moves(window: Window, display: Display) -> tuple[list[float], str]:
    left, top, width, height = window.rect("mix.coarse")
    y = top + height / 2
    display.move(left + width * 0.45, y)
    window.state()
    display.button(1, True)
    times, shown = [], ""
    for step in range(STEPS):
        window.until(lambda: "preview" not in window.state()["detail"], "the whole picture")
        time.sleep(PAUSE_S)
        start = time.monotonic()
        display.move(left + width * (0.46 + 0.01 * step), y)
        time.sleep(PAUSE_S)
        state = window.state()
        after = [at for at in state["shown_at"] if at > start]
        if after:  # a slider that snaps to A or B does not change
            times.append(1000 * (after[0] - start))
            shown = state["detail"]
    return times, shown


def _rests(window: Window, display: Display) -> tuple[list[float], list[float]]:
    """Return the seconds from each move until rest, and the milliseconds of its full picture."""
    left, top, width, height = window.rect("mix.coarse")
    rests_s, full_ms = [], []
    for step in range(REST_STEPS):
        window.until(window.settle, "everything to come to rest", patience_s=120)
        begin_s = time.monotonic()
        display.move(left + width * (0.3 + 0.03 * step), top + height / 2)
        time.sleep(SMALL_ASKED_S)
        state = window.settle()
        rests_s.append(time.monotonic() - begin_s)
        full_ms.append(state["render_ms"])
    return rests_s, full_ms


def _steady_drag(window: Window, display: Display) -> float:
    left, top, width, height = window.rect("mix.coarse")
    before, start = window.state()["pictures"], time.monotonic()
    while (passed := time.monotonic() - start) < DRAG_S:
        position = 0.5 + 0.2 * math.sin(2 * math.pi * passed)
        display.move(left + width * position, top + height / 2)
        time.sleep(1 / 120)
    pictures = window.state()["pictures"] - before
    display.button(1, False)
    return float(pictures / passed)


def _idle_share(window: Window) -> float:
    time.sleep(BEFORE_IDLE_S)
    before = _cpu_s(window.process.pid)
    time.sleep(IDLE_S)
    return (_cpu_s(window.process.pid) - before) / IDLE_S


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
