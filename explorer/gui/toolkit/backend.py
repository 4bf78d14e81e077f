"""Functions of GLFW that Dear PyGui does not offer: display check, idle wait, dropped files.

The Linux and macOS wheels of Dear PyGui export the GLFW they are built with, and `ctypes` reaches
it. Where a symbol is missing (Windows, a later wheel) every function here has a plain fallback.
"""

from __future__ import annotations

import ctypes
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, Final, Literal

from explorer.gui.toolkit.input_queue import InputQueue
from explorer.gui.toolkit.popups import Popups

WaitEnd = Literal["event", "wake", "time"]
"""The reason why a wait ended: input, a call of `wake`, or the time limit."""

_VISIBLE: Final = 0x00020004
_CLIENT_API: Final = 0x00022001
_CONTEXT_VERSION_MAJOR: Final = 0x00022002
_CONTEXT_VERSION_MINOR: Final = 0x00022003
_ICONIFIED: Final = 0x00020002
_KEY_TAB: Final = 512  # ImGuiKey_Tab of Dear ImGui 1.92
_NEEDED: Final = (
    *("glfwInit", "glfwGetError", "glfwWindowHint", "glfwDefaultWindowHints"),
    *("glfwPostEmptyEvent", "glfwSetDropCallback", "glfwGetPrimaryMonitor"),
    *("glfwGetMonitorContentScale", "glfwGetMonitorWorkarea", "glfwGetMonitors"),
)
_OWNER: Final = 0x5747  # any number that is not an item of the window

HOW_TO_GET_A_DISPLAY: Final = (
    "The explorer needs a desktop with OpenGL 3: start it from one, or run it under a virtual "
    "display (xvfb-run -a stylegan-explorer). Without any display, "
    "`stylegan-explorer render RECIPE OUT` still works."
)


def _library() -> Any:
    """Return the shared library of Dear PyGui, or None where its GLFW cannot be reached."""
    if sys.platform == "win32":
        return None
    try:
        import dearpygui._dearpygui as binary

        library = ctypes.CDLL(str(binary.__file__))
        for name in _NEEDED:
            getattr(library, name)
        library.glfwGetCurrentContext.restype = ctypes.c_void_p
        library.glfwGetPrimaryMonitor.restype = ctypes.c_void_p
        library.glfwGetMonitors.restype = ctypes.POINTER(ctypes.c_void_p)
        library.glfwCreateWindow.restype = ctypes.c_void_p
        library.glfwDestroyWindow.argtypes = [ctypes.c_void_p]
        library.glfwWaitEventsTimeout.argtypes = [ctypes.c_double]
        library.glfwGetWindowAttrib.argtypes = [ctypes.c_void_p, ctypes.c_int]
    except (ImportError, OSError, AttributeError):
        return None
    return library


def check_display() -> str | None:
    """Open and close a hidden window; return None, or a message that says what is wrong.

    Dear PyGui itself would abort the interpreter.
    """
    if sys.platform.startswith("linux") and not os.environ.get("DISPLAY"):
        return (
            f"There is no display to open a window on (DISPLAY is not set). {HOW_TO_GET_A_DISPLAY}"
        )
    library = _library()
    if library is None:
        return None
    reason = ctypes.c_char_p()
    if not library.glfwInit():
        library.glfwGetError(ctypes.byref(reason))
        return f"No window can be opened: {_message(reason)}. {HOW_TO_GET_A_DISPLAY}"
    library.glfwWindowHint(_VISIBLE, 0)
    if sys.platform == "darwin":  # Dear PyGui draws with Metal there
        library.glfwWindowHint(_CLIENT_API, 0)
    else:
        library.glfwWindowHint(_CONTEXT_VERSION_MAJOR, 3)
        library.glfwWindowHint(_CONTEXT_VERSION_MINOR, 0)
    window = library.glfwCreateWindow(16, 16, b"", None, None)
    library.glfwGetError(ctypes.byref(reason))
    if window:
        library.glfwDestroyWindow(window)
    library.glfwDefaultWindowHints()
    if not window:
        return f"The display has no usable OpenGL: {_message(reason)}. {HOW_TO_GET_A_DISPLAY}"
    return None


def _message(reason: ctypes.c_char_p) -> str:
    return (reason.value or b"unknown reason").decode(errors="replace").rstrip(".")


class Backend:
    """Waits for input and asks the native window. Only `wake` may be called from any thread."""

    def __init__(self) -> None:
        self._library: Any = (
            None if os.environ.get("STYLEGAN_EXPLORER_PLAIN_BACKEND") else _library()
        )
        self.popups = Popups(self._library)
        self._awake = threading.Event()
        self._drop_callback: Any = None  # kept alive for as long as GLFW may call it

    def wait(self, seconds: float) -> WaitEnd:
        """Sleep until input, a `wake` or the end of `seconds`, and return which it was.

        Input may have come together with a wake.
        """
        end = time.monotonic() + seconds
        if not self._awake.is_set():
            if self._library is not None:
                self._library.glfwWaitEventsTimeout(seconds)
            else:  # only a rendered frame sees input, so render often
                self._awake.wait(min(seconds, 1 / 30))
        if self._awake.is_set():
            self._awake.clear()
            return "wake"
        return "event" if time.monotonic() < end - 0.001 else "time"

    def await_wake(self, seconds: float) -> None:
        """Sleep until a `wake` or for `seconds`, without taking input."""
        if self._awake.wait(seconds):
            self._awake.clear()

    @property
    def sees_input_while_waiting(self) -> bool:
        """True if `wait` ends on input; without GLFW only a rendered frame notices it."""
        return self._library is not None

    def wake(self) -> None:
        """End a `wait` at once; callable from any thread."""
        self._awake.set()
        if self._library is not None:
            self._library.glfwPostEmptyEvent()

    def is_minimised(self) -> bool:
        """Tell whether the window is minimised; Dear PyGui would block in that state."""
        window = self._window()
        return bool(window) and bool(self._library.glfwGetWindowAttrib(window, _ICONIFIED))

    def content_scale(self) -> float:
        """Return the scale that the desktop asks for, 1.0 where that is not known."""
        monitor = self._monitor()
        if not monitor:
            return 1.0
        x, y = ctypes.c_float(1.0), ctypes.c_float(1.0)
        self._library.glfwGetMonitorContentScale(
            ctypes.c_void_p(monitor), ctypes.byref(x), ctypes.byref(y)
        )
        return min(max(float(x.value), 1.0), 4.0)

    def work_area(self) -> tuple[int, int, int, int] | None:
        """Return left, top, width and height of the room for windows, in screen pixels.

        None where it is not known.
        """
        areas = self.work_areas()
        return areas[0] if areas else None

    def work_areas(self) -> list[tuple[int, int, int, int]]:
        """Return the work area of each monitor, the primary one's first; none if unknown."""
        if self._library is None:
            return []
        count = ctypes.c_int(0)
        monitors = self._library.glfwGetMonitors(ctypes.byref(count))
        areas = [self._area_of(monitors[i]) for i in range(count.value)]
        return [area for area in areas if area is not None]

    def _area_of(self, monitor: int) -> tuple[int, int, int, int] | None:
        numbers = [ctypes.c_int(0) for _ in range(4)]
        self._library.glfwGetMonitorWorkarea(
            ctypes.c_void_p(monitor), *(ctypes.byref(number) for number in numbers)
        )
        left, top, width, height = (number.value for number in numbers)
        return (left, top, width, height) if width > 0 and height > 0 else None

    def input_queue(self) -> InputQueue:
        """Return the queue of the window's input; the window has to be shown."""
        return InputQueue(self._library, self._window())

    def on_drop(self, receive: Callable[[list[str]], None]) -> bool:
        """Call `receive` with the paths of files that are dropped on the window.

        The call comes from within `wait` or a rendered frame. Returns False where dropping files
        does not work: everywhere but on Linux.
        """
        window = self._window()
        if not window:
            return False
        kind = ctypes.CFUNCTYPE(
            None, ctypes.c_void_p, ctypes.c_int, ctypes.POINTER(ctypes.c_char_p)
        )

        def dropped(_window: int, count: int, paths: Any) -> None:
            receive([os.fsdecode(paths[i]) for i in range(count)])

        self._drop_callback = kind(dropped)
        self._library.glfwSetDropCallback(ctypes.c_void_p(window), self._drop_callback)
        return True

    def claim_tab(self) -> None:
        """Keep Tab from moving the keyboard focus in the next frame: the key shows face A."""
        if self._library is not None:
            claim = getattr(self._library, "_ZN5ImGui11SetKeyOwnerE8ImGuiKeyji", None)
            if claim is not None:
                claim(_KEY_TAB, ctypes.c_uint(_OWNER), 0)

    def _monitor(self) -> int | None:
        """Return the monitor on which windows open; GLFW has to run, a window need not exist."""
        if self._library is None:
            return None
        monitor = self._library.glfwGetPrimaryMonitor()
        return int(monitor) if monitor else None

    def _window(self) -> int | None:
        if self._library is None:
            return None
        window = self._library.glfwGetCurrentContext()
        return int(window) if window else None
