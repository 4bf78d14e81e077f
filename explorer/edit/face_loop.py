"""A loop through random faces, as a timeline."""

from __future__ import annotations

import random
from collections.abc import Iterable

from explorer.edit.edit import Edit, effective_weights
from explorer.edit.flow import NoiseFlow
from explorer.edit.ops import with_seed
from explorer.edit.timeline import Keyframe, Timeline

MIN_FACES = 2
MAX_FACES = 100
_LARGEST_SEED = 100_000  # short enough to read; larger ones can be typed


def used_sources(edit: Edit) -> list[int]:
    """Return the indices of the sources that have a weight in any layer."""
    weights = [effective_weights(edit, i) for i in range(edit.num_layers)]
    return [i for i in range(len(edit.sources)) if any(row[i] for row in weights)]


def face_loop(
    edit: Edit,
    sources: Iterable[int],
    faces: int,
    duration_s: float,
    draw: random.Random,
    flow: NoiseFlow | None = None,
) -> Timeline:
    """Return a loop of keyframes: the edit with other seeds for the given sources.

    No two keyframes share a seed. Each lasts an equal part of `duration_s`.
    """
    sources = list(sources)
    count = faces * len(sources)
    seeds = iter(draw.sample(range(1, max(_LARGEST_SEED, 2 * count)), count))
    keyframes = []
    for _ in range(faces):
        face = edit
        for index in sources:
            face = with_seed(face, index, next(seeds))
        keyframes.append(Keyframe(face, duration_s / faces))
    return Timeline(tuple(keyframes), loop=True, flow=flow)
