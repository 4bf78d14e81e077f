"""Which pictures the window wants from the worker, and where they go when they come.

At most one request of a channel is under way; what changes meanwhile is asked for when it comes
back, so a slow machine shows fewer pictures but never old ones. Only the slow picture of an edit at
rest is given up when the hand moves again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from typing import Any, Final

from explorer.edit.edit import Edit
from explorer.edit.ops import with_layer_reset, with_mix, with_psi
from explorer.gui.canvas import Canvas
from explorer.gui.context import Ui
from explorer.gui.motion import FrameRate
from explorer.gui.panels.truncation import PSIS, tile_name
from explorer.rendering.messages import Failure, FrameRequest, FrameResult

_REST_S: Final = 0.12  # a picture that has not changed for this long is at rest
SOON_S: Final = 0.015  # a picture that comes so soon is waited for and shown in this very frame
_RATE_S: Final = 0.25  # between two changes of the frame rate that is told
_QUIET_S: Final = 0.25  # small pictures wait until the edit has been left alone for this long


class Frames:
    """Asks for pictures and shows them. Belongs to the main thread."""

    def __init__(self, ui: Ui, canvas: Canvas, request: Callable[[FrameRequest], None]) -> None:
        self._ui, self._canvas, self._request = ui, canvas, request
        self._stamp = 0
        self._asked: dict[str, Hashable] = {}
        self._under_way: dict[str, FrameRequest] = {}
        self._edit: Edit | None = None  # the one that small pictures wait for
        self._changed_at = 0.0
        self._wanted: Edit | None = None  # what the canvas is to show
        self._moved_at = 0.0
        self._is_draft = False  # whether the canvas shows a preview
        self._rate, self._rated_at = FrameRate(), 0.0

    def forget(self) -> None:
        """Another model: everything is asked for again, and what is still to come is void."""
        self._asked.clear()
        self._under_way.clear()
        self._is_draft = False

    def ask(self, now: float) -> None:
        """Requests whatever is not yet shown at the time `now` (seconds of a steady clock)."""
        self._tell_rate(now)
        if self._ui.session.model_info is None:
            return
        edit, heat = self._ui.edit, self._ui.view.heat
        shown = edit if heat else self._ui.shown(now)  # all draws count in a heat map
        if self._ui.view.show_a:
            shown = _only(shown, 0)
        if heat:
            self._want("heat", shown, shown)
            self._asked.pop("main", None)
        else:
            self._want_picture(shown, now)
            self._asked.pop("heat", None)
        if edit != self._edit:
            self._edit, self._changed_at = edit, now
        if now - self._changed_at > _QUIET_S:
            self._ask_small(edit)

    def settled(self) -> bool:
        """Whether everything asked for has come, previews apart."""
        return not self._under_way and not self._is_draft

    def waits_to_ask(self, now: float) -> bool:
        """Whether more is to be asked for once the edit has rested."""
        return self._is_draft or now - self._changed_at <= _QUIET_S + 0.05

    def expects_soon(self) -> bool:
        """Whether a picture is under way that may come before the next frame, as the last did."""
        return "main" in self._under_way and self._ui.view.render_ms <= 1000 * SOON_S

    def take(self, result: FrameResult) -> bool:
        """Shows a picture; False when it is of a model or a view that is no more."""
        request = self._under_way.get(result.channel)
        if request is None or result.stamp != request.stamp:
            return False
        del self._under_way[result.channel]
        if result.channel in ("main", "heat"):
            if result.channel != ("heat" if self._ui.view.heat else "main"):
                return False
            assert self._ui.session.model_info is not None
            resolution = self._ui.session.model_info.resolution
            self._is_draft = result.channel == "main" and result.value.shape[0] < resolution
            self._canvas.show(result.value, resolution)
            self._rate.count(time.monotonic())
            whole = result.channel == "main" and not self._is_draft
            self._ui.view.pictured = request.payload[0] if whole else None
            self._ui.view.render_ms, self._ui.view.detail = result.render_ms, result.detail
        elif result.channel == "thumbs":
            self._ui.thumbs.show(dict(zip(("A", "B"), result.value, strict=False)))
        elif result.channel == "strip":
            self._ui.thumbs.show({tile_name(i): picture for i, picture in enumerate(result.value)})
        self._ui.stale = True
        return True

    def fail(self, failure: Failure) -> None:
        """A picture could not be made: says why and waits for another edit.

        Nothing is said of one that another model was asked for.
        """
        request = self._under_way.get(failure.channel)
        if request is None or failure.stamp != request.stamp:
            return
        del self._under_way[failure.channel]
        self._is_draft = self._is_draft and failure.channel != "main"
        self._ui.say(failure.message, warning=True)

    def _tell_rate(self, now: float) -> None:
        """The status line says how fast pictures follow each other while something moves."""
        fps = round(self._rate.at(now))
        if fps != self._ui.view.fps and (not fps or now - self._rated_at > _RATE_S):
            self._ui.view.fps, self._rated_at, self._ui.stale = fps, now, True

    def _want_picture(self, shown: Edit, now: float) -> None:
        """While it changes, a preview will do; at rest the whole picture takes its place."""
        if shown != self._wanted:
            self._wanted, self._moved_at = shown, now
        moves = now - self._moved_at <= _REST_S
        waited_for = self._under_way.get("main")
        if waited_for is None and self._is_draft and not moves:
            self._asked.pop("main", None)
        if waited_for is not None and moves and not waited_for.payload[1]:
            del self._under_way["main"]  # a slow picture is given up for what moves now
        self._want("main", shown, (shown, moves))

    def _ask_small(self, edit: Edit) -> None:
        model_info = self._ui.session.model_info
        faces = tuple(_only(edit, index) for index in range(min(2, len(edit.sources))))
        self._want("thumbs", faces, faces)
        if model_info is not None and model_info.has_w_avg:
            self._want("strip", with_psi(edit, 0.0), (edit, PSIS))

    def _want(self, channel: str, key: Hashable, payload: Any) -> bool:
        if channel in self._under_way or self._asked.get(channel) == key:
            return False
        self._stamp += 1
        self._asked[channel] = key
        self._under_way[channel] = request = FrameRequest(channel, self._stamp, payload)
        self._request(request)
        return True


def _only(edit: Edit, index: int) -> Edit:
    """The edit with all layers from one source."""
    plain = with_layer_reset(edit, range(edit.num_layers))
    return with_mix(plain, range(edit.num_layers), 1.0) if index == 1 else plain
