"""Running means of a run's numbers, summed on the device so that no step waits for it."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from stylegan_core.training.distributed import Ranks

LOSSES = ("loss_g", "loss_d", "real_score", "fake_score", "r1", "path_length")
PENALTIES = ("style_roles", "noise_spread", "noise_roles")
NAMES = (*LOSSES, *PENALTIES, "feature_loss_g", "feature_loss_d")


class Statistics:
    """Sums since the last reading, and how many values each is of."""

    def __init__(self, device: torch.device) -> None:
        self._sums = torch.zeros(len(NAMES), device=device)
        self._counts = [0] * len(NAMES)

    def add(self, name: str, value: Tensor) -> None:
        """Count one value, a scalar on the device."""
        i = NAMES.index(name)
        self._sums[i] += value.detach()
        self._counts[i] += 1

    def read(self, ranks: Ranks) -> dict[str, float]:
        """The means over time and processes, 0 where nothing was counted; starts afresh."""
        sums, counts = ranks.mean(self._sums).tolist(), self._counts
        self._sums.zero_()
        self._counts = [0] * len(NAMES)
        return {n: s / max(c, 1) for n, s, c in zip(NAMES, sums, counts, strict=True)}

    def state_dict(self) -> dict[str, Any]:
        """What a resumed run continues with."""
        return {"sums": self._sums, "counts": list(self._counts)}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from a state, also from one of a version that counted fewer numbers."""
        known = len(state["counts"])
        self._sums[:known] = state["sums"]
        self._counts[:known] = state["counts"]
