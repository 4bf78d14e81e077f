"""The application: one loop that passes values between the window and the worker.

It runs the callbacks of Dear PyGui, takes the worker's results and draws, all on the main thread.
When there is nothing to do it waits, so that a window at rest costs nothing.
"""

from __future__ import annotations

import os
import queue
import time
from collections.abc import Callable, Mapping
from dataclasses import astuple
from pathlib import Path
from typing import Any, Final, Literal

import dearpygui.dearpygui as dpg

from explorer.edit.model_info import ModelInfo
from explorer.gui import testhook
from explorer.gui.canvas import FRAMES_TO_SHOW
from explorer.gui.controllers.device import DEVICES
from explorer.gui.controllers.frames import SOON_S
from explorer.gui.preferences import Preferences
from explorer.gui.start import starting_file
from explorer.gui.toolkit import viewport
from explorer.gui.toolkit.backend import Backend, WaitEnd, check_display
from explorer.gui.toolkit.scale import set_display_scale, set_scale
from explorer.gui.window import Window
from explorer.rendering.loaded_model import LoadedModel, ModelCache, absent_devices
from explorer.rendering.messages import (
    DevicesFound,
    Failure,
    JobProgress,
    ModelFailed,
    ModelLoaded,
    ModelOpening,
    Reply,
    RequestProgress,
    Result,
)
from explorer.rendering.worker import Progress, Worker
from explorer.sessions.desk import Desk
from explorer.sessions.saved import SavedSession
from stylegan_core.terminal import complain

_DRAW_ON_S: Final[Mapping[WaitEnd | Literal["input"], float]] = {  # how long, by what came
    "input": 1.0,  # for tooltips and hover colours
    "event": 0.1,  # of the window itself, such as the focus
    "wake": 0.02,  # one frame, which also sees input that came at the same time
    "time": 0.0,
}
_LONGEST_PAUSE_S: Final = 0.03  # between frames, which leaves the processor to a slow picture
_REST_S: Final = 1.0  # how long to wait at rest
_ASK_SOON_S: Final = 0.1  # while requests wait until the edit is at rest
_MOVING_S: Final = 1 / 60  # while something moves
_MINIMISED_S: Final = 0.2  # while the window is minimised


def run(path: str | None = None) -> int:
    """Open the window on a model, a saved picture or a run; return the program's exit code."""
    desk = Desk()
    session = desk.reopen() if path is None else None
    file, problem = None, None
    if session is None or session.model is None:
        file, problem = starting_file(path)
    problem = problem or check_display()
    if problem is not None:
        complain(problem)
        return 2
    app = App(desk)
    try:
        app.start(file, session, is_first=path is None)
        app.loop()
    finally:
        has_ended = app.close()
    if not has_ended:
        os._exit(0)  # the end of the interpreter would wait for the worker, or crash in its work
    return 0


class App:
    """Owns the worker and the window, and runs the loop between them."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        dpg.create_context()
        dpg.configure_app(manual_callback_management=True)
        self._backend = Backend()
        self._preferences = Preferences()
        self._models = ModelCache()
        self._worker = Worker(self._open_model, self._backend.wake, self._find_devices)
        self._absent_devices: Mapping[str, str] = {}  # belongs to the worker's thread
        self._tasks: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._draw_until_s = 0.0
        self._drawing_s = 0.0  # what the last frame took
        self._pointer: list[int] = []  # its position in the last frame
        self._is_closing = False

    def start(
        self, path: Path | None, session: SavedSession | None = None, *, is_first: bool = False
    ) -> None:
        """Show the window, continue a session or begin one, then let the worker load the model.

        `is_first` shows an example with the model, because the user did not ask for the model.
        """
        set_display_scale(self._backend.content_scale())
        set_scale(self._preferences.settings.ui_scale)
        place = astuple(session.window) if session and session.window else None
        viewport.show(self._backend.work_areas(), self._quit, place)
        window = Window(
            self._backend, self._worker, self._preferences, self._desk, self._post, self._quit
        )
        self._window = window
        window.ui.view.takes_drops = self._backend.on_drop(
            lambda paths: self._tasks.put(lambda: window.controllers.files.open_dropped(paths))
        )
        if session is None:
            self._desk.begin()
        else:
            window.controllers.sessions.resume(session)
        if path is not None and not os.path.isdir(path):
            window.ui.view.loading = path.name
        window.draw_frame()
        window.controllers.canvas.forget_caption()  # text has a width from the first frame on
        window.refresh()
        window.draw_frame()
        self._pointer = dpg.get_mouse_pos(local=False)  # it has not moved yet
        self._worker.start()
        if path is not None and is_first:
            window.controllers.models.open_example(path)
        elif path is not None:
            window.controllers.files.open(path)
        self._test_hook = testhook.open_hook(self._state_for_tests, self._backend.wake)

    def loop(self) -> None:
        """Run until the window is closed."""
        while dpg.is_dearpygui_running() and not self._is_closing:
            self._run_callbacks()
            self._take_results()
            now = time.monotonic()
            self._window.advance(now)
            if self._test_hook is not None:
                self._test_hook.answer()
            if self._backend.is_minimised():
                self._backend.wait(_MINIMISED_S)
            elif self._has_to_draw(now):
                self._draw()
            else:
                self._rest(now)

    def close(self) -> bool:
        """End the worker, then Dear PyGui. Returns False if the worker goes on in a file."""
        self._desk.close()
        has_ended = self._worker.close() if self._worker.is_alive() else True
        dpg.destroy_context()
        return has_ended

    def _open_model(self, path: str, progress: Progress) -> LoadedModel:
        """Open a model on the worker's thread."""
        settings = self._preferences.settings
        device = "auto" if settings.device in self._absent_devices else settings.device
        return self._models.open(path, device, settings.cache_mb, progress)

    def _find_devices(self) -> DevicesFound:
        """Find out on the worker's thread which devices there are."""
        self._absent_devices = absent_devices([*dict(DEVICES), self._preferences.settings.device])
        return DevicesFound(self._absent_devices)

    def _post(self, task: Callable[[], None]) -> None:
        """Run a function on the main thread; callable from any thread."""
        self._tasks.put(task)
        self._backend.wake()

    def _quit(self) -> None:
        self._window.controllers.confirm_quit(self._leave)

    def _leave(self) -> None:
        self._is_closing = True

    def _run_callbacks(self) -> None:
        """Run the callbacks of the last frame, and the tasks from other threads."""
        self._window.guard.run_callbacks()
        while not self._tasks.empty():
            self._window.guard.call(self._tasks.get())
            self._window.want_frames()

    def _take_results(self) -> None:
        for result in self._worker.results():
            self._window.guard.repeat(self._take, result)

    def _take(self, result: Result) -> None:
        """Hand a result of the worker to the part of the window that waits for it."""
        window, controllers = self._window, self._window.controllers
        match result:
            case Reply():
                if window.frames.take(result):
                    window.want_frames(FRAMES_TO_SHOW)
            case Failure():
                window.frames.fail(result)
                if result.is_of_device:
                    controllers.device.device_failed(result.message)
            case RequestProgress():
                window.frames.progress(result)
            case DevicesFound(absent):
                controllers.device.devices_found(absent)
            case ModelOpening():
                controllers.models.model_opening(result)
            case ModelLoaded(model_info):
                self._model_loaded(model_info)
            case ModelFailed(path, message, is_damaged, is_of_device):
                controllers.followed.model_failed(path, is_damaged)
                controllers.models.model_failed(path, message, is_of_device)
            case JobProgress():
                controllers.export_job.progress(result)

    def _model_loaded(self, model_info: ModelInfo) -> None:
        window = self._window
        previous = window.ui.session.model_info
        window.frames.forget()
        window.controllers.models.model_loaded(model_info)
        window.controllers.sessions.model_loaded(model_info)
        if not model_info.takes_edits_of(previous):
            window.redraw_panels()  # they have other rows

    def _has_to_draw(self, now: float) -> bool:
        return (
            self._window.is_due()
            or now < self._draw_until_s
            or not self._backend.sees_input_while_waiting
        )

    def _draw(self) -> None:
        frames = self._window.frames
        if frames.expects_soon():
            self._backend.await_wake(SOON_S)
            self._take_results()
        elif frames.expects_late():
            self._backend.await_wake(min(self._drawing_s, _LONGEST_PAUSE_S))
            self._take_results()
        started_s = time.monotonic()
        self._window.draw_frame()
        self._drawing_s = time.monotonic() - started_s
        pointer = dpg.get_mouse_pos(local=False)
        if pointer != self._pointer:  # then a tooltip may be due soon
            self._pointer = pointer
            self._keep_drawing("input")

    def _rest(self, now: float) -> None:
        """Wait for input, for a result, or for the next moment of something that moves."""
        if self._window.is_moving():
            limit_s = _MOVING_S
        else:
            limit_s = _ASK_SOON_S if self._window.frames.waits_to_ask(now) else _REST_S
        limit_s = min(limit_s, self._window.ui.messages.rest_s())
        end = self._backend.wait(limit_s)
        is_input = end == "event" and self._window.may_have_input()
        self._keep_drawing("input" if is_input else end)

    def _keep_drawing(self, reason: WaitEnd | Literal["input"]) -> None:
        """Draw without rest for a while, which depends on what has come."""
        self._draw_until_s = max(self._draw_until_s, time.monotonic() + _DRAW_ON_S[reason])

    def _state_for_tests(self) -> dict[str, Any]:
        window = self._window
        return {
            **testhook.window_state(window.ui, window.canvas),
            "dialog": window.dialogs.title(),
            "list": window.has_open_list(),
            "settled": window.frames.is_settled() and not window.is_due(),
            "errors": window.guard.errors,
        }
