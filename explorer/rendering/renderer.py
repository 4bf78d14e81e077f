"""Render edits as pictures: only the half layers from the first change on run again.

The states between half layers are cached with keys of plain values of the edit, and a new edit
resumes where its keys first differ. Incremental and full rendering give the same bits.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Hashable, Sequence
from functools import partial
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from explorer.edit.edit import Edit
from explorer.rendering.batches import Batches
from explorer.rendering.cost_model import CostModel
from explorer.rendering.cuda_graphs import CudaGraphs, is_capturable
from explorer.rendering.describe import model_info_of
from explorer.rendering.drafts import Drafts
from explorer.rendering.half_layers import kept_states, keys_of, run_half_layer
from explorer.rendering.latents import Latents, RenderError
from explorer.rendering.messages import Picture
from explorer.rendering.noise import NoiseMaps
from explorer.rendering.pausable import Pausable, run_to_end
from explorer.rendering.quick_networks import QuickNetworks
from explorer.rendering.small_pictures import SmallPictures
from explorer.rendering.state_cache import Keys, StateCache
from explorer.rendering.synthesis import PixelReader, check_layers, start_of, to_pixels
from stylegan_core.networks.contract import Generator
from stylegan_core.networks.inference.for_inference import for_inference

__all__ = ["RenderError", "Renderer"]

Precision = Literal["float32", "float16", "bfloat16"]

STATE_BYTES_PER_MB = 600_000
SMALL_BYTES_PER_MB = 150_000
NOISE_BYTES_PER_MB = 250_000
"""How much of each megabyte of `cache_mb` holds states, those of small pictures, noise maps."""


class Renderer:
    """Makes pictures of edits with one generator on one device. Belongs to one thread.

    `last_layers` says which layers ran for the last picture, for example "layers 12-17". `stored`
    holds the vectors that edits name by hash; add to it freely. `batches` makes many pictures at
    once, `small_pictures` those beside the canvas. `precision` is that of the features, for
    networks that have several. `uses_graphs` turns CUDA graphs on or off; by default they are used
    on CUDA only.
    """

    def __init__(
        self,
        generator: Generator,
        device: str = "cpu",
        cache_mb: int = 512,
        path: str = "",
        precision: Precision = "float32",
        uses_graphs: bool | None = None,
    ) -> None:
        shown_device = device if precision == "float32" else f"{device}, {precision}"
        self.model_info = model_info_of(generator, path, shown_device)
        self.stored: dict[str, np.ndarray] = {}
        self.last_layers = ""
        self._generator = for_inference(generator, getattr(torch, precision))
        self._device = torch.device(device)
        self._latents = Latents(generator, self._device, self.stored)
        self._noise = NoiseMaps(generator, self._device, cache_mb * NOISE_BYTES_PER_MB)
        keeps = kept_states(self._generator, cache_mb * STATE_BYTES_PER_MB)
        self._cache = StateCache(keeps)
        self._costs = CostModel(len(keeps))
        networks = QuickNetworks(self._generator)
        self._drafts = Drafts(self._generator, networks, self._latents)
        self._styles: list[Hashable] = []  # of the newest picture
        self._reader = PixelReader()
        if uses_graphs is None:
            uses_graphs = self._device.type == "cuda"
        self._graphs = CudaGraphs(self._generator, self._device, keeps) if uses_graphs else None
        is_slow = self._costs.is_slow
        made_with = (self._device, self._latents, self._noise)
        self.batches = Batches(self._generator, *made_with, is_slow)
        self.small_pictures = SmallPictures(
            self._generator,
            networks,
            *made_with,
            self.batches,
            self._cache,
            is_slow,
            cache_mb * SMALL_BYTES_PER_MB,
        )

    @property
    def directions(self) -> dict[str, np.ndarray]:
        """Directions in W by name, [D] or [L, D]; add to it freely."""
        return self._latents.directions

    @property
    def full_ms(self) -> float:
        """The time that a full picture is expected to take, 0 before the first one."""
        return self._costs.full_ms

    def render(self, edit: Edit, budget_ms: float | None = None) -> Picture:
        """Return the picture, uint8 [H, W, 3], read-only. Raises RenderError.

        With a budget, the picture is a draft where the full one is expected to take longer: the
        largest one within the budget that shows the change.
        """
        return run_to_end(self.render_pausable(edit, budget_ms))

    @torch.inference_mode()  # which torch leaves at each pause
    def render_pausable(self, edit: Edit, budget_ms: float | None = None) -> Pausable[Picture]:
        """Render with a pause after each half layer where a picture is slow.

        Other pictures may be rendered at a pause. If the work is dropped, its states stay cached.
        """
        check_layers(self._generator, edit)
        styles = self._latents.keys(edit)
        keys = self._keys_of(edit, styles)
        picture = self._cache.picture(keys)
        if picture is not None:
            self.last_layers = "unchanged"
            return picture
        first, state = self._cache.resume(keys) or (0, self._start(edit, keys))
        last = final = len(keys) - 2  # one key is for the start
        if budget_ms is not None:
            last = self._costs.choose_last(first, self._drafts_of(styles, first), budget_ms)
        self._styles = styles
        if last < final:
            picture = yield from self._draft(edit, keys, first, last, state)
        elif not self._costs.is_slow():
            picture = self._replay(edit, keys, first, state)
        if picture is None:
            picture = yield from self._full(edit, keys, first, state)
        if last == final:
            self._cache.finish(keys, picture)
        self.last_layers = _describe(first, last, final, len(picture))
        return picture

    def _keys_of(self, edit: Edit, styles: Sequence[Hashable]) -> Keys:
        """Return one key for the start, then one for each half layer."""
        noise = [self._noise.key(edit, i) for i in range(edit.num_layers)]
        return keys_of(self._generator, edit.transform, styles, noise)

    def _drafts_of(self, styles: Sequence[Hashable], first: int) -> list[int]:
        """Return the half layers after which a draft shows what has changed since the last picture.

        Noise is left out above them, so new noise needs a draft that leaves after half layer
        `first`, where the change begins. All drafts show new styles.
        """
        has_new_styles = styles != self._styles
        return [end for end in self._drafts.half_layers if has_new_styles or end >= first]

    def _start(self, edit: Edit, keys: Keys) -> Any:
        """Return the state before half layer 0, and keep it."""
        state = start_of(self._generator, [edit.transform], self._device)
        self._cache.append(keys, state)
        return state

    def _replay(self, edit: Edit, keys: Keys, first: int, state: Any) -> Picture | None:
        """Render with a CUDA graph; return None where graphs are not used, or have failed."""
        graphs = self._graphs
        if graphs is None or not is_capturable(state):
            return None
        rows = self._latents.rows(edit)
        noise_keys = [self._noise.key(edit, i) for i in range(edit.num_layers)]
        try:
            pixels = graphs.run(first, state, rows, noise_keys, partial(self._noise.of_layer, edit))
            picture = self._reader.read(pixels[0])
        except RuntimeError as error:
            logging.getLogger(__name__).warning("CUDA graphs do not work here: %s", error)
            self._graphs = None
            return None
        for state_after in graphs.states[first + 1 :]:
            self._cache.append(keys, state_after)
        return picture

    def _full(self, edit: Edit, keys: Keys, first: int, state: Any) -> Pausable[Picture]:
        """Return the full picture, from the state before half layer `first`."""
        seconds: list[float] = []
        state = yield from self._run(edit, first, len(keys) - 2, state, seconds, keys)
        started_s = time.perf_counter()
        picture = self._reader.read(to_pixels(self._full_image(state))[0])
        self._costs.note(first, seconds, sum(seconds) + time.perf_counter() - started_s)
        return picture

    def _draft(
        self, edit: Edit, keys: Keys, first: int, last: int, state: Any
    ) -> Pausable[Picture]:
        """Return the draft that leaves the network after half layer `last`."""
        is_new = last >= first
        if not is_new:
            first, state = self._cache.before(last)
        seconds: list[float] = []
        state = yield from self._run(edit, first, last, state, seconds, keys if is_new else None)
        started_s = time.perf_counter()
        image = self._drafts.image(edit, last, state)
        rest_s = time.perf_counter() - started_s
        picture = self._reader.read(to_pixels(image)[0])
        total_s = sum(seconds) + time.perf_counter() - started_s
        self._costs.note_draft(first, seconds, last, rest_s, total_s)
        return picture

    def _run(
        self,
        edit: Edit,
        first: int,
        last: int,
        state: Any,
        seconds: list[float],
        keys: Keys | None,
    ) -> Pausable[Any]:
        """Return the state after the half layers from `first` to `last`; append their times.

        States are kept if they are new: `keys` is None where they are not.
        """
        is_slow = self._costs.is_slow()
        row, noise = partial(self._latents.row, edit), partial(self._noise.of_layer, edit)
        for half_layer in range(first, last + 1):
            started_s = time.perf_counter()
            state = run_half_layer(self._generator, half_layer, state, row, noise)
            seconds.append(time.perf_counter() - started_s)
            if keys is not None:
                self._cache.append(keys, state)
            if is_slow:
                yield None
        return state

    def _full_image(self, state: Any) -> Tensor:
        """Return the image of the state after the last half layer, [1, 3, H, W]."""
        image = self._generator.to_image(state)
        assert image is not None
        return image


def _describe(first: int, last: int, final: int, size: int) -> str:
    """Say which layers ran, and the size of a draft."""
    if last == final:
        return f"layers {first // 2}-{last // 2}" if first > 1 else "all layers"
    return f"layers {first // 2}-{last // 2}, preview {size}\N{MULTIPLICATION SIGN}{size}"
