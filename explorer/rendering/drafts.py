"""Drafts: quick, smaller pictures for as long as an edit moves.

A draft leaves the network after the last layer of its size. The layers above run on at that size
with their own styles and without noise, so that a draft has the colours of the full picture.
"""

from __future__ import annotations

from typing import Any

import torch.nn.functional as F
from torch import Tensor

from explorer.edit.edit import Edit
from explorer.rendering.half_layers import draft_half_layers
from explorer.rendering.latents import Latents
from stylegan_core.networks.inference.for_inference import InferenceGenerator

SOFTNESS = 0.125
"""Weight of a neighbour along one axis, which brings drafts closest to pictures averaged down."""


class Drafts:
    """Makes the drafts of one network. Belongs to one thread."""

    def __init__(self, generator: InferenceGenerator, latents: Latents) -> None:
        self._generator = generator
        self._latents = latents
        self._sizes = {end: size for size, end in draft_half_layers(generator).items()}
        self._networks: dict[int, InferenceGenerator] = {}  # by size

    @property
    def half_layers(self) -> tuple[int, ...]:
        """The half layers after which a draft leaves the network, in rising order."""
        return tuple(self._sizes)

    def image(self, edit: Edit, half_layer: int, state: Any) -> Tensor:
        """Return the draft that leaves the network after a half layer, [1, C, h, w]."""
        network = self._network(self._sizes[half_layer])
        for i in range(half_layer // 2 + 1, network.num_layers):
            state = network.step(i, state, self._latents.row(edit, i), None)
        image = network.to_image(state)
        assert image is not None
        return softened(image)

    def _network(self, size: int) -> InferenceGenerator:
        """Return the quick network of a size, which is built when it is first needed."""
        if size not in self._networks:
            self._networks[size] = self._generator.reduced(size)
        return self._networks[size]


def softened(image: Tensor) -> Tensor:
    """Average each pixel of a picture [N, C, h, w] a little with its neighbours."""
    taps = image.new_tensor([SOFTNESS, 1 - 2 * SOFTNESS, SOFTNESS])
    kernel = (taps[:, None] * taps).expand(image.shape[1], 1, 3, 3)
    return F.conv2d(F.pad(image, (1, 1, 1, 1), mode="replicate"), kernel, groups=image.shape[1])
