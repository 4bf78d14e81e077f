"""Means of a run's numbers, summed on the device so that no step waits for it."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from stylegan_core.training.distributed import Ranks

NAMES = (  # in the order of a saved state: new ones are added at the end
    *("loss_g", "loss_d", "real_score", "fake_score", "r1", "path_length"),
    *("style_roles", "noise_spread", "noise_roles"),
    *("feature_loss_g", "feature_loss_d"),
)


class Statistics:
    """The sum of each number since the last log line, and how many values went into it."""

    def __init__(self, device: torch.device) -> None:
        self._sums = torch.zeros(len(NAMES), device=device)
        self._counts = [0] * len(NAMES)

    def add(self, name: str, value: Tensor) -> None:
        """Add one value, a scalar on the device."""
        i = NAMES.index(name)
        self._sums[i] += value.detach()
        self._counts[i] += 1

    def pop_means(self, ranks: Ranks) -> dict[str, float]:
        """Return the means over time and processes, 0 for a number without values; start anew."""
        sums = ranks.mean(self._sums).tolist()
        counts = self._counts
        self._sums.zero_()
        self._counts = [0] * len(NAMES)
        return {n: s / max(c, 1) for n, s, c in zip(NAMES, sums, counts, strict=True)}

    def state_dict(self) -> dict[str, Any]:
        """Return the sums and counts that a resumed run continues with."""
        return {"sums": self._sums, "counts": list(self._counts)}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from a state; one of a former version may hold fewer numbers."""
        known = len(state["counts"])
        self._sums[:known] = state["sums"]
        self._counts[:known] = state["counts"]
