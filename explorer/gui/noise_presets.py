"""Which layers are to have noise: the choices that have a button, a key and a line in the menu."""

from __future__ import annotations

from typing import Final, NamedTuple

from explorer.gui.toolkit import texts

COARSE_UP_TO: Final = 32


class NoisePreset(NamedTuple):
    """Noise on the layers from a resolution up to another."""

    name: str
    key: str
    title: str  # on its button
    what: str  # in the menu and on the sheet of keys
    tip: str
    first: float = 0
    last: float = float("inf")

    def sounds(self, resolution: int) -> bool:
        """Whether it leaves the noise of a resolution on."""
        return self.first <= resolution <= self.last


PRESETS: Final = (
    NoisePreset("all", "4", "All", "Noise on all layers", "Noise on every layer, as trained."),
    NoisePreset(
        "none", "5", "None", "No noise", "No noise: a smooth, almost painted look.", last=0
    ),
    NoisePreset(
        "coarse",
        "6",
        "Coarse",
        "Coarse noise only",
        f"Noise up to {texts.size(COARSE_UP_TO)} only: large curls, no fine detail.",
        last=COARSE_UP_TO,
    ),
    NoisePreset(
        "fine",
        "7",
        "Fine",
        "Fine noise only",
        f"Noise from {texts.size(2 * COARSE_UP_TO)} up only: fine detail, no curls.",
        first=COARSE_UP_TO + 1,
    ),
)
