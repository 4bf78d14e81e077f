"""The application: one loop that hands values between the widgets, the session and the worker.

Callbacks of Dear PyGui are drained here, on the main thread; the worker's results are taken here;
everything else waits, so that a window at rest costs nothing.
"""

from __future__ import annotations

import queue
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import dearpygui.dearpygui as dpg

from explorer.edit.model_info import ModelInfo
from explorer.edit.session import Session
from explorer.gui import layout, testhook
from explorer.gui.canvas import FRAMES_TO_SHOW, Canvas
from explorer.gui.context import Refresh, Ui
from explorer.gui.controllers.canvas import Stage
from explorer.gui.controllers.edit import Actions
from explorer.gui.controllers.frames import SOON_S, Frames
from explorer.gui.controllers.opening import Opening
from explorer.gui.controllers.runs import Following
from explorer.gui.controllers.saving import Saving
from explorer.gui.controllers.timeline import Journey
from explorer.gui.controllers.training import Training
from explorer.gui.dialogs.modal import Dialogs
from explorer.gui.dialogs.paths import Paths
from explorer.gui.motion import NoiseMotion, Player
from explorer.gui.panels.truncation import PSIS, tile_name
from explorer.gui.start import starting_file
from explorer.gui.toolkit import theme, viewport
from explorer.gui.toolkit.atlas import Atlas
from explorer.gui.toolkit.backend import Backend, Ended, check_display
from explorer.gui.toolkit.commands import Commands
from explorer.gui.toolkit.guard import Guard
from explorer.gui.toolkit.pointer import Pointer
from explorer.gui.toolkit.shortcuts import Shortcuts, TypingGuard
from explorer.rendering import loaded_model
from explorer.rendering.messages import (
    Failure,
    JobProgress,
    ModelFailed,
    ModelLoaded,
    ModelOpening,
    Reply,
    Result,
)
from explorer.rendering.worker import Progress, Worker
from explorer.runs.watch import is_run
from explorer.settings import load_settings
from stylegan_core.data.folders import holds_pictures

_GO_ON_S: Final[Mapping[Ended, float]] = {  # how long to draw after what ended a wait
    "event": 1.0,  # for tooltips and hover colours
    "wake": 0.02,  # once, for input that came with it and would lie unseen until the next
    "time": 0.0,
}
_REST_S: Final = 1.0
_MOVING_S: Final = 1 / 60
_REFRESH_S: Final = 1 / 15  # panels follow what plays at this pace


def run(path: str | None = None) -> int:
    """Opens the window on a model or a file with a recipe; returns the exit code of the program."""
    chosen, problem = starting_file(path)
    problem = problem or check_display()
    if problem is not None:
        print(problem, file=sys.stderr)
        return 2
    app = App()
    try:
        app.start(chosen)
        app.loop()
    finally:
        app.close()
    return 0


class App:
    """Everything that lives as long as the window."""

    def __init__(self) -> None:
        dpg.create_context()
        dpg.configure_app(manual_callback_management=True)
        self._backend = Backend()
        self._later: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._models = loaded_model.ModelCache()
        self._worker = Worker(self._open_model, self._backend.wake)
        self._refreshes: list[Refresh] = []
        self._dirty = FRAMES_TO_SHOW
        self._live_until = 0.0
        self._refreshed_at = 0.0
        self._version = -1
        self._guard = Guard(lambda text: self._ui.say(text, warning=True))
        self._closing = False

    def start(self, path: Path | None) -> None:
        """Shows the window, then lets the worker load the model."""
        theme.set_scale(load_settings().ui_scale or self._backend.content_scale())
        viewport.show(self._backend.work_area(), self._quit)
        self._build()
        self._ui.view.takes_drops = self._backend.on_drop(
            lambda paths: self._later.put(lambda: self._dropped(paths))
        )
        if path is not None and not path.is_dir():
            self._ui.view.loading = path.name
        self._frame()
        self._stage.forget_caption()  # words can be measured from the first frame on
        self._refresh()
        self._frame()
        self._worker.start()
        if path is not None:
            self._open(path)
        self._hook = testhook.open_hook(self._state_for_tests, self._backend.wake)

    def loop(self) -> None:
        """Runs until the window is closed."""
        while dpg.is_dearpygui_running() and not self._closing:
            self._run_callbacks()
            self._take_results()
            now = time.monotonic()
            self._advance(now)
            if self._hook is not None:
                self._hook.answer()
            if self._backend.iconified():
                self._backend.wait(0.2)
            elif (
                self._dirty or now < self._live_until or not self._backend.sees_input_while_waiting
            ):
                if self._frames.expects_soon():
                    self._backend.await_wake(SOON_S)
                    self._take_results()
                self._frame()
            else:
                self._rest(now)

    def close(self) -> None:
        """Ends the worker, then Dear PyGui."""
        if self._worker.is_alive():
            self._worker.close()
        dpg.destroy_context()

    def _build(self) -> None:
        """Everything that depends on the size of the interface."""
        session, commands = Session(), Commands()
        names = ("A", "B", *(tile_name(i) for i in range(len(PSIS))))
        self._ui = Ui(
            session, commands, theme.Theme(), Atlas(names), Player(), NoiseMotion(), Pointer()
        )
        self._canvas = Canvas()
        self._dialogs = Dialogs(self._ui)
        self._frames = Frames(self._ui, self._canvas, self._worker.request)
        self._paths = Paths(self._ui, self._dialogs, self._post)
        self._opening = Opening(self._ui, self._dialogs, self._paths, self._worker)
        self._saving = Saving(self._ui, self._dialogs, self._paths, self._canvas, self._worker)
        self._stage = Stage(
            self._ui, self._canvas, self._dialogs, self._paths, self._rebuild, self._quit
        )
        self._following = Following(
            self._ui, self._dialogs, self._paths, self._opening, self._post, self._rebuild
        )
        self._training = Training(self._ui, self._dialogs, self._paths, self._following)
        parts = (
            *(self._opening, self._saving, Actions(self._ui), Journey(self._ui)),
            *(self._stage, self._following, self._training),
        )
        commands.add(*(command for part in parts for command in part.commands()))
        with dpg.item_handler_registry() as self._ui.gestures:
            dpg.add_item_deactivated_handler(callback=lambda *_: session.end_gesture())
        self._typing = TypingGuard()
        self._shortcuts = Shortcuts(
            commands, lambda: self._typing.typing() or self._dialogs.is_open(), self._dialogs.close
        )
        dpg.set_viewport_resize_callback(lambda *_: self._arrange())
        self._draw()

    def _draw(self) -> None:
        self._refreshes = layout.build(self._ui, self._canvas.build)
        self._ui.pointer.add(self._stage.area())
        self._typing.collect(layout.ROOT)
        self._refresh()
        self._arrange()

    def _rebuild(self) -> None:
        """Draws all panels again, for another model or another size of the interface."""
        viewport.keep_room(self._backend.work_area())
        dpg.delete_item(layout.ROOT)
        self._draw()
        self._dirty = FRAMES_TO_SHOW + 1

    def _arrange(self) -> None:
        layout.arrange(self._canvas.resize)
        self._ui.stale = True

    def _dropped(self, paths: list[str]) -> None:
        if paths:
            self._paths.use(Path(paths[0]), self._open)

    def _open(self, path: Path) -> None:
        """Opens whatever it is: a model, a file with a recipe, a run, a folder of pictures."""
        if not path.is_dir():
            self._opening.open(path)
        elif not is_run(path) and holds_pictures(path):
            self._training.ask(path)
        else:
            self._following.open(path)

    def _open_model(self, path: str, progress: Progress) -> loaded_model.LoadedModel:
        """Runs on the worker's thread."""
        settings = self._paths.settings
        return self._models.open(path, settings.device, settings.cache_mb, progress)

    def _post(self, task: Callable[[], None]) -> None:
        """Runs something on the main thread; callable from any thread."""
        self._later.put(task)
        self._backend.wake()

    def _quit(self) -> None:
        self._saving.before_the_end(lambda: self._training.before_the_end(self._leave))

    def _leave(self) -> None:
        self._closing = True

    def _run_callbacks(self) -> None:
        """Runs the callbacks of the last frame, and what other threads handed over."""
        self._guard.run_callbacks()
        while not self._later.empty():
            self._guard.call(self._later.get())
            self._dirty = max(self._dirty, 2)

    def _take_results(self) -> None:
        for result in self._worker.results():
            self._guard.repeat(self._take, result)

    def _take(self, result: Result) -> None:
        if isinstance(result, Reply):
            if self._frames.take(result):
                self._dirty = FRAMES_TO_SHOW
        elif isinstance(result, ModelOpening):
            self._opening.model_opening(result)
            self._stage.caption()
            self._dirty = FRAMES_TO_SHOW
        elif isinstance(result, ModelLoaded):
            self._model_loaded(result.model_info)
        elif isinstance(result, ModelFailed):
            self._following.model_failed(result.path, result.is_damaged)
            self._opening.model_failed(result.path, result.message)
            self._stage.caption()
        elif isinstance(result, Failure):
            self._frames.fail(result)
        elif isinstance(result, JobProgress):
            self._saving.progress(result)

    def _model_loaded(self, model_info: ModelInfo) -> None:
        before = self._ui.session.model_info
        self._frames.forget()
        self._opening.model_loaded(model_info)
        if not model_info.takes_edits_of(before):
            self._rebuild()  # the panels have other rows

    def _advance(self, now: float) -> None:
        """Moves what moves by itself, asks for pictures, and brings the panels up to date."""
        ui = self._ui
        self._guard.repeat(self._play, now)
        self._guard.repeat(ui.pointer.watch)
        self._guard.repeat(self._shortcuts.watch)
        self._guard.repeat(self._stage.watch_keys)
        self._guard.repeat(self._training.advance, now)
        self._guard.repeat(self._following.advance)
        self._guard.repeat(self._frames.ask, now)
        if ui.stale or ui.session.version != self._version:
            self._refreshed_at = now
            self._refresh()
        if self._guard.repeat(self._dialogs.settle):
            self._dirty = max(self._dirty, 2)

    def _play(self, now: float) -> None:
        ui, line = self._ui, self._ui.session.timeline
        ui.player.tick(now, line.duration_s, line.loop)
        if ui.player.playing and now - self._refreshed_at > _REFRESH_S:
            ui.stale = True

    def _refresh(self) -> None:
        """Lets every panel show the session as it is."""
        self._ui.stale, self._version = False, self._ui.session.version
        for refresh in (*self._refreshes, self._stage.caption):
            self._guard.repeat(refresh)
        self._dirty = max(self._dirty, 2)

    def _frame(self) -> None:
        self._dirty = max(self._dirty - 1, 0)
        self._backend.claim_tab()
        dpg.render_dearpygui_frame()

    def _rest(self, now: float) -> None:
        """Waits for input, a result, or the next moment of something that moves."""
        moving = self._ui.player.playing or bool(self._ui.motion.rates)
        pause = _MOVING_S if moving else 0.1 if self._frames.waits_to_ask(now) else _REST_S
        ended = self._backend.wait(pause)
        self._live_until = max(self._live_until, time.monotonic() + _GO_ON_S[ended])

    def _state_for_tests(self) -> dict[str, Any]:
        return {
            **testhook.window_state(self._ui, self._canvas),
            "dialog": self._dialogs.title(),
            "settled": self._frames.settled() and not self._dirty,
            "errors": self._guard.errors,
        }
