"""The list of kept sessions."""

from __future__ import annotations

import time

import pytest

from explorer.gui.dialogs.kept_sessions import entry_text
from explorer.sessions.reading import Summary


@pytest.mark.parametrize(("day", "shown"), [(1, "1 Dec 2026, 02:53"), (30, "30 Dec 2026, 02:53")])
def test_an_entry_says_when_and_how_much(day: int, shown: str) -> None:
    saved_at_s = time.mktime((2026, 12, day, 2, 53, 0, 0, 0, -1))
    words = entry_text(Summary(False, None, 1, 2, saved_at_s)).split("·")
    assert [word.strip() for word in words] == [shown, "no model", "1 step, 2 keyframes"]
