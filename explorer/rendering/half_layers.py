"""The stages of a picture: what one runs, which are kept, after which a draft can be shown.

A stage is half of a layer: stage 2i is the convolution of layer i, stage 2i + 1 its noise, style
where it acts only then, and what else follows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor

from explorer.rendering.preview import SMALLEST
from stylegan_core.networks.inference.for_inference import InferenceGenerator


def run_half_layer(
    generator: InferenceGenerator,
    stage: int,
    state: Any,
    row: Callable[[int], Tensor],
    noise: Callable[[int], Tensor | None],
) -> Any:
    """The state after a stage, from the one before it; `row(i)`, [1, D], and `noise(i)`,
    [1, 1, h, w] or None, are asked for where layer i needs them.
    """
    i = stage // 2
    w = row(i) if generator.layers[i].takes_style else None
    if stage % 2:
        return generator.finish(i, state, w, noise(i))
    return generator.convolve(i, state, w)


def kept_states(generator: InferenceGenerator, budget_bytes: int) -> list[bool]:
    """Whether the state after each stage is kept: where an edit can resume, as memory lasts.

    Without a style in the convolution nothing of an edit acts there, so no picture ever resumes
    after a finished layer. The higher the resolution, the less a byte of a state saves, so the
    lower ones are kept first.
    """
    kept, used = [], 0
    for layer in generator.layers:
        size = layer.channels * layer.resolution**2 * 4
        for is_resumed_from in (True, generator.style_first):
            used += size if is_resumed_from else 0
            kept.append(is_resumed_from and used <= budget_bytes)
    return kept


def draft_half_layers(generator: InferenceGenerator) -> tuple[int, ...]:
    """The stages after which a draft can be shown: the end of each resolution but the last."""
    if not generator.shows_early:
        return ()
    ends = {layer.resolution: 2 * i + 1 for i, layer in enumerate(generator.layers)}
    return tuple(end for size, end in ends.items() if SMALLEST <= size < generator.resolution)
