"""A driver for the real window: a process of its own, driven by real mouse and key events."""

from __future__ import annotations

import itertools
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.explorer.gui.display import CTRL, LETTERS, SHIFT, Display

_numbers = itertools.count(1)
PATIENCE_S = float(os.environ.get("STYLEGAN_EXPLORER_TEST_PATIENCE", "60"))
ANY_WINDOW = 1  # X11's PointerRoot: the keyboard belongs to the window under the pointer
_MAIN = "import sys; from explorer.cli import main; sys.exit(main())"


class Window:
    """The explorer's window on a display. Every wait is for a condition.

    `change` is code that runs first in the process, for situations that input cannot bring about.
    """

    def __init__(
        self,
        display: Display,
        folder: Path,
        *arguments: str,
        change: str = "",
        **environment: str,
    ) -> None:
        self.display, self.folder = display, folder
        number = next(_numbers)  # several windows may share a folder
        self._socket_path = folder / f"socket{number}"
        environment = {
            **{k: v for k, v in os.environ.items() if k != "WAYLAND_DISPLAY"},
            "DISPLAY": display.name,
            "LIBGL_ALWAYS_SOFTWARE": "1",
            "HOME": str(folder),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_STATE_HOME": str(folder / "state"),
            "XDG_PICTURES_DIR": str(folder / "Pictures"),
            "XDG_VIDEOS_DIR": str(folder / "Videos"),
            "XDG_DOCUMENTS_DIR": str(folder / "Documents"),
            "STYLEGAN_EXPLORER_TEST_SOCKET": str(self._socket_path),
            "STYLEGAN_EXPLORER_PLAIN_DIALOGS": "1",
            "OMP_NUM_THREADS": "1",
            **environment,
        }
        self.log_path = folder / f"log{number}.txt"
        with self.log_path.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-X", "faulthandler", "-c", f"{change}\n{_MAIN}", *arguments],
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
        self._connection = socket.socket(socket.AF_UNIX)
        self._stream: Any = None

    def connect(self) -> None:
        """Wait until the window is open and has the keyboard."""
        self.until(self._socket_path.exists, "the window to open")
        self._connection.settimeout(PATIENCE_S)
        self.until(
            lambda: self._connection.connect_ex(str(self._socket_path)) == 0, "the test socket"
        )
        self._stream = self._connection.makefile("rw", encoding="utf-8")
        self.until(lambda: self.display.focused() > ANY_WINDOW, "the keyboard")

    def ask(self, question: str, tag: str = "") -> Any:
        """Ask the test hook (`explorer.gui.testhook`)."""
        self._stream.write(json.dumps({"ask": question, "tag": tag}) + "\n")
        self._stream.flush()
        line = self._stream.readline()
        assert line, f"the window is gone: {self.log()}"
        answer = json.loads(line)
        assert "error" not in answer, answer
        return answer["ok"]

    def state(self) -> Any:
        return self.ask("state")

    def edit(self) -> Any:
        return self.state()["edit"]

    def log(self) -> str:
        return self.log_path.read_text(errors="replace")[-3000:]

    def until(self, condition: Callable[[], Any], what: str, patience_s: float = PATIENCE_S) -> Any:
        """Wait until `condition` is true, and return what it returned."""
        end = time.monotonic() + patience_s
        while True:
            value = condition()
            if value:
                return value
            assert self.process.poll() is None, (
                f"the window ended with {self.process.returncode}: {self.log()}"
            )
            assert time.monotonic() < end, f"waited {patience_s:.0f} s in vain for {what}"
            time.sleep(0.03)

    def until_picture(self) -> Any:
        """Wait for a model, its picture, and rest."""
        self.until(lambda: self.state()["picture"], "the first picture")
        return self.settle()

    def settle(self) -> Any:
        """Wait until all requested pictures have been shown."""
        self.until(lambda: self.state()["settled"], "the window to come to rest")
        return self.state()

    def until_edit(self, part: Callable[[Any], Any], what: str) -> Any:
        """Wait until a part of the edit is as expected, and return what `part` returned."""
        return self.until(lambda: part(self.edit()), what)

    def until_dialog(self, title: str | None) -> None:
        """Wait until the dialog of this title is open; None is for no dialog."""
        what = f'the dialog "{title}"' if title else "the dialog to close"
        self.until(lambda: self.state()["dialog"] == title, what)

    def rect(self, tag: str) -> tuple[float, float, float, float]:
        """Return left, top, width and height of a widget on the screen, once it is drawn."""
        left, top, width, height = self.until(lambda: self._drawn(tag), f"{tag} to be drawn")
        corner = self.state()["viewport"]
        return left + corner[0], top + corner[1], width, height

    def _drawn(self, tag: str) -> Any:
        rect = self.ask("rect", tag)
        return rect if rect and rect[2] > 0 and rect[3] > 0 else None

    def centre(self, tag: str) -> tuple[float, float]:
        left, top, width, height = self.rect(tag)
        return left + width / 2, top + height / 2

    def click(self, tag: str, button: int = 1) -> None:
        self.click_at(*self.centre(tag), button=button)

    def click_at(self, x: float, y: float, button: int = 1) -> None:
        """Click, each event in a frame of its own, by which a closed dialog is gone."""
        self.display.move(x, y)
        self.next_frame()
        self.display.button(button, True)
        self.next_frame()
        self.display.button(button, False)
        self._breathe()

    def drag(
        self, start: tuple[float, float], end: tuple[float, float], button: int = 1, steps: int = 12
    ) -> None:
        self.display.move(*start)
        self._breathe()
        self.display.button(button, True)
        self._breathe()
        for step in range(1, steps + 1):
            share = step / steps
            self.display.move(*(a + (b - a) * share for a, b in zip(start, end, strict=True)))
            self._breathe()
        self.display.button(button, False)
        self._breathe()

    def drag_slider(self, tag: str, start: float, end: float) -> None:
        """Drag a slider's grab from one share of its width to another."""
        left, top, width, height = self.rect(tag)
        y = top + height / 2
        self.drag((left + width * start, y), (left + width * end, y))

    def press(self, keys: str) -> None:
        """Press a key such as "a", "ctrl+z", "F1" or "Tab"."""
        *modifiers, key = keys.split("+")
        held = [{"ctrl": CTRL, "shift": SHIFT}[name] for name in modifiers]
        for name in held:
            self.display.key(name, True)
        self._breathe()
        self.display.key(key, True)
        self._breathe()
        self.display.key(key, False)
        for name in reversed(held):
            self.display.key(name, False)
        self._breathe()

    def type(self, text: str) -> None:
        """Type into the focused field, each event in a frame of its own.

        Events that still wait in a queue would be lost with the field's focus.
        """
        for letter in text:
            name = LETTERS.get(letter, letter)
            shifted = letter.isupper() or letter in "_~:"
            held = [SHIFT] if shifted else []
            for key, down in [*((k, True) for k in held), (name, True), (name, False)]:
                self.display.key(key, down)
                self.next_frame()
            for key in held:
                self.display.key(key, False)
                self.next_frame()

    def next_frame(self) -> None:
        """Wait until a frame has been drawn that saw all input so far."""
        start = self.ask("frame")
        while self.ask("frame") < start + 2:
            pass

    def close(self) -> int:
        """Press Ctrl+Q and return the exit status."""
        for key, down in ((CTRL, True), ("q", True), ("q", False), (CTRL, False)):
            self.display.key(key, down)
        return self.process.wait(30)

    def discard(self) -> None:
        """End the process if it still runs, and close the connection."""
        self.process.kill()
        self.process.wait()
        if self._stream is not None:
            self._stream.close()
        self._connection.close()

    def _breathe(self) -> None:
        """Let the window see the input so far: its answer comes between two frames."""
        if self._stream is not None and self.process.poll() is None:
            self.state()
        time.sleep(0.02)


OpenWindow = Callable[..., Window]
"""A function that opens a window: the arguments of `Window` but for display and folder."""
