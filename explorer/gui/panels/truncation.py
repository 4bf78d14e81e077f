"""Truncation: how far the picture may go from the average face."""

from __future__ import annotations

from typing import Final

import dearpygui.dearpygui as dpg

from explorer.edit.edit import Edit
from explorer.edit.ops import with_cutoff, with_psi
from explorer.edit.session import new_edit
from explorer.gui import widgets
from explorer.gui.context import Refresh, Ui
from explorer.gui.previews import HIGHEST_PSI, LOWEST_PSI, PSIS, psi_name
from explorer.gui.toolkit import texts
from explorer.gui.toolkit.numbers import Numbers
from explorer.gui.toolkit.scale import px
from stylegan_core.conventions import USUAL_PSI

_TILE_EDGE: Final = 2
_TILE_GAP: Final = 6
_TILES_PER_ROW: Final = 3
_COLUMNS: Final = (48, 0, widgets.BUTTON)


def truncation(ui: Ui) -> Refresh:
    """Draw the sliders for psi and cutoff, and previews at six values of psi."""
    model_info = ui.session.model_info
    if model_info is not None and not model_info.has_w_avg:
        widgets.note(ui, texts.NO_AVERAGE, small=False, wrap=True)
        return lambda: None
    with widgets.grid(*_COLUMNS):
        _psi_row(ui)
        if ui.edit.num_layers > 1:
            _cutoff_row(ui)
    widgets.gap(2)
    for first in range(0, len(PSIS), _TILES_PER_ROW):
        with dpg.group(horizontal=True, horizontal_spacing=px(_TILE_GAP)):
            for index in range(first, first + _TILES_PER_ROW):
                _tile(ui, index)
    return lambda: _refresh(ui)


def _psi_row(ui: Ui) -> None:
    with dpg.table_row():
        dpg.add_text("Psi")
        widgets.slider(
            ui,
            "truncation.psi",
            Numbers(LOWEST_PSI, HIGHEST_PSI, snaps=widgets.ENDS),
            lambda psi: ui.change(with_psi(ui.edit, psi), "psi"),
            tip=f"0 is the average face, 1 the face as drawn, {USUAL_PSI:g} a good middle. Below 0 "
            "lies the opposite face: another pose, sex, hair and colours.",
        )
        widgets.reset_button(
            ui,
            ui.commands.hint("psi.reset", f"Reset psi to {USUAL_PSI:g}."),
            ui.commands.runner("psi.reset"),
            tag="truncation.psi.reset",
        )


def _cutoff_row(ui: Ui) -> None:
    with dpg.table_row():
        dpg.add_text("Cutoff")
        widgets.slider(
            ui,
            "truncation.cutoff",
            Numbers(0, ui.edit.num_layers, digits=0, whole=True),
            lambda count: ui.change(with_cutoff(ui.edit, round(count)), "cutoff"),
            tip="Choose how many layers are truncated, counted from the coarsest. "
            "The others keep their full colours and texture.",
        )
        widgets.reset_button(
            ui,
            "Reset the cutoff to the model's own.",
            lambda: ui.change(with_cutoff(ui.edit, _usual_cutoff(ui))),
            tag="truncation.cutoff.reset",
        )


def _tile(ui: Ui, index: int) -> None:
    psi, (low, high) = PSIS[index], ui.thumbs.corners(psi_name(index))
    with dpg.group() as group:
        dpg.bind_item_theme(group, ui.theme.tight)
        item = dpg.add_image_button(
            ui.thumbs.texture,
            tag=f"truncation.tile.{index}",
            uv_min=low,
            uv_max=high,
            callback=lambda: ui.change(with_psi(ui.edit, psi)),
        )
        widgets.tooltip(item, f"The current picture at psi {_number(psi)}. Click to set psi.")
        widgets.note(ui, _number(psi))


def _refresh(ui: Ui) -> None:
    edit = ui.edit
    side = _tile_side()
    is_by_layer = any(psi is not None for psi in edit.layer_psi)
    widgets.show_number("truncation.psi", edit.psi, "by layer" if is_by_layer else "")
    widgets.set_enabled("truncation.psi.reset", edit.psi != USUAL_PSI or is_by_layer)
    if edit.num_layers > 1:
        _refresh_cutoff(ui, edit)
    for index, psi in enumerate(PSIS):
        is_chosen = abs(edit.psi - psi) < 0.005 and not is_by_layer
        tile_theme = ui.theme.tile_on if is_chosen else ui.theme.tile
        dpg.bind_item_theme(f"truncation.tile.{index}", tile_theme)
        dpg.configure_item(f"truncation.tile.{index}", width=side, height=side)


def _tile_side() -> int:
    """Return how large the previews are, so that a row of them fills the panel."""
    room = widgets.inner_width("left") - px(_TILE_GAP) * (_TILES_PER_ROW - 1)
    return room // _TILES_PER_ROW - 2 * px(_TILE_EDGE)


def _refresh_cutoff(ui: Ui, edit: Edit) -> None:
    words = f"{edit.cutoff} of {edit.num_layers}"
    widgets.show_number("truncation.cutoff", edit.cutoff, words)
    widgets.set_enabled("truncation.cutoff.reset", edit.cutoff != _usual_cutoff(ui))


def _usual_cutoff(ui: Ui) -> int:
    return new_edit(ui.session.model_info).cutoff


def _number(psi: float) -> str:
    return f"{psi:g}".replace("-", texts.MINUS)
