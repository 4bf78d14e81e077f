"""A row of the noise panel: strength, seed and switches of one resolution or of one layer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import dearpygui.dearpygui as dpg

from explorer.edit.edit import Edit
from explorer.gui import widgets
from explorer.gui.changes import NoiseChanges
from explorer.gui.context import Ui
from explorer.gui.toolkit.icons import icon
from explorer.gui.toolkit.numbers import Numbers

_SEED_FIELD: Final = 76
COLUMNS: Final = (0, _SEED_FIELD, *(widgets.BUTTON,) * 5)
"""Widths of the columns that the row fills."""
_STRENGTHS: Final = Numbers(0, 3, snaps=widgets.ENDS)
_Change = Callable[[NoiseChanges, Sequence[int]], None]
_BUTTONS: Final[tuple[tuple[str, str, str, _Change], ...]] = (
    (
        "new",
        icon("dices"),
        "Draw new noise here. Nothing else changes.",
        NoiseChanges.draw_new,
    ),
    ("move", icon("waves"), "Let the noise flow here, or stop it.", NoiseChanges.toggle_moving),
    ("mute", icon("mute"), "Mute: no noise here.", NoiseChanges.toggle_mute),
    (
        "lock",
        icon("lock_open"),
        "Lock: keep this noise when new noise is drawn or flows.",
        NoiseChanges.toggle_lock,
    ),
    ("reset", icon("reset"), "Reset to seed 0 at the trained strength.", NoiseChanges.reset),
)


class NoiseRow:
    """Shows and changes the noise of some layers."""

    def __init__(self, ui: Ui, changes: NoiseChanges, tag: str, layers: list[int]) -> None:
        self._ui = ui
        self._changes = changes
        self._tag = tag
        self._layers = layers

    def draw(self, tip: str) -> None:
        """Fill the columns; `tip` says what the noise of these layers does."""
        ui, changes, tag, layers = self._ui, self._changes, self._tag, self._layers
        widgets.slider(
            ui,
            tag,
            _STRENGTHS,
            lambda strength: changes.set_strength(layers, strength, tag),
            tip=f"{tip}\nStrength: 1 is as trained.",
        )
        widgets.seed_field(
            ui,
            f"{tag}.seed",
            lambda seed: changes.set_seed(layers, seed),
            width=_SEED_FIELD,
            tip="Type the seed of the noise. The same seed always gives the same pattern.",
        )
        for name, label, button_tip, change in _BUTTONS:
            self._draw_button(name, label, button_tip, change)

    def refresh(self, edit: Edit) -> None:
        """Show the noise of the edit."""
        ui, tag, layers = self._ui, self._tag, self._layers
        strengths = [edit.noise[i].strength for i in layers]
        seed = seed_text(edit, layers)
        is_muted = all(edit.noise[i].mute for i in layers)
        is_locked = all(i in ui.session.locked_noise for i in layers)
        is_mixed = max(strengths) - min(strengths) > 1e-6
        is_touched = is_muted or seed != "0" or any(s != 1.0 for s in strengths)
        mean = sum(strengths) / len(strengths)
        widgets.show_number(tag, mean, "mixed" if is_mixed else "")
        dpg.bind_item_theme(tag, ui.theme.mixed if is_mixed or is_muted else 0)
        widgets.show_seed(ui, f"{tag}.seed", seed)
        widgets.set_switch(ui, f"{tag}.mute", is_muted, on=ui.theme.mute)
        widgets.set_switch(ui, f"{tag}.lock", is_locked)
        dpg.configure_item(f"{tag}.lock", label=icon("lock" if is_locked else "lock_open"))
        widgets.set_switch(ui, f"{tag}.move", any(i in ui.motion.rates for i in layers))
        widgets.set_enabled(f"{tag}.reset", is_touched)

    def _draw_button(self, name: str, label: str, tip: str, change: _Change) -> None:
        widgets.square_button(
            self._ui,
            label,
            tip,
            lambda: change(self._changes, self._layers),
            tag=f"{self._tag}.{name}",
        )


def seed_text(edit: Edit, layers: Sequence[int]) -> str:
    """Return the seed that the layers share, or a word if there is none."""
    terms = {edit.noise[i].terms for i in layers}
    if len(terms) > 1:
        return "mixed"
    (shared,) = terms
    if len(shared) > 1:
        return "blend"
    return "saved" if shared[0].seed == "stored" else str(shared[0].seed)
