"""Noise: the chance in the picture, per resolution. A fresh draw moves strands and freckles and
leaves the face alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import dearpygui.dearpygui as dpg

from explorer.edit.edit import Edit
from explorer.gui import widgets
from explorer.gui.changes import NoiseChanges
from explorer.gui.context import Refresh, Ui
from explorer.gui.noise_presets import PRESETS, NoisePreset
from explorer.gui.toolkit import texts
from explorer.gui.toolkit.icons import icon, label

_STRENGTH: Final = " " * 9 + "%.2f"  # beside the grab where it usually stands
_SLOWEST_HZ: Final = 0.1
_FASTEST_HZ: Final = 4.0
_RATE: Final = "%.1f Hz"
_RATE_BESIDE: Final = " " * 5 + _RATE  # the grab of a narrow slider
_STORED_TIP: Final = (
    "The noise that the model was saved with, on every layer that is not locked: with it, official "
    "seeds give the pictures known from elsewhere."
)
_COLUMNS: Final = (70, 0, 58, *(widgets.BUTTON,) * 5)


def noise(ui: Ui) -> Refresh:
    """Draws the panel."""
    panel = _Noise(ui)
    panel.draw()
    return panel.refresh


class _Noise:
    def __init__(self, ui: Ui) -> None:
        self._ui = ui
        self._changes = NoiseChanges(ui)
        model_info = ui.session.model_info
        layers = model_info.layers if model_info else ()
        self._has_stored = model_info is not None and model_info.has_stored_noise
        self._blocks: dict[int, list[int]] = {}
        for index, layer in enumerate(layers):
            if layer.takes_noise:
                self._blocks.setdefault(layer.resolution, []).append(index)

    def draw(self) -> None:
        if not self._blocks:
            known = self._ui.session.model_info is not None
            said = texts.NO_NOISE if known else "No model is open yet."
            widgets.note(self._ui, said, small=False, wrap=True)
            return
        self._presets()
        self._tools()
        widgets.gap(2)
        dpg.add_separator()
        widgets.gap(2)
        with widgets.grid(*_COLUMNS):
            for resolution, layers in self._blocks.items():
                self._block(resolution, layers)

    def refresh(self) -> None:
        ui, edit = self._ui, self._ui.edit
        if not self._blocks:
            return
        for preset in PRESETS:
            widgets.set_switch(
                ui, f"noise.preset.{preset.name}", self._matches(edit, preset), rest=0
            )
        if self._has_stored:
            widgets.set_switch(ui, "noise.stored", self._is_stored(edit), rest=0)
        widgets.set_switch(ui, "noise.heat", ui.view.heat, rest=0)
        self._show_rates()
        for resolution, layers in self._blocks.items():
            opened = resolution in ui.view.open_blocks
            dpg.configure_item(f"noise.fold.{resolution}", label=_fold_label(resolution, opened))
            self._show(edit, f"noise.{texts.size(resolution)}", layers)
            dpg.configure_item(f"noise.rates.{resolution}", show=opened)
            for index in layers:
                dpg.configure_item(f"noise.row.{index}", show=opened)
                self._show(edit, f"noise.{index}", [index])

    def _presets(self) -> None:
        commands = self._ui.commands
        with widgets.row(*(0,) * (len(PRESETS) + self._has_stored)):
            for preset in PRESETS:
                command = f"noise.preset_{preset.name}"
                widgets.text_button(
                    preset.title,
                    commands.hint(command, preset.tip),
                    commands.runner(command),
                    tag=f"noise.preset.{preset.name}",
                    width=-1,
                )
            if self._has_stored:
                widgets.text_button(
                    "As saved",
                    commands.hint("noise.stored", _STORED_TIP),
                    commands.runner("noise.stored"),
                    tag="noise.stored",
                    width=-1,
                )

    def _tools(self) -> None:
        ui = self._ui
        with widgets.row(0, 0, 0, 0):
            widgets.text_button(
                label("dices", "New"),
                ui.commands.hint("noise.new", "New noise on every layer that is not locked."),
                ui.commands.runner("noise.new"),
                tag="noise.new.all",
                width=-1,
            )
            widgets.text_button(
                label("waves", "Move"),
                ui.commands.hint(
                    "noise.move",
                    "Lets the noise of every unlocked layer flow, or stops it. This is for the "
                    "live picture and no part of videos: for those, keep keyframes with different "
                    "noise.",
                ),
                ui.commands.runner("noise.move"),
                tag="noise.move.all",
                width=-1,
            )
            widgets.slider(
                ui,
                "noise.rate",
                _SLOWEST_HZ,
                _FASTEST_HZ,
                self._rate,
                form=_RATE,
                tip="How fast all moving noise flows: new patterns per second. Unfold a "
                "resolution below to give it a speed of its own.",
            )
            widgets.text_button(
                label("flame", "Heat"),
                ui.commands.hint(
                    "view.heat",
                    "Shows where chance acts: bright places change with the noise, "
                    "dark ones do not.",
                ),
                ui.commands.runner("view.heat"),
                tag="noise.heat",
                width=-1,
            )

    def _block(self, resolution: int, layers: list[int]) -> None:
        tip = f"{texts.size(resolution)}: {texts.noise_of(resolution)}."
        with dpg.table_row():
            fold = dpg.add_button(
                label=_fold_label(resolution, False),
                tag=f"noise.fold.{resolution}",
                callback=lambda: self._fold(resolution),
                width=-1,
            )
            dpg.bind_item_theme(fold, self._ui.theme.fold)
            widgets.tooltip(fold, f"{tip}\nClick to see its layers, and how fast it flows.")
            self._controls(f"noise.{texts.size(resolution)}", tip, layers)
        with dpg.table_row(tag=f"noise.rates.{resolution}", show=False):
            widgets.note(self._ui, "     speed")
            widgets.slider(
                self._ui,
                f"noise.rate.{resolution}",
                _SLOWEST_HZ,
                _FASTEST_HZ,
                lambda rate: self._rate_of(resolution, rate),
                form=_RATE_BESIDE,
                tip=f"How fast moving noise of {texts.size(resolution)} flows: new patterns per "
                "second.",
            )
        for place, index in enumerate(layers):
            with dpg.table_row(tag=f"noise.row.{index}", show=False):
                widgets.note(self._ui, f"     layer {place + 1}")
                self._controls(f"noise.{index}", tip, [index])

    def _controls(self, tag: str, tip: str, layers: list[int]) -> None:
        """Strength, seed, new, move, mute, lock and reset of one or two layers."""
        ui, changes = self._ui, self._changes
        widgets.slider(
            ui,
            tag,
            0.0,
            3.0,
            lambda v: changes.strengthen(layers, v, tag),
            tip=f"{tip}\nStrength: 1 is as trained.",
            form=_STRENGTH,
        )
        widgets.seed_field(
            ui,
            f"{tag}.seed",
            lambda seed: changes.seed(layers, seed),
            width=58,
            tip="The number of this noise pattern: the same number gives the same pattern again.",
        )
        for name, picture, words_, run in (
            ("new", icon("dices"), "New noise here. Nothing else changes.", changes.renew),
            ("move", icon("waves"), "Lets the noise flow here, or stops it.", changes.move),
            ("mute", "M", "Mute: no noise here.", changes.mute),
            (
                "lock",
                icon("lock_open"),
                "Lock: new noise and moving noise leave this alone.",
                changes.lock,
            ),
            (
                "reset",
                icon("reset"),
                "Back to noise number 0 at the trained strength.",
                changes.reset,
            ),
        ):
            widgets.letter_button(ui, picture, words_, self._run(run, layers), tag=f"{tag}.{name}")

    def _show(self, edit: Edit, tag: str, layers: list[int]) -> None:
        ui = self._ui
        rows = [edit.noise[i] for i in layers]
        strengths = [r.strength for r in rows]
        muted = all(r.mute for r in rows)
        locked = all(i in ui.session.locked_noise for i in layers)
        mixed = max(strengths) - min(strengths) > 1e-6
        widgets.show_value(tag, sum(strengths) / len(strengths))
        dpg.configure_item(tag, format="mixed" if mixed else _STRENGTH)
        dpg.bind_item_theme(tag, ui.theme.mixed if mixed or muted else 0)
        widgets.show_value(f"{tag}.seed", _seed_text(edit, layers))
        widgets.set_switch(ui, f"{tag}.mute", muted)
        widgets.set_switch(ui, f"{tag}.lock", locked)
        dpg.configure_item(f"{tag}.lock", label=icon("lock" if locked else "lock_open"))
        widgets.set_switch(ui, f"{tag}.move", any(i in ui.motion.rates for i in layers))
        touched = any(s != 1.0 for s in strengths) or muted or _seed_text(edit, layers) != "0"
        widgets.set_enabled(f"{tag}.reset", touched)

    def _run(self, run: Callable[..., None], argument: object) -> Callable[..., None]:
        return lambda *_: run(argument)

    def _rate(self, rate: float) -> None:
        """One speed for all, also for resolutions that had their own."""
        self._ui.view.noise_rate = rate
        self._ui.view.noise_rates.clear()
        self._ui.motion.hasten(list(self._ui.motion.rates), rate, time.monotonic())
        self._ui.stale = True

    def _rate_of(self, resolution: int, rate: float) -> None:
        self._ui.view.noise_rates[resolution] = rate
        self._ui.motion.hasten(self._blocks[resolution], rate, time.monotonic())
        self._ui.stale = True

    def _show_rates(self) -> None:
        view = self._ui.view
        rates = {resolution: view.rate_of(resolution) for resolution in self._blocks}
        several = len(set(rates.values())) > 1
        widgets.show_value("noise.rate", sum(rates.values()) / len(rates))
        dpg.configure_item("noise.rate", format="mixed" if several else _RATE)
        for resolution, rate in rates.items():
            widgets.show_value(f"noise.rate.{resolution}", rate)

    def _fold(self, resolution: int) -> None:
        self._ui.view.open_blocks ^= {resolution}
        self._ui.stale = True

    def _matches(self, edit: Edit, preset: NoisePreset) -> bool:
        return all(
            edit.noise[i].mute != preset.sounds(resolution)
            for resolution, layers in self._blocks.items()
            for i in layers
        )

    def _is_stored(self, edit: Edit) -> bool:
        layers = [i for layers in self._blocks.values() for i in layers]
        return _seed_text(edit, layers) == "saved"


def _fold_label(resolution: int, opened: bool) -> str:
    return f"{icon('chevron_down' if opened else 'chevron_right')}{texts.size(resolution)}"


def _seed_text(edit: Edit, layers: list[int]) -> str:
    """The common seed of the layers, or words where there is none."""
    terms = {edit.noise[i].terms for i in layers}
    if len(terms) > 1:
        return "mixed"
    (only,) = terms
    if len(only) > 1:
        return "blend"
    return "saved" if only[0].seed == "stored" else str(only[0].seed)
