"""The window's response: from an event on a slider to the new picture in its texture."""

import math
import os
import statistics
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


@dataclass(frozen=True)
class WindowTimes:
    """Measured with the "coarse" slider."""

    event_to_texture_ms: float  # median, of the first picture after a small move from rest
    shown: str  # what the status bar says of it
    pictures_per_s: float  # while the slider moves without a pause
    idle_share: float  # of one core


def measure(generator: Generator) -> WindowTimes:
    """Open the window on a virtual display, drag a slider, then leave it alone."""
    with tempfile.TemporaryDirectory() as name, Display() as display:
        folder = Path(name)
        checkpoint.save(folder / "model.safetensors", generator, dict(generator.card))
        threads = {"OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "")}
        window = Window(display, folder, str(folder / "model.safetensors"), **threads)
        try:
            window.connect()
            window.until_picture()
            times, shown = _small_moves(window, display)
            pictures_per_s = _steady_drag(window, display)
            window.until(window.settle, "everything to come to rest", patience_s=120)
            return WindowTimes(statistics.median(times), shown, pictures_per_s, _idle_share(window))
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
