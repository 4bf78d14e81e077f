"""Fonts and icons that come with the window."""

from __future__ import annotations

from explorer.gui.toolkit.icons import icon
from explorer.gui.toolkit.theme import assets


def test_the_assets_come_with_their_licences() -> None:
    names = {path.name for path in (assets() / "fonts").iterdir()}
    assert {"explorer-regular.ttf", "explorer-semibold.ttf"} <= names
    assert {"LICENSE-inter.txt", "LICENSE-lucide.txt"} <= names
    assert (assets() / "icon.png").is_file()
    assert icon("sparkles") == chr(0xE000 + 39)
