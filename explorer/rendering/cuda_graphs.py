"""Finish a picture with one CUDA graph, whose replay is one launch instead of hundreds.

A graph runs from one half layer to the pixels. All graphs read and write the same tensors, which
stay in place, so that one can begin at a state that another left behind.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

import torch
from torch import Tensor

from explorer.rendering.half_layers import run_half_layer
from explorer.rendering.synthesis import to_pixels
from stylegan_core.networks.inference.for_inference import InferenceGenerator


class CudaGraphs:
    """Runs half layers to the pixels, one picture at a time, with one graph per first half layer.

    `keeps` tells for each half layer whether the state after it is kept. On a device other than
    CUDA nothing is captured: the half layers run each time, in the same tensors.
    """

    def __init__(
        self, generator: InferenceGenerator, device: torch.device, keeps: Sequence[bool]
    ) -> None:
        self.states: list[Any] = [None] * (len(keeps) + 1)
        """The state before each half layer and after the last; None where it is not kept."""
        self._generator = generator
        self._device = device
        self._keeps = keeps
        self._rows = torch.zeros(generator.num_layers, 1, generator.w_dim, device=device)
        self._noise = [
            torch.zeros(1, 1, layer.resolution, layer.resolution, device=device)
            if layer.takes_noise
            else None
            for layer in generator.layers
        ]
        self._noise_keys: list[Hashable] = [None] * generator.num_layers
        self._pixels: Tensor | None = None
        self._replays: dict[int, Callable[[], object]] = {}
        self._memory_pool: Any = None  # shared by all graphs, of which one runs at a time

    def run(
        self,
        first: int,
        state: Any,
        rows: Tensor,
        noise_keys: Sequence[Hashable],
        noise: Callable[[int], Tensor | None],
    ) -> Tensor:
        """Return pixels [1, H, W, 3] from the state before half layer `first`.

        `rows` [L, D] are W+. `noise(i)`, [1, 1, h, w] or None, is called for layers whose noise key
        has changed. Raises RuntimeError if the device cannot capture or replay.
        """
        self._rows.copy_(rows.unsqueeze(1))
        for i, key in enumerate(noise_keys):
            self._update_noise(i, key, noise)
        self._keep(first, state)
        if first not in self._replays:
            self._replays[first] = self._captured(first)
        self._replays[first]()
        assert self._pixels is not None
        return self._pixels

    def _update_noise(
        self, layer: int, key: Hashable, noise: Callable[[int], Tensor | None]
    ) -> None:
        kept = self._noise[layer]
        if kept is None or key == self._noise_keys[layer]:
            return
        new = noise(layer)
        kept.zero_() if new is None else kept.copy_(new)
        self._noise_keys[layer] = key

    def _captured(self, first: int) -> Callable[[], object]:
        """Return a function that runs the half layers from `first` on.

        Before the capture they run once on a side stream, which initialises them, as torch advises.
        """
        if self._device.type != "cuda":
            return lambda: self._run_half_layers(first)
        side = torch.cuda.Stream(self._device)  # type: ignore[no-untyped-call]
        main = torch.cuda.current_stream(self._device)
        side.wait_stream(main)
        with torch.cuda.stream(side):
            self._run_half_layers(first)
        main.wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool=self._memory_pool):
            self._run_half_layers(first)
        self._memory_pool = graph.pool()
        return graph.replay

    def _run_half_layers(self, first: int) -> None:
        state = self.states[first]
        for half_layer in range(first, len(self._keeps)):
            state = run_half_layer(
                self._generator, half_layer, state, self._rows.__getitem__, self._noise.__getitem__
            )
            if self._keeps[half_layer]:
                self._keep(half_layer + 1, state)
        image = self._generator.to_image(state)
        assert image is not None
        pixels = to_pixels(image)
        self._pixels = pixels if self._pixels is None else self._pixels.copy_(pixels)

    def _keep(self, half_layer: int, state: Any) -> None:
        """Copy the state before a half layer into the tensors that stay in place."""
        kept = self.states[half_layer]
        if kept is None:
            self.states[half_layer] = type(state)(*(_cloned(part) for part in state))
        elif kept is not state:
            for kept_part, part in zip(kept, state, strict=True):
                if isinstance(kept_part, Tensor):
                    kept_part.copy_(part)


def is_capturable(state: Any) -> bool:
    """Tell whether a state is a plain tuple of tensors and of values that never change."""
    return isinstance(state, tuple) and not any(isinstance(part, tuple) for part in state)


def _cloned(part: Any) -> Any:
    return part.clone() if isinstance(part, Tensor) else part
