"""The class of a source, as the window shows it: one class, or two and how much of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class ClassBlend(NamedTuple):
    """Two classes and the share of the second: 0 is the first alone, 1 the second alone.

    Without a second it is one class.
    """

    first: int
    second: int | None = None
    share: float = 0.0

    def weights(self, count: int) -> tuple[float, ...]:
        """The class vector for a model with `count` classes."""
        vector = [0.0] * count
        vector[self.first] = 1.0
        if self.second is not None:
            vector[self.first] -= self.share
            vector[self.second] += self.share
        return tuple(vector)


def blend_of(weights: Sequence[float], known: ClassBlend | None = None) -> ClassBlend:
    """What a class vector says; of more than two classes the two heaviest. No weight is class 0.

    `known` is what was shown before: where the vector says just that, it stays, with a class whose
    share is 0; where the two classes are the same, they keep their order.
    """
    if known is not None and tuple(weights) == known.weights(len(weights)):
        return known
    used = sorted((i for i, w in enumerate(weights) if w != 0.0), key=lambda i: -weights[i])
    if len(used) < 2:
        return ClassBlend(*used or (0,))
    first, second = used[:2]
    if known is not None and set(used) == {known.first, known.second}:
        first, second = known.first, used[used[0] == known.first]
    both = weights[first] + weights[second]
    return ClassBlend(first, second, weights[second] / both if both else 0.0)
