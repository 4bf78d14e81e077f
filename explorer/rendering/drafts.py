"""Drafts: smaller pictures from inside the network, for as long as an edit moves.

The features at each resolution can be shown through a ToRGB of that resolution. Progressive
training leaves such layers behind, but later training changes the features and not these layers,
and the styles of higher layers influence the colours too. So a linear correction is fitted to the
newest full picture: ridge regression from the features to the difference between the full picture,
averaged down, and the draft. The edit starts to move from that picture, so the fit stays good.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.edit.edit import Edit
from explorer.rendering.half_layers import draft_half_layers
from explorer.rendering.latents import Latents
from stylegan_core.networks.inference.for_inference import InferenceGenerator

SAMPLED_PIXELS = 64  # across, that a fit looks at
RIDGE = 0.1  # penalty on the correction, as a share of the features' mean square


class _FullPicture(NamedTuple):
    """A full picture [1, 3, H, W], and the states after which drafts could have been shown."""

    edit: Edit
    states: dict[int, Any]  # by half layer
    image: Tensor


class Drafts:
    """Makes the drafts of one network. Belongs to one thread."""

    def __init__(self, generator: InferenceGenerator, latents: Latents) -> None:
        self.half_layers = draft_half_layers(generator)
        """The half layers after which a draft can be shown, in rising order."""
        self._generator = generator
        self._latents = latents
        self._colours = DraftColours()
        self._to_fit: _FullPicture | None = None

    def image(self, edit: Edit, half_layer: int, state: Any) -> Tensor:
        """Return the draft after a half layer, [1, 3, h, w]."""
        return self._colours.picture(state.x, self._uncorrected(edit, half_layer, state))

    def keep(self, edit: Edit, states: dict[int, Any], image: Tensor) -> None:
        """Keep a full picture [1, 3, H, W] and the states of its drafts, for `fit`."""
        self._to_fit = _FullPicture(edit, states, image)

    def fit(self) -> None:
        """Fit the colours of drafts to the newest full picture, unless that is done."""
        if self._to_fit is None:
            return
        (edit, states, image), self._to_fit = self._to_fit, None
        for half_layer, state in states.items():
            draft = self._uncorrected(edit, half_layer, state)
            self._colours.observe(state.x, draft, image)

    def _uncorrected(self, edit: Edit, half_layer: int, state: Any) -> Tensor:
        """Return the draft of a state as its ToRGB shows it, [1, 3, h, w]."""
        next_layer = half_layer // 2 + 1
        image = self._generator.to_image(state, self._latents.row(edit, next_layer))
        assert image is not None
        return image


class DraftColours:
    """Linear corrections from features to colours, one for each resolution."""

    def __init__(self) -> None:
        self._maps: dict[int, Tensor] = {}

    def observe(self, features: Tensor, drafts: Tensor, pictures: Tensor) -> None:
        """Fit the correction of one resolution, in place of an older fit.

        `features` [N, C, r, r] are those that the ToRGB shows as `drafts` [N, 3, r, r], and that
        became the full `pictures` [N, 3, R, R].
        """
        size = features.shape[-1]
        step = max(1, size // SAMPLED_PIXELS)
        missing = F.adaptive_avg_pool2d(pictures.clamp(-1, 1), size) - drafts
        x = _rows(features[:, :, ::step, ::step], with_one=True)  # [P, C + 1]
        missing = _rows(missing[:, :, ::step, ::step])  # [P, 3]
        gram = x.T @ x / len(x)
        ridge = RIDGE * gram.diagonal().mean() * torch.eye(len(gram), device=gram.device)
        self._maps[size] = torch.linalg.solve(gram + ridge, x.T @ missing / len(x))  # [C + 1, 3]

    def picture(self, features: Tensor, drafts: Tensor) -> Tensor:
        """Return drafts [N, 3, r, r] of features [N, C, r, r] with corrected colours."""
        correction = self._maps.get(features.shape[-1])
        if correction is None:
            return drafts
        colours = _rows(features, with_one=True) @ correction
        n, _, h, w = features.shape
        return drafts + colours.view(n, h, w, -1).permute(0, 3, 1, 2)


def _rows(x: Tensor, with_one: bool = False) -> Tensor:
    """[N, C, h, w] -> float32 [N h w, C], or [N h w, C + 1] with a column of ones."""
    rows = x.permute(0, 2, 3, 1).flatten(0, 2).float()
    return F.pad(rows, (0, 1), value=1.0) if with_one else rows
