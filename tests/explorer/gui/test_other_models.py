"""Models unlike the bundled ones: with classes or a position, without noise, average or layers."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from torch import nn

from explorer.gui.toolkit import texts
from stylegan_core import checkpoint
from tests.explorer.gui.actions import choose
from tests.explorer.gui.driver import OpenWindow, Window
from tests.small_networks import TINY2, make_r3gan, make_stylegan2, make_stylegan3

pytestmark = pytest.mark.window
OpenModel = Callable[..., Window]


@pytest.fixture
def open_model(open_window: OpenWindow, tmp_path: Path) -> OpenModel:
    """Return a function that opens a window on a network and waits for its picture."""

    def opened(network: nn.Module, **card: Any) -> Window:
        path = tmp_path / "model.safetensors"
        checkpoint.save(path, network, card)
        window = open_window(str(path))
        window.until_picture()
        return window

    return opened


@pytest.fixture
def conditional(open_model: OpenModel) -> Window:
    return open_model(make_stylegan2(replace(TINY2, c_dim=3)), class_names=["bird", "cat", "dog"])


def classes(window: Window) -> list[list[float]]:
    return [source["class_weights"] for source in window.edit()["sources"]]


def test_a_face_has_a_class_or_a_blend_of_two(conditional: Window) -> None:
    window = conditional
    assert classes(window) == [[1, 0, 0], [1, 0, 0]]
    assert window.ask("value", "source.B.class") == "0  bird"
    pictures = {window.state()["picture"]}

    choose(window, "source.A.class", 1)
    window.until(lambda: classes(window) == [[0, 1, 0], [1, 0, 0]], "the second class")
    pictures.add(window.settle()["picture"])

    window.click("source.A.class.blend")
    window.until(lambda: classes(window)[0] == [0, 0.5, 0.5], "a blend with the next class")
    pictures.add(window.settle()["picture"])

    window.drag_slider("source.A.class.share", 0.5, 1.0)
    window.until(lambda: classes(window)[0] == [0, 0, 1], "the other class alone")
    assert window.ask("value", "source.A.class") == "1  cat"  # it can be blended back
    pictures.add(window.settle()["picture"])
    assert len(pictures) == 4

    window.press("ctrl+z")
    window.until(lambda: classes(window)[0] == [0, 0.5, 0.5], "one step back for one drag")
    window.press("ctrl+z")
    window.until(lambda: classes(window)[0] == [0, 1, 0], "a single class again")
    window.settle()
    assert not window.ask("config", "source.A.class.row")["show"]
    window.press("shift+c")
    window.until(lambda: classes(window) == [[0, 1, 0], [0, 1, 0]], "the next class for B")


def test_a_locked_face_keeps_its_class_and_its_numbering(conditional: Window) -> None:
    window = conditional
    before = window.edit()["sources"]
    window.press("shift+a")
    window.until(lambda: not window.ask("config", "source.A.convention")["enabled"], "the lock")
    for tag in ("source.A.convention", "source.A.class.blend"):
        window.click(tag)
    window.press("c")
    window.until(lambda: "locked" in window.state()["status"], "a message about the lock")
    window.press("shift+c")
    window.until(lambda: window.edit()["sources"][1] != before[1], "the next class for B")
    assert window.edit()["sources"][0] == before[0]


def test_seeds_have_two_numberings(conditional: Window) -> None:
    window, ours = conditional, conditional.state()["picture"]

    def conventions() -> list[str]:
        return [source["convention"] for source in window.edit()["sources"]]

    window.click("source.A.convention")
    window.until(lambda: conventions() == ["official", "ours"], "official seeds for A")
    assert window.settle()["picture"] != ours
    assert window.ask("config", "source.A.convention")["label"] == "official seeds"
    window.press("o")
    window.until(lambda: conventions() == ["official", "official"], "official seeds for both")
    window.press("o")
    window.until(lambda: conventions() == ["ours", "ours"], "our own seeds for both")
    assert window.settle()["picture"] == ours


def test_a_stylegan3_moves_its_picture_and_has_no_noise(open_model: OpenModel) -> None:
    window = open_model(make_stylegan3())
    before = window.state()
    window.drag_slider("position.turn", 0.5, 0.75)
    turned = window.settle()
    assert turned["edit"]["transform"] == pytest.approx([0, 0, 90], abs=10)
    assert turned["picture"] != before["picture"]
    window.drag_slider("position.across", 0.5, 0.25)
    moved = window.settle()
    assert moved["edit"]["transform"] == pytest.approx([-0.25, 0, 90], abs=10)
    window.press("ctrl+z")
    window.until_edit(lambda edit: edit == turned["edit"], "one step back for one drag")
    window.click("position.turn.reset")
    window.until_edit(lambda edit: edit["transform"] is None, "reset")
    assert window.settle()["picture"] == before["picture"]

    window.click("tab.Noise.button")
    for key in ("n", "h"):
        window.press(key)
        window.until(lambda: window.state()["status"] == texts.NO_NOISE, "the reason")
        window.press("ctrl+y")  # shows another message
    state = window.settle()
    assert (state["heat"], state["edit"]) == (False, before["edit"])


def test_an_r3gan_has_one_row_and_no_truncation(open_model: OpenModel) -> None:
    window = open_model(make_r3gan())
    before = window.state()
    rows = ("mix.0", "mix.1", "mix.coarse", "truncation.psi", "position.turn", "source.A.class")
    assert [window.ask("config", row) is not None for row in rows] == [True] + [False] * 5
    window.drag_slider("mix.0", 0.25, 0.75)
    assert window.settle()["picture"] != before["picture"]
    window.press("p")
    window.until(lambda: window.state()["status"] == texts.NO_AVERAGE, "the reason")
    window.press("3")
    window.until(lambda: window.state()["status"] == "This model has no fine layers.", "the reason")
