"""When the window draws and when it rests, seen on the screen."""

from __future__ import annotations

import time

import numpy as np
import pytest

from tests.explorer.gui.driver import Window

pytestmark = pytest.mark.window


def test_a_tooltip_appears_however_long_the_pointer_has_moved(window: Window) -> None:
    """The window draws on after the last movement, not only after the first."""
    x, y = window.centre("mix.coarse.solo")
    window.display.move(x - 200, y + 300)
    time.sleep(3)  # until the window rests
    without_tooltip = np.asarray(window.display.picture(), int)
    window.display.move(x - 30, y)
    time.sleep(0.8)
    window.display.move(x, y)
    window.until(
        lambda: _changed_pixels(window, without_tooltip) > 5000, "the tooltip", patience_s=10
    )


def _changed_pixels(window: Window, before: np.ndarray) -> int:
    now = np.asarray(window.display.picture(), int)
    return int((np.abs(now - before).max(axis=2) > 3).sum())
