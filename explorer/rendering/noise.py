"""The noise maps of an edit on the device, cached by seed and layer."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable

import torch
from torch import Tensor

from explorer.edit.edit import Edit, LayerNoise, NoiseSeed, effective_strength
from explorer.rendering.latents import RenderError
from stylegan_core import sampling
from stylegan_core.networks.contract import Generator


class NoiseMaps:
    """Makes the noise of each layer from single maps, and caches these, up to `cache_bytes`."""

    def __init__(self, generator: Generator, device: torch.device, cache_bytes: int) -> None:
        self._generator = generator
        self._device = device
        self._cache_bytes = cache_bytes
        self._maps: OrderedDict[tuple[int, int], Tensor] = OrderedDict()
        self._used_bytes = 0

    def key(self, edit: Edit, layer: int) -> Hashable:
        """Return everything of an edit that a layer's noise depends on; None for no noise."""
        noise = edit.noise[layer]
        return (noise.terms, noise.strength) if self.has_noise(edit, layer) else None

    def has_noise(self, edit: Edit, layer: int) -> bool:
        """Tell whether a layer takes noise and the edit gives it some."""
        takes_noise = self._generator.layers[layer].takes_noise
        return takes_noise and effective_strength(edit, layer) != 0.0

    def of_layer(self, edit: Edit, layer: int) -> Tensor | None:
        """Return the sum of the edit's terms times the strength, [1, 1, h, w]; None for no noise.

        Raises RenderError for stored noise that the model does not have.
        """
        return self._combined(edit.noise[layer], layer) if self.has_noise(edit, layer) else None

    def fresh(self, edit: Edit, layer: int, seeds: range) -> Tensor | None:
        """Return maps of other seeds at the edit's strength, [N, 1, h, w]; None for no noise."""
        if not self.has_noise(edit, layer):
            return None
        size = self._generator.layers[layer].resolution
        maps = torch.cat([sampling.noise_map(seed, layer, size) for seed in seeds])
        return maps.to(self._device) * edit.noise[layer].strength

    def _combined(self, noise: LayerNoise, layer: int) -> Tensor:
        size = self._generator.layers[layer].resolution
        total = torch.zeros(1, 1, size, size, device=self._device)
        for term in noise.terms:
            if term.coefficient != 0.0:
                total += term.coefficient * self._map(term.seed, layer)
        return total * noise.strength

    def _map(self, seed: NoiseSeed, layer: int) -> Tensor:
        """Return one map, [1, 1, h, w]."""
        if seed == "stored":
            stored = self._generator.stored_noise[layer]
            if stored is None:
                raise RenderError("This model has no stored noise: choose a noise seed.")
            return stored
        key = (seed, layer)
        if key not in self._maps:
            size = self._generator.layers[layer].resolution
            self._keep(key, sampling.noise_map(seed, layer, size).to(self._device))
        self._maps.move_to_end(key)
        return self._maps[key]

    def _keep(self, key: tuple[int, int], noise: Tensor) -> None:
        self._maps[key] = noise
        self._used_bytes += noise.nbytes
        while self._used_bytes > self._cache_bytes and len(self._maps) > 1:
            _, dropped = self._maps.popitem(last=False)
            self._used_bytes -= dropped.nbytes
