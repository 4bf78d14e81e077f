"""The panels as data: what the layout needs to know of each."""

from collections import Counter

import pytest

from explorer.gui.panels import BARS, PANELS, Panel


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel.title)
def test_every_panel_has_a_title_a_place_and_a_tip(panel: Panel) -> None:
    assert panel.title.strip()
    assert panel.place in ("left", "right")
    assert panel.tip.strip().endswith(".")


def test_titles_are_unique() -> None:
    assert max(Counter(panel.title for panel in PANELS).values()) == 1


def test_both_places_have_panels_and_bars_have_places_of_their_own() -> None:
    assert {panel.place for panel in PANELS} == {"left", "right"}
    assert {"left", "right"}.isdisjoint(BARS)
