"""Many pictures at once, and the map of where noise acts.

They leave the states that are kept for the picture on the canvas alone, and pause for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from explorer.edit.edit import Edit
from explorer.rendering.heatmap import colour_deviation
from explorer.rendering.latents import Latents
from explorer.rendering.messages import Picture
from explorer.rendering.noise import NoiseMaps
from explorer.rendering.pausable import Pausable
from explorer.rendering.synthesis import Transform, check_layers, start_of, to_pixels
from stylegan_core.networks.inference.for_inference import InferenceGenerator
from stylegan_core.picture import as_rgb

HEAT_SEEDS = range(2**31, 2**31 + 16)
"""Noise seeds of the heat map, far from those that people count up from 0."""

BATCH_PIXELS = 4 * 512 * 512
"""Pixels that are rendered at once, in all pictures of a batch together."""


class Batches:
    """Renders batches of pictures, with the latents and noise maps of a `Renderer`.

    `is_slow` tells whether one picture takes longer than a frame may. While a method is paused,
    inference mode is off.
    """

    def __init__(
        self,
        generator: InferenceGenerator,
        device: torch.device,
        latents: Latents,
        noise: NoiseMaps,
        is_slow: Callable[[], bool],
    ) -> None:
        self._generator = generator
        self._device = device
        self._latents = latents
        self._noise = noise
        self._is_slow = is_slow

    @torch.inference_mode()
    def render(self, edits: Sequence[Edit]) -> Pausable[tuple[Picture, ...]]:
        """Return several pictures, uint8 [H, W, 3].

        They may differ from those of `Renderer.render` by 1 of 255. Raises RenderError.
        """
        images = yield from self.images(self._generator, edits)
        return tuple(to_pixels(as_rgb(image))[0].cpu().numpy() for image in images)

    def heat_map(self, edit: Edit) -> Pausable[Picture]:
        """Return `deviation` in colours, uint8 [H, W, 3]. Raises RenderError."""
        return colour_deviation((yield from self.deviation(edit)))

    @torch.inference_mode()
    def deviation(self, edit: Edit) -> Pausable[np.ndarray]:
        """Return the standard deviation of each pixel over 16 draws of noise.

        It is float32 [H, W], in levels of 255, and the root mean square over the channels, as in
        figure 4c (Karras et al. 2019). Muted noise stays muted. Raises RenderError.
        """
        check_layers(self._generator, edit)
        size = self._batch_size(self._generator, len(HEAT_SEEDS))
        levels: list[Tensor] = []
        for start in range(0, len(HEAT_SEEDS), size):
            seeds = HEAT_SEEDS[start : start + size]
            ws = self._latents.rows(edit).unsqueeze(0).expand(len(seeds), -1, -1)
            noise = [self._noise.fresh(edit, i, seeds) for i in range(edit.num_layers)]
            transforms = [edit.transform] * len(seeds)
            images = yield from self._synthesis(self._generator, ws, noise, transforms)
            levels.append((as_rgb(images) * 127.5 + 128).clamp(0, 255))
            done = (start + size) / len(HEAT_SEEDS)
            if done < 1.0:
                yield done
        variance = torch.cat(levels).var(dim=0, correction=0)  # [16, 3, H, W] -> [3, H, W]
        return np.asarray(variance.mean(dim=0).sqrt().cpu().numpy())

    def images(self, network: InferenceGenerator, edits: Sequence[Edit]) -> Pausable[list[Tensor]]:
        """Return images of edits, [1, C, h, w] each, from the generator or a quick network of it.

        Raises RenderError.
        """
        for edit in edits:
            check_layers(network, edit)
        size = self._batch_size(network, len(edits))
        images: list[Tensor] = []
        for start in range(0, len(edits), size):
            batch = edits[start : start + size]
            ws = torch.stack([self._latents.rows(edit) for edit in batch])
            noise = [
                self._batch_noise(batch, i) if layer.resolution <= network.resolution else None
                for i, layer in enumerate(network.layers)
            ]
            transforms = [edit.transform for edit in batch]
            made = yield from self._synthesis(network, ws, noise, transforms)
            images += torch.split(made, 1)
        return images

    def _batch_size(self, network: InferenceGenerator, wanted: int) -> int:
        """Return how many pictures to make at once: one where a single picture is slow."""
        at_once = 1 if self._is_slow() else BATCH_PIXELS // network.resolution**2
        return max(1, min(wanted, at_once))

    def _synthesis(
        self,
        network: InferenceGenerator,
        ws: Tensor,
        noise: Sequence[Tensor | None],
        transforms: Sequence[Transform],
    ) -> Pausable[Tensor]:
        """Return images [N, C, H, W] for ws [N, L, D]; pause after each layer of a slow model."""
        state = start_of(network, transforms, self._device)
        for i, layer in enumerate(network.layers):
            w = ws[:, i] if layer.takes_style else None
            state = network.step(i, state, w, noise[i])
            if self._is_slow():
                yield None
        images = network.to_image(state)
        assert images is not None
        return images

    def _batch_noise(self, edits: Sequence[Edit], layer: int) -> Tensor | None:
        """Return noise [N, 1, h, w]; [1, 1, h, w] or None where it is the same for all edits."""
        if len({self._noise.key(edit, layer) for edit in edits}) == 1:
            return self._noise.of_layer(edits[0], layer)
        size = self._generator.layers[layer].resolution
        zeros = torch.zeros(1, 1, size, size, device=self._device)
        maps = [self._noise.of_layer(edit, layer) for edit in edits]
        return torch.cat([zeros if noise is None else noise for noise in maps])
