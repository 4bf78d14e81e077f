"""Which pictures are asked for, when, and which of them are shown. The clock is the test's."""

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
from explorer.rendering.messages import Failure, PictureRequest, RenderedPicture, Reply, Request
from tests.explorer.edit.test_session import model_info_with

EDIT = default_edit(8)
SIZE = model_info_with(8).resolution
MOVING = PictureRequest(EDIT, is_moving=True)
AT_REST = PictureRequest(EDIT, is_moving=False)


class Desk:
    """The frames of a window whose edit the test sets."""

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
        picture = np.zeros((size, size, 3), np.uint8)
        return self.frames.take(Reply(request, RenderedPicture(picture, "some"), 1.0))


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


def test_a_preview_is_followed_by_the_full_picture_at_rest(desk: Desk) -> None:
    desk.frames.ask(0.0)
    desk.answer(desk.asked[0], size=SIZE // 2)
    assert desk.ui.view.pictured is None, "a preview is not to be saved"
    assert not desk.frames.settled()
    assert desk.frames.waits_to_ask(0.01)
    desk.frames.ask(0.05)
    assert desk.pictures() == [MOVING], "the hand may still move"
    desk.frames.ask(0.2)
    assert desk.pictures() == [MOVING, AT_REST]
    desk.answer(desk.asked[-1])
    assert desk.ui.view.pictured == EDIT


def test_a_slow_picture_is_given_up_for_what_moves(desk: Desk) -> None:
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


def test_previews_wait_for_each_other(desk: Desk) -> None:
    """A hand that never stops is answered at the pace of the machine, not starved."""
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


def test_a_failure_for_the_model_before_is_not_told(desk: Desk) -> None:
    desk.frames.ask(0.0)
    desk.frames.forget()
    desk.frames.fail(Failure(desk.asked[0], "This edit is for 10 layers."))
    desk.ui.say.assert_not_called()
    desk.frames.ask(0.1)
    desk.frames.fail(Failure(desk.asked[-1], "There is not enough memory."))
    desk.ui.say.assert_called_once()


def test_a_full_picture_that_fails_is_not_asked_for_without_end(desk: Desk) -> None:
    desk.frames.ask(0.0)
    desk.answer(desk.asked[0], size=SIZE // 2)
    desk.frames.ask(0.2)
    desk.frames.fail(Failure(desk.asked[-1], "There is not enough memory."))
    for now in (0.3, 0.4, 0.5):
        desk.frames.ask(now)
    assert desk.pictures() == [MOVING, AT_REST]
