"""Weights of a StyleGAN in a wider one, which computes the same at first.

After Chen, Goodfellow, Shlens, "Net2Net: Accelerating Learning via Knowledge Transfer", ICLR 2016.
New maps start from random weights, and the weights that read them start from zero: the maps add
nothing yet, but learn. AdaIN normalises each map by itself, so the others do not change.
"""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from torch import Tensor

HEAD = (2, 4)  # px; the discriminator compares pictures of a batch there: it cannot widen


def is_wider(config: Any, other: Any) -> bool:
    """Tell whether one configuration is another one with more feature maps, at any resolution."""
    if type(config) is not type(other) or not config.widens:
        return False
    if any(config.channels(size) != other.channels(size) for size in HEAD):
        return False
    is_same = config == replace(other, fmap_base=config.fmap_base, resolution=config.resolution)
    return is_same and any(config.channels(r) > other.channels(r) for r in other.resolutions)


def widened(wide: Mapping[str, Tensor], narrow: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return weights of a narrow network in the shapes of a wide one.

    New maps keep the random weights of the wide network.
    """
    return {name: _widened(name, wide[name], weight) for name, weight in narrow.items()}


def _widened(name: str, random: Tensor, weight: Tensor) -> Tensor:
    if random.shape == weight.shape:
        return weight
    if weight.ndim == 4:
        return _convolution(random, weight)
    kinds = 2 if ".affine." in name else 1  # a style is scales, then shifts
    wide = random.clone()
    old = weight.view(kinds, -1, *weight.shape[1:])  # [K, C, ...]
    wide.view(kinds, -1, *weight.shape[1:])[:, : old.shape[1]] = old
    return wide


def _convolution(random: Tensor, weight: Tensor) -> Tensor:
    """Widen [O, I, k, k] to [O', I', k, k]; equalised learning rates divide by the root of I'."""
    outs, ins = weight.shape[:2]
    wide = random.clone()
    wide[:outs, :ins] = weight * math.sqrt(random.shape[1] / ins)
    wide[:outs, ins:] = 0
    return wide
