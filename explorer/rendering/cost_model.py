"""How long half layers and drafts take, learnt from what was run, and what fits into a frame."""

from __future__ import annotations

from collections.abc import Sequence

FRAME_BUDGET_MS = 25.0
"""Time for a picture while an edit moves; the rest of 33 ms goes to showing it."""

FASTER_SHARE = 0.5
SLOWER_SHARE = 0.1
"""How much a faster or slower time counts: other work can slow a run, but not speed it up."""

WORTHWHILE_SHARE = 0.6
"""A draft that takes more than this share of the full picture's time is not worth it."""


class CostModel:
    """Milliseconds of each half layer and of the rest of each draft, smoothed over the runs so far.

    They are 0 for what never ran.
    """

    def __init__(self, half_layers: int) -> None:
        self._ms = [0.0] * half_layers
        self._rest_ms: dict[int, float] = {}  # by the half layer after which a draft leaves

    def note(self, first: int, seconds: Sequence[float], total_s: float) -> None:
        """Learn from half layers that ran from `first` on.

        `seconds` are their times, measured on the host. `total_s` is the time until the picture was
        on the host: where a device works asynchronously, only this total is right.
        """
        host_s = sum(seconds)
        scale = 1000 * total_s / host_s if host_s > 0 else 0.0
        for half_layer, half_layer_s in enumerate(seconds, first):
            self._ms[half_layer] = _smoothed(self._ms[half_layer], half_layer_s * scale)

    def note_draft(
        self, first: int, seconds: Sequence[float], last: int, rest_s: float, total_s: float
    ) -> None:
        """Learn from a draft: half layers that ran from `first` to `last`, and the rest of it."""
        scale = total_s / (sum(seconds) + rest_s)
        self.note(first, seconds, sum(seconds) * scale)
        self._rest_ms[last] = _smoothed(self._rest_ms.get(last, 0.0), 1000 * rest_s * scale)

    def cost_ms(self, first: int, last: int) -> float:
        """Return the expected time of the half layers from `first` to `last`, both included."""
        return sum(self._ms[first : last + 1])

    @property
    def full_ms(self) -> float:
        """The expected time of a full picture."""
        return sum(self._ms)

    def is_slow(self) -> bool:
        """Tell whether a full picture takes longer than a frame may."""
        return self.full_ms > FRAME_BUDGET_MS

    def choose_last(self, first: int, drafts: Sequence[int], budget_ms: float) -> int:
        """Return the last half layer to run from `first` on, within a budget if possible.

        That is the network's last if the full picture is within the budget; otherwise that of the
        largest draft within it, or of the smallest draft if none is. `drafts` are the last half
        layers of drafts, in rising order. One before `first` is left from a state that is kept.
        """
        final = len(self._ms) - 1
        full_ms = self.cost_ms(first, final)
        if full_ms <= budget_ms:
            return final
        costs_ms = {end: self.cost_ms(first, end) + self._rest_ms.get(end, 0.0) for end in drafts}
        worthwhile = [end for end, ms in costs_ms.items() if ms <= WORTHWHILE_SHARE * full_ms]
        affordable = [end for end in worthwhile if costs_ms[end] <= budget_ms]
        return max(affordable, default=min(worthwhile, default=final))


def _smoothed(old_ms: float, new_ms: float) -> float:
    """Return the time to expect after a new measurement; 0 stands for none."""
    share = FASTER_SHARE if new_ms < old_ms else SLOWER_SHARE
    return old_ms + share * (new_ms - old_ms) if old_ms else new_ms
