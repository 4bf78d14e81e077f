"""The timeline: keyframes on a line of time, played and scrubbed."""

from __future__ import annotations

import time
from typing import Final

import dearpygui.dearpygui as dpg

from explorer.edit.timeline import EASINGS, Timeline
from explorer.gui import widgets
from explorer.gui.context import Refresh, Ui
from explorer.gui.toolkit import theme
from explorer.gui.toolkit.icons import icon, label
from explorer.gui.toolkit.pointer import Area, Point
from explorer.gui.toolkit.theme import px

TRACK: Final = "timeline.track"
_TRACK_HEIGHT: Final = 46
_MARGIN: Final = 14
_REACH: Final = 9  # how near to a keyframe the pointer has to be
_STEADY: Final = 4  # how far the pointer has to go before it moves a keyframe
_LEAST_SPAN: Final = 4.0  # seconds shown when the journey is shorter


def timeline(ui: Ui) -> Refresh:
    """Draws the panel."""
    panel = _TimelinePanel(ui)
    panel.draw()
    return panel.refresh


class _TimelinePanel:
    def __init__(self, ui: Ui) -> None:
        self._ui = ui
        self._dragged: int | None = None
        self._pressed_at: float | None = None  # until the pointer has gone far enough
        self._grab = 0.0  # pixels from the keyframe to where it was taken
        self._span = _LEAST_SPAN
        self._drawn: object = None

    def draw(self) -> None:
        with widgets.row(widgets.AUTO, 0, widgets.AUTO, widgets.AUTO):
            self._transport()
            dpg.add_spacer()
            self._keyframe_fields()
            self._buttons()
        with dpg.group() as frame:
            dpg.add_drawlist(px(100), px(_TRACK_HEIGHT), tag=TRACK)
        self._ui.pointer.add(
            Area(
                TRACK,
                pressed=self._press,
                dragged=self._drag,
                released=self._release,
                double=self._double,
            )
        )
        widgets.tooltip(
            frame,
            "Drag to look at any moment. Drag a diamond to move it in time, "
            "double click it to work on that moment.",
        )

    def refresh(self) -> None:
        ui, line = self._ui, self._ui.session.timeline
        if self._dragged is None:  # while a keyframe is dragged, seconds stay where they are
            self._span = max(line.duration_s, _LEAST_SPAN)
        dpg.configure_item("timeline.play", label=icon("pause" if ui.player.playing else "play"))
        widgets.set_switch(ui, "timeline.loop", line.loop)
        dpg.set_value("timeline.time", f"{ui.player.position:.1f} / {line.duration_s:.1f} s")
        chosen = self._ui.chosen_keyframe
        dpg.configure_item("timeline.fields", show=chosen is not None)
        if chosen is not None:
            dpg.set_value("timeline.chosen", f"Keyframe {chosen + 1}")
            widgets.show_value("timeline.duration", line.keyframes[chosen].duration_s)
            widgets.show_value("timeline.easing", line.keyframes[chosen].easing)
        self._draw_track(line, chosen)

    def _transport(self) -> None:
        ui = self._ui
        with dpg.group(horizontal=True, horizontal_spacing=px(4)):
            for name, picture, words in (
                ("previous", "skip_back", "To the keyframe before."),
                ("play", "play", "Plays the journey, or stops."),
                ("next", "skip_forward", "To the keyframe after."),
                (
                    "loop",
                    "repeat",
                    "Loop: the last keyframe leads back to the first without a seam.",
                ),
            ):
                hint = ui.commands.hint(f"timeline.{name}", words)
                widgets.icon_button(
                    ui,
                    picture,
                    hint,
                    ui.commands.runner(f"timeline.{name}"),
                    tag=f"timeline.{name}",
                )
            dpg.add_text("0.0 / 0.0 s", tag="timeline.time")

    def _keyframe_fields(self) -> None:
        ui = self._ui
        with dpg.group(
            horizontal=True, horizontal_spacing=px(4), tag="timeline.fields", show=False
        ):
            dpg.add_text("", tag="timeline.chosen")
            item = dpg.add_drag_float(
                tag="timeline.duration",
                width=px(64),
                speed=0.02,
                min_value=0.1,
                max_value=600.0,
                clamped=True,
                format="%.1f s",
                callback=lambda _s, value, _d: self._change("duration", duration_s=value),
            )
            ui.watch_gesture(item)
            widgets.tooltip(
                item, "Seconds from this keyframe to the next. Drag, or double click to type."
            )
            item = dpg.add_combo(
                EASINGS,
                tag="timeline.easing",
                width=px(92),
                callback=lambda _s, value, _d: self._change(None, easing=value),
            )
            widgets.tooltip(
                item,
                "How the way to the next keyframe begins and ends. Hold: jumps there at the end.",
            )
            for name, picture, words in (
                ("update", "check", "Puts the picture you see now into this keyframe."),
                ("remove", "trash", "Removes this keyframe."),
            ):
                widgets.icon_button(
                    ui, picture, ui.commands.hint(f"timeline.{name}", words),
                    ui.commands.runner(f"timeline.{name}"), tag=f"timeline.{name}",
                )  # fmt: skip

    def _buttons(self) -> None:
        ui = self._ui
        with dpg.group(horizontal=True, horizontal_spacing=px(6)):
            widgets.text_button(
                label("keyframe_add", "Keyframe"),
                ui.commands.hint("timeline.add", "Keeps the picture you see now as a keyframe."),
                ui.commands.runner("timeline.add"),
                tag="timeline.add",
                width=112,
            )
            item = widgets.text_button(
                label("film", "Export"),
                ui.commands.hint(
                    "file.export", "Writes the journey as a video, an animation or pictures."
                ),
                ui.commands.runner("file.export"),
                tag="timeline.export",
                width=96,
            )
            dpg.bind_item_theme(item, ui.theme.primary)

    def _change(self, gesture: str | None, **fields: object) -> None:
        chosen, ui = self._ui.chosen_keyframe, self._ui
        if chosen is not None:
            changed = ui.session.timeline.replaced(chosen, **fields)  # type: ignore[arg-type]
            ui.session.change_timeline(changed, gesture=gesture and (gesture, chosen))
            ui.player.position = min(ui.player.position, changed.duration_s)

    def _x(self, seconds: float) -> float:
        width = float(dpg.get_item_width(TRACK) or 100)
        return px(_MARGIN) + seconds / self._span * (width - 2 * px(_MARGIN))

    def _seconds(self, x: float) -> float:
        width = float(dpg.get_item_width(TRACK) or 100)
        share = (x - px(_MARGIN)) / max(width - 2 * px(_MARGIN), 1)
        return min(max(share, 0.0), 1.0) * self._span

    def _draw_track(self, line: Timeline, chosen: int | None) -> None:
        width = dpg.get_item_width(TRACK)
        wanted = (line, chosen, width, round(self._ui.player.position, 3), self._ui.player.placed)
        if wanted == self._drawn:
            return
        self._drawn = wanted
        dpg.delete_item(TRACK, children_only=True)
        _draw_ground(width or 100)
        if not line.keyframes:
            _draw_hint()
            return
        self._draw_ruler()
        middle = px(_TRACK_HEIGHT) * 0.62
        end = self._x(line.duration_s)
        dpg.draw_line(
            (self._x(0), middle),
            (end, middle),
            color=theme.FRAME_ACTIVE,
            thickness=px(2),
            parent=TRACK,
        )
        for index, start in enumerate(line.start_times):
            _draw_diamond(self._x(start), middle, index == chosen)
        if line.loop and len(line.keyframes) > 1:
            dpg.draw_circle((end, middle), px(4), color=theme.DIM, thickness=px(1), parent=TRACK)
        if self._ui.player.placed:
            x = self._x(self._ui.player.position)
            dpg.draw_line(
                (x, 0), (x, px(_TRACK_HEIGHT)), color=theme.TEXT, thickness=px(1.5), parent=TRACK
            )

    def _draw_ruler(self) -> None:
        step = next((s for s in (0.5, 1, 2, 5, 10, 30, 60, 300) if self._span / s <= 16), 600)
        for mark in range(int(self._span / step) + 1):
            x = self._x(mark * step)
            dpg.draw_line((x, px(2)), (x, px(8)), color=theme.FRAME_ACTIVE, parent=TRACK)
            dpg.draw_text(
                (x + px(4), px(1)), f"{mark * step:g}", size=px(12), color=theme.FAINT, parent=TRACK
            )

    def _near(self, at: Point) -> int | None:
        starts = self._ui.session.timeline.start_times
        found = min(range(len(starts)), key=lambda i: abs(self._x(starts[i]) - at[0]), default=None)
        return (
            found
            if found is not None and abs(self._x(starts[found]) - at[0]) <= px(_REACH)
            else None
        )

    def _press(self, button: int, at: Point) -> None:
        if button == 0 and self._ui.session.timeline.keyframes:
            self._dragged = self._near(at)
            if self._dragged is not None:
                start = self._ui.session.timeline.start_times[self._dragged]
                self._pressed_at, self._grab = at[0], at[0] - self._x(start)
                self._ui.view.keyframe = self._dragged
                self._seek(start)
            else:
                self._seek(self._seconds(at[0]))

    def _drag(self, button: int, at: Point, _dx: float, _dy: float) -> None:
        session = self._ui.session
        if button != 0 or not session.timeline.keyframes:
            return
        if self._dragged is None:
            self._seek(self._seconds(at[0]))
        elif self._dragged < len(session.timeline.keyframes) and self._moves(at[0]):
            seconds = round(self._seconds(at[0] - self._grab), 2)
            moved = session.timeline.moved(self._dragged, seconds)
            session.change_timeline(moved, gesture=("move keyframe", self._dragged))
            self._seek(moved.start_times[self._dragged])

    def _moves(self, x: float) -> bool:
        """Whether the pointer moves the keyframe by now: a click may shake a little."""
        if self._pressed_at is not None and abs(x - self._pressed_at) >= px(_STEADY):
            self._pressed_at = None
        return self._pressed_at is None

    def _release(self, _button: int) -> None:
        self._dragged = None
        self._ui.session.end_gesture()
        self._ui.stale = True

    def _double(self, at: Point) -> None:
        found = self._near(at)
        if found is not None:
            self._ui.change(self._ui.session.timeline.keyframes[found].edit)

    def _seek(self, seconds: float) -> None:
        self._ui.player.pause()
        self._ui.player.seek(min(seconds, self._ui.session.timeline.duration_s), time.monotonic())
        self._ui.stale = True


def _draw_ground(width: int) -> None:
    dpg.draw_rectangle(
        (0, 0),
        (width, px(_TRACK_HEIGHT)),
        fill=theme.GROUND,
        color=theme.CLEAR,
        rounding=px(5),
        parent=TRACK,
    )


def _draw_hint() -> None:
    words = (
        "Press K to keep the picture as a keyframe. "
        "Change it, press K again, then Space to play the journey."
    )
    dpg.draw_text((px(_MARGIN), px(14)), words, size=px(14), color=theme.DIM, parent=TRACK)


def _draw_diamond(x: float, y: float, chosen: bool) -> None:
    r = px(8 if chosen else 6)
    points = ((x, y - r), (x + r, y), (x, y + r), (x - r, y))
    fill = theme.ACCENT if chosen else theme.TEXT
    dpg.draw_quad(*points, fill=fill, color=theme.GROUND, thickness=px(1), parent=TRACK)
