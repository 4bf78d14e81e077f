"""The states between the half layers of the newest picture, where the next picture resumes.

The keys of a picture say what it is made of: one key for the start, then one for each half layer,
each with everything of the edit that this half layer adds. As far as the keys of two pictures are
equal, so are their states, to the bit.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

from explorer.rendering.messages import Picture

Keys = Sequence[Hashable]


class StateCache:
    """The newest picture: its keys, the states on the way to it, and at the end its pixels.

    Nobody changes a state, so that several pictures can hold the same one.

    `keeps` tells for each half layer whether the state after it is worth its memory.
    """

    def __init__(self, keeps: Sequence[bool]) -> None:
        self._keeps = (True, *keeps)
        self._keys: Keys = ()
        self._states: list[Any] = []  # one for each key so far; None where it is not kept
        self._picture: Picture | None = None

    def picture(self, keys: Keys) -> Picture | None:
        """Return the newest picture if it has these keys and is finished."""
        return self._picture if keys == self._keys else None

    def resume(self, keys: Keys) -> tuple[int, Any] | None:
        """Make `keys` those of the newest picture, and drop the states that it does not share.

        Return the first half layer to run and the state before it. If nothing is shared, return
        None; the state before half layer 0 must then be appended first.
        """
        shared = self.shared_with(keys)
        del self._states[shared:]
        self._keys = keys
        self._picture = None
        return (shared - 1, self._states[-1]) if shared else None

    def adopt(self, keys: Keys, other: StateCache, at_most: int) -> None:
        """Begin a picture with at most `at_most` of the states that it shares with another one."""
        shared = min(other.shared_with(keys), at_most)
        while shared and other._states[shared - 1] is None:
            shared -= 1
        self._keys = keys
        self._states = other._states[:shared]
        self._picture = None

    def before(self, half_layer: int) -> tuple[int, Any]:
        """Return the latest kept state that is not after a half layer, and its next half layer.

        The newest picture must have run this far, or share its states.
        """
        return next(
            (i, self._states[i])
            for i in range(min(half_layer + 1, len(self._states) - 1), -1, -1)
            if self._states[i] is not None
        )

    def append(self, keys: Keys, state: Any) -> None:
        """Keep the next state of a picture, unless a newer picture was begun at a pause."""
        if keys is self._keys:
            self._states.append(state if self._keeps[len(self._states)] else None)

    def finish(self, keys: Keys, picture: Picture) -> None:
        """Keep a finished picture, unless a newer one was begun at a pause."""
        if keys is self._keys:
            self._picture = picture

    def shared_with(self, keys: Keys) -> int:
        """Return how many states, from the start to a kept one, belong to `keys` too."""
        shared = 0
        for old, new in zip(self._keys[: len(self._states)], keys, strict=False):
            if old != new:
                break
            shared += 1
        while shared and self._states[shared - 1] is None:
            shared -= 1
        return shared
