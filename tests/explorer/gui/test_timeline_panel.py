"""The timeline in the real window: playing, editing a moment, and dragging keyframes."""

from __future__ import annotations

import pytest

from tests.explorer.gui.driver import Window

pytestmark = pytest.mark.window


def test_the_timeline_plays_stops_and_is_scrubbed(window: Window) -> None:
    window.press("k")
    window.press("b")
    window.press("2")
    window.press("k")
    window.until(lambda: window.state()["keyframes"] == 2, "two keyframes")
    shown = window.settle()["pictures"]
    window.press("space")
    window.until(lambda: window.state()["position"] > 0.3, "the timeline to play")
    window.until(lambda: window.state()["pictures"] > shown + 3, "pictures of the timeline")
    window.until(lambda: " fps" in window.ask("value", "status.facts"), "the frame rate")
    window.press("space")
    window.until(lambda: not window.state()["playing"], "stop")
    window.until(lambda: " fps" not in window.ask("value", "status.facts"), "no frame rate at rest")
    left, top, width, height = window.rect("timeline.track")
    window.click_at(left + width * 0.5, top + height * 0.3)
    window.until(
        lambda: window.state()["position"] == pytest.approx(2.0, abs=0.1), "the scrubbed moment"
    )


def test_a_moment_between_keyframes_can_be_edited_and_kept(window: Window) -> None:
    window.press("k")
    for key in ("a", "b", "2", "k"):
        window.press(key)
    window.until(lambda: window.state()["keyframes"] == 2, "two keyframes in four seconds")
    left, top, width, height = window.rect("timeline.track")
    window.click_at(left + 14 + (width - 28) * 0.25, top + height * 0.3)
    position = window.until(lambda: window.state()["position"], "the scrubbed moment")
    assert position == pytest.approx(1.0, abs=0.05)
    window.until(
        lambda: window.ask("config", "mix.middle")["format"] == "mixed", "more than two faces"
    )
    window.press("bracketright")
    changed = window.until_edit(lambda edit: len(edit["sources"]) == 4 and edit, "the moment")
    window.drag_slider("mix.coarse", 0.25, 0.75)
    mixed = window.until_edit(lambda edit: edit != changed and edit, "the mix")
    kept = [row["weights"][2:] for row in changed["layers"]]
    assert [row["weights"][2:] for row in mixed["layers"]] == kept
    assert any(map(any, kept))
    window.press("k")
    window.until(lambda: window.state()["keyframes"] == 3, "a third keyframe")
    assert window.ask("value", "timeline.chosen") == "Keyframe 2"
    assert window.ask("value", "timeline.duration") == pytest.approx(2.0 - position)
    window.press("bracketright")
    window.until_edit(lambda edit: edit["psi"] != mixed["psi"], "another psi")
    window.press("k")
    window.until(lambda: "Keyframe 2 now" in window.state()["status"], "the keyframe there")
    assert window.state()["keyframes"] == 3


def test_flowing_noise_does_not_reach_the_timeline(window: Window) -> None:
    for key in ("k", "b", "2", "k"):
        window.press(key)
    window.until(lambda: window.state()["keyframes"] == 2, "two keyframes in four seconds")
    kept = window.settle()
    window.press("w")
    window.until(lambda: window.state()["pictures"] > kept["pictures"] + 3, "moving noise")
    left, top, width, height = window.rect("timeline.track")
    window.click_at(left + width * 0.5, top + height * 0.62)
    window.until(lambda: window.settle()["picture"] == kept["picture"], "the second keyframe")
    shown = window.settle()["pictures"]
    for _ in range(3):
        window.next_frame()
    assert window.settle()["pictures"] == shown
    window.press("w")
    window.until(lambda: not window.state()["noise_rates"], "the noise to stop")
    assert window.settle()["picture"] == kept["picture"]
    assert window.edit() == kept["edit"]
    window.press("w")
    window.until(lambda: "keeps its own noise" in window.state()["status"], "the reason")


def test_a_dragged_keyframe_stays_under_the_pointer(window: Window) -> None:
    """Without a loop the last keyframe is the end; the seconds stay in place while it moves."""
    for _ in range(4):
        window.press("k")
    window.press("l")
    window.until(lambda: window.state()["keyframes"] == 4, "four keyframes in six seconds")
    left, top, width, height = window.rect("timeline.track")
    margin, y = 14, top + height * 0.62
    end = left + width - margin
    window.drag((end, y), (end - 0.05 * (width - 2 * margin), y))
    assert window.state()["position"] == pytest.approx(5.7, abs=0.05)
    window.press("ctrl+z")
    window.click_at(end, y)
    assert window.state()["position"] == pytest.approx(6.0, abs=0.05)


def test_a_shaking_click_on_a_keyframe_does_not_move_it(window: Window) -> None:
    """A drag moves it as far as the pointer goes."""
    for _ in range(3):
        window.press("k")
    window.press("l")
    window.until(lambda: window.state()["keyframes"] == 3, "three keyframes in four seconds")
    left, top, width, height = window.rect("timeline.track")
    middle, y, beside = left + width / 2, top + height * 0.62, 5
    window.drag((middle + beside, y), (middle + beside + 2, y), steps=2)
    assert window.state()["position"] == 2.0
    second = (width - 2 * 14) / 4
    window.drag((middle + beside, y), (middle + beside + second / 2, y))
    assert window.state()["position"] == pytest.approx(2.5, abs=0.011)
    window.press("ctrl+z")
    window.click_at(middle + beside, y)
    window.until(lambda: window.state()["position"] == 2.0, "one undo for the drag")
