"""Keyframes in the real window: changes are seen and kept, undo agrees with the playhead."""

from __future__ import annotations

from typing import Any

import pytest

from explorer.edit.flow import NoiseFlow
from explorer.export.recipe_json import read_recipe
from tests.explorer.gui.actions import type_path
from tests.explorer.gui.driver import Window

pytestmark = pytest.mark.window


def psis(window: Window) -> list[float]:
    return [keyframe["edit"]["psi"] for keyframe in window.state()["timeline"]["keyframes"]]


def is_shown(window: Window, tag: str) -> bool:
    return bool(window.ask("config", tag)["show"])


def two_keyframes(window: Window) -> tuple[Any, Any]:
    """Make keyframes of two faces, and return the state at each."""
    window.press("k")
    first = window.settle()
    window.press("a")
    window.until_edit(lambda edit: edit != first["edit"], "another face")
    window.press("k")
    window.until(lambda: window.state()["keyframes"] == 2, "two keyframes")
    return first, window.settle()


def test_a_change_at_a_keyframe_is_marked_and_never_lost(window: Window) -> None:
    first, second = two_keyframes(window)
    assert not is_shown(window, "timeline.update")
    window.press("comma")
    window.until(lambda: window.settle()["picture"] == first["picture"], "the first keyframe")
    assert window.state()["changed_keyframe"] is None
    window.press("bracketright")
    window.until(lambda: window.state()["changed_keyframe"] == 0, "a hollow keyframe")
    changed = window.settle()
    assert window.ask("config", "timeline.update")["label"] == "Update keyframe 1"
    assert is_shown(window, "timeline.update")

    window.press("period")  # away to the second keyframe
    window.until(lambda: window.settle()["picture"] == second["picture"], "the second keyframe")
    assert window.state()["changed_keyframe"] == 0
    window.until(lambda: is_shown(window, "timeline.back"), "the way back")
    window.click("timeline.back")
    window.until(lambda: window.settle()["picture"] == changed["picture"], "the changed picture")
    assert (window.state()["keyframe"], window.state()["position"]) == (0, 0.0)

    window.click("timeline.update")
    window.until(lambda: psis(window) == [0.8, 0.7], "the update")
    window.until(lambda: not is_shown(window, "timeline.update"), "nothing more to update")
    assert window.state()["changed_keyframe"] is None
    window.press("ctrl+z")
    window.until(lambda: psis(window) == [0.7, 0.7], "the keyframe as before")
    assert window.state()["changed_keyframe"] == 0
    assert window.settle()["picture"] == changed["picture"]


def test_undo_shows_what_the_session_holds_where_the_playhead_stands(window: Window) -> None:
    first, second = two_keyframes(window)
    window.press("comma")
    window.until(lambda: window.settle()["picture"] == first["picture"], "the first keyframe")
    window.press("bracketright")
    window.until_edit(lambda edit: edit["psi"] == 0.8, "a change at the first keyframe")
    window.press("ctrl+z")
    window.until_edit(lambda edit: edit == first["edit"], "the first keyframe, not the second")
    state = window.settle()
    assert (state["picture"], state["keyframe"]) == (first["picture"], 0)
    assert state["position"] == 0.0
    window.press("ctrl+z")
    window.until_edit(lambda edit: edit == second["edit"], "what was edited before")
    state = window.settle()
    assert (state["picture"], state["keyframe"]) == (second["picture"], 1)
    assert state["position"] == 2.0
    for _ in range(2):
        window.press("ctrl+y")
    window.until_edit(lambda edit: edit["psi"] == 0.8, "redo")
    window.press("period")  # a look at the second keyframe
    window.until(lambda: window.settle()["picture"] == second["picture"], "the second keyframe")
    window.press("Delete")
    window.until(lambda: window.state()["keyframes"] == 1, "one keyframe")
    window.until(lambda: window.settle()["picture"] == first["picture"], "the first keyframe")
    window.press("ctrl+z")
    window.until(lambda: window.state()["keyframes"] == 2, "the removed keyframe")
    state = window.until(
        lambda: (s := window.settle())["picture"] == second["picture"] and s, "its picture"
    )
    assert (state["keyframe"], state["position"]) == (1, 2.0)


def test_auto_key_writes_changes_into_keyframes(window: Window) -> None:
    two_keyframes(window)
    window.click("timeline.auto_key")
    window.press("comma")
    window.until(lambda: window.state()["keyframe"] == 0, "the first keyframe")
    steps = len(psis(window))
    window.press("bracketright")
    window.until(lambda: psis(window) == [0.8, 0.7], "the change in the keyframe")
    assert not is_shown(window, "timeline.update")
    before = window.settle()
    window.drag_slider("truncation.psi", 0.5, 0.9)
    window.until(lambda: psis(window)[0] > 0.9, "a dragged slider")
    window.press("ctrl+z")
    window.until(lambda: psis(window) == [0.8, 0.7], "one undo for the drag")
    assert window.settle()["picture"] == before["picture"]
    window.press("period")
    window.until(lambda: window.state()["keyframe"] == 1, "the second keyframe")
    window.press("bracketleft")
    window.until(lambda: psis(window) == [0.8, 0.6], "the change in the second keyframe")
    left, top, width, height = window.rect("timeline.track")
    window.click_at(left + 14 + (width - 28) * 0.25, top + height * 0.3)
    window.until(lambda: window.state()["keyframe"] is None, "no keyframe between the two")
    window.press("p")
    window.until(lambda: len(psis(window)) == steps + 1, "a new keyframe")
    assert psis(window) == [0.8, pytest.approx(0.7), 0.6]
    assert window.state()["keyframe"] == 1
    window.click("timeline.auto_key")
    window.press("bracketright")
    window.until(lambda: window.state()["changed_keyframe"] == 1, "changes stay out again")


def test_a_loop_through_random_faces_is_one_click_and_one_step(window: Window) -> None:
    start = window.settle()
    window.click("timeline.face_loop")
    window.until(lambda: window.state()["keyframes"] == 5, "five faces")
    window.until(lambda: window.state()["playing"], "the loop to play")
    timeline = window.state()["timeline"]
    assert timeline["loop"]
    assert sum(keyframe["duration_s"] for keyframe in timeline["keyframes"]) == 10.0
    assert len({k["edit"]["sources"][0]["seed"] for k in timeline["keyframes"]}) == 5
    assert {k["edit"]["sources"][1]["seed"] for k in timeline["keyframes"]} == {2}
    window.press("shift+l")
    window.until_dialog("Loop through random faces")
    window.click("face_loop.go")
    window.until(lambda: window.state()["timeline"] != timeline, "other faces")
    assert window.state()["keyframes"] == 5
    window.press("ctrl+z")
    window.until(lambda: window.state()["timeline"] == timeline, "the loop before")
    window.press("ctrl+z")
    window.until(lambda: window.state()["keyframes"] == 0, "one undo for the loop")
    state = window.settle()
    assert (state["edit"], state["picture"]) == (start["edit"], start["picture"])
    window.press("shift+a")
    window.press("shift+l")
    window.until(lambda: "locked" in window.state()["status"], "the reason")
    assert window.state()["keyframes"] == 0


def test_noise_flows_in_the_timeline_and_its_export(window: Window) -> None:
    """One keyframe is enough: the picture stays, its noise moves on and comes back."""

    def rates() -> Any:
        return window.state()["timeline"].get("noise_rates")

    window.press("shift+w")
    window.until(lambda: "press K" in window.state()["status"], "the reason")
    window.press("k")
    window.until(lambda: window.state()["keyframes"] == 1, "a keyframe")
    kept = window.settle()
    window.press("ctrl+e")
    window.until_dialog("Export the timeline")
    assert not window.ask("value", "export.flow")
    window.click("export.flow")
    window.until(lambda: rates() == [0.5] * 10, "the flow")
    assert window.ask("value", "export.flow")
    assert "60 frames, as a loop" in window.ask("value", "export.summary")
    path = window.folder / "flow.webp"
    type_path(window, "export.path", path)
    window.click("export.go")
    window.until(lambda: "Wrote" in window.state()["status"], "the export")
    timeline = read_recipe(path).timeline
    assert timeline is not None
    assert timeline.flow == NoiseFlow((0.5,) * 10)

    window.press("space")
    window.until(lambda: window.state()["pictures"] > kept["pictures"] + 3, "flowing noise")
    window.press("space")
    window.until(lambda: not window.state()["playing"], "the end of playing")
    flowing = window.settle()
    assert flowing["picture"] != kept["picture"]
    assert flowing["edit"] == kept["edit"]
    window.press("comma")
    window.until(lambda: window.settle()["picture"] == kept["picture"], "the keyframe itself")
    window.click("tab.Noise.button")
    window.drag_slider("noise.rate", 0.1, 0.6)
    window.until(lambda: min(rates()) == max(rates()) > 1, "another speed, of the timeline too")
    window.press("ctrl+z")
    window.until(lambda: rates() == [0.5] * 10, "one undo for the speed")
    window.press("ctrl+z")
    window.until(lambda: rates() is None, "one undo for the flow")
