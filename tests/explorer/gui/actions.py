"""Actions in the window that tests share: read and fill fields, open and save files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PIL import Image

from tests.explorer.gui.driver import Window
from tests.pixels import pixels

FIRST_ROW, ROW = 20, 21  # from a combo's edge to the first entry of its list, and on to the next

# As on a slow machine while noise flows: the canvas never shows more than a preview.
ONLY_PREVIEWS = """
from explorer.gui import context
context.View.pictured = property(lambda view: None, lambda view, edit: None)
"""


def values(window: Window, *tags: str) -> tuple[Any, ...]:
    """Return the values of widgets."""
    return tuple(window.ask("value", tag) for tag in tags)


def noise_seeds(edit: Any) -> list[Any]:
    """Return the seed of each layer's noise."""
    return [noise["terms"][0]["seed"] for noise in edit["noise"]]


def choose(window: Window, tag: str, place: int) -> None:
    """Choose an entry of a combo by its place."""
    left, top, width, height = window.rect(tag)
    window.click(tag)
    window.click_at(left + width / 2, top + height + FIRST_ROW + place * ROW)


def replace_text(window: Window, tag: str, text: str) -> None:
    """Type a text in place of the old one."""
    window.click(tag)
    window.press("ctrl+a")
    window.type(text)


def type_path(window: Window, tag: str, path: Path) -> None:
    """Type a path into a field of the dialog that opens."""
    window.until(lambda: window.state()["dialog"], "the dialog")
    home = window.folder  # of the process
    replace_text(window, tag, f"~/{path.relative_to(home)}")


def save_picture(window: Window, path: Path) -> Image.Image:
    """Save the picture on the canvas, and return what the file holds."""
    window.press("ctrl+s")
    type_path(window, "browser.path", path)
    window.press("Return")
    window.until(lambda: "Saved" in window.state()["status"], "the picture to be saved")
    return Image.fromarray(pixels(path))


def open_path(window: Window, path: Path) -> None:
    """Open a file or folder with the browser."""
    window.press("ctrl+o")
    type_path(window, "browser.path", path)
    window.press("Return")


def answer_like_zenity(folder: Path, script: str) -> dict[str, str]:
    """Put a shell script in the place of zenity; return the environment in which it is found.

    What the script prints is the answer of the desktop's file dialog.
    """
    folder.mkdir()
    zenity = folder / "zenity"
    zenity.write_text(f"#!/bin/sh\n{script}\n")
    zenity.chmod(0o755)
    return {"PATH": f"{folder}:/usr/bin:/bin", "STYLEGAN_EXPLORER_PLAIN_DIALOGS": ""}
