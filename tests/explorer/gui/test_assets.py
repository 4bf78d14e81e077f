"""Fonts and icons that come with the window."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from explorer.gui.toolkit import letters
from explorer.gui.toolkit.icons import icon
from explorer.gui.toolkit.theme import assets
from stylegan_core import readable


def test_the_assets_come_with_their_licences() -> None:
    names = {path.name for path in (assets() / "fonts").iterdir()}
    assert {"explorer-regular.ttf", "explorer-semibold.ttf"} <= names
    licences = {"inter", "lucide", "noto", "symbola"}
    assert {f"LICENSE-{font}.txt" for font in licences} <= names
    assert (assets() / "icon.png").is_file()
    assert icon("sparkles") == chr(0xE000 + 39)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "кот",
            "肖像 人像模型",
            "ポートレート",
            "초상화",
            "פנים",
            "وجه",
            "ภาพเหมือน",
            "Ελλάδα",
            "चेहरा",
        ),
        *("😀🎨", "naïve…"),
    ],
)
def test_names_in_many_scripts_are_shown_as_letters(name: str) -> None:
    assert letters.shown_name(name) == name


@given(st.text(max_size=8), st.text(max_size=8))
def test_different_names_never_look_the_same(name: str, other: str) -> None:
    """A backslash of a name may look like an escape, so it is left out here."""
    assume("\\" not in name + other)
    assume(readable.readable(name) != readable.readable(other))
    assert letters.shown_name(name) != letters.shown_name(other)


def test_a_letter_that_no_font_has_is_an_escape() -> None:
    assert letters.shown_name("a\U00020000b") == "a\\U00020000b"
    assert letters.shown("\x1b[1m") == "\\x1b[1m"
