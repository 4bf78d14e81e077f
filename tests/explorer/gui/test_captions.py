"""The label on the canvas: it speaks of what the canvas shows, and a heat map has a scale."""

from __future__ import annotations

from typing import Any
from unittest.mock import Mock

import pytest

from explorer.edit.session import Session
from explorer.gui.canvas_label import Scale
from explorer.gui.context import View
from explorer.gui.controllers.canvas import CanvasController
from tests.explorer.model_infos import model_info_with


class Captions:
    """A canvas that keeps its label, and the view that decides it."""

    def __init__(self) -> None:
        self.view = View()
        self._canvas = Mock(size=(600, 600))
        session = Session(model_info_with(8))
        ui: Any = Mock(session=session, edit=session.edit, view=self.view)
        self._controller = CanvasController(ui, self._canvas)

    def label(self) -> tuple[str, Scale | None]:
        self._controller.forget_caption()
        self._controller.refresh_caption()
        text, scale = self._canvas.label.call_args.args
        return text, scale

    def leave_room_for(self, letters: int) -> None:
        self._canvas.has_room_for = lambda text, scale: len(text + scale.text) <= letters

    def is_dim(self) -> bool:
        return bool(self._canvas.dim.call_args.args[0])


@pytest.fixture
def captions() -> Captions:
    return Captions()


def test_a_heat_map_has_a_scale_with_a_unit(captions: Captions) -> None:
    captions.view.heat = True
    captions.view.shows_heat = True
    text, scale = captions.label()
    assert text.endswith(" 0")
    assert scale is not None
    assert scale.text == "64 levels of 255"
    lightness = [sum(colour[:3]) for colour in scale.colours]
    assert lightness == sorted(lightness)
    assert (lightness[0], lightness[-1] > 600) == (0, True)


def test_the_scale_is_kept_in_a_narrow_canvas(captions: Captions) -> None:
    captions.view.heat = captions.view.shows_heat = True
    for room, expected in ((32, ("0", "64 levels of 255")), (12, ("0", "64 of 255"))):
        captions.leave_room_for(room)
        text, scale = captions.label()
        assert scale is not None
        assert (text, scale.text) == expected
    captions.leave_room_for(0)
    assert captions.label()[1] is not None, "the shortest one, if none fits"


def test_the_picture_before_is_not_called_a_heat_map(captions: Captions) -> None:
    captions.view.heat = True
    assert captions.label() == ("Making the heat map…", None)
    captions.view.heat_share = 0.25
    assert captions.label() == ("Making the heat map… 25%", None)
    captions.view.heat = False
    captions.view.heat_share = None
    assert captions.label() == ("", None)
    captions.view.shows_heat = True
    assert captions.label()[1] is not None, "the heat map stays until the picture comes"


def test_the_heat_map_before_is_dimmed_while_the_new_one_is_made(captions: Captions) -> None:
    captions.view.heat = captions.view.shows_heat = True
    captions.label()
    assert not captions.is_dim()
    captions.view.heat_is_old = True
    assert captions.label() == ("Making the heat map…", None), "its colours fit no scale"
    assert captions.is_dim()
    captions.view.heat_share = 0.25
    assert captions.label() == ("Making the heat map… 25%", None)


def test_face_a_is_named_once_it_is_shown(captions: Captions) -> None:
    captions.view.show_a = True
    assert captions.label() == ("", None)
    captions.view.shows_a = True
    assert captions.label() == ("Face A alone", None)
    captions.view.show_a = False
    assert captions.label() == ("", None)
