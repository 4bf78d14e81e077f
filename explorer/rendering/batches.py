"""Many pictures at once: thumbnails, strips, and the map of where noise acts.

They leave alone what is kept for the picture in hand, and give way to it at every pause.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.edit.edit import Edit
from explorer.rendering.heatmap import colour_deviation
from explorer.rendering.latents import Latents
from explorer.rendering.noise import NoiseMaps
from explorer.rendering.pausable import Pausable
from explorer.rendering.synthesis import Transform, check_layers, start_of, to_pixels
from stylegan_core.networks.inference.for_inference import InferenceGenerator

HEAT_SEEDS = range(2**31, 2**31 + 16)
"""Noise draws of the heat map: seeds that nobody meets by counting up from 0."""

BATCH_PIXELS = 4 * 512 * 512
"""Pictures rendered at once are as many as fit into this."""


class Batches:
    """Belongs to a renderer, whose latents and noise maps it uses."""

    def __init__(
        self,
        generator: InferenceGenerator,
        device: torch.device,
        latents: Latents,
        noise: NoiseMaps,
        is_slow: Callable[[], bool],
    ) -> None:
        self._generator, self._device = generator, device
        self._latents, self._noise = latents, noise
        self._is_slow = is_slow

    def render(
        self, edits: Sequence[Edit], max_size: int | None = None
    ) -> Pausable[tuple[np.ndarray, ...]]:
        """Several pictures, uint8 [H, W, 3], averaged down to at most `max_size`.

        A batch may differ from `Renderer.render` by 1 of 255. Raises RenderError.
        """
        for edit in edits:
            check_layers(self._generator, edit)
        size = self._batch_size(len(edits))
        pictures: list[np.ndarray] = []
        for start in range(0, len(edits), size):
            some = edits[start : start + size]
            with torch.inference_mode():
                ws = torch.stack([self._latents.rows(edit) for edit in some])
                noise = [self._batch_noise(some, i) for i in range(self._generator.num_layers)]
            images = yield from self._synthesis(ws, noise, [edit.transform for edit in some])
            with torch.inference_mode():
                pictures += list(to_pixels(_shrunk(images, max_size)).cpu().numpy())
        return tuple(pictures)

    def heat_map(self, edit: Edit) -> Pausable[np.ndarray]:
        """Where noise acts: the standard deviation over 16 draws in colour, uint8 [H, W, 3]."""
        return colour_deviation((yield from self.deviation(edit)))

    def deviation(self, edit: Edit) -> Pausable[np.ndarray]:
        """Standard deviation of each pixel over 16 draws of noise, float32 [H, W], of 255.

        Layers whose noise is muted stay silent; the channels are averaged by their squares.
        """
        check_layers(self._generator, edit)
        size = self._batch_size(len(HEAT_SEEDS))
        images = []
        for start in range(0, len(HEAT_SEEDS), size):
            seeds = HEAT_SEEDS[start : start + size]
            with torch.inference_mode():
                ws = self._latents.rows(edit).unsqueeze(0).expand(len(seeds), -1, -1)
                noise = [self._noise.fresh(edit, i, seeds) for i in range(edit.num_layers)]
            batch = yield from self._synthesis(ws, noise, [edit.transform] * len(seeds))
            with torch.inference_mode():
                images.append((batch * 127.5 + 128).clamp(0, 255))
        with torch.inference_mode():
            variance = torch.cat(images).var(dim=0, correction=0)  # [16, 3, H, W] -> [3, H, W]
            return np.asarray(variance.mean(dim=0).sqrt().cpu().numpy())

    def _batch_size(self, wanted: int) -> int:
        """How many pictures to make at once; a slow model's come one by one."""
        at_once = 1 if self._is_slow() else BATCH_PIXELS // self._generator.resolution**2
        return max(1, min(wanted, at_once))

    def _synthesis(
        self, ws: Tensor, noise: Sequence[Tensor | None], transforms: Sequence[Transform]
    ) -> Pausable[Tensor]:
        """ws [N, L, D] -> images [N, 3, H, W], with a pause after each layer of a slow model."""
        with torch.inference_mode():
            state = start_of(self._generator, transforms, self._device)
        for i, layer in enumerate(self._generator.layers):
            with torch.inference_mode():
                w = ws[:, i] if layer.takes_style else None
                state = self._generator.step(i, state, w, noise[i])
            if self._is_slow():
                yield
        with torch.inference_mode():
            image = self._generator.to_image(state)
        assert image is not None
        return image

    def _batch_noise(self, edits: Sequence[Edit], layer: int) -> Tensor | None:
        """[1 or N, 1, h, w]; one map for all where they agree; None where nothing is heard."""
        if len({self._noise.is_heard(edit, layer) and edit.noise[layer] for edit in edits}) == 1:
            return self._noise.of_layer(edits[0], layer)
        size = self._generator.layers[layer].resolution
        silence = torch.zeros(1, 1, size, size, device=self._device)
        maps = [self._noise.of_layer(edit, layer) for edit in edits]
        return torch.cat([silence if noise is None else noise for noise in maps])


def _shrunk(images: Tensor, max_size: int | None) -> Tensor:
    """Images averaged down so that they are at most `max_size` wide."""
    size = images.shape[-1]
    if max_size is None or size <= max_size:
        return images
    return F.interpolate(images, size=(max_size, max_size), mode="area")
