"""The half layers of a network: how one runs, which states are kept, where a draft can be shown.

Half layer 2i is the convolution of layer i. Half layer 2i + 1 is all that follows it in the layer:
noise, activation, and the style where it acts only then.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

from torch import Tensor

from stylegan_core.networks.inference.for_inference import InferenceGenerator

SMALLEST_DRAFT = 32
"""Pixels across."""


def run_half_layer(
    generator: InferenceGenerator,
    half_layer: int,
    state: Any,
    row: Callable[[int], Tensor],
    noise: Callable[[int], Tensor | None],
) -> Any:
    """Return the state after a half layer, from the state before it.

    `row(i)`, [1, D], and `noise(i)`, [1, 1, h, w] or None, are called only where layer i needs
    them.
    """
    i = half_layer // 2
    w = row(i) if generator.layers[i].takes_style else None
    if half_layer % 2:
        return generator.finish(i, state, w, noise(i))
    return generator.convolve(i, state, w)


def keys_of(
    generator: InferenceGenerator,
    transform: Hashable,
    styles: Sequence[Hashable],
    noise: Sequence[Hashable],
) -> list[Hashable]:
    """Return one key for the start, then one for each half layer: what it adds to a picture.

    `styles` and `noise` have a key for each layer; see `state_cache.py`.
    """
    keys: list[Hashable] = [transform]
    for layer, style, noise_key in zip(generator.layers, styles, noise, strict=True):
        style_key = style if layer.takes_style else None
        first_style = generator.style_first
        keys += [style_key, noise_key] if first_style else [None, (style_key, noise_key)]
    return keys


def kept_states(generator: InferenceGenerator, budget_bytes: int) -> list[bool]:
    """Tell for each half layer whether the state after it is kept, as memory allows.

    Only states at which an edit can resume are kept: those after a first half, and those between
    two layers unless the style acts in the second half. The higher the resolution, the less time a
    byte of a state saves, so lower resolutions come first.
    """
    kept: list[bool] = []
    used_bytes = 0
    for layer in generator.layers:
        state_bytes = layer.channels * layer.resolution**2 * 4
        for is_resumed_from in (True, generator.style_first):
            used_bytes += state_bytes if is_resumed_from else 0
            kept.append(is_resumed_from and used_bytes <= budget_bytes)
    return kept


def draft_sizes(generator: InferenceGenerator) -> dict[int, int]:
    """Return the size of each draft by the half layer after which it leaves, in rising order.

    That is the last half layer of its size.
    """
    if not generator.reduces:
        return {}
    ends = {layer.resolution: 2 * i + 1 for i, layer in enumerate(generator.layers)}
    return {
        end: size for size, end in ends.items() if SMALLEST_DRAFT <= size < generator.resolution
    }
