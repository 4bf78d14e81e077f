"""Changes to the mix and the noise of layers, made by rows of panels and by keys alike.

Each method is one step to undo, unless it is part of a gesture such as dragging a slider.
"""

from __future__ import annotations

import random
import time
from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import Final

from explorer.edit.edit import NoiseSeed
from explorer.edit.flow import NoiseFlow
from explorer.edit.ops import (
    mix_of,
    with_mix,
    with_mix_reset,
    with_mute,
    with_noise_mute,
    with_noise_seed,
    with_noise_strength,
    with_solo,
)
from explorer.gui.context import Ui
from explorer.gui.noise_presets import NoisePreset

LARGEST_DRAWN_SEED: Final = 10_000  # short enough to remember; larger seeds can be typed


class MixChanges:
    """Change which face the layers take their style from."""

    def __init__(self, ui: Ui) -> None:
        self._ui = ui

    def layers(self, group: str | None = None) -> list[int]:
        """Return the layers that take a style, all of them or those of a group."""
        model_info = self._ui.session.model_info
        return [
            index
            for index, layer in enumerate(model_info.layers if model_info else ())
            if layer.takes_style and group in (None, layer.group)
        ]

    def set_share(self, layers: Sequence[int], share: float, gesture: Hashable) -> None:
        """Set the share of face B: 0 is all A, 1 is all B."""
        self._ui.change(with_mix(self._ui.edit, layers, share), gesture)

    def flip(self, layers: Sequence[int]) -> None:
        """Take the layers from B, or from A again if all of them are from B."""
        edit = self._ui.edit
        are_from_b = all(mix_of(edit, i) >= 0.5 for i in layers)
        self._ui.change(with_mix(edit, layers, 0.0 if are_from_b else 1.0))

    def toggle_solo(self, layers: Sequence[int]) -> None:
        """Let only these layers take part in the mix, or undo that."""
        edit = self._ui.edit
        self._ui.change(with_solo(edit, layers, not all(edit.layers[i].solo for i in layers)))

    def toggle_mute(self, layers: Sequence[int]) -> None:
        """Show A in these layers, or undo that."""
        edit = self._ui.edit
        self._ui.change(with_mute(edit, layers, not all(edit.layers[i].mute for i in layers)))

    def reset(self, layers: Sequence[int]) -> None:
        """Take the layers from A alone, without solo and mute."""
        self._ui.change(with_mix_reset(self._ui.edit, layers))


class NoiseChanges:
    """Change the noise of layers. Locked layers keep theirs when new noise is drawn or flows."""

    def __init__(self, ui: Ui) -> None:
        self._ui = ui

    def by_resolution(self) -> dict[int, list[int]]:
        """Return the layers that take noise, grouped by resolution."""
        model_info = self._ui.session.model_info
        groups: dict[int, list[int]] = {}
        for index, layer in enumerate(model_info.layers if model_info else ()):
            if layer.takes_noise:
                groups.setdefault(layer.resolution, []).append(index)
        return groups

    def layers(self) -> list[int]:
        """Return all layers that take noise."""
        return [index for layers in self.by_resolution().values() for index in layers]

    def unlocked(self, layers: Sequence[int]) -> list[int]:
        """Return those of the layers that are not locked."""
        return [i for i in layers if i not in self._ui.session.locked_noise]

    def set_strength(self, layers: Sequence[int], strength: float, gesture: Hashable) -> None:
        """Scale the noise; 1 is the trained strength."""
        self._ui.change(with_noise_strength(self._ui.edit, layers, strength), gesture)

    def set_seed(self, layers: Sequence[int], seed: NoiseSeed) -> None:
        """Show the noise pattern of a seed."""
        self._ui.change(with_noise_seed(self._ui.edit, layers, seed))

    def draw_new(self, layers: Sequence[int]) -> None:
        """Draw a new pattern for the unlocked layers."""
        free = self.unlocked(layers)
        if not free:
            self._ui.say("This noise is locked. Unlock it to draw a new one.")
            return
        self.set_seed(free, random.randrange(1, LARGEST_DRAWN_SEED))

    def toggle_moving(self, layers: Sequence[int]) -> None:
        """Let the noise of the unlocked layers flow, or stop what flows."""
        ui, now = self._ui, time.monotonic()
        moving = self._moving(layers)
        if moving:
            ui.freeze(moving, now)
        else:
            ui.set_moving(self.unlocked(layers), now)
        ui.stale = True

    def toggle_mute(self, layers: Sequence[int]) -> None:
        """Mute the noise of layers, or unmute it if all of it is muted."""
        edit = self._ui.edit
        self._ui.change(with_noise_mute(edit, layers, not all(edit.noise[i].mute for i in layers)))

    def toggle_lock(self, layers: Sequence[int]) -> None:
        """Lock noise as it is shown, or unlock it if all of it is locked."""
        ui, session, chosen = self._ui, self._ui.session, frozenset(layers)
        ui.stale = True
        if chosen <= session.locked_noise:
            session.locked_noise -= chosen
            return
        session.locked_noise |= chosen
        moving = self._moving(layers)
        if moving:
            ui.freeze(moving, time.monotonic())

    def reset(self, layers: Sequence[int], seed: NoiseSeed = 0) -> None:
        """Show the pattern of a seed at the trained strength, unmuted and still."""
        self._ui.motion.stop(list(layers))
        edit = with_noise_strength(with_noise_seed(self._ui.edit, layers, seed), layers, 1.0)
        self._ui.change(with_noise_mute(edit, layers, False))

    def apply_preset(self, preset: NoisePreset) -> None:
        """Mute the noise that a preset leaves out, and unmute all other noise."""
        edit = self._ui.edit
        for resolution, layers in self.by_resolution().items():
            edit = with_noise_mute(edit, layers, not preset.includes(resolution))
        self._ui.change(edit)

    def has_preset(self, preset: NoisePreset) -> bool:
        """Tell whether exactly the noise that a preset leaves out is muted."""
        noise, blocks = self._ui.edit.noise, self.by_resolution()
        return bool(blocks) and all(
            noise[i].mute != preset.includes(resolution)
            for resolution, layers in blocks.items()
            for i in layers
        )

    def is_stored(self) -> bool:
        """Tell whether all noise is that with which the model was saved."""
        noise = self._ui.edit.noise
        return {term.seed for i in self.layers() for term in noise[i].terms} == {"stored"}

    def set_all_rates(self, rate: float) -> None:
        """Let all noise flow at one speed, in new patterns a second."""
        view, motion = self._ui.view, self._ui.motion
        view.noise_rate = rate
        view.noise_rates.clear()
        motion.change_rate(list(motion.rates), rate, time.monotonic())
        self._change_flow(self.layers(), rate)
        self._ui.stale = True

    def set_rate(self, resolution: int, layers: Sequence[int], rate: float) -> None:
        """Let the noise of one resolution flow at a speed of its own."""
        self._ui.view.noise_rates[resolution] = rate
        self._ui.motion.change_rate(layers, rate, time.monotonic())
        self._change_flow(layers, rate)
        self._ui.stale = True

    def flow(self) -> NoiseFlow | None:
        """Return the flow of the noise that moves, else of all unlocked noise; None for none."""
        ui, model_info = self._ui, self._ui.session.model_info
        if model_info is None:
            return None
        rates = dict(ui.motion.rates)
        if not rates:
            free = self.unlocked(self.layers())
            rates = {i: ui.view.rate_of(model_info.layers[i].resolution) for i in free}
        flow = NoiseFlow(tuple(rates.get(i, 0.0) for i in range(model_info.num_layers)))
        return flow if rates else None

    def _change_flow(self, layers: Sequence[int], rate: float) -> None:
        """Change the speed of noise that flows in the timeline."""
        session = self._ui.session
        if session.timeline.flow is not None:
            flow = session.timeline.flow.at_rate(layers, rate)
            session.change_timeline(replace(session.timeline, flow=flow), gesture="noise rate")

    def _moving(self, layers: Sequence[int]) -> list[int]:
        return [i for i in layers if i in self._ui.motion.rates]
