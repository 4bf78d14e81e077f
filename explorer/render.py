"""An edit becomes a picture. Only the layers from the first change on are run again.

The state after each layer is kept with a key of plain numbers from the edit; a new edit resumes
where the keys first differ. Incremental and full rendering give the same bits.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.edit import Edit, effective_psi, effective_weights
from explorer.heatmap import colour_deviation
from explorer.latents import Latents, RenderError
from explorer.noise import NoiseMaps
from explorer.session import LayerFacts, ModelFacts
from stylegan_core import sampling
from stylegan_core.networks.contract import Generator

__all__ = ["RenderError", "Renderer", "facts_of"]

HEAT_SEEDS = range(2**31, 2**31 + 16)
"""Noise draws of the heat map: seeds that nobody meets by counting up from 0."""

BATCH_PIXELS = 4 * 512 * 512
"""Pictures rendered at once for thumbnails are as many as fit into this."""


def facts_of(generator: Generator, path: str = "", device: str = "cpu") -> ModelFacts:
    """What the window needs to know of a generator, in plain values."""
    card = dict(generator.card)
    return ModelFacts(
        name=str(card.get("name") or path.replace("\\", "/").rpartition("/")[2] or "unnamed"),
        path=path,
        digest=str(card.get("content_hash", "")),
        resolution=generator.resolution,
        layers=tuple(
            LayerFacts(info.name, info.resolution, info.group, info.takes_style, info.takes_noise)
            for info in generator.layers
        ),
        z_dim=generator.z_dim,
        c_dim=generator.c_dim,
        has_w_avg=generator.w_avg() is not None if not generator.c_dim else True,
        device=device,
        card=card,
    )


class Renderer:
    """Edits to pictures with one generator on one device. Belongs to one thread.

    `last_layers` says which layers the last picture took, for example "layers 12-17". `stored`
    holds the vectors that edits name by hash; add to it freely.
    """

    def __init__(
        self, generator: Generator, device: str = "cpu", cache_mb: int = 256, path: str = ""
    ) -> None:
        self.facts = facts_of(generator, path, device)
        self.stored: dict[str, np.ndarray] = {}
        self.last_layers = ""
        self._generator = generator
        self._device = torch.device(device)
        self._latents = Latents(generator, self._device, self.stored)
        self._noise = NoiseMaps(generator, self._device, cache_mb * 250_000)
        self._kept = _kept_states(generator, cache_mb * 750_000)
        self._keys: list[Hashable] = []  # key of the start, then of each layer that was run
        self._states: list[Any] = []  # the state before layer i; None where memory was too small
        self._image: np.ndarray | None = None
        self._pinned: Tensor | None = None

    @property
    def directions(self) -> dict[str, np.ndarray]:
        """Directions in W by name, [D] or [L, D]; add to it freely."""
        return self._latents.directions

    @torch.inference_mode()
    def render(self, edit: Edit) -> np.ndarray:
        """The picture, uint8 [H, W, 3], read-only. Raises RenderError."""
        self._check(edit)
        keys: list[Hashable] = [edit.transform, *map(self._key(edit), range(edit.num_layers))]
        if keys == self._keys and self._image is not None:
            self.last_layers = "unchanged"
            return self._image
        first, state = self._resume(edit, keys)
        for i in range(first, edit.num_layers):
            w = self._latents.row(edit, i) if self._generator.layers[i].takes_style else None
            state = self._generator.step(i, state, w, self._noise.of_layer(edit, i))
            self._keys.append(keys[i + 1])
            self._states.append(state if self._kept[i] else None)
        self.last_layers = f"layers {first}-{edit.num_layers - 1}" if first else "all layers"
        image = self._generator.to_image(state)
        assert image is not None
        self._image = self._to_host(_pixels(image)[0])
        self._image.flags.writeable = False
        return self._image

    @torch.inference_mode()
    def render_batch(
        self, edits: Sequence[Edit], max_size: int | None = None
    ) -> tuple[np.ndarray, ...]:
        """Several pictures at once, uint8 [H, W, 3], averaged down to at most `max_size`.

        Leaves what is kept for `render` alone. A batch may differ from `render` by 1 of 255.
        """
        for edit in edits:
            self._check(edit)
        size = max(1, BATCH_PIXELS // self._generator.resolution**2)
        pictures: list[np.ndarray] = []
        for start in range(0, len(edits), size):
            some = edits[start : start + size]
            ws = torch.stack([self._latents.rows(edit) for edit in some])
            noise = [self._batch_noise(some, i) for i in range(self._generator.num_layers)]
            images = _shrunk(self._synthesis(ws, noise, some[0].transform), max_size)
            pictures += list(_pixels(images).cpu().numpy())
        return tuple(pictures)

    @torch.inference_mode()
    def heat_map(self, edit: Edit) -> np.ndarray:
        """Where noise acts: the standard deviation over 16 draws in colour, uint8 [H, W, 3]."""
        return colour_deviation(self.deviation(edit))

    @torch.inference_mode()
    def deviation(self, edit: Edit) -> np.ndarray:
        """Standard deviation of each pixel over 16 draws of noise, float32 [H, W], of 255.

        Layers whose noise is muted stay silent; the channels are averaged by their squares.
        """
        self._check(edit)
        size = max(1, min(len(HEAT_SEEDS), BATCH_PIXELS // self._generator.resolution**2))
        ws = self._latents.rows(edit).unsqueeze(0)
        images = []
        for start in range(0, len(HEAT_SEEDS), size):
            seeds = HEAT_SEEDS[start : start + size]
            noise = [self._noise.fresh(edit, i, seeds) for i in range(edit.num_layers)]
            batch = self._synthesis(ws.expand(len(seeds), -1, -1), noise, edit.transform)
            images.append((batch * 127.5 + 128).clamp(0, 255))
        variance = torch.cat(images).var(dim=0, correction=0)  # [16, 3, H, W] -> [3, H, W]
        return np.asarray(variance.mean(dim=0).sqrt().cpu().numpy())

    def _check(self, edit: Edit) -> None:
        if edit.num_layers != self._generator.num_layers:
            raise RenderError(
                f"This edit is for {edit.num_layers} layers, "
                f"the model has {self._generator.num_layers}."
            )

    def _key(self, edit: Edit) -> Any:
        """A function of the layer: everything of the edit that the layer itself depends on."""

        def key(i: int) -> Hashable:
            weights = effective_weights(edit, i)
            mix = tuple((s, w) for s, w in zip(edit.sources, weights, strict=True) if w != 0.0)
            moves = tuple((d.name, d.amount) for d in edit.directions if d.first <= i <= d.last)
            heard = self._noise.is_heard(edit, i)
            noise = (edit.noise[i].terms, edit.noise[i].strength) if heard else None
            return mix, effective_psi(edit, i), moves, noise

        return key

    def _resume(self, edit: Edit, keys: Sequence[Hashable]) -> tuple[int, Any]:
        """The first layer to run and the state before it; forgets everything after it."""
        self._image = None
        same = 0
        while same < min(len(keys), len(self._keys)) and keys[same] == self._keys[same]:
            same += 1
        while same and self._states[same - 1] is None:
            same -= 1
        del self._keys[same:], self._states[same:]
        if not same:
            self._keys, self._states = [keys[0]], [self._start(1, edit.transform)]
            same = 1
        return same - 1, self._states[same - 1]

    def _start(self, n: int, transform: tuple[float, ...] | None) -> Any:
        if transform is None:
            return self._generator.start(n)
        try:
            return self._generator.start(n, transform=torch.tensor(transform, device=self._device))
        except ValueError as error:
            raise RenderError(f"{error}.") from error

    def _synthesis(
        self, ws: Tensor, noise: Sequence[Tensor | None], transform: tuple[float, ...] | None
    ) -> Tensor:
        """ws [N, L, D] -> images [N, 3, H, W]."""
        state = self._start(len(ws), transform)
        for i, layer in enumerate(self._generator.layers):
            w = ws[:, i] if layer.takes_style else None
            state = self._generator.step(i, state, w, noise[i])
        image = self._generator.to_image(state)
        assert image is not None
        return image

    def _batch_noise(self, edits: Sequence[Edit], layer: int) -> Tensor | None:
        """[1 or N, 1, h, w]; one map for all where they agree."""
        if len({(edit.noise[layer], self._noise.is_heard(edit, layer)) for edit in edits}) == 1:
            return self._noise.of_layer(edits[0], layer)
        size = self._generator.layers[layer].resolution
        silence = torch.zeros(1, 1, size, size, device=self._device)
        maps = [self._noise.of_layer(edit, layer) for edit in edits]
        return torch.cat([silence if noise is None else noise for noise in maps])

    def _to_host(self, pixels: Tensor) -> np.ndarray:
        """uint8 on the device -> a new array; on CUDA through one pinned buffer."""
        if pixels.device.type != "cuda":
            return np.array(pixels.cpu().numpy())
        if self._pinned is None or self._pinned.shape != pixels.shape:
            self._pinned = torch.empty(pixels.shape, dtype=torch.uint8, pin_memory=True)
        self._pinned.copy_(pixels, non_blocking=True)
        torch.cuda.current_stream(pixels.device).synchronize()
        return np.array(self._pinned.numpy())


def _pixels(images: Tensor) -> Tensor:
    """[N, C, H, W] in [-1, 1], C 1 or 3 -> uint8 [N, H, W, 3]."""
    images = images.expand(-1, 3, -1, -1) if images.shape[1] == 1 else images
    return sampling.to_uint8(images).permute(0, 2, 3, 1).contiguous()


def _shrunk(images: Tensor, max_size: int | None) -> Tensor:
    """Images averaged down so that they are at most `max_size` wide."""
    size = images.shape[-1]
    if max_size is None or size <= max_size:
        return images
    return F.interpolate(images, size=(max_size, max_size), mode="area")


def _kept_states(generator: Generator, budget_bytes: int) -> list[bool]:
    """Whether the state after each layer is kept: from the first on, as long as memory lasts."""
    kept, used = [], 0
    for layer in generator.layers:
        used += layer.channels * layer.resolution**2 * 4
        kept.append(used <= budget_bytes)
    return kept
