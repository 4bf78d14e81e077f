"""Procedural portraits: friendly, made up people, labelled, and without end.

Every picture follows from (seed, index) alone. `sample_factors` draws what varies, `render`
turns factors into pictures, so one person can be redrawn with a single factor changed.
"""

from .factors import FACTORS, Factor, labels_table, sample_factors
from .renderer import portraits, render

__all__ = ["FACTORS", "Factor", "labels_table", "portraits", "render", "sample_factors"]
