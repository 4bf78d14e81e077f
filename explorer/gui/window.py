"""The window: the panels around the canvas, the dialogs, and the controllers behind them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import dearpygui.dearpygui as dpg

from explorer.edit.session import Session
from explorer.gui import layout, previews
from explorer.gui.canvas import FRAMES_TO_SHOW, Canvas
from explorer.gui.context import Refresh, Ui
from explorer.gui.controllers import Controllers
from explorer.gui.controllers.frames import Frames
from explorer.gui.dialogs.modal import Dialogs
from explorer.gui.messages import Messages
from explorer.gui.motion import NoiseMotion, Player
from explorer.gui.preferences import Preferences
from explorer.gui.toolkit import theme, viewport
from explorer.gui.toolkit.atlas import Atlas
from explorer.gui.toolkit.backend import Backend
from explorer.gui.toolkit.background import Post
from explorer.gui.toolkit.commands import Commands
from explorer.gui.toolkit.guard import Guard
from explorer.gui.toolkit.number_editor import NumberEditor
from explorer.gui.toolkit.pointer import Pointer
from explorer.gui.toolkit.scale import current_scale, fit_scale
from explorer.gui.toolkit.shortcuts import Shortcuts, TypingGuard
from explorer.rendering.loaded_model import LoadedModel
from explorer.rendering.worker import Worker
from explorer.sessions.desk import Desk

_REFRESH_EVERY_S: Final = 1 / 15  # for panels that follow the playing timeline


class Window:
    """Draws the panels, keeps them up to date, and counts the frames that are due.

    Make it once the viewport is shown and the scale of the interface is known.
    """

    def __init__(
        self,
        backend: Backend,
        worker: Worker[LoadedModel],
        preferences: Preferences,
        desk: Desk,
        post: Post,
        quit_: Callable[[], None],
    ) -> None:
        self._backend = backend
        self._fit_scale()
        self.ui = _new_ui()
        self.canvas = Canvas()
        self.dialogs = Dialogs(self.ui)
        self.frames = Frames(self.ui, self.canvas, worker.request)
        self.guard = Guard(self.ui.warn)
        self.controllers = Controllers(
            self.ui,
            self.canvas,
            self.dialogs,
            preferences,
            desk,
            worker,
            post,
            forget_pictures=self._forget_pictures,
            redraw_panels=self.redraw_panels,
            quit_=quit_,
        )
        self.frames_due = 0
        self._refreshes: list[Refresh] = []
        self._refreshed_s = 0.0
        self._is_arranged_anew = False  # and not drawn yet
        self._shown_version = -1  # of the session, as the panels show it
        self._typing_guard = TypingGuard()
        self._shortcuts = Shortcuts(self.ui.commands, self._are_shortcuts_blocked, self._escape)
        self._input = backend.input_queue()
        dpg.set_viewport_resize_callback(lambda *_: self._resized())
        self._draw_panels()

    def want_frames(self, count: int = 2) -> None:
        """Draw at least `count` more frames before the window may rest."""
        self.frames_due = max(self.frames_due, count)

    def draw_frame(self) -> None:
        """Draw one frame and take the user's input."""
        self.frames_due = max(self.frames_due - 1, 0)
        self._typing_guard.watch()
        if not self._are_shortcuts_blocked():
            self._backend.claim_tab()
        dpg.render_dearpygui_frame()
        self._input.frame_drawn()
        if self._is_arranged_anew:  # what depends on the drawn size of other items can follow now
            self._is_arranged_anew = False
            self.ui.stale = True

    def redraw_panels(self) -> None:
        """Draw all panels again, for another model or another scale of the interface."""
        viewport.keep_room(self._backend.work_area())
        self._fit_scale()
        if self.ui.theme.scale != current_scale():
            self.ui.theme = theme.Theme()
        dpg.delete_item(layout.ROOT)
        self.controllers.canvas.forget_caption()
        self._draw_panels()
        self.want_frames(FRAMES_TO_SHOW + 1)

    def refresh(self) -> None:
        """Let every panel show the current state of the session."""
        self.ui.stale = False
        self._shown_version = self.ui.session.version
        for refresh in (*self._refreshes, self.controllers.canvas.refresh_caption):
            self.guard.repeat(refresh)
        self.want_frames()

    def advance(self, now: float) -> None:
        """Do everything that is due at the time `now` (seconds of a steady clock)."""
        repeat, controllers = self.guard.repeat, self.controllers
        repeat(self._play, now)
        repeat(self.ui.pointer.watch)
        repeat(self._shortcuts.watch)
        repeat(controllers.canvas.watch_tab, self._are_shortcuts_blocked())
        repeat(controllers.training.advance, now)
        repeat(controllers.followed.advance)
        repeat(controllers.sessions.advance)
        repeat(self.frames.ask, now)
        repeat(self._advance_messages)
        if self.ui.stale or self.ui.session.version != self._shown_version:
            self._refreshed_s = now
            self.refresh()
        repeat(self.ui.numbers.watch)
        if repeat(self.dialogs.settle):
            self.want_frames()

    def is_due(self) -> bool:
        """Tell whether a frame is due: something has changed, or input waits."""
        return self.frames_due > 0 or self._input.is_waiting()

    def may_have_input(self) -> bool:
        """Tell whether the event that just came may be input: a key, a click, a movement."""
        return self._input.may_be_waiting()

    def has_open_list(self) -> bool:
        """Tell whether a menu or a list is open."""
        return self._backend.popups.is_open(over_dialog=self.dialogs.is_open())

    def is_moving(self) -> bool:
        """Tell whether the timeline plays or noise flows."""
        return self.ui.player.playing or bool(self.ui.motion.rates)

    def _forget_pictures(self) -> None:
        """Show no picture, and none that is under way."""
        self.frames.forget()
        self.canvas.clear()

    def _draw_panels(self) -> None:
        self._refreshes = layout.build(self.ui, self.canvas.build)
        self.ui.pointer.add(self.controllers.canvas.area())
        self._typing_guard.collect(layout.ROOT)
        self.refresh()
        self._arrange()

    def _resized(self) -> None:
        if self._fit_scale():
            self.redraw_panels()
        else:
            self._arrange()

    @staticmethod
    def _fit_scale() -> bool:
        return fit_scale(dpg.get_viewport_client_width(), dpg.get_viewport_client_height())

    def _arrange(self) -> None:
        layout.arrange(self.canvas.resize)
        self._is_arranged_anew = True
        self.ui.stale = True

    def _play(self, now: float) -> None:
        """Move the playhead, and let the panels follow it at a moderate rate."""
        player, timeline = self.ui.player, self.ui.session.timeline
        player.tick(now, timeline.duration_s, timeline.loop)
        if player.playing and now - self._refreshed_s > _REFRESH_EVERY_S:
            self.ui.stale = True

    def _advance_messages(self) -> None:
        """Let a message fade in time, or give way to a change that came after it."""
        ui = self.ui
        if ui.session.version > ui.said_version:
            ui.said_version = ui.session.version
            ui.messages.give_way()
        ui.stale = ui.messages.changes() or ui.stale

    def _are_shortcuts_blocked(self) -> bool:
        """Tell whether keys belong to a field, a dialog, a menu or a list."""
        return (
            self.dialogs.is_open()
            or self.ui.numbers.is_typing()
            or self._typing_guard.is_typing()
            or self.has_open_list()
        )

    def _escape(self) -> None:
        """Close the open menu or list, else the dialog."""
        if self.has_open_list():
            self._backend.popups.close()
            self.want_frames()
        elif self.dialogs.is_open():
            self.dialogs.close()


def _new_ui() -> Ui:
    messages = Messages()
    return Ui(
        session=Session(),
        messages=messages,
        commands=Commands(messages.give_way),
        theme=theme.Theme(),
        thumbs=Atlas(previews.NAMES),
        player=Player(),
        motion=NoiseMotion(),
        pointer=Pointer(),
        numbers=NumberEditor(),
    )
