"""Smaller pictures from inside the network, for as long as a hand moves.

The features at each resolution can be shown through a ToRGB of that resolution. Progressive
training leaves such layers behind, but later training moves the features away under them, and the
styles above decide on colours too. So what such a layer lacks is fitted to the newest full picture:
least squares from the features to the full picture averaged down, drawn towards no correction. A
hand moves on from that very picture, so the fit holds while it moves.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

SMALLEST = 32
SAMPLED = 64  # pixels across that a fit looks at
PULL = 0.1  # towards the network's own ToRGB, of the features' mean square


class PreviewColours:
    """Linear maps from features to colours, one per resolution. Belongs to one thread."""

    def __init__(self) -> None:
        self._maps: dict[int, Tensor] = {}

    def observe(self, features: Tensor, own: Tensor, pictures: Tensor) -> None:
        """Learn from features [N, C, r, r], their own colours [N, 3, r, r] and the full pictures
        [N, 3, R, R] that the network made of them; what was learnt before is forgotten.
        """
        size = features.shape[-1]
        step = max(1, size // SAMPLED)
        missing = F.adaptive_avg_pool2d(pictures.clamp(-1, 1), size) - own
        x = _rows(features[:, :, ::step, ::step], with_one=True)  # [P, C + 1]
        missing = _rows(missing[:, :, ::step, ::step])  # [P, 3]
        gram = x.T @ x / len(x)
        pull = PULL * gram.diagonal().mean() * torch.eye(len(gram), device=gram.device)
        self._maps[size] = torch.linalg.solve(gram + pull, x.T @ missing / len(x))  # [C + 1, 3]

    def picture(self, features: Tensor, own: Tensor) -> Tensor:
        """features [N, C, r, r] and their own colours [N, 3, r, r] -> corrected [N, 3, r, r]."""
        correction = self._maps.get(features.shape[-1])
        if correction is None:
            return own
        colours = _rows(features, with_one=True) @ correction
        n, _, h, w = features.shape
        return own + colours.view(n, h, w, -1).permute(0, 3, 1, 2)


def _rows(x: Tensor, with_one: bool = False) -> Tensor:
    """[N, C, h, w] -> float32 [N h w, C], or [N h w, C + 1] with a column of ones."""
    rows = x.permute(0, 2, 3, 1).flatten(0, 2).float()
    return F.pad(rows, (0, 1), value=1.0) if with_one else rows
