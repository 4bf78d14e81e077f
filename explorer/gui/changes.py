"""What can be done to the noise of layers, by a row of the panel or by a key for all of them."""

from __future__ import annotations

import random
import time
from collections.abc import Hashable, Sequence
from typing import Final

from explorer.edit.edit import NoiseSeed
from explorer.edit.ops import with_noise_mute, with_noise_seed, with_noise_strength
from explorer.gui.context import Ui

HIGHEST_SEED: Final = 10_000  # of those that are drawn; any other can be typed


class NoiseChanges:
    """Each a step of its own to undo, unless it is part of a gesture."""

    def __init__(self, ui: Ui) -> None:
        self._ui = ui

    def unlocked(self, layers: Sequence[int]) -> list[int]:
        """Those that new and moving noise may change."""
        return [i for i in layers if i not in self._ui.session.locked_noise]

    def strengthen(self, layers: Sequence[int], strength: float, gesture: Hashable) -> None:
        """1 is as trained."""
        self._ui.change(with_noise_strength(self._ui.edit, layers, strength), gesture)

    def seed(self, layers: Sequence[int], seed: NoiseSeed) -> None:
        """A known pattern."""
        self._ui.change(with_noise_seed(self._ui.edit, layers, seed))

    def renew(self, layers: Sequence[int]) -> None:
        """A new pattern where it is not locked."""
        free = self.unlocked(layers)
        if not free:
            self._ui.say("This noise is locked; unlock it to draw a new one.")
            return
        self.seed(free, random.randrange(1, HIGHEST_SEED))

    def move(self, layers: Sequence[int]) -> None:
        """Lets noise flow where it is not locked, or stops what flows."""
        ui, now = self._ui, time.monotonic()
        moving = self._moving(layers)
        if moving:
            ui.freeze(moving, now)
        else:
            ui.set_moving(self.unlocked(layers), now)
        ui.stale = True

    def mute(self, layers: Sequence[int]) -> None:
        """Silences noise, or lets it sound again where all of it is silent."""
        edit = self._ui.edit
        self._ui.change(with_noise_mute(edit, layers, not all(edit.noise[i].mute for i in layers)))

    def lock(self, layers: Sequence[int]) -> None:
        """Keeps noise as it is shown, or frees it where all of it is kept."""
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
        """One pattern, as loud as trained, and still."""
        self._ui.motion.stop(list(layers))
        edit = with_noise_strength(with_noise_seed(self._ui.edit, layers, seed), layers, 1.0)
        self._ui.change(with_noise_mute(edit, layers, False))

    def _moving(self, layers: Sequence[int]) -> list[int]:
        return [i for i in layers if i in self._ui.motion.rates]
