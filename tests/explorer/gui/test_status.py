"""The texts of the status bar."""

from __future__ import annotations

from explorer.gui.panels.status import progress_text, time_text


def test_render_times_have_tenths_only_below_ten_milliseconds() -> None:
    assert [time_text(ms) for ms in (0.04, 3.14, 9.96, 31.4)] == [
        "0.0 ms",
        "3.1 ms",
        "10 ms",
        "31 ms",
    ]


def test_progress_names_the_time_left_once_it_is_known() -> None:
    assert progress_text(118, 600, 42.4) == "118 of 600, 0:42 left"
    assert progress_text(0, 600, None) == "0 of 600"
