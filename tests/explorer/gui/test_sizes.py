"""The window at its smallest and at a large size: every part is visible and none overlap."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path

import pytest

from explorer.gui.toolkit import texts
from tests.explorer.gui.display import Display
from tests.explorer.gui.driver import Window

pytestmark = pytest.mark.window
# Items at the edges of each place of the window.
PLACES = {
    "left": ("sources.swap", "source.A.thumb", "source.B.reset", "truncation.psi.reset"),
    "canvas": ("canvas",),
    "right": ("tab.Mix.button", "tab.Noise.button", "mix.coarse", "mix.fine.reset"),
    "timeline": ("timeline.previous", "timeline.time", "timeline.export", "timeline.track"),
    "status": ("status.message", "status.facts"),
}
Box = tuple[float, float, float, float]  # left, top, right, bottom


def box_of(window: Window, tag: str) -> Box:
    left, top, width, height = window.rect(tag)
    x, y, *_ = window.state()["viewport"]
    return left - x, top - y, left - x + width, top - y + height


def around(boxes: list[Box]) -> Box:
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def overlap(one: Box, other: Box) -> bool:
    return all(max(one[i], other[i]) < min(one[i + 2], other[i + 2]) for i in (0, 1))


def check_tabs_stay(window: Window, scrolls: bool) -> None:
    """Unfold all noise and turn the wheel over it: the first row goes, the buttons above stay."""
    buttons, row = window.rect("tab.Noise.button"), f"noise.{texts.size(4)}"
    for resolution in (64, 32, 16, 8, 4):
        window.click(f"noise.fold.{resolution}")
    before = window.rect(row)
    for _ in range(8):
        window.click_at(before[0] + 5, before[1] + 5, button=5)
    now = window.ask("rect", row)  # None once it is out of sight
    assert (now is None or box_of(window, row)[1] < before[1] - 1) == scrolls
    assert window.rect("tab.Noise.button") == buttons


@pytest.mark.parametrize(
    ("width", "height", "scale"), [(1024, 700, 1), (1024, 700, 2.5), (2560, 1440, 1)]
)
def test_the_places_share_the_window(
    width: int, height: int, scale: float, model_path: Path, tmp_path: Path
) -> None:
    """A scale for which the window is too small is limited until it is reset."""
    settings = tmp_path / "config" / "stylegan-explorer" / "settings.json"
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps({"ui_scale": scale}))
    with Display(width, height) as display:
        window = Window(display, tmp_path, str(model_path))
        try:
            window.connect()
            display.resize(width, height)
            window.until(lambda: box_of(window, "timeline.export")[2] > width - 60, "the new size")
            window.until_picture()
            hint, loop = (box_of(window, f"timeline.{part}") for part in ("hint", "face_loop"))
            assert hint[2] < loop[0]
            assert hint[3] < box_of(window, "status.facts")[1]
            window.press("k")  # shows all fields of the timeline
            window.until(lambda: window.ask("rect", "timeline.track"), "the track")
            boxes = {
                name: around([box_of(window, tag) for tag in tags]) for name, tags in PLACES.items()
            }
            for name, (left, top, right, bottom) in boxes.items():
                assert 0 <= left < right <= width, name
                assert 0 <= top < bottom <= height, name
            for one, other in combinations(boxes, 2):
                assert not overlap(boxes[one], boxes[other]), (one, other)
            assert box_of(window, "timeline.chosen")[0] > box_of(window, "timeline.time")[2]
            assert box_of(window, "timeline.remove")[2] < box_of(window, "timeline.add")[0]
            window.click("tab.Noise.button")
            row = [box_of(window, f"noise.{texts.size(8)}.{part}") for part in ("seed", "reset")]
            assert row[0][2] < row[1][0] < row[1][2] < width
            check_tabs_stay(window, scrolls=height < 1000)
            before = window.rect("tab.Noise.button")[3]
            window.press("ctrl+0")
            window.until(
                lambda: (window.rect("tab.Noise.button")[3] < before) == (scale > 1), "the reset"
            )
            assert window.close() == 0
        finally:
            window.discard()
