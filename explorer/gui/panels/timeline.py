"""The timeline: keyframes on a line of time, played and scrubbed."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Final

import dearpygui.dearpygui as dpg

from explorer.edit.timeline import EASINGS, Easing, Timeline
from explorer.gui import widgets
from explorer.gui.context import Refresh, Ui
from explorer.gui.parts.face_loop import draw_empty_timeline, show_face_loop
from explorer.gui.parts.track import Track
from explorer.gui.parts.track_mouse import TrackMouse
from explorer.gui.toolkit.icons import icon, label
from explorer.gui.toolkit.numbers import Numbers
from explorer.gui.toolkit.scale import px

_DURATIONS: Final = Numbers(0.1, 600, digits=1, unit=" s")
_TRACK_TIP: Final = (
    "Drag to look at any moment. Drag a diamond to move its keyframe in time, double-click it to "
    "edit from there."
)
_AUTO_KEY_TIP: Final = (
    "Auto-key: write every change into the chosen keyframe at once. Between two keyframes, a "
    "change makes a new one."
)
_WAYS_TO_KEEP: Final = (
    (
        "back",
        label("undo", "Back to the change"),
        156,
        "Show the picture that you changed. No keyframe holds it yet.",
    ),
    (
        "update",
        "Update keyframe",
        148,
        "The picture differs from this keyframe. Click to keep it there.",
    ),
)
_TRANSPORT: Final = (
    ("previous", "skip_back", "Go to the previous keyframe."),
    ("play", "play", "Play the timeline, or pause."),
    ("next", "skip_forward", "Go to the next keyframe."),
    ("loop", "repeat", "Loop: go on from the last keyframe to the first, without a jump."),
    (
        "flow",
        "waves",
        "Let noise flow in the timeline and its export, at the speeds of the Noise panel. At the "
        "end it is back where it began, so that a loop closes.",
    ),
)


def timeline(ui: Ui) -> Refresh:
    """Draw the buttons, the fields of the chosen keyframe and the track."""
    panel = _TimelinePanel(ui)
    panel.draw()
    return panel.refresh


class _TimelinePanel:
    """A row of buttons and fields above the track."""

    def __init__(self, ui: Ui) -> None:
        self._ui = ui
        self._track = Track(ui)
        self._mouse = TrackMouse(ui, self._track)

    def draw(self) -> None:
        with widgets.row(widgets.AUTO, 0, widgets.AUTO, widgets.AUTO):
            self._draw_transport()
            dpg.add_spacer()
            self._draw_keyframe_fields()
            self._draw_buttons()
        with dpg.group(tag="timeline.filled", show=False) as frame:
            self._track.draw()
        widgets.tooltip(frame, _TRACK_TIP)
        with dpg.group(tag="timeline.empty"):
            draw_empty_timeline(self._ui)
        self._ui.pointer.add(self._mouse.area())

    def refresh(self) -> None:
        ui, timeline, chosen = self._ui, self._ui.session.timeline, self._ui.chosen_keyframe
        if not self._mouse.holds_keyframe:
            self._track.fit(timeline)
        dpg.configure_item("timeline.filled", show=bool(timeline.keyframes))
        dpg.configure_item("timeline.empty", show=not timeline.keyframes)
        show_face_loop(ui)
        dpg.configure_item("timeline.play", label=icon("pause" if ui.player.playing else "play"))
        widgets.set_switch(ui, "timeline.loop", timeline.loop)
        widgets.set_switch(ui, "timeline.flow", timeline.flow is not None)
        widgets.set_switch(ui, "timeline.auto_key", ui.view.auto_key, off=0)
        self._show_ways_to_keep(chosen)
        dpg.set_value("timeline.time", f"{ui.player.position:.1f} / {timeline.duration_s:.1f} s")
        dpg.configure_item("timeline.fields", show=chosen is not None)
        if chosen is not None:
            dpg.set_value("timeline.chosen", f"Keyframe {chosen + 1}")
            widgets.show_number("timeline.duration", timeline.keyframes[chosen].duration_s)
            widgets.show_value("timeline.easing", timeline.keyframes[chosen].easing)
        self._track.show(timeline, chosen)

    def _show_ways_to_keep(self, chosen: int | None) -> None:
        """Offer to keep a changed picture, or to come back to it, and to add the next keyframe."""
        ui, count = self._ui, len(self._ui.session.timeline.keyframes)
        is_away = ui.player.shows_timeline and ui.is_unkept
        is_changed = not is_away and chosen is not None and ui.changed_keyframe == chosen
        dpg.configure_item("timeline.back", show=is_away)
        dpg.configure_item("timeline.update", show=is_changed)
        if chosen is not None:
            dpg.configure_item("timeline.update", label=f"Update keyframe {chosen + 1}")
        is_film = count > 1
        dpg.bind_item_theme("timeline.add", 0 if is_film else ui.theme.primary)
        for tag in ("timeline.update", "timeline.export"):
            dpg.bind_item_theme(tag, ui.theme.primary if is_film else 0)

    def _draw_transport(self) -> None:
        with dpg.group(horizontal=True, horizontal_spacing=px(4)):
            self._draw_icons(_TRANSPORT)
            dpg.add_text("0.0 / 0.0 s", tag="timeline.time")
            widgets.command_button(
                self._ui,
                "timeline.auto_key",
                "Auto-key",
                _AUTO_KEY_TIP,
                tag="timeline.auto_key",
                width=76,
            )

    def _draw_keyframe_fields(self) -> None:
        with dpg.group(horizontal=True, horizontal_spacing=px(8)):
            self._draw_ways_to_keep()
            with dpg.group(
                horizontal=True, horizontal_spacing=px(4), tag="timeline.fields", show=False
            ):
                self._draw_fields()

    def _draw_ways_to_keep(self) -> None:
        for name, title, width, tip in _WAYS_TO_KEEP:
            tag = f"timeline.{name}"
            button = widgets.command_button(self._ui, tag, title, tip, tag=tag, width=width)
            dpg.configure_item(button, show=False)
            dpg.bind_item_theme(button, self._ui.theme.primary)

    def _draw_fields(self) -> None:
        dpg.add_text("", tag="timeline.chosen")
        widgets.drag_number(
            self._ui,
            "timeline.duration",
            _DURATIONS,
            self._change_duration,
            width=64,
            speed=0.02,
            tip="Set the seconds from this keyframe to the next.",
        )
        easing = dpg.add_combo(
            EASINGS,
            tag="timeline.easing",
            width=px(92),
            callback=lambda _s, value, _d: self._change_easing(value),
        )
        widgets.tooltip(
            easing,
            "Choose how the change to the next keyframe starts and ends. "
            "With hold, nothing changes until the next keyframe.",
        )
        self._draw_icons((("remove", "trash", "Remove this keyframe."),))

    def _draw_icons(self, buttons: tuple[tuple[str, str, str], ...]) -> None:
        for name, picture, tip in buttons:
            tag = f"timeline.{name}"
            widgets.command_icon(self._ui, tag, picture, tip, tag=tag)

    def _draw_buttons(self) -> None:
        with dpg.group(horizontal=True, horizontal_spacing=px(6)):
            widgets.command_button(
                self._ui,
                "timeline.add",
                label("keyframe_add", "Keyframe"),
                "Keep the current picture as a keyframe.",
                tag="timeline.add",
                width=112,
            )
            widgets.command_button(
                self._ui,
                "file.export",
                label("film", "Export"),
                "Write the timeline as a video, an animation or pictures.",
                tag="timeline.export",
                width=96,
            )

    def _change_duration(self, seconds: float) -> None:
        chosen = self._ui.chosen_keyframe
        if chosen is not None:
            changed = self._ui.session.timeline.replaced(chosen, duration_s=seconds)
            self._change(changed, gesture=("duration", chosen))

    def _change_easing(self, easing: Easing) -> None:
        chosen = self._ui.chosen_keyframe
        if chosen is not None:
            self._change(self._ui.session.timeline.replaced(chosen, easing=easing))

    def _change(self, changed: Timeline, gesture: Hashable | None = None) -> None:
        player = self._ui.player
        self._ui.session.change_timeline(changed, gesture=gesture)
        player.position = min(player.position, changed.duration_s)
