"""Resolutions of networks that double 4 x 4, and levels of detail of those that grow.

A level of detail (`lod`) is the number of doublings that are left out at the top: 0 is the full
resolution, and a fraction cross-fades two sizes (Karras et al. 2018, figure 2).
"""

import math


def doublings(resolution: int) -> tuple[int, ...]:
    """Return 4, 8, ... up to a resolution."""
    return tuple(2**r for r in range(2, resolution.bit_length()))


def size_in_use(full: int, lod: float) -> tuple[int, float]:
    """Return the highest resolution in use at a level of detail, and its fade.

    The fade, from 0 to below 1, is the weight of the picture at half that resolution.
    """
    whole = math.floor(lod)
    return full >> whole, lod - whole
