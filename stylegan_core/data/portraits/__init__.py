"""Procedural portraits: friendly, made up people, labelled, and without end.

Every picture follows from (seed, index) alone. `sample_factors` draws what varies, `render`
turns factors into pictures, so one person can be redrawn with a single factor changed.
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
