"""The window as a hand meets it: from an event on a slider to the new picture in its texture."""

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

STEPS = 40
IDLE_S = 10


@dataclass(frozen=True)
class WindowTimes:
    """Medians over a drag of the "coarse" slider; shares of one core."""

    event_to_texture_ms: float
    slowest_tenth_ms: float
    shown: str  # what the status bar said of the pictures while dragging
    idle_share: float


def measure(generator: Generator) -> WindowTimes:
    """Opens the window on a virtual display, drags a slider, then leaves it alone."""
    with tempfile.TemporaryDirectory() as name, Display() as display:
        folder = Path(name)
        checkpoint.save(folder / "model.safetensors", generator, dict(generator.card))
        threads = {"OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "")}
        window = Window(display, folder, str(folder / "model.safetensors"), **threads)
        try:
            window.connect()
            window.until_picture()
            times, shown = _drag(window, display)
            window.settle()
            return WindowTimes(
                statistics.median(times), _ninth_decile(times), shown, _idle_share(window)
            )
        finally:
            window.discard()


def _drag(window: Window, display: Display) -> tuple[list[float], str]:
    left, top, width, height = window.rect("mix.coarse")
    y = top + height / 2
    display.move(left + width * 0.25, y)
    window.state()
    display.button(1, True)
    window.state()
    times, shown = [], ""
    for step in range(STEPS):
        before = window.state()["pictures"]
        start = time.perf_counter()
        display.move(left + width * (0.26 + 0.012 * step), y)
        while (state := window.state())["pictures"] == before:
            if time.perf_counter() - start > 10:
                raise RuntimeError("the slider moved and no picture came")
        times.append(1000 * (time.perf_counter() - start))
        shown = state["detail"]
    display.button(1, False)
    return times, shown


def _ninth_decile(times: list[float]) -> float:
    return statistics.quantiles(times, n=10)[-1]


def _idle_share(window: Window) -> float:
    time.sleep(2)
    before = _cpu_s(window.process.pid)
    time.sleep(IDLE_S)
    return (_cpu_s(window.process.pid) - before) / IDLE_S


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
