"""The pictures that the window asks for, and those it shows. The clock is the test's."""

from __future__ import annotations

from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest

from explorer.edit.edit import Edit, default_edit
from explorer.edit.ops import with_psi
from explorer.edit.session import Session
from explorer.gui.context import View
from explorer.gui.controllers.frames import Frames
from explorer.gui.previews import PSIS, psi_name
from explorer.rendering.messages import (
    Failure,
    HeatMapRequest,
    Picture,
    PictureRequest,
    PsiStripRequest,
    RenderedHeatMap,
    RenderedPicture,
    RenderedPsiStrip,
    RenderedThumbnails,
    Reply,
    Request,
    RequestProgress,
    ThumbnailsRequest,
)
from tests.explorer.model_infos import model_info_with

EDIT = default_edit(8)
SIZE = model_info_with(8).resolution
MOVING = PictureRequest(EDIT, is_moving=True)
AT_REST = PictureRequest(EDIT, is_moving=False)


class Desk:
    """The frames of a window whose edit the test sets and whose worker it plays."""

    def __init__(self) -> None:
        self.ui: Any = Mock(session=Session(model_info_with(8)), view=View())
        self.canvas = Mock()
        self.asked: list[Request] = []
        self.frames = Frames(self.ui, self.canvas, self.asked.append)
        self.set(EDIT)

    def set(self, edit: Edit) -> None:
        self.ui.edit = edit
        self.ui.shown = lambda now: edit

    def pictures(self) -> list[PictureRequest]:
        return [request for request in self.asked if isinstance(request, PictureRequest)]

    def answer(self, request: Request, size: int = SIZE) -> bool:
        return self.frames.take(Reply(request, RenderedPicture(black(size), "all layers"), 1.0))


def black(size: int) -> Picture:
    return np.zeros((size, size, 3), np.uint8)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_full_picture_is_asked_for_once(desk: Desk) -> None:
    desk.frames.ask(0.0)
    assert desk.pictures() == [MOVING]
    assert desk.answer(desk.asked[0])
    assert desk.ui.view.pictured == EDIT
    for now in (0.05, 0.2, 5.0):
        desk.frames.ask(now)
    assert desk.pictures() == [MOVING]


def test_a_draft_is_followed_by_the_full_picture_at_rest(desk: Desk) -> None:
    desk.frames.ask(0.0)
    desk.answer(desk.asked[0], size=SIZE // 2)
    assert desk.ui.view.pictured is None, "a draft must not be saved"
    assert not desk.frames.is_settled()
    assert desk.frames.waits_to_ask(0.01)
    desk.frames.ask(0.05)
    assert desk.pictures() == [MOVING], "the edit may still move"
    desk.frames.ask(0.2)
    assert desk.pictures() == [MOVING, AT_REST]
    desk.answer(desk.asked[-1])
    assert desk.ui.view.pictured == EDIT


def test_a_slow_picture_is_given_up_for_a_moving_edit(desk: Desk) -> None:
    desk.frames.ask(0.0)
    desk.answer(desk.asked[0], size=SIZE // 2)
    desk.frames.ask(0.2)
    slow = desk.asked[-1]
    moved = with_psi(EDIT, 0.1)
    desk.set(moved)
    desk.frames.ask(0.25)
    assert desk.pictures()[-1] == PictureRequest(moved, True)
    assert not desk.answer(slow), "what was given up is not shown"
    assert desk.answer(desk.asked[-1], size=SIZE // 2)


def test_a_moving_edit_is_answered_picture_by_picture(desk: Desk) -> None:
    """It gets pictures at the pace of the machine, even if it never rests."""
    for step in range(5):
        desk.set(with_psi(EDIT, step / 10))
        desk.frames.ask(step / 60)
    assert len(desk.pictures()) == 1
    assert desk.answer(desk.asked[0], size=SIZE // 2)
    desk.frames.ask(5 / 60)
    assert desk.pictures()[-1] == PictureRequest(with_psi(EDIT, 0.4), True)


def test_a_quick_picture_is_waited_for(desk: Desk) -> None:
    desk.frames.ask(0.0)
    assert desk.frames.expects_soon()
    desk.answer(desk.asked[0])
    assert not desk.frames.expects_soon()
    desk.ui.view.render_ms = 900.0
    desk.set(with_psi(EDIT, 0.4))
    desk.frames.ask(1.0)
    assert not desk.frames.expects_soon()


def test_a_picture_of_the_model_before_is_not_shown(desk: Desk) -> None:
    desk.frames.ask(0.0)
    desk.frames.forget()
    assert not desk.answer(desk.asked[0])
    desk.canvas.show.assert_not_called()


def test_a_failure_of_the_model_before_is_silent(desk: Desk) -> None:
    desk.frames.ask(0.0)
    desk.frames.forget()
    desk.frames.fail(Failure(desk.asked[0], "This edit is for 10 layers."))
    desk.ui.say.assert_not_called()
    desk.frames.ask(0.1)
    desk.frames.fail(Failure(desk.asked[-1], "There is not enough memory."))
    desk.ui.say.assert_called_once()


def test_a_full_picture_that_failed_is_not_asked_for_again(desk: Desk) -> None:
    desk.frames.ask(0.0)
    desk.answer(desk.asked[0], size=SIZE // 2)
    desk.frames.ask(0.2)
    desk.frames.fail(Failure(desk.asked[-1], "There is not enough memory."))
    for now in (0.3, 0.4, 0.5):
        desk.frames.ask(now)
    assert desk.pictures() == [MOVING, AT_REST]


def test_a_heat_map_takes_the_place_of_the_picture(desk: Desk) -> None:
    desk.frames.ask(0.0)
    desk.ui.view.heat = True
    desk.frames.ask(0.1)
    assert not desk.answer(desk.asked[0]), "a picture for the view before is not shown"
    request = desk.asked[-1]
    assert request == HeatMapRequest(EDIT)
    assert not desk.ui.view.shows_heat, "the canvas still shows the picture before"
    desk.frames.progress(RequestProgress(HeatMapRequest(EDIT), 0.9))
    assert desk.ui.view.heat_share is None, "another request of the same edit"
    desk.frames.progress(RequestProgress(request, 0.25))
    assert desk.ui.view.heat_share == 0.25
    assert desk.frames.take(Reply(request, RenderedHeatMap(black(SIZE)), 1.0))
    assert (desk.ui.view.shows_heat, desk.ui.view.heat_share) == (True, None)
    assert desk.ui.view.pictured is None, "a heat map must not be saved"
    desk.ui.view.heat = False
    desk.frames.ask(0.2)
    assert desk.pictures() == [MOVING, AT_REST]
    assert desk.ui.view.shows_heat, "until the picture comes"
    assert desk.answer(desk.asked[-1])
    assert not desk.ui.view.shows_heat


def test_a_heat_map_of_the_edit_before_is_old_after_a_moment(desk: Desk) -> None:
    view, moved = desk.ui.view, with_psi(EDIT, 0.1)
    view.heat = True
    desk.frames.ask(0.0)
    assert desk.frames.take(Reply(desk.asked[0], RenderedHeatMap(black(SIZE)), 1.0))
    desk.frames.ask(1.0)
    assert not view.heat_is_old
    desk.set(moved)
    desk.frames.ask(1.1)
    assert not view.heat_is_old, "a fast model never dims its maps"
    desk.frames.ask(1.4)
    assert view.heat_is_old
    assert desk.asked[-1] == HeatMapRequest(moved)
    assert desk.frames.take(Reply(desk.asked[-1], RenderedHeatMap(black(SIZE)), 1.0))
    desk.frames.ask(1.5)
    assert not view.heat_is_old
    desk.frames.forget()
    desk.frames.ask(2.0)
    assert view.heat_is_old, "the map is another model's"
    view.heat = False
    desk.frames.ask(2.1)
    assert not view.heat_is_old


def test_small_pictures_are_asked_for_at_rest_and_go_to_the_atlas(desk: Desk) -> None:
    desk.frames.ask(0.0)
    desk.frames.ask(0.1)
    assert len(desk.asked) == 1
    desk.frames.ask(1.0)
    thumbnails, strip = desk.asked[1:]
    assert isinstance(thumbnails, ThumbnailsRequest)
    assert len(thumbnails.edits) == 2
    assert isinstance(strip, PsiStripRequest)
    pictures = tuple(black(8) for _ in strip.psis)
    assert desk.frames.take(Reply(thumbnails, RenderedThumbnails(pictures[:2]), 1.0))
    assert list(desk.ui.thumbs.show.call_args.args[0]) == ["A", "B"]
    assert desk.frames.take(Reply(strip, RenderedPsiStrip(pictures), 1.0))
    assert list(desk.ui.thumbs.show.call_args.args[0]) == [psi_name(i) for i in range(len(PSIS))]
    desk.canvas.show.assert_not_called()


def test_the_psi_of_the_edit_changes_no_tile_of_the_strip(desk: Desk) -> None:
    desk.frames.ask(0.0)
    desk.frames.ask(1.0)
    _, _, strip = desk.asked
    assert desk.frames.take(Reply(strip, RenderedPsiStrip(()), 1.0))
    desk.set(with_psi(EDIT, 0.1))
    desk.frames.ask(2.0)
    desk.frames.ask(3.0)
    assert [type(request) for request in desk.asked].count(PsiStripRequest) == 1


def test_only_a_slow_picture_is_expected_late(desk: Desk) -> None:
    """Frames then leave the processor to it."""
    assert not desk.frames.expects_late()
    desk.frames.ask(0.0)
    assert not desk.frames.expects_late(), "the first picture may be quick"
    desk.answer(desk.asked[0])
    desk.ui.view.render_ms = 900.0
    assert not desk.frames.expects_late(), "nothing is under way"
    desk.set(with_psi(EDIT, 0.4))
    desk.frames.ask(1.0)
    assert desk.frames.expects_late()
