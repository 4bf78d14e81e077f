"""A socket through which tests ask for the state of the window, one JSON object per line.

It exists only when STYLEGAN_EXPLORER_TEST_SOCKET names a path, changes nothing, and answers on the
main thread between two frames.
"""

from __future__ import annotations

import hashlib
import json
import os
import queue
import socket
import threading
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import dearpygui.dearpygui as dpg

from explorer.edit.edit_json import to_json
from explorer.edit.timeline_json import timeline_to_json
from explorer.gui.canvas import DRAWLIST, Canvas
from explorer.gui.context import Ui
from explorer.gui.toolkit import viewport
from explorer.gui.toolkit.theme import Item

VARIABLE: Final = "STYLEGAN_EXPLORER_TEST_SOCKET"
_CONTROLS: Final = (
    *("Button", "Checkbox", "Combo", "SliderFloat", "SliderInt", "DragFloat"),
    *("InputText", "InputInt", "InputFloat", "Selectable"),
)
Answer = Callable[[dict[str, Any]], Any]


class TestHook:
    """Takes questions on a thread of its own and answers them between frames."""

    def __init__(
        self, path: str, state: Callable[[], dict[str, Any]], wake: Callable[[], None]
    ) -> None:
        self._state = state
        self._wake = wake
        self._questions: queue.SimpleQueue[tuple[dict[str, Any], queue.SimpleQueue[Any]]] = (
            queue.SimpleQueue()
        )
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(path)
        self._server.listen()
        threading.Thread(target=self._serve, name="test hook", daemon=True).start()

    def answer(self) -> None:
        """Answer the questions that have arrived; called by the loop."""
        while not self._questions.empty():
            question, reply = self._questions.get()
            try:
                reply.put({"ok": self._reply(question)})
            except Exception as error:  # a mistake of a test must not end the window
                reply.put({"error": f"{type(error).__name__}: {error}"})

    def _reply(self, question: dict[str, Any]) -> Any:
        kind, tag = question["ask"], question.get("tag", "")
        if kind == "state":
            return self._state()
        if kind == "frame":
            return dpg.get_frame_count()
        if kind == "unexplained":
            return controls_without_tooltip()
        if not dpg.does_item_exist(tag):
            return None
        if kind == "rect":
            state = dpg.get_item_state(tag)
            if "rect_min" not in state or not state.get("visible", True):
                return None
            return [*state["rect_min"], *state["rect_size"]]
        if kind == "value":
            return dpg.get_value(tag)
        if kind == "config":
            return _configuration(tag)
        raise ValueError(f"unknown question {kind!r}")

    def _serve(self) -> None:
        while True:
            connection, _ = self._server.accept()
            with connection, connection.makefile("rw", encoding="utf-8") as stream:
                for line in stream:
                    reply: queue.SimpleQueue[Any] = queue.SimpleQueue()
                    self._questions.put((json.loads(line), reply))
                    self._wake()
                    stream.write(json.dumps(reply.get()) + "\n")
                    stream.flush()


def _configuration(tag: str) -> dict[str, Any]:
    """Return what a widget shows; spaces only move the number of a slider."""
    config = dpg.get_item_configuration(tag)
    shown = {k: config[k] for k in ("label", "enabled", "show", "items", "shortcut") if k in config}
    return {**shown, "format": config["format"].strip()} if "format" in config else shown


def controls_without_tooltip() -> list[str]:
    """Return the tags of controls without a tooltip, except the buttons that close a dialog."""
    controls = []
    for parent in dpg.get_all_items():
        children = dpg.get_item_children(parent, 1) or []
        for item, following in pairwise([*children, None]):
            has_tooltip = following is not None and _kind(following) == "Tooltip"
            if _kind(item) in _CONTROLS and not has_tooltip:
                controls.append(str(dpg.get_item_alias(item) or item))
    return [tag for tag in controls if not tag.startswith("dialog.")]


def _kind(item: Item) -> str:
    return str(dpg.get_item_type(item)).removeprefix("mvAppItemType::mv")


def open_hook(state: Callable[[], dict[str, Any]], wake: Callable[[], None]) -> TestHook | None:
    """Return the hook if the environment asks for one, else None."""
    path = os.environ.get(VARIABLE)
    return TestHook(path, state, wake) if path else None


def window_state(ui: Ui, canvas: Canvas) -> dict[str, Any]:
    """Return what is edited and shown, for tests."""
    session, view = ui.session, ui.view
    corner, size = dpg.get_viewport_pos(), dpg.get_item_rect_min(DRAWLIST)
    return {
        "edit": to_json(session.edit),
        "model": session.model_info.name if session.model_info else None,
        "file": Path(session.model_info.path).name if session.model_info else None,
        "keyframes": len(session.timeline.keyframes),
        "changed_keyframe": ui.changed_keyframe,
        "shows_timeline": ui.player.shows_timeline,
        "timeline": timeline_to_json(session.timeline),
        "keyframe": ui.chosen_keyframe,
        "steps": [len(session.work.past), len(session.work.future)],
        "locked": [sorted(session.locked_sources), sorted(session.locked_noise)],
        "tab": view.tab,
        "loading": view.loading,
        "picture": _digest(canvas.picture),
        "pictures": canvas.shown,
        "shown_at": list(canvas.shown_at),
        "detail": view.detail,
        "render_ms": view.render_ms,
        "place": canvas.corners(),
        "zoom": canvas.zoom,
        "status": ui.messages.text,
        "job": view.job_id,
        "device": view.device,
        "heat": view.heat,
        "noise_rates": list(ui.motion.rates.items()),
        "playing": ui.player.playing,
        "position": ui.player.position,
        "viewport": [*corner, *size],
        "window": list(viewport.place()),
    }


def _digest(picture: Any) -> str | None:
    """Return a short hash of a picture."""
    return None if picture is None else hashlib.sha256(picture.tobytes()).hexdigest()[:16]
