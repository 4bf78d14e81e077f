"""The noise presets: which resolutions have noise, each with a button, a key and a menu entry."""

from __future__ import annotations

from typing import Final, NamedTuple

from explorer.gui.toolkit import texts

LARGEST_COARSE: Final = 32


class NoisePreset(NamedTuple):
    """Noise on the resolutions from `first` to `last`, none on the others."""

    name: str
    key: str
    title: str  # on its button
    command: str  # in the menu and in the list of keys
    tip: str
    first: float = 0
    last: float = float("inf")

    def includes(self, resolution: int) -> bool:
        """Tell whether the preset leaves the noise of a resolution on."""
        return self.first <= resolution <= self.last


PRESETS: Final = (
    NoisePreset(
        "all", "4", "All", "Noise on all layers", "Turn the noise on in every layer, as trained."
    ),
    NoisePreset(
        "none",
        "5",
        "None",
        "No noise",
        "Turn all noise off: the picture gets smooth, almost painted.",
        last=0,
    ),
    NoisePreset(
        "coarse",
        "6",
        "Coarse",
        "Coarse noise only",
        f"Keep only the noise up to {texts.size(LARGEST_COARSE)}: large curls, no fine detail.",
        last=LARGEST_COARSE,
    ),
    NoisePreset(
        "fine",
        "7",
        "Fine",
        "Fine noise only",
        f"Keep only the noise from {texts.size(2 * LARGEST_COARSE)} up: fine detail, no curls.",
        first=LARGEST_COARSE + 1,
    ),
)
