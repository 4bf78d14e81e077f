"""Conventions that the networks, the command line and the window share. No torch."""

from collections.abc import Mapping
from typing import Any, Literal

SeedConvention = Literal["ours", "official"]
"""The numbering of seeds: this program's own, or that of the official scripts."""

USUAL_PSI = 0.7
"""The truncation psi of a new picture."""

USUAL_CUTOFF = 8
"""Truncated layers, counted from the first, unless the model's card says otherwise."""


def seed_convention(card: Mapping[str, Any]) -> SeedConvention:
    """Return the numbering that a model's seeds use unless the user chooses another."""
    return "official" if card.get("seed_convention") == "official" else "ours"


def truncation_cutoff(card: Mapping[str, Any]) -> int | None:
    """Return how many layers a model truncates unless the user says otherwise; None for all."""
    cutoff = card.get("truncation_cutoff", USUAL_CUTOFF)
    return cutoff if isinstance(cutoff, int) and cutoff >= 0 else None
