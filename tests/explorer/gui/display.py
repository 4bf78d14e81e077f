"""A virtual display with its mouse and keyboard: X11 and XTest by ctypes."""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import shutil
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any

from PIL import Image

HOW_TO_INSTALL = (
    "the tests of the window need Xvfb, software OpenGL and XTest: "
    "apt-get install xvfb libgl1-mesa-dri libgl1 libxtst6 (see .ci/run)"
)
LETTERS = {
    " ": "space",
    "-": "minus",
    ".": "period",
    "/": "slash",
    "_": "underscore",
    "~": "asciitilde",
    ":": "colon",
    "=": "equal",
}
SHIFT, CTRL = "Shift_L", "Control_L"


def library(name: str) -> Any:
    path = ctypes.util.find_library(name)
    if path is None:
        raise RuntimeError(f"lib{name} is missing; {HOW_TO_INSTALL}")
    return ctypes.CDLL(path)


class _XImage(ctypes.Structure):
    _fields_ = (
        ("width", ctypes.c_int),
        ("height", ctypes.c_int),
        ("xoffset", ctypes.c_int),
        ("format", ctypes.c_int),
        ("data", ctypes.c_void_p),
        ("byte_order", ctypes.c_int),
        ("bitmap_unit", ctypes.c_int),
        ("bitmap_bit_order", ctypes.c_int),
        ("bitmap_pad", ctypes.c_int),
        ("depth", ctypes.c_int),
        ("bytes_per_line", ctypes.c_int),
    )


class Display:
    """A new Xvfb, for as long as the `with` lasts."""

    def __init__(self, width: int = 1600, height: int = 1000, extra: tuple[str, ...] = ()) -> None:
        self.size = (width, height)
        self._extra = extra

    def __enter__(self) -> Display:
        program = shutil.which("Xvfb")
        if program is None:
            raise RuntimeError(f"Xvfb is missing; {HOW_TO_INSTALL}")
        reader, writer = os.pipe()
        screen = f"{self.size[0]}x{self.size[1]}x24"
        options = ("-screen", "0", screen, "-noreset", "-nolisten", "tcp", *self._extra)
        command = [program, "-displayfd", str(writer), *options]
        self._server = subprocess.Popen(command, pass_fds=[writer], stderr=subprocess.DEVNULL)
        os.close(writer)
        with os.fdopen(reader) as stream:
            self.name = f":{stream.readline().strip()}"
        self._x11, self._xtst = library("X11"), library("Xtst")
        self._x11.XOpenDisplay.restype = ctypes.c_void_p
        self._x11.XDefaultRootWindow.restype = ctypes.c_ulong
        self._x11.XStringToKeysym.restype = ctypes.c_ulong
        self._x11.XGetImage.restype = ctypes.POINTER(_XImage)
        self._display = ctypes.c_void_p(self._open())
        self._x11.XAutoRepeatOff(self._display)  # or a slow machine types letters twice
        return self

    def __exit__(
        self, _t: type[BaseException] | None, _e: BaseException | None, _b: TracebackType | None
    ) -> None:
        self._x11.XCloseDisplay(self._display)
        self._server.terminate()
        self._server.wait(10)

    def _open(self) -> int:
        for _ in range(100):
            opened = self._x11.XOpenDisplay(self.name.encode())
            if opened:
                return int(opened)
            time.sleep(0.05)
        raise RuntimeError(f"the virtual display {self.name} does not answer")

    def resize(self, width: int, height: int) -> None:
        """Move the topmost window to the upper left corner and give it another size."""
        root, parent, count = ctypes.c_ulong(), ctypes.c_ulong(), ctypes.c_uint()
        children = ctypes.POINTER(ctypes.c_ulong)()
        whole = ctypes.c_ulong(self._x11.XDefaultRootWindow(self._display))
        results = [ctypes.byref(value) for value in (root, parent, children, count)]
        self._x11.XQueryTree(self._display, whole, *results)
        window = ctypes.c_ulong(children[count.value - 1])  # the topmost
        self._x11.XFree(children)
        self._x11.XMoveResizeWindow(self._display, window, 0, 0, width, height)
        self._x11.XFlush(self._display)

    def move(self, x: float, y: float) -> None:
        self._xtst.XTestFakeMotionEvent(self._display, -1, round(x), round(y), ctypes.c_ulong(0))
        self._x11.XFlush(self._display)

    def button(self, number: int, down: bool) -> None:
        self._xtst.XTestFakeButtonEvent(self._display, number, int(down), ctypes.c_ulong(0))
        self._x11.XFlush(self._display)

    def focus(self, window: int) -> None:
        """Give the keyboard to a window; 0 takes it from all of them."""
        self._x11.XSetInputFocus(self._display, ctypes.c_ulong(window), 0, ctypes.c_ulong(0))
        self._x11.XFlush(self._display)

    def focused(self) -> int:
        """Return the window that has the keyboard, or X11's None (0) or PointerRoot (1)."""
        window, revert = ctypes.c_ulong(0), ctypes.c_int(0)
        self._x11.XGetInputFocus(self._display, ctypes.byref(window), ctypes.byref(revert))
        return window.value

    def key(self, name: str, down: bool) -> None:
        code = self._x11.XKeysymToKeycode(self._display, self._x11.XStringToKeysym(name.encode()))
        self._xtst.XTestFakeKeyEvent(self._display, code, int(down), ctypes.c_ulong(0))
        self._x11.XFlush(self._display)

    def screenshot(self, path: Path) -> None:
        self.picture().save(path)

    def picture(self) -> Image.Image:
        """Return what the display shows."""
        width, height = self.size
        root = ctypes.c_ulong(self._x11.XDefaultRootWindow(self._display))
        image = self._x11.XGetImage(
            self._display, root, 0, 0, width, height, ctypes.c_ulong(0xFFFFFFFF), 2
        )
        data = ctypes.string_at(image.contents.data, image.contents.bytes_per_line * height)
        self._x11.XFree(ctypes.c_void_p(image.contents.data))
        self._x11.XFree(image)
        return Image.frombuffer("RGBX", (width, height), data, "raw", "BGRX").convert("RGB")
