"""Drop files on a window as a file manager does, by ctypes on libX11.

This is the source's side of XDND, version 5
(https://www.freedesktop.org/wiki/Specifications/XDND/).
"""

from __future__ import annotations

import ctypes
import select
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.explorer.gui.display import Display, library

PATIENCE_S = 30.0
SELECTION_REQUEST, SELECTION_NOTIFY, CLIENT_MESSAGE = 30, 31, 33
ATOM = 4  # the type of a property that holds atoms
ID = ctypes.c_ulong  # of a window, an atom, a moment
HEAD = (
    ("type", ctypes.c_int),
    ("serial", ctypes.c_ulong),
    ("send_event", ctypes.c_int),
    ("display", ctypes.c_void_p),
)


class _ClientMessage(ctypes.Structure):
    _fields_ = (
        *HEAD,
        ("window", ID),
        ("message_type", ID),
        ("format", ctypes.c_int),
        ("data", ctypes.c_long * 5),
    )


class _Selection(ctypes.Structure):
    _fields_ = (
        *HEAD,
        ("requestor", ID),
        ("selection", ID),
        ("target", ID),
        ("property", ID),
        ("time", ID),
    )


class _SelectionRequest(ctypes.Structure):
    _fields_ = (*HEAD, ("owner", ID), *_Selection._fields_[len(HEAD) :])


class _Event(ctypes.Union):
    _fields_ = (
        ("type", ctypes.c_int),
        ("message", _ClientMessage),
        ("request", _SelectionRequest),
        ("answer", _Selection),
        ("pad", ctypes.c_long * 24),
    )


def drop(display: Display, place: tuple[float, float], paths: Sequence[Path]) -> None:
    """Drop files at a place of the screen, once the window there agrees to take them.

    Raises AssertionError where it refuses, or does not confirm that it has them.
    """
    uris = "".join(f"{path.as_uri()}\r\n" for path in paths).encode()
    with _source(display) as source:
        source.drop(round(place[0]), round(place[1]), uris)


@contextmanager
def _source(display: Display) -> Iterator[_Source]:
    """Open a connection of its own to the display, with a window, as another program would."""
    x11 = library("X11")
    pointer = ctypes.c_void_p
    x11.XOpenDisplay.restype = pointer
    x11.XDefaultRootWindow.restype = x11.XCreateSimpleWindow.restype = x11.XInternAtom.restype = ID
    x11.XDefaultRootWindow.argtypes = x11.XCloseDisplay.argtypes = [pointer]
    x11.XConnectionNumber.argtypes = x11.XPending.argtypes = x11.XFlush.argtypes = [pointer]
    x11.XInternAtom.argtypes = [pointer, ctypes.c_char_p, ctypes.c_int]
    x11.XCreateSimpleWindow.argtypes = [pointer, ID, *[ctypes.c_int] * 5, ID, ID]
    x11.XSetSelectionOwner.argtypes = [pointer, ID, ID, ID]
    x11.XTranslateCoordinates.argtypes = [
        pointer,
        ID,
        ID,
        ctypes.c_int,
        ctypes.c_int,
        *[pointer] * 3,
    ]
    x11.XGetWindowProperty.argtypes = [
        *[pointer, ID, ID, ctypes.c_long, ctypes.c_long, ctypes.c_int, ID],
        *[pointer] * 5,
    ]
    x11.XChangeProperty.argtypes = [
        *[pointer, ID, ID, ID, ctypes.c_int, ctypes.c_int],
        *[ctypes.c_char_p, ctypes.c_int],
    ]
    x11.XSendEvent.argtypes = [pointer, ID, ctypes.c_int, ctypes.c_long, pointer]
    x11.XNextEvent.argtypes = [pointer, pointer]
    x11.XFree.argtypes = [pointer]
    connection = x11.XOpenDisplay(display.name.encode())
    assert connection, f"the display {display.name} does not respond"
    try:
        yield _Source(x11, connection)
    finally:
        x11.XCloseDisplay(connection)


class _Source:
    def __init__(self, x11: Any, connection: int) -> None:
        self._x11 = x11
        self._connection = connection
        self._root = x11.XDefaultRootWindow(connection)
        self._window = x11.XCreateSimpleWindow(connection, self._root, 0, 0, 1, 1, 0, 0, 0)
        self._selection = self._atom("XdndSelection")
        self._uri_list, self._copy = self._atom("text/uri-list"), self._atom("XdndActionCopy")

    def drop(self, x: int, y: int, uris: bytes) -> None:
        target = self._aware_window_at(x, y)
        self._x11.XSetSelectionOwner(self._connection, self._selection, self._window, 0)
        self._tell(target, "XdndEnter", 5 << 24, self._uri_list)
        self._tell(target, "XdndPosition", 0, x << 16 | y, 0, self._copy)
        status = self._answer("XdndStatus", uris)
        assert status[1] & 1, "the window does not take files"
        self._tell(target, "XdndDrop")
        finished = self._answer("XdndFinished", uris)
        assert finished[1], "the window took no file"  # GLFW 3.3 sends the bytes, not one bit

    def _atom(self, name: str) -> int:
        return int(self._x11.XInternAtom(self._connection, name.encode(), 0))

    def _aware_window_at(self, x: int, y: int) -> int:
        """Return the outermost window at a place that speaks XDND."""
        at_x, at_y, child = ctypes.c_int(), ctypes.c_int(), ID(self._root)
        while child.value:
            window = child.value
            if self._is_aware(window):
                return window
            places = (ctypes.byref(at_x), ctypes.byref(at_y), ctypes.byref(child))
            self._x11.XTranslateCoordinates(self._connection, self._root, window, x, y, *places)
        raise AssertionError(f"no window at {x}, {y} takes what is dragged")

    def _is_aware(self, window: int) -> bool:
        aware, kind, width, count, rest = self._atom("XdndAware"), ID(), ctypes.c_int(), ID(), ID()
        value = ctypes.POINTER(ctypes.c_ulong)()
        results = (ctypes.byref(out) for out in (kind, width, count, rest, value))
        self._x11.XGetWindowProperty(self._connection, window, aware, 0, 1, 0, ATOM, *results)
        speaks = bool(count.value) and value[0] >= 5
        self._x11.XFree(value)
        return speaks

    def _tell(self, target: int, message: str, *data: int) -> None:
        """Send a message whose data begin with the source's window."""
        event = _Event(message=_ClientMessage(type=CLIENT_MESSAGE, window=target, format=32))
        event.message.message_type = self._atom(message)
        event.message.data[: 1 + len(data)] = (self._window, *data)
        self._send(target, event)

    def _send(self, window: int, event: _Event) -> None:
        self._x11.XSendEvent(self._connection, window, 0, 0, ctypes.byref(event))
        self._x11.XFlush(self._connection)

    def _answer(self, message: str, uris: bytes) -> list[int]:
        """Wait for a message and return its data; hand out the files on request meanwhile."""
        end, wanted = time.monotonic() + PATIENCE_S, self._atom(message)
        while True:
            event = self._next(end, message)
            if event.type == SELECTION_REQUEST:
                self._hand_out(event.request, uris)
            elif event.type == CLIENT_MESSAGE and event.message.message_type == wanted:
                return list(event.message.data)

    def _next(self, end: float, message: str) -> _Event:
        while not self._x11.XPending(self._connection):
            left = end - time.monotonic()
            assert left > 0, f"waited {PATIENCE_S:.0f} s in vain for {message}"
            select.select([self._x11.XConnectionNumber(self._connection)], [], [], left)
        event = _Event()
        self._x11.XNextEvent(self._connection, ctypes.byref(event))
        return event

    def _hand_out(self, asked: _SelectionRequest, uris: bytes) -> None:
        """Write the list of files into a property of the window that asked for it."""
        assert asked.target == self._uri_list
        self._x11.XChangeProperty(
            *(self._connection, asked.requestor, asked.property, self._uri_list),
            *(8, 0, uris, len(uris)),
        )
        answer = _Selection(type=SELECTION_NOTIFY)
        for name in ("requestor", "selection", "target", "property", "time"):
            setattr(answer, name, getattr(asked, name))
        self._send(asked.requestor, _Event(answer=answer))
