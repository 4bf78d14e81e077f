"""Where a window goes back to when its session opens again."""

from __future__ import annotations

import pytest

from explorer.gui.toolkit.viewport import Place, seen_place

LAPTOP, BESIDE = (0, 30, 1366, 738), (1366, 0, 2560, 1440)


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ((100, 100, 1024, 600), (100, 100, 1024, 600)),
        ((1500, 200, 2000, 1200), (1500, 200, 2000, 1200)),
        ((-8, 22, 1382, 754), (-8, 22, 1366, 738)),  # maximised
        ((0, 30, 2560, 1440), (0, 30, 1366, 738)),  # of a larger screen
        ((-900, 100, 1024, 600), (-900, 100, 1024, 600)),  # a corner is still seen
        ((-1000, 100, 1024, 600), None),
        ((5000, 100, 1024, 600), None),
        ((100, 1400, 1024, 600), None),
        ((100, -32000, 1024, 600), None),  # minimised
        ((100, 100, 0, 0), (100, 100, 0, 0)),  # the least size is enforced
    ],
)
def test_a_window_goes_back_to_where_it_can_be_seen(place: Place, expected: Place | None) -> None:
    assert seen_place(place, [LAPTOP, BESIDE]) == expected


def test_without_its_screen_a_window_opens_at_the_usual_place() -> None:
    assert seen_place((1500, 200, 2000, 1200), [LAPTOP]) is None
    assert seen_place((100, 100, 1024, 600), []) is None
