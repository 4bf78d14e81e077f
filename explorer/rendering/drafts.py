"""Drafts: quick, smaller pictures for as long as an edit moves.

A draft leaves the network after the last layer of its size. The layers above run on at that size
with their own styles and without noise, so that a draft has the colours of the full picture.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor

from explorer.edit.edit import Edit
from explorer.rendering.half_layers import draft_sizes
from explorer.rendering.latents import Latents
from explorer.rendering.quick_networks import QuickNetworks, softened
from stylegan_core.networks.inference.for_inference import InferenceGenerator


class Drafts:
    """Makes the drafts of one network. Belongs to one thread."""

    def __init__(
        self, generator: InferenceGenerator, networks: QuickNetworks, latents: Latents
    ) -> None:
        self._networks = networks
        self._latents = latents
        self._sizes = draft_sizes(generator)

    @property
    def half_layers(self) -> tuple[int, ...]:
        """The half layers after which a draft leaves the network, in rising order."""
        return tuple(self._sizes)

    def image(self, edit: Edit, half_layer: int, state: Any) -> Tensor:
        """Return the draft that leaves the network after a half layer, [1, C, h, w]."""
        network = self._networks.at(self._sizes[half_layer])
        for i in range(half_layer // 2 + 1, network.num_layers):
            state = network.step(i, state, self._latents.row(edit, i), None)
        image = network.to_image(state)
        assert image is not None
        return softened(image)
