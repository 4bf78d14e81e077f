"""The input that waits between GLFW and Dear PyGui.

Dear ImGui takes one event of a kind in a frame and queues the rest, so input is only seen if frames
follow. And a click that opens a field takes some frames, in which typed text would be lost.
"""

from __future__ import annotations

import ctypes
from collections import deque
from collections.abc import Callable
from typing import Any, Final

_FRAMES_TO_ACT: Final = 3  # from a click on a number until its field takes text
_LEFT_BUTTON: Final = 0
_RELEASED: Final = 0
_INT, _DOUBLE, _WINDOW = ctypes.c_int, ctypes.c_double, ctypes.c_void_p
_EVENTS: Final[dict[str, tuple[Any, ...]]] = {  # how GLFW reports each kind
    "Key": (_INT, _INT, _INT, _INT),
    "Char": (ctypes.c_uint,),
    "MouseButton": (_INT, _INT, _INT),
    "Scroll": (_DOUBLE, _DOUBLE),
    "CursorPos": (_DOUBLE, _DOUBLE),
}
_TYPED: Final = ("Key", "Char")
_MODIFIER_KEYS: Final = range(340, 348)  # GLFW_KEY_LEFT_SHIFT to GLFW_KEY_RIGHT_SUPER
_MODIFIERS: Final = {1: 1 << 13, 2: 1 << 12, 4: 1 << 14, 8: 1 << 15}  # of GLFW: of Dear ImGui
_GET_IO: Final = "_ZN5ImGui5GetIOEv"
_ADD_KEY: Final = "_ZN7ImGuiIO11AddKeyEventE8ImGuiKeyb"
_Event = tuple[str, tuple[Any, ...]]


class InputQueue:
    """Counts the frames that input still needs, and lets keys wait behind a click.

    It stands between GLFW and Dear PyGui, and belongs to the main thread.
    """

    def __init__(self, library: Any = None, window: int | None = None) -> None:
        self._library = library
        self._window = window
        self._frames_owed = 0
        self._frames_to_hold = 0
        self._held: deque[_Event] = deque()
        self._next: dict[str, Callable[..., None]] = {}  # what Dear PyGui does with each event
        self._kept_alive: list[Any] = []  # for as long as GLFW may call them
        if window and hasattr(library, _GET_IO) and hasattr(library, _ADD_KEY):
            getattr(library, _GET_IO).restype = ctypes.c_void_p
            getattr(library, _ADD_KEY).argtypes = [ctypes.c_void_p, _INT, ctypes.c_bool]
            for kind in _EVENTS:
                self._stand_before(library, kind)

    def is_waiting(self) -> bool:
        """Tell whether Dear PyGui has not seen all input yet, so that another frame is due."""
        return self._frames_owed > 0 or bool(self._held)

    def may_be_waiting(self) -> bool:
        """Tell what `is_waiting` tells, but say True where GLFW is out of reach."""
        return self.is_waiting() or not self._next

    def frame_drawn(self) -> None:
        """Note that a frame has taken input; hand on what waited long enough."""
        self._frames_owed = max(self._frames_owed - 1, 0)
        self._frames_to_hold = max(self._frames_to_hold - 1, 0)
        while self._held and not self._frames_to_hold:
            kind, values = self._held.popleft()
            self._hand_on(kind, values)
            if kind == "Key" and values[0] not in _MODIFIER_KEYS:
                self._set_modifiers(values[3])

    def _stand_before(self, library: Any, kind: str) -> None:
        """Take the place of Dear PyGui's own callback."""
        prototype = ctypes.CFUNCTYPE(None, _WINDOW, *_EVENTS[kind])
        ours = prototype(lambda _window, *values: self._take(kind, values))
        set_callback = getattr(library, f"glfwSet{kind}Callback")
        set_callback.restype = ctypes.c_void_p
        theirs = set_callback(_WINDOW(self._window), ours)
        self._next[kind] = prototype(theirs) if theirs else lambda *_: None
        self._kept_alive.append(ours)

    def _take(self, kind: str, values: tuple[Any, ...]) -> None:
        if self._held or (self._frames_to_hold and kind in _TYPED):
            self._held.append((kind, values))
        else:
            self._hand_on(kind, values)

    def _hand_on(self, kind: str, values: tuple[Any, ...]) -> None:
        self._next[kind](self._window, *values)
        if kind == "CursorPos":  # movements are taken together
            self._frames_owed = max(self._frames_owed, 1)
            return
        self._frames_owed += 1
        if kind == "MouseButton" and values[:2] == (_LEFT_BUTTON, _RELEASED):
            self._frames_to_hold = self._frames_owed + _FRAMES_TO_ACT

    def _set_modifiers(self, held: int) -> None:
        """Tell Dear ImGui which modifiers a key was pressed with: it looks at those held now."""
        io = getattr(self._library, _GET_IO)()
        for theirs, ours in _MODIFIERS.items():
            getattr(self._library, _ADD_KEY)(io, ours, bool(held & theirs))
