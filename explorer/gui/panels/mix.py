"""Mixing: which face decides which layers. One slider per group and per layer, from A to B."""

from __future__ import annotations

from typing import Final

import dearpygui.dearpygui as dpg

from explorer.edit.edit import Edit
from explorer.edit.ops import (
    has_further_sources,
    mix_of,
    with_layer_reset,
    with_mix,
    with_mute,
    with_solo,
)
from explorer.gui import widgets
from explorer.gui.context import Refresh, Ui
from explorer.gui.toolkit import texts

LOW: Final = -0.5
HIGH: Final = 1.5
GROUPS: Final = ("coarse", "middle", "fine")
_COLUMNS: Final = (18, 50, 0, widgets.BUTTON, widgets.BUTTON, widgets.BUTTON)
_SLIDER_TIP: Final = (
    "0 is all A, 1 is all B. Beyond that the difference between the faces is exaggerated."
)
_ONE_ROW: Final = (
    "This model takes a face in at one place and all at once, so that its layers cannot be mixed "
    "one by one."
)


def mix(ui: Ui) -> Refresh:
    """Draws the panel."""
    panel = _Mix(ui)
    panel.draw()
    return panel.refresh


class _Mix:
    def __init__(self, ui: Ui) -> None:
        self._ui = ui
        model_info = ui.session.model_info
        self._layers = model_info.layers if model_info else ()
        self._rows = [i for i, layer in enumerate(self._layers) if layer.takes_style]
        groups = GROUPS if len(self._rows) > 1 else ()
        self._groups = {g: self._members(g) for g in groups if self._members(g)}

    def draw(self) -> None:
        if not self._layers:
            widgets.note(self._ui, "No model is open yet.")
            return
        self._head()
        if self._groups:
            self._group_rows()
            self._layer_rows()
        else:
            self._only_row(*self._rows)

    def refresh(self) -> None:
        edit = self._ui.edit
        for group, layers in self._groups.items():
            self._show(edit, f"mix.{group}", layers)
        for index in self._rows:
            self._show(edit, f"mix.{index}", [index])

    def _head(self) -> None:
        """Names of the faces above the places 0 and 1 of the sliders."""
        with widgets.row(*_COLUMNS):
            dpg.add_spacer()
            widgets.note(self._ui, "Layers", small=False)
            with widgets.row(shares=(0.235, 0.5, 0.265)):
                dpg.add_spacer()
                for name, colour in (("A", self._ui.theme.text_a), ("B", self._ui.theme.text_b)):
                    dpg.bind_item_theme(dpg.add_text(name), colour)

    def _group_rows(self) -> None:
        with widgets.grid(*_COLUMNS):
            for group, layers in self._groups.items():
                tip = texts.group_of(group, [self._layers[i].resolution for i in layers])
                self._row(f"mix.{group}", "", group.capitalize(), tip, layers)
        widgets.gap(2)
        dpg.add_separator()
        widgets.gap(2)

    def _layer_rows(self) -> None:
        with widgets.grid(*_COLUMNS):
            for index in self._rows:
                layer = self._layers[index]
                name = texts.size(layer.resolution)
                tip = f"Layer {index}, {name}: {texts.style_of(layer.resolution, layer.group)}."
                self._row(f"mix.{index}", str(index), name, tip, [index])

    def _only_row(self, index: int) -> None:
        with widgets.grid(*_COLUMNS):
            self._row(f"mix.{index}", "", "All", "The whole picture.", [index])
        widgets.gap(2)
        widgets.note(self._ui, _ONE_ROW, small=False, wrap=True)

    def _row(self, tag: str, number: str, name: str, tip: str, layers: list[int]) -> None:
        """One row: name, slider, solo, mute, reset. A group and a layer differ only in how many
        layers they move.
        """
        ui = self._ui
        with dpg.table_row():
            widgets.note(ui, number, small=False)
            label = dpg.add_text(name, tag=f"{tag}.name")
            widgets.tooltip(label, tip)
            widgets.slider(
                ui, tag, LOW, HIGH, lambda t: self._mix(layers, t, tag), tip=f"{tip}\n{_SLIDER_TIP}"
            )
            widgets.letter_button(
                ui,
                "S",
                "Solo: only the layers with S take part in the mix, all others show A.",
                lambda: self._solo(layers),
                tag=f"{tag}.solo",
            )
            widgets.letter_button(
                ui,
                "M",
                "Mute: these layers show A, whatever the slider says.",
                lambda: self._mute(layers),
                tag=f"{tag}.mute",
            )
            widgets.reset_button(
                ui, "mix: all A, no solo, no mute", lambda: self._reset(layers), tag=f"{tag}.reset"
            )

    def _show(self, edit: Edit, tag: str, layers: list[int]) -> None:
        ui, shares = self._ui, [mix_of(edit, i) for i in layers]
        more = any(has_further_sources(edit, i) for i in layers)
        mean, mixed = sum(shares) / len(shares), more or max(shares) - min(shares) > 1e-6
        rows = [edit.layers[i] for i in layers]
        solo, mute = all(r.solo for r in rows), all(r.mute for r in rows)
        silent = mute or (edit.any_solo and not any(r.solo for r in rows))
        widgets.show_value(tag, mean)
        dpg.configure_item(tag, format="mixed" if mixed else "%.2f")
        dpg.bind_item_theme(tag, ui.theme.mixed if mixed or silent else ui.theme.mix_slider(mean))
        dpg.bind_item_theme(f"{tag}.name", ui.theme.dim_text if silent else 0)
        widgets.set_switch(ui, f"{tag}.solo", solo)
        widgets.set_switch(ui, f"{tag}.mute", mute)
        touched = more or any(abs(s) > 1e-9 for s in shares)
        touched = touched or any(r.solo or r.mute for r in rows)
        widgets.set_enabled(f"{tag}.reset", touched)

    def _mix(self, layers: list[int], t: float, gesture: str) -> None:
        self._ui.change(with_mix(self._ui.edit, layers, t), gesture)

    def _solo(self, layers: list[int]) -> None:
        edit = self._ui.edit
        self._ui.change(with_solo(edit, layers, not all(edit.layers[i].solo for i in layers)))

    def _mute(self, layers: list[int]) -> None:
        edit = self._ui.edit
        self._ui.change(with_mute(edit, layers, not all(edit.layers[i].mute for i in layers)))

    def _reset(self, layers: list[int]) -> None:
        self._ui.change(with_layer_reset(self._ui.edit, layers))

    def _members(self, group: str) -> list[int]:
        return [i for i in self._rows if self._layers[i].group == group]
