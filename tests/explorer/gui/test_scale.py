"""The scale of the interface, limited by the window, and what layers are said to decide."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from explorer.export.model_files import bundled_models
from explorer.gui.parts.measured_roles import measured_roles
from explorer.gui.toolkit import scale, texts
from stylegan_core.card import read_card


@pytest.fixture(autouse=True)
def _usual_scale() -> Iterator[None]:
    yield
    scale.set_display_scale(1.0)
    scale.set_scale(1.0)


@pytest.mark.parametrize(
    ("wanted", "width", "height", "used"),
    [
        (1.0, 1024, 700, 1.0),
        (2.5, 1024, 700, 1.2),
        (2.5, 2560, 1440, 2.5),
        (2.5, 4000, 705, 1.5),
        (1.0, 640, 480, 0.75),
    ],
)
def test_the_scale_leaves_room_for_all_panels(
    wanted: float, width: int, height: int, used: float
) -> None:
    scale.set_scale(wanted)
    scale.fit_scale(width, height)
    assert scale.current_scale() == pytest.approx(used)
    assert scale.wanted_scale() == wanted
    scale.fit_scale(10_000, 10_000)
    assert scale.current_scale() == wanted


def test_no_scale_is_the_one_that_suits_the_display() -> None:
    scale.set_display_scale(1.5)
    scale.set_scale(0.0)
    assert scale.current_scale() == 1.5


def test_the_texts_say_what_the_bundled_model_does() -> None:
    """Its card says that colours of hair and clothes come with the middle styles."""
    model = next(path for path in bundled_models() if path.stem == "portraits-64")
    roles = measured_roles(read_card(model))
    assert "colour of the hair" in roles["middle"]
    assert "colour of the clothes" in roles["middle"]
    assert roles["fine"].startswith("background")
    assert "hair" not in roles["fine"]
    assert {"pose", "glasses"} <= set(roles["coarse"].split(", "))
    assert roles["fine"] in texts.group_of("fine", [64], roles)
    assert texts.style_of(64, "fine", roles) == roles["fine"]
    assert texts.style_of(64, "fine", {}) == "colours and light"


@pytest.mark.parametrize(
    "card",
    [
        {},
        {"quality": 3},
        {"quality": {"mixing_shares": [], "reliability": {}}},
        {"quality": {"mixing_shares": {"glasses": 1}, "reliability": {"glasses": 1.0}}},
        {"quality": {"mixing_shares": {"glasses": {"fine": 1}}, "reliability": {"glasses": "x"}}},
    ],
)
def test_cards_without_sound_measurements_say_nothing(card: dict[str, Any]) -> None:
    assert measured_roles(card) == {}
