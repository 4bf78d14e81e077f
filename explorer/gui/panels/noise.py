"""Noise: the random details of the picture, resolution by resolution.

New noise moves strands and freckles and leaves the face alone.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import dearpygui.dearpygui as dpg

from explorer.gui import widgets
from explorer.gui.changes import NoiseChanges
from explorer.gui.context import Refresh, Ui
from explorer.gui.noise_presets import PRESETS
from explorer.gui.parts.no_model import no_model
from explorer.gui.parts.noise_row import COLUMNS, NoiseRow
from explorer.gui.toolkit import texts
from explorer.gui.toolkit.icons import icon, label
from explorer.gui.toolkit.numbers import Numbers

_RATES: Final = Numbers(0.1, 4.0, digits=1, unit=" Hz", snaps=(1.0,))
_RATES_OF_ROW: Final = replace(_RATES, unit="")  # the sliders of rows are narrow
_FOLD: Final = 70
_INDENT: Final = " " * 5
_NEW_TIP: Final = "Draw new noise on every unlocked layer."
_MOVE_TIP: Final = (
    "Let the noise of every unlocked layer flow, or stop it. Only the live picture flows; for a "
    "video, switch on the waves of the timeline."
)
_RATE_TIP: Final = (
    "Set how fast all noise flows, in new patterns a second. "
    "Unfold a resolution below to give it a speed of its own."
)
_HEAT_TIP: Final = (
    "Show where the noise acts: bright places change with it, dark ones do not. Colours stand for "
    "the standard deviation of a pixel over 16 draws of noise, in levels of 255."
)
_STORED_TIP: Final = (
    "Use the noise that the model was saved with, on every unlocked layer. "
    "With it, official seeds give the published pictures."
)


def noise(ui: Ui) -> Refresh:
    """Draw presets, tools and a row for each resolution."""
    if ui.session.model_info is None:
        return no_model(ui, "noise.none")
    panel = _NoisePanel(ui)
    panel.draw()
    return panel.refresh


class _NoisePanel:
    """Presets and tools for all layers, and a row per resolution that unfolds into layers."""

    def __init__(self, ui: Ui) -> None:
        self._ui = ui
        self._changes = NoiseChanges(ui)
        self._blocks = self._changes.by_resolution()
        self._rows: list[NoiseRow] = []
        model_info = ui.session.model_info
        self._has_stored = model_info is not None and model_info.has_stored_noise

    def draw(self) -> None:
        if not self._blocks:
            widgets.note(self._ui, texts.NO_NOISE, small=False, wrap=True)
            return
        self._draw_presets()
        self._draw_tools()
        widgets.gap(2)
        dpg.add_separator()
        widgets.gap(2)
        with widgets.grid(_FOLD, *COLUMNS):
            self._draw_headings()
            for resolution, layers in self._blocks.items():
                self._draw_block(resolution, layers)

    def refresh(self) -> None:
        if not self._blocks:
            return
        ui, edit = self._ui, self._ui.edit
        for preset in PRESETS:
            tag = f"noise.preset.{preset.name}"
            widgets.set_switch(ui, tag, self._changes.has_preset(preset), off=0)
        if self._has_stored:
            widgets.set_switch(ui, "noise.stored", self._changes.is_stored(), off=0)
        widgets.set_switch(ui, "noise.heat", ui.view.heat, off=0)
        self._show_rates()
        for row in self._rows:
            row.refresh(edit)
        for resolution, layers in self._blocks.items():
            self._show_fold(resolution, layers)

    def _draw_presets(self) -> None:
        buttons = [(f"preset_{p.name}", f"preset.{p.name}", p.title, p.tip) for p in PRESETS]
        if self._has_stored:
            buttons.append(("stored", "stored", "As saved", _STORED_TIP))
        with widgets.row(*(0,) * len(buttons)):
            for command, tag, title, tip in buttons:
                widgets.command_button(
                    self._ui, f"noise.{command}", title, tip, tag=f"noise.{tag}", width=-1
                )

    def _draw_tools(self) -> None:
        with widgets.row(0, 0, 0, 0):
            self._tool("noise.new", "new.all", label("dices", "New"), _NEW_TIP)
            self._tool("noise.move", "move.all", label("waves", "Flow"), _MOVE_TIP)
            widgets.slider(
                self._ui,
                "noise.rate",
                _RATES,
                self._changes.set_all_rates,
                tip=_RATE_TIP,
            )
            self._tool("view.heat", "heat", label("flame", "Heat"), _HEAT_TIP)

    def _tool(self, command: str, tag: str, title: str, tip: str) -> None:
        widgets.command_button(self._ui, command, title, tip, tag=f"noise.{tag}", width=-1)

    def _draw_headings(self) -> None:
        with dpg.table_row():
            for heading in ("Size", "Strength", "Seed"):
                widgets.note(self._ui, heading)

    def _draw_block(self, resolution: int, layers: list[int]) -> None:
        size = texts.size(resolution)
        tip = f"{size}: {texts.noise_of(resolution)}."
        with dpg.table_row():
            fold = widgets.text_button(
                "",
                f"{tip}\nClick to see its layers and how fast its noise flows.",
                lambda: self._fold(resolution),
                tag=f"noise.fold.{resolution}",
                width=-1,
            )
            dpg.bind_item_theme(fold, self._ui.theme.fold)
            self._draw_row(f"noise.{size}", layers, tip)
        with dpg.table_row(tag=f"noise.rates.{resolution}", show=False):
            widgets.note(self._ui, f"{_INDENT}speed")
            widgets.slider(
                self._ui,
                f"noise.rate.{resolution}",
                _RATES_OF_ROW,
                lambda rate: self._changes.set_rate(resolution, layers, rate),
                tip=f"Set how fast the noise at {size} flows, in new patterns a second.",
            )
        for number, index in enumerate(layers, start=1):
            with dpg.table_row(tag=f"noise.row.{index}", show=False):
                widgets.note(self._ui, f"{_INDENT}layer {number}")
                self._draw_row(f"noise.{index}", [index], tip)

    def _draw_row(self, tag: str, layers: list[int], tip: str) -> None:
        self._rows.append(NoiseRow(self._ui, self._changes, tag, layers))
        self._rows[-1].draw(tip)

    def _fold(self, resolution: int) -> None:
        self._ui.view.open_blocks ^= {resolution}
        self._ui.stale = True

    def _show_fold(self, resolution: int, layers: list[int]) -> None:
        is_open = resolution in self._ui.view.open_blocks
        arrow = icon("chevron_down" if is_open else "chevron_right")
        dpg.configure_item(f"noise.fold.{resolution}", label=arrow + texts.size(resolution))
        dpg.configure_item(f"noise.rates.{resolution}", show=is_open)
        for index in layers:
            dpg.configure_item(f"noise.row.{index}", show=is_open)

    def _show_rates(self) -> None:
        rates = {resolution: self._ui.view.rate_of(resolution) for resolution in self._blocks}
        is_mixed = len(set(rates.values())) > 1
        mean = sum(rates.values()) / len(rates)
        widgets.show_number("noise.rate", mean, "mixed" if is_mixed else "")
        for resolution, rate in rates.items():
            widgets.show_number(f"noise.rate.{resolution}", rate)
