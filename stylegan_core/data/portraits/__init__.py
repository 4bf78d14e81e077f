"""Procedural portraits: an endless series of friendly, labelled people who do not exist.

Every picture follows from (seed, index) alone. `sample_factors` draws the factors that vary and
`render` turns them into pictures, so a person can be redrawn with a single factor changed.
"""

from .factors import FACTORS, Factor, labels_table
from .renderer import portraits, render
from .worlds import WORLD_NAMES, WORLDS, World, sample_factors, world_of

__all__ = [
    "FACTORS",
    "WORLDS",
    "WORLD_NAMES",
    "Factor",
    "World",
    "labels_table",
    "portraits",
    "render",
    "sample_factors",
    "world_of",
]
