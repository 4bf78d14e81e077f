"""Smaller pictures from inside the network, for as long as a hand moves.

The features at each resolution can be shown through a ToRGB of that resolution. Progressive
training leaves such layers behind, but later training moves the features away under them. So they
are fitted here to what the whole network shows: least squares between the features of a resolution
and full pictures averaged down to it, drawn towards the network's own ToRGB.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

SMALLEST = 32
SAMPLED = 64  # pixels across that a fit looks at
FORGETTING = 0.8  # of older pictures, each time that new ones come
PULL = 1e-3  # towards the network's own ToRGB, of the features' mean square


class PreviewColours:
    """Linear maps from features to colours, one per resolution. Belongs to one thread."""

    def __init__(self) -> None:
        self._sums: dict[int, tuple[Tensor, Tensor]] = {}
        self._maps: dict[int, Tensor] = {}

    def observe(self, features: Tensor, own: Tensor, pictures: Tensor) -> None:
        """Learn from features [N, C, r, r], their own colours [N, 3, r, r] and what the whole
        network made of them, [N, 3, R, R].
        """
        size = features.shape[-1]
        step = max(1, size // SAMPLED)
        missing = F.adaptive_avg_pool2d(pictures.clamp(-1, 1), size) - own
        x = _rows(features[:, :, ::step, ::step], with_one=True)  # [P, C + 1]
        missing = _rows(missing[:, :, ::step, ::step])  # [P, 3]
        gram, product = x.T @ x / len(x), x.T @ missing / len(x)
        if size in self._sums:
            before = self._sums[size]
            gram, product = gram.lerp(before[0], FORGETTING), product.lerp(before[1], FORGETTING)
        self._sums[size] = gram, product
        pull = PULL * gram.diagonal().mean() * torch.eye(len(gram), device=gram.device)
        self._maps[size] = torch.linalg.solve(gram + pull, product)  # [C + 1, 3]

    def picture(self, features: Tensor, own: Tensor) -> Tensor:
        """features [N, C, r, r] and their own colours [N, 3, r, r] -> corrected [N, 3, r, r]."""
        correction = self._maps.get(features.shape[-1])
        if correction is None:
            return own
        colours = _rows(features, with_one=True) @ correction
        n, _, h, w = features.shape
        return own + colours.view(n, h, w, -1).permute(0, 3, 1, 2)


def _rows(x: Tensor, with_one: bool = False) -> Tensor:
    """[N, C, h, w] -> [N h w, C], or [N h w, C + 1] with a column of ones."""
    rows = x.permute(0, 2, 3, 1).flatten(0, 2)
    return F.pad(rows, (0, 1), value=1.0) if with_one else rows
