"""Weights of a StyleGAN for one with more feature maps, which computes the same at first.

After Chen, Goodfellow, Shlens, "Net2Net: Accelerating Learning via Knowledge Transfer", ICLR 2016.
New maps begin with chance weights, and what reads them with zeros: they have nothing to add yet,
but learn. AdaIN normalises each map by itself, so that the others do not change.
"""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from torch import Tensor

HEAD = (2, 4)  # where the discriminator compares the pictures of a batch: as wide as before


def is_wider(config: Any, other: Any) -> bool:
    """Whether networks of one configuration are those of another with further maps, at the same
    resolution or another one.
    """
    if type(config) is not type(other) or not config.widens:
        return False
    if any(config.channels(size) != other.channels(size) for size in HEAD):
        return False
    is_same = config == replace(other, fmap_base=config.fmap_base, resolution=config.resolution)
    return is_same and any(config.channels(r) > other.channels(r) for r in other.resolutions)


def widened(own: Mapping[str, Tensor], theirs: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Weights of a narrower network in the shapes of a wider one, whose `own` chance weights the
    new maps keep.
    """
    return {name: _widened(name, own[name], weight) for name, weight in theirs.items()}


def _widened(name: str, own: Tensor, weight: Tensor) -> Tensor:
    if own.shape == weight.shape:
        return weight
    if weight.ndim == 4:
        return _convolution(own, weight)
    parts = 2 if ".affine." in name else 1  # a style is scales, then shifts
    wide = own.clone()
    old = weight.view(parts, -1, *weight.shape[1:])  # [P, C, ...]
    wide.view(parts, -1, *weight.shape[1:])[:, : old.shape[1]] = old
    return wide


def _convolution(own: Tensor, weight: Tensor) -> Tensor:
    """[O, I, k, k] -> [O', I', k, k]; the equalised learning rate divides by the root of I'."""
    outs, ins = weight.shape[:2]
    wide = own.clone()
    wide[:outs, :ins] = weight * math.sqrt(own.shape[1] / ins)
    wide[:outs, ins:] = 0
    return wide
