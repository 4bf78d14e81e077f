"""How long each half of a layer takes, learnt from what was run."""

from __future__ import annotations

from collections.abc import Sequence

FRAME_BUDGET_MS = 25.0
"""What a picture may take while a hand moves; the rest of 33 ms goes to showing it."""

FASTER_SHARE, SLOWER_SHARE = 0.5, 0.1
"""How much of a newer, faster or slower, time counts: what else a machine does slows it at times,
nothing makes it faster than it is.
"""


class CostModel:
    """Milliseconds by stage, smoothed over the runs so far; 0 for what never ran."""

    def __init__(self, stages: int) -> None:
        self._ms = [0.0] * stages

    def note(self, first: int, seconds: Sequence[float], total_s: float) -> None:
        """Stages from `first` on took so long each, as seen by the host, and together `total_s`
        with the picture on the host: where a device works on its own, the total is what counts.
        """
        seen = sum(seconds)
        factor = 1000 * total_s / seen if seen > 0 else 0.0
        for stage, s in enumerate(seconds, first):
            old, new = self._ms[stage], s * factor
            share = FASTER_SHARE if new < old else SLOWER_SHARE
            self._ms[stage] = old + share * (new - old) if old else new

    def cost_ms(self, first: int, last: int) -> float:
        """What the stages from `first` to `last`, both included, are expected to take."""
        return sum(self._ms[first : last + 1])
