"""The pictures that the window asks the worker for, and shows when they come.

At most one request of each kind is under way. When it comes back, the next one asks for the edit as
it is then, so a slow machine shows fewer pictures but never old ones. Only the slow picture of an
edit at rest is given up, when the edit moves again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from explorer.edit.edit import Edit
from explorer.edit.ops import before_walk, with_mix, with_mix_reset, with_psi
from explorer.gui.canvas import Canvas
from explorer.gui.context import Ui
from explorer.gui.motion import FrameRate
from explorer.gui.previews import FACES, PSIS, psi_name
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

SOON_S: Final = 0.015  # the next frame waits this long for a picture
_REST_S: Final = 0.12  # an edit that has not changed for this long is at rest
_SMALL_REST_S: Final = 0.25  # thumbnails wait until the edit has been at rest for this long
_OLD_S: Final = 0.2  # a heat map of the edit before is called old after this time
_RATE_EVERY_S: Final = 0.25  # time between two changes of the frame rate in the status bar


class Frames:
    """Asks for pictures and shows them. Belongs to the main thread.

    Times `now` are seconds of a steady clock.
    """

    def __init__(self, ui: Ui, canvas: Canvas, request: Callable[[Request], None]) -> None:
        self._ui = ui
        self._canvas = canvas
        self._request = request
        self._asked: dict[type[Request], Request] = {}  # the newest of each kind
        self._under_way: dict[type[Request], Request] = {}
        self._panel_edit: Edit | None = None  # the edit of the panels, without flowing noise
        self._panel_edit_since_s = 0.0
        self._canvas_edit: Edit | None = None
        self._canvas_edit_since_s = 0.0
        self._is_draft = False  # the canvas shows a smaller picture
        self._mapped: Edit | None = None  # the edit of the heat map on the canvas
        self._mapped_at_s = 0.0  # when that was last the edit to show
        self._rate = FrameRate()
        self._rate_shown_s = 0.0

    def forget(self) -> None:
        """Ask for everything again and ignore what is still under way, for another model."""
        self._asked.clear()
        self._under_way.clear()
        self._is_draft = False
        self._mapped = None
        self._ui.view.heat_share = None

    def ask(self, now: float) -> None:
        """Request whatever is not shown yet."""
        self._show_rate(now)
        if self._ui.session.model_info is None:
            return
        edit, heat = self._ui.edit, self._ui.view.heat
        # A heat map is about all noise, so noise does not flow in it.
        shown = edit if heat else self._ui.shown(now)
        if self._ui.view.show_a:
            shown = before_walk(shown, 0) or _with_one_source(shown, 0)
        if heat:
            self._want(HeatMapRequest(shown))
            self._asked.pop(PictureRequest, None)
        else:
            self._want_picture(shown, now)
            self._asked.pop(HeatMapRequest, None)
        self._show_age_of_heat(shown, now)
        if edit != self._panel_edit:
            self._panel_edit = edit
            self._panel_edit_since_s = now
        if now - self._panel_edit_since_s > _SMALL_REST_S:
            self._want_small_pictures(edit)

    def is_settled(self) -> bool:
        """Tell whether every request has been answered, and the picture at full size."""
        return not self._under_way and not self._is_draft

    def waits_to_ask(self, now: float) -> bool:
        """Tell whether there is more to ask for once the edit has been at rest."""
        return self._is_draft or now - self._panel_edit_since_s <= _SMALL_REST_S + 0.05

    def expects_soon(self) -> bool:
        """Tell whether a picture may come before the next frame, as the last one did."""
        return PictureRequest in self._under_way and self._ui.view.render_ms <= 1000 * SOON_S

    def expects_late(self) -> bool:
        """Tell whether a picture is on its way that will take more than a frame."""
        return PictureRequest in self._under_way and not self.expects_soon()

    def take(self, reply: Reply) -> bool:
        """Show what has come. Return False if it belongs to an earlier model or view."""
        if not self._has_ended(reply.request):
            return False
        view, thumbs = self._ui.view, self._ui.thumbs
        match reply.request, reply.rendered:
            case PictureRequest(edit), RenderedPicture(picture, layers) if not view.heat:
                self._show(picture, reply.render_ms, layers)
                view.shows_heat = False
                view.shows_a = edit == _with_one_source(edit, 0)
                self._is_draft = len(picture) < self._resolution()
                view.pictured = None if self._is_draft else edit
            case HeatMapRequest(), RenderedHeatMap(picture) if view.heat:
                self._show(picture, reply.render_ms)
                view.shows_heat = True
                self._mapped = reply.request.edit
                self._is_draft = False
                view.pictured = None
            case ThumbnailsRequest(), RenderedThumbnails(pictures):
                thumbs.show(dict(zip(FACES, pictures, strict=False)))
            case PsiStripRequest(), RenderedPsiStrip(pictures):
                thumbs.show({psi_name(i): picture for i, picture in enumerate(pictures)})
            case _:
                return False
        self._ui.stale = True
        return True

    def progress(self, progress: RequestProgress) -> None:
        """Note how much of a heat map is done."""
        request = progress.request
        if isinstance(request, HeatMapRequest) and self._under_way.get(HeatMapRequest) is request:
            self._ui.view.heat_share = progress.share
            self._ui.stale = True

    def fail(self, failure: Failure) -> None:
        """Say why a picture could not be made, then wait for another edit.

        A request to an earlier model fails silently.
        """
        if self._has_ended(failure.request):
            self._is_draft = self._is_draft and not isinstance(failure.request, PictureRequest)
            self._ui.say(failure.message, warning=True)

    def _has_ended(self, request: Request) -> bool:
        """Take a request off those under way. Return False if it was given up before.

        Two models may have been asked for the same edit, so the object counts, not its value.
        """
        if self._under_way.get(type(request)) is not request:
            return False
        del self._under_way[type(request)]
        if isinstance(request, HeatMapRequest):
            self._ui.view.heat_share = None
        return True

    def _show(self, picture: Picture, render_ms: float, layers: str = "") -> None:
        self._canvas.show(picture, self._resolution())
        self._rate.count(time.monotonic())
        self._ui.view.render_ms = render_ms
        self._ui.view.detail = layers

    def _resolution(self) -> int:
        assert self._ui.session.model_info is not None
        return self._ui.session.model_info.resolution

    def _show_rate(self, now: float) -> None:
        """Let the status bar say how fast pictures follow each other while something moves."""
        fps = round(self._rate.at(now))
        if fps != self._ui.view.fps and (not fps or now - self._rate_shown_s > _RATE_EVERY_S):
            self._ui.view.fps = fps
            self._ui.stale = True
            self._rate_shown_s = now

    def _show_age_of_heat(self, shown: Edit, now: float) -> None:
        """Note a heat map that is not of the edit to show, and has not been for a while."""
        view = self._ui.view
        if not (view.heat and view.shows_heat) or self._mapped == shown:
            self._mapped_at_s = now
        is_old = now - self._mapped_at_s > _OLD_S
        if is_old != view.heat_is_old:
            view.heat_is_old = is_old
            self._ui.stale = True

    def _want_picture(self, edit: Edit, now: float) -> None:
        """Ask for a picture, of any size while the edit moves and of full size at rest."""
        if edit != self._canvas_edit:
            self._canvas_edit = edit
            self._canvas_edit_since_s = now
        is_moving = now - self._canvas_edit_since_s <= _REST_S
        pending = self._under_way.get(PictureRequest)
        if isinstance(pending, PictureRequest) and is_moving and not pending.is_moving:
            del self._under_way[PictureRequest]  # a slow picture is given up for what moves now
        asked = self._asked.get(PictureRequest)
        is_asked = isinstance(asked, PictureRequest) and asked.edit == edit
        if self._is_draft or not is_asked:
            self._want(PictureRequest(edit, is_moving))

    def _want_small_pictures(self, edit: Edit) -> None:
        source_count = min(2, len(edit.sources))
        faces = tuple(_with_one_source(edit, index) for index in range(source_count))
        self._want(ThumbnailsRequest(faces))
        model_info = self._ui.session.model_info
        if model_info is not None and model_info.has_w_avg:
            # The strip does not depend on psi: a fixed one avoids asking again.
            self._want(PsiStripRequest(with_psi(edit, 0.0), PSIS))

    def _want(self, request: Request) -> None:
        """Make a request, unless one of its kind is under way or it has been answered."""
        kind = type(request)
        if kind not in self._under_way and self._asked.get(kind) != request:
            self._asked[kind] = self._under_way[kind] = request
            self._request(request)


def _with_one_source(edit: Edit, index: int) -> Edit:
    """Return the edit with all layers from one source, A or B."""
    plain = with_mix_reset(edit, range(edit.num_layers))
    return with_mix(plain, range(edit.num_layers), 1.0) if index == 1 else plain
