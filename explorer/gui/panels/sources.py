"""The two faces that are mixed, each on a card."""

from __future__ import annotations

import dearpygui.dearpygui as dpg

from explorer.gui import widgets
from explorer.gui.context import Refresh, Ui
from explorer.gui.parts.face_card import FaceCard
from explorer.gui.previews import FACES
from explorer.gui.toolkit.icons import label


def sources(ui: Ui) -> Refresh:
    """Draw a card for each face."""
    cards = [FaceCard(ui, index) for index in range(len(FACES))]
    for card in cards:
        card.draw()

    def refresh() -> None:
        for card in cards:
            card.refresh()

    return refresh


def swap_button(ui: Ui) -> None:
    """Draw the button that exchanges the faces."""
    item = widgets.command_button(
        ui,
        "sources.swap",
        label("swap", "Swap"),
        "Exchange the two faces. The sliders stay.",
        tag="sources.swap",
    )
    dpg.bind_item_theme(item, ui.theme.quiet)
