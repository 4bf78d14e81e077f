"""The track of the timeline: keyframes as diamonds on a line of time, a ruler and the playhead."""

from __future__ import annotations

from typing import Final

import dearpygui.dearpygui as dpg

from explorer.edit.timeline import Easing, Timeline, ease
from explorer.gui import widgets
from explorer.gui.context import Ui
from explorer.gui.toolkit import palette
from explorer.gui.toolkit.scale import px

TRACK: Final = "timeline.track"
_HEIGHT: Final = 46
_LINE_AT: Final = 0.62  # of the height
_MARGIN: Final = 14
_REACH: Final = 9  # how near to a keyframe the pointer has to be
_SHORTEST_SPAN_S: Final = 4.0  # shown even if the timeline is shorter
_RULER_STEPS_S: Final = (0.5, 1, 2, 5, 10, 30, 60, 300)
_COARSEST_STEP_S: Final = 600
_MOST_MARKS: Final = 16
_CURVE_WIDTH: Final = 22  # of the curve that shows how a change eases
_CURVE_HEIGHT: Final = 14
_CURVE_STEPS: Final = 16


class Track:
    """Draws the track, and converts between seconds and pixels on it."""

    def __init__(self, ui: Ui) -> None:
        self._ui = ui
        self._span_s = _SHORTEST_SPAN_S
        self._width = 0
        self._drawn: object = None

    def draw(self) -> None:
        """Add the drawing, empty, to the current container."""
        dpg.add_drawlist(px(100), px(_HEIGHT), tag=TRACK)

    def fit(self, timeline: Timeline) -> None:
        """Let the track span the whole timeline."""
        self._span_s = max(timeline.duration_s, _SHORTEST_SPAN_S)

    def x(self, seconds: float) -> float:
        """Return the place of a moment, in pixels from the left edge."""
        return px(_MARGIN) + seconds / self._span_s * (self._width - 2 * px(_MARGIN))

    def seconds(self, x: float) -> float:
        """Return the moment at a place; the margins belong to the first and the last moment."""
        share = (x - px(_MARGIN)) / max(self._width - 2 * px(_MARGIN), 1)
        return min(max(share, 0.0), 1.0) * self._span_s

    def keyframe_at(self, x: float) -> int | None:
        """Return the index of the keyframe under the pointer."""
        distances = [abs(self.x(start) - x) for start in self._ui.session.timeline.start_times]
        nearest = min(range(len(distances)), key=distances.__getitem__, default=None)
        return nearest if nearest is not None and distances[nearest] <= px(_REACH) else None

    def show(self, timeline: Timeline, chosen: int | None) -> None:
        """Draw the timeline again if anything that is seen of it has changed."""
        player, width = self._ui.player, widgets.inner_width("timeline")
        changed = self._ui.changed_keyframe
        visible = (timeline, chosen, changed, width, round(player.position, 3), player.placed)
        if visible == self._drawn or not timeline.keyframes:
            return
        self._drawn = visible
        self._width = width
        dpg.configure_item(TRACK, width=width)
        dpg.delete_item(TRACK, children_only=True)
        self._draw_ground()
        self._draw_ruler()
        self._draw_keyframes(timeline, chosen, changed)
        if player.placed:
            self._draw_playhead()

    def _draw_ground(self) -> None:
        dpg.draw_rectangle(
            (0, 0),
            (self._width, px(_HEIGHT)),
            fill=palette.GROUND,
            color=palette.CLEAR,
            rounding=px(5),
            parent=TRACK,
        )

    def _draw_ruler(self) -> None:
        fitting = (step for step in _RULER_STEPS_S if self._span_s / step <= _MOST_MARKS)
        step = next(fitting, _COARSEST_STEP_S)
        for mark in range(int(self._span_s / step) + 1):
            x, text = self.x(mark * step), f"{mark * step:g}"
            dpg.draw_line((x, px(2)), (x, px(8)), color=palette.FRAME_ACTIVE, parent=TRACK)
            at = (x + px(4), px(1))
            dpg.draw_text(at, text, size=px(12), color=palette.FAINT, parent=TRACK)

    def _draw_keyframes(self, timeline: Timeline, chosen: int | None, changed: int | None) -> None:
        y, starts = px(_HEIGHT) * _LINE_AT, timeline.start_times
        ends = (*starts[1:], timeline.duration_s)
        for keyframe, start, end in zip(timeline.keyframes, starts, ends, strict=True):
            self._draw_easing(keyframe.easing, self.x(start), self.x(end), y)
        for index, seconds in enumerate(starts):
            _draw_diamond(self.x(seconds), y, index == chosen, is_hollow=index == changed)
        if timeline.loop and len(timeline.keyframes) > 1:
            end = self.x(timeline.duration_s)
            dpg.draw_circle((end, y), px(4), color=palette.DIM, thickness=px(1), parent=TRACK)

    def _draw_easing(self, easing: Easing, left: float, right: float, y: float) -> None:
        """Draw a line to the next keyframe, and in its middle how the picture moves: a curve."""
        dpg.draw_line(
            (left, y), (right, y), color=palette.FRAME_ACTIVE, thickness=px(2), parent=TRACK
        )
        width, height, middle = px(_CURVE_WIDTH), px(_CURVE_HEIGHT), (left + right) / 2
        if right - left < 2 * width:
            return
        dpg.draw_rectangle(
            (middle - width, y - height),
            (middle + width, y + height),
            fill=palette.GROUND,
            color=palette.CLEAR,
            parent=TRACK,
        )
        shares = [step / _CURVE_STEPS for step in range(_CURVE_STEPS + 1)]
        points = [
            (middle + width * (share - 0.5), y + height * (0.5 - ease(easing, share)))
            for share in shares
        ]
        if easing == "hold":
            points.append((points[-1][0], y - height / 2))  # then it jumps
        dpg.draw_polyline(points, color=palette.DIM, thickness=px(1.5), parent=TRACK)

    def _draw_playhead(self) -> None:
        x, bottom = self.x(self._ui.player.position), px(_HEIGHT)
        dpg.draw_line((x, 0), (x, bottom), color=palette.TEXT, thickness=px(1.5), parent=TRACK)


def _draw_diamond(x: float, y: float, is_chosen: bool, is_hollow: bool) -> None:
    """Draw a keyframe; a hollow one waits for the picture that was changed there."""
    r = px(8 if is_chosen else 6)
    corners = ((x, y - r), (x + r, y), (x, y + r), (x - r, y))
    colour = palette.ACCENT if is_chosen else palette.TEXT
    fill, rim = (palette.GROUND, colour) if is_hollow else (colour, palette.GROUND)
    thickness = px(2 if is_hollow else 1)
    dpg.draw_quad(*corners, fill=fill, color=rim, thickness=thickness, parent=TRACK)
