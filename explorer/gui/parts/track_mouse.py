"""The mouse on the track: scrubbing, choosing a keyframe and moving it in time."""

from __future__ import annotations

import time
from typing import Final

import dearpygui.dearpygui as dpg

from explorer.edit.keyframes import keyframe_at
from explorer.gui.context import Ui
from explorer.gui.parts.track import TRACK, Track
from explorer.gui.toolkit.pointer import Area, Point
from explorer.gui.toolkit.scale import px

_DRAG_START: Final = 4  # design pixels of movement before a keyframe follows the pointer


class TrackMouse:
    """Moves the playhead and the keyframes as the mouse is pressed and dragged."""

    def __init__(self, ui: Ui, track: Track) -> None:
        self._ui = ui
        self._track = track
        self._dragged: int | None = None  # the keyframe on which the button went down
        self._is_moving = False  # the pointer has gone far enough to move it
        self._pressed_x = 0.0
        self._grab_offset = 0.0  # from the keyframe to where it was pressed, in pixels

    def area(self) -> Area:
        """Return the track as an area for the mouse."""
        return Area(
            TRACK,
            pressed=self._press,
            dragged=self._drag,
            released=self._release,
            double=self._double,
        )

    @property
    def holds_keyframe(self) -> bool:
        """Tell whether a keyframe is held. Meanwhile the track keeps its span."""
        return self._dragged is not None

    def _press(self, button: int, at: Point) -> None:
        timeline = self._ui.session.timeline
        if button != dpg.mvMouseButton_Left or not timeline.keyframes:
            return
        self._dragged = self._track.keyframe_at(at[0])
        if self._dragged is None:
            self._scrub(at[0])
            return
        start = timeline.start_times[self._dragged]
        self._is_moving = False
        self._pressed_x = at[0]
        self._grab_offset = at[0] - self._track.x(start)
        self._ui.view.keyframe = self._dragged
        self._seek(start)

    def _drag(self, button: int, at: Point, _dx: float, _dy: float) -> None:
        keyframes = self._ui.session.timeline.keyframes
        if button != dpg.mvMouseButton_Left or not keyframes:
            return
        if self._dragged is None:
            self._scrub(at[0])
        elif self._dragged < len(keyframes):
            self._is_moving |= abs(at[0] - self._pressed_x) >= px(_DRAG_START)
            if self._is_moving:
                self._move_keyframe(self._dragged, at[0] - self._grab_offset)

    def _move_keyframe(self, index: int, x: float) -> None:
        session = self._ui.session
        moved = session.timeline.moved(index, round(self._track.seconds(x), 2))
        session.change_timeline(moved, gesture=("move keyframe", index))
        self._seek(moved.start_times[index])

    def _release(self, _button: int) -> None:
        self._dragged = None
        self._ui.session.end_gesture()
        self._ui.stale = True

    def _double(self, at: Point) -> None:
        index = self._track.keyframe_at(at[0])
        if index is not None:
            self._ui.change(self._ui.session.timeline.keyframes[index].edit)

    def _scrub(self, x: float) -> None:
        """Look at a moment, at which no keyframe is chosen unless one is there."""
        ui = self._ui
        self._seek(self._track.seconds(x))
        ui.view.keyframe = keyframe_at(ui.session.timeline, ui.player.position)

    def _seek(self, seconds: float) -> None:
        ui = self._ui
        ui.player.pause()
        ui.player.seek(min(seconds, ui.session.timeline.duration_s), time.monotonic())
        ui.stale = True
