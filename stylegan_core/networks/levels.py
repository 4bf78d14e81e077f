"""Resolutions of networks that double 4 x 4, and levels of detail of those that grow.

A level of detail (`lod`) is the number of doublings that are left out at the top: 0 is the full
resolution, a fraction cross-fades two sizes (Karras et al. 2018, figure 2).
"""

import math


def doublings(resolution: int) -> tuple[int, ...]:
    """Return 4, 8, ... up to a resolution."""
    return tuple(2**r for r in range(2, resolution.bit_length()))


def size_in_use(full: int, lod: float) -> tuple[int, float]:
    """Return the highest resolution in use at a level of detail, and the share of its half."""
    whole = math.floor(lod)
    return full >> whole, lod - whole
