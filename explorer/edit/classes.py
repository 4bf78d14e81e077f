"""The class of a source as the window shows it: one class, or a blend of two."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class ClassBlend(NamedTuple):
    """Two classes and the share of the second, 0..1. Without a second it is one class."""

    first: int
    second: int | None = None
    share: float = 0.0

    def weights(self, count: int) -> tuple[float, ...]:
        """Return the class vector for a model with `count` classes."""
        vector = [0.0] * count
        vector[self.first] = 1.0
        if self.second is not None:
            vector[self.first] -= self.share
            vector[self.second] += self.share
        return tuple(vector)


def blend_of(weights: Sequence[float], previous: ClassBlend | None = None) -> ClassBlend:
    """Return the blend of a class vector's two heaviest classes; class 0 if there is no weight.

    `previous` is the blend that was shown before. If the vector is unchanged, so is the blend: a
    class whose share is 0 is not lost. If the two classes are the same, they keep their order.
    """
    if previous is not None and tuple(weights) == previous.weights(len(weights)):
        return previous
    used = sorted((i for i, w in enumerate(weights) if w != 0.0), key=lambda i: -weights[i])
    if len(used) < 2:
        return ClassBlend(*used or (0,))
    first, second = used[:2]
    if previous is not None and set(used) == {previous.first, previous.second}:
        first, second = previous.first, used[used[0] == previous.first]
    total = weights[first] + weights[second]
    return ClassBlend(first, second, weights[second] / total if total else 0.0)
