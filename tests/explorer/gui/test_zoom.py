"""The place and size of the picture on the canvas."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.gui.canvas import texture_side
from explorer.gui.zoom import LARGEST_ZOOM, SMALLEST_ZOOM, Zoom


@pytest.mark.parametrize(
    ("resolution", "side"), [(8, 512), (64, 512), (256, 512), (512, 512), (1024, 1024)]
)
def test_small_pictures_are_enlarged_by_a_whole_factor(resolution: int, side: int) -> None:
    assert texture_side(resolution) == side


def test_the_whole_picture_is_centred_with_a_margin() -> None:
    zoom = Zoom()
    zoom.resize((624, 424), margin=24)
    assert zoom.corners() == ((112, 12), (512, 412))


@given(steps=st.floats(-30, 30), x=st.floats(112, 512), y=st.floats(12, 412))
def test_zooming_keeps_the_point_under_the_pointer(steps: float, x: float, y: float) -> None:
    zoom = Zoom()
    zoom.resize((624, 424), margin=24)
    zoom.zoom_at(steps, (x, y))
    assert SMALLEST_ZOOM <= zoom.factor <= LARGEST_ZOOM
    if zoom.factor >= 1:  # a smaller picture is kept in sight instead
        (left, top), (right, bottom) = zoom.corners()
        u, v = (x - left) / (right - left), (y - top) / (bottom - top)
        tolerance = 1.5 / (right - left)  # corners are whole pixels
        assert u == pytest.approx((x - 112) / 400, abs=tolerance)
        assert v == pytest.approx((y - 12) / 400, abs=tolerance)


@given(dx=st.floats(-1e4, 1e4), dy=st.floats(-1e4, 1e4), steps=st.floats(-10, 20))
def test_the_middle_of_the_canvas_always_shows_the_picture(
    dx: float, dy: float, steps: float
) -> None:
    zoom = Zoom()
    zoom.resize((624, 424), margin=24)
    zoom.zoom_at(steps, (300, 200))
    zoom.pan(dx, dy)
    (left, top), (right, bottom) = zoom.corners()
    assert left <= 312 <= right
    assert top <= 212 <= bottom
    zoom.fit()
    assert zoom.corners() == ((112, 12), (512, 412))
