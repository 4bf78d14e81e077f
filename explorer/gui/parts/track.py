"""The track of the timeline: keyframes as diamonds on a line of time, a ruler and the playhead."""

from __future__ import annotations

from typing import Final

import dearpygui.dearpygui as dpg

from explorer.edit.timeline import Timeline
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
_HINT: Final = (
    "Press K to keep the picture as a keyframe. "
    "Change it, press K again, then Space to play the timeline."
)


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
        visible = (timeline, chosen, width, round(player.position, 3), player.placed)
        if visible == self._drawn:
            return
        self._drawn = visible
        self._width = width
        dpg.configure_item(TRACK, width=width)
        dpg.delete_item(TRACK, children_only=True)
        self._draw_ground()
        if not timeline.keyframes:
            at = (px(_MARGIN), px(14))
            dpg.draw_text(at, _HINT, size=px(14), color=palette.DIM, parent=TRACK)
            return
        self._draw_ruler()
        self._draw_keyframes(timeline, chosen)
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

    def _draw_keyframes(self, timeline: Timeline, chosen: int | None) -> None:
        y, start, end = px(_HEIGHT) * _LINE_AT, self.x(0), self.x(timeline.duration_s)
        dpg.draw_line(
            (start, y), (end, y), color=palette.FRAME_ACTIVE, thickness=px(2), parent=TRACK
        )
        for index, seconds in enumerate(timeline.start_times):
            _draw_diamond(self.x(seconds), y, index == chosen)
        if timeline.loop and len(timeline.keyframes) > 1:
            dpg.draw_circle((end, y), px(4), color=palette.DIM, thickness=px(1), parent=TRACK)

    def _draw_playhead(self) -> None:
        x, bottom = self.x(self._ui.player.position), px(_HEIGHT)
        dpg.draw_line((x, 0), (x, bottom), color=palette.TEXT, thickness=px(1.5), parent=TRACK)


def _draw_diamond(x: float, y: float, is_chosen: bool) -> None:
    r = px(8 if is_chosen else 6)
    corners = ((x, y - r), (x + r, y), (x, y + r), (x - r, y))
    fill = palette.ACCENT if is_chosen else palette.TEXT
    dpg.draw_quad(*corners, fill=fill, color=palette.GROUND, thickness=px(1), parent=TRACK)
