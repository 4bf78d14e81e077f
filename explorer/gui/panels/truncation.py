"""Truncation: how far from the average face the picture may go."""

from __future__ import annotations

from typing import Final

import dearpygui.dearpygui as dpg

from explorer.edit.ops import with_cutoff, with_psi
from explorer.edit.session import new_edit
from explorer.gui import widgets
from explorer.gui.context import Refresh, Ui
from explorer.gui.toolkit import texts
from explorer.gui.toolkit.theme import px
from stylegan_core.conventions import USUAL_PSI

PSIS: Final = (-1.0, -0.5, 0.0, 0.5, 0.7, 1.0)
LOWEST_PSI: Final = -1.0
HIGHEST_PSI: Final = 1.5
_TILE: Final = 68
_BY_LAYER: Final = "by layer" + " " * 6  # between keyframes of different cutoffs; left of the grab
_ROW: Final = (48, 0, widgets.BUTTON)


def truncation(ui: Ui) -> Refresh:
    """Draws the panel."""
    widgets.heading(
        ui, "Truncation", "Pulls the face towards the average one. Less variety, fewer accidents."
    )
    model_info = ui.session.model_info
    if model_info is not None and not model_info.has_w_avg:
        widgets.note(ui, texts.NO_AVERAGE, small=False, wrap=True)
        return lambda: None
    with widgets.grid(*_ROW):
        _psi_row(ui)
        if ui.edit.num_layers > 1:
            _cutoff_row(ui)
    widgets.gap(2)
    for first in (0, 3):
        with dpg.group(horizontal=True, horizontal_spacing=px(6)):
            for index in range(first, first + 3):
                _tile(ui, index)
    return lambda: _refresh(ui)


def tile_name(index: int) -> str:
    """The name of a preview in the atlas of small pictures."""
    return f"psi{index}"


def _psi_row(ui: Ui) -> None:
    with dpg.table_row():
        dpg.add_text("Psi")
        widgets.slider(
            ui,
            "truncation.psi",
            LOWEST_PSI,
            HIGHEST_PSI,
            lambda psi: ui.change(with_psi(ui.edit, psi), "psi"),
            tip="0 is the average face, 1 the face as drawn, 0.7 a good middle. "
            "Below 0 you see its opposite: other sex, other pose, other colours.",
        )
        widgets.reset_button(
            ui,
            f"psi, {USUAL_PSI:g}",
            ui.commands.runner("psi.reset"),
            tag="truncation.psi.reset",
        )


def _cutoff_row(ui: Ui) -> None:
    count = ui.edit.num_layers
    with dpg.table_row():
        dpg.add_text("Cutoff")
        item = dpg.add_slider_int(
            tag="truncation.cutoff",
            min_value=0,
            max_value=count,
            clamped=True,
            width=-1,
            callback=lambda _s, value, _d: ui.change(with_cutoff(ui.edit, value), "cutoff"),
        )
        ui.watch_gesture(item)
        widgets.tooltip(
            item,
            "How many layers psi reaches, counted from the coarsest. "
            "The layers after that keep their full colours and texture.",
        )
        widgets.reset_button(
            ui,
            "cutoff",
            lambda: ui.change(with_cutoff(ui.edit, _usual_cutoff(ui))),
            tag="truncation.cutoff.reset",
        )


def _tile(ui: Ui, index: int) -> None:
    low, high = ui.thumbs.corners(tile_name(index))
    psi = PSIS[index]
    with dpg.group() as group:
        dpg.bind_item_theme(group, ui.theme.tight)
        item = dpg.add_image_button(
            ui.thumbs.texture,
            tag=f"truncation.tile.{index}",
            width=px(_TILE - 4),
            height=px(_TILE - 4),
            uv_min=low,
            uv_max=high,
            callback=lambda: ui.change(with_psi(ui.edit, psi)),
        )
        widgets.tooltip(item, f"The present picture at psi {psi:g}. Click to take it.")
        widgets.note(ui, f"{psi:g}".replace("-", texts.MINUS))


def _refresh(ui: Ui) -> None:
    edit, psi_of_each = ui.edit, any(own is not None for own in ui.edit.layer_psi)
    widgets.show_value("truncation.psi", edit.psi)
    dpg.configure_item("truncation.psi", format=_BY_LAYER if psi_of_each else "%.2f")
    widgets.set_enabled("truncation.psi.reset", edit.psi != USUAL_PSI or psi_of_each)
    if edit.num_layers > 1:
        widgets.show_value("truncation.cutoff", edit.cutoff)
        dpg.configure_item("truncation.cutoff", format=f"%d of {edit.num_layers}")
        widgets.set_enabled("truncation.cutoff.reset", edit.cutoff != _usual_cutoff(ui))
    for index, psi in enumerate(PSIS):
        chosen = abs(edit.psi - psi) < 0.005 and not psi_of_each
        dpg.bind_item_theme(
            f"truncation.tile.{index}", ui.theme.tile_on if chosen else ui.theme.tile
        )


def _usual_cutoff(ui: Ui) -> int:
    """How many layers the open model truncates unless told otherwise."""
    return new_edit(ui.session.model_info).cutoff
