"""Mixing: one slider per group of layers and per layer, from face A to face B."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import dearpygui.dearpygui as dpg

from explorer.edit.edit import Edit
from explorer.edit.ops import has_further_sources, mix_of
from explorer.gui import widgets
from explorer.gui.changes import MixChanges
from explorer.gui.context import Refresh, Ui
from explorer.gui.parts.measured_roles import measured_roles
from explorer.gui.parts.no_model import no_model
from explorer.gui.parts.slider_ends import SliderEnds
from explorer.gui.toolkit import texts
from explorer.gui.toolkit.icons import icon
from explorer.gui.toolkit.numbers import Numbers

_SHARES: Final = Numbers(-0.5, 1.5, snaps=widgets.ENDS)
_GROUPS: Final = ("coarse", "middle", "fine")
_COLUMNS: Final = (18, 50, 0, widgets.BUTTON, widgets.BUTTON, widgets.BUTTON)
_SLIDER_TIP: Final = "0 is all A, 1 is all B. Further out, the difference is exaggerated."
_ONE_ROW: Final = (
    "This model uses the face in one place only, so its layers cannot be mixed one by one."
)
_Change = Callable[[MixChanges, Sequence[int]], None]
_BUTTONS: Final[tuple[tuple[str, str, str, _Change], ...]] = (
    (
        "solo",
        icon("solo"),
        "Solo: mix only the layers with this switch on, show A in all others.",
        MixChanges.toggle_solo,
    ),
    ("mute", icon("mute"), "Mute: show A here, whatever the slider says.", MixChanges.toggle_mute),
    ("reset", icon("reset"), "Reset: all A, no solo, no mute.", MixChanges.reset),
)


def mix(ui: Ui) -> Refresh:
    """Draw a row for each group and for each layer that takes a style."""
    if ui.session.model_info is None:
        return no_model(ui, "mix.none")
    panel = _MixPanel(ui)
    panel.draw()
    return panel.refresh


class _MixPanel:
    """A heading, a row for each group of layers, and a row for each layer."""

    def __init__(self, ui: Ui) -> None:
        self._ui = ui
        self._ends = SliderEnds(ui, _SHARES)
        changes, model_info = MixChanges(ui), ui.session.model_info
        self._layers = model_info.layers if model_info else ()
        self._roles = measured_roles(model_info.card) if model_info else {}
        self._rows = {i: _MixRow(ui, changes, f"mix.{i}", [i]) for i in changes.layers()}
        self._groups = {
            group: _MixRow(ui, changes, f"mix.{group}", changes.layers(group))
            for group in _GROUPS
            if len(self._rows) > 1 and changes.layers(group)
        }

    def draw(self) -> None:
        if self._groups:
            self._draw_groups()
            self._draw_layers()
        else:
            self._draw_only_row()

    def refresh(self) -> None:
        edit = self._ui.edit
        rows = (*self._groups.values(), *self._rows.values())
        for row in rows:
            row.refresh(edit)
        if rows:
            self._ends.place_above(rows[0].tag)

    def _draw_head(self) -> None:
        """Fill the first row of the table, so that its columns are those of the sliders."""
        with dpg.table_row():
            dpg.add_spacer()
            widgets.note(self._ui, "Layers", small=False)
            self._ends.draw()

    def _draw_groups(self) -> None:
        with widgets.grid(*_COLUMNS):
            self._draw_head()
            for group, row in self._groups.items():
                resolutions = [self._layers[i].resolution for i in row.layers]
                row.draw("", group.capitalize(), texts.group_of(group, resolutions, self._roles))
        widgets.gap(2)
        dpg.add_separator()
        widgets.gap(2)

    def _draw_layers(self) -> None:
        with widgets.grid(*_COLUMNS):
            for index, row in self._rows.items():
                layer = self._layers[index]
                size = texts.size(layer.resolution)
                style = texts.style_of(layer.resolution, layer.group, self._roles)
                row.draw(str(index), size, f"Layer {index}, {size}: {style}.")

    def _draw_only_row(self) -> None:
        with widgets.grid(*_COLUMNS):
            self._draw_head()
            for row in self._rows.values():
                row.draw("", "All", "The whole picture.")
        widgets.gap(2)
        widgets.note(self._ui, _ONE_ROW, small=False, wrap=True)


class _MixRow:
    """The name, slider, solo, mute and reset of some layers."""

    def __init__(self, ui: Ui, changes: MixChanges, tag: str, layers: list[int]) -> None:
        self._ui = ui
        self._changes = changes
        self.tag = tag
        self.layers = layers

    def draw(self, number: str, name: str, tip: str) -> None:
        with dpg.table_row():
            widgets.note(self._ui, number, small=False)
            widgets.tooltip(dpg.add_text(name, tag=f"{self.tag}.name"), tip)
            widgets.slider(
                self._ui,
                self.tag,
                _SHARES,
                lambda share: self._changes.set_share(self.layers, share, self.tag),
                tip=f"{tip}\n{_SLIDER_TIP}",
            )
            for switch, label, switch_tip, change in _BUTTONS:
                self._draw_button(switch, label, switch_tip, change)

    def refresh(self, edit: Edit) -> None:
        ui, tag = self._ui, self.tag
        rows = [edit.layers[i] for i in self.layers]
        shares = [mix_of(edit, i) for i in self.layers]
        mean = sum(shares) / len(shares)
        has_more = any(has_further_sources(edit, i) for i in self.layers)
        is_mixed = has_more or max(shares) - min(shares) > 1e-6
        is_solo, is_mute = all(r.solo for r in rows), all(r.mute for r in rows)
        is_silent = is_mute or (edit.any_solo and not any(r.solo for r in rows))
        is_touched = has_more or any(abs(s) > 1e-9 for s in shares)
        is_touched = is_touched or any(r.solo or r.mute for r in rows)
        grab = ui.theme.mixed if is_mixed or is_silent else ui.theme.mix_slider(mean)
        widgets.show_number(tag, mean, "mixed" if is_mixed else "")
        dpg.bind_item_theme(tag, grab)
        dpg.bind_item_theme(f"{tag}.name", ui.theme.dim_text if is_silent else 0)
        widgets.set_switch(ui, f"{tag}.solo", is_solo, on=ui.theme.solo)
        widgets.set_switch(ui, f"{tag}.mute", is_mute, on=ui.theme.mute)
        widgets.set_enabled(f"{tag}.reset", is_touched)

    def _draw_button(self, name: str, label: str, tip: str, change: _Change) -> None:
        widgets.square_button(
            self._ui,
            label,
            tip,
            lambda: change(self._changes, self.layers),
            tag=f"{self.tag}.{name}",
        )
