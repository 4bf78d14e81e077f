"""The rest of a picture as one recording: on CUDA its replay is one launch instead of hundreds.

A recording begins at one stage. What it reads and what it keeps lies in tensors that stay where
they are, so that another recording can begin where it left a state.
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
    """Stages to pixels, one picture at a time, from each stage at which a picture was begun.

    `kept` says for each stage whether the state after it is. On a device other than CUDA nothing is
    captured: the stages run each time, in the same tensors.
    """

    def __init__(
        self, generator: InferenceGenerator, device: torch.device, kept: Sequence[bool]
    ) -> None:
        self._generator, self._device, self._kept = generator, device, kept
        self.states: list[Any] = [None] * (len(kept) + 1)  # before each stage, and after the last
        self._rows = torch.zeros(generator.num_layers, 1, generator.w_dim, device=device)
        self._noise = [
            torch.zeros(1, 1, layer.resolution, layer.resolution, device=device)
            if layer.takes_noise
            else None
            for layer in generator.layers
        ]
        self._heard: list[Hashable] = [None] * generator.num_layers  # the key of each noise
        self._pixels: Tensor | None = None
        self._replays: dict[int, Callable[[], object]] = {}
        self._pool: Any = None  # of memory that all recordings use in turn

    def run(
        self,
        first: int,
        state: Any,
        rows: Tensor,
        heard: Sequence[Hashable],
        noise: Callable[[int], Tensor | None],
    ) -> Tensor:
        """Pixels [1, H, W, 3] from the state before stage `first`, rows of W+ [L, D], and each
        layer's noise, [1, 1, h, w] or None, asked for where its key in `heard` has changed.

        Raises RuntimeError where the device cannot do it.
        """
        self._rows.copy_(rows.unsqueeze(1))
        for i, own in enumerate(self._noise):
            if own is not None and heard[i] != self._heard[i]:
                new = noise(i)
                own.zero_() if new is None else own.copy_(new)
        self._heard = list(heard)
        self._keep(first, state)
        if first not in self._replays:
            self._replays[first] = self._recorded(first)
        self._replays[first]()
        assert self._pixels is not None
        return self._pixels

    def _recorded(self, first: int) -> Callable[[], object]:
        """What runs the stages from `first` on again; they run once before they are captured."""
        if self._device.type != "cuda":
            return lambda: self._stages(first)
        aside = torch.cuda.Stream(self._device)  # type: ignore[no-untyped-call]
        present = torch.cuda.current_stream(self._device)
        aside.wait_stream(present)
        with torch.cuda.stream(aside):
            self._stages(first)
        present.wait_stream(aside)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool=self._pool):
            self._stages(first)
        self._pool = graph.pool()
        return graph.replay

    def _stages(self, first: int) -> None:
        state = self.states[first]
        for stage in range(first, len(self._kept)):
            state = run_half_layer(
                self._generator, stage, state, self._rows.__getitem__, self._noise.__getitem__
            )
            if self._kept[stage]:
                self._keep(stage + 1, state)
        image = self._generator.to_image(state)
        assert image is not None
        pixels = to_pixels(image)
        self._pixels = pixels if self._pixels is None else self._pixels.copy_(pixels)

    def _keep(self, place: int, state: Any) -> None:
        """Copies a state to where the one before that stage stays."""
        own = self.states[place]
        if own is None:
            self.states[place] = type(state)(*(_cloned(part) for part in state))
        elif own is not state:
            for there, part in zip(own, state, strict=True):
                if isinstance(there, Tensor):
                    there.copy_(part)


def is_recordable(state: Any) -> bool:
    """Whether a state is a plain tuple of tensors and facts that are the same every time."""
    return isinstance(state, tuple) and not any(isinstance(part, tuple) for part in state)


def _cloned(part: Any) -> Any:
    return part.clone() if isinstance(part, Tensor) else part
