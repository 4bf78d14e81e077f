"""An edit becomes a picture. Only the layers from the first change on are run again.

The state after each convolution is kept with a key of plain numbers from the edit; a new edit
resumes where the keys first differ. Incremental and full rendering give the same bits.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Hashable, Sequence
from functools import partial
from typing import Any, Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor

from explorer.edit.edit import Edit, effective_psi, effective_weights
from explorer.edit.model_info import ModelInfo, ModelLayer
from explorer.rendering.batches import Batches
from explorer.rendering.cost_model import FRAME_BUDGET_MS, CostModel
from explorer.rendering.cuda_graphs import CudaGraphs, is_recordable
from explorer.rendering.half_layers import draft_half_layers, kept_states, run_half_layer
from explorer.rendering.latents import Latents, RenderError
from explorer.rendering.noise import NoiseMaps
from explorer.rendering.pausable import Pausable, run_to_end
from explorer.rendering.preview import PreviewColours
from explorer.rendering.synthesis import check_layers, start_of, to_pixels
from stylegan_core.networks.contract import Generator
from stylegan_core.networks.inference.for_inference import for_inference
from stylegan_core.readable import all_readable

__all__ = ["RenderError", "Renderer", "model_info_of"]

Precision = Literal["float32", "float16", "bfloat16"]

WORTHWHILE = 0.6
"""A draft that takes more than this share of the full picture's time is not worth it."""


def model_info_of(generator: Generator, path: str = "", device: str = "cpu") -> ModelInfo:
    """What the window needs to know of a generator, in plain values."""
    card = all_readable(dict(generator.card))
    return ModelInfo(
        name=str(card.get("name") or path.replace("\\", "/").rpartition("/")[2] or "unnamed"),
        path=path,
        digest=str(card.get("content_hash", "")),
        resolution=generator.resolution,
        layers=tuple(
            ModelLayer(info.name, info.resolution, info.group, info.takes_style, info.takes_noise)
            for info in generator.layers
        ),
        z_dim=generator.z_dim,
        c_dim=generator.c_dim,
        has_w_avg=generator.w_avg() is not None,
        device=device,
        takes_transform=_takes_transform(generator),
        has_stored_noise=any(noise is not None for noise in generator.stored_noise),
        card=card,
    )


def _takes_transform(generator: Generator) -> bool:
    try:
        generator.start(1, transform=torch.eye(3))
    except ValueError:
        return False
    return True


class _Shown(NamedTuple):
    """What a draft shows: a state, and the row of W+ that its colours may take."""

    state: Any
    w_next: Tensor | None


class Renderer:
    """Edits to pictures with one generator on one device. Belongs to one thread.

    `last_layers` says which layers the last picture took, for example "layers 12-17". `stored`
    holds the vectors that edits name by hash; add to it freely. Stages are those of `stages.py`;
    `batches` makes many pictures at once. `precision` is that of the features where a network's
    fast form has several; `recorded` replays stages (see `recordings.py`), as on CUDA by default.
    """

    def __init__(
        self,
        generator: Generator,
        device: str = "cpu",
        cache_mb: int = 512,
        path: str = "",
        precision: Precision = "float32",
        recorded: bool | None = None,
    ) -> None:
        place = device if precision == "float32" else f"{device}, {precision}"
        self.model_info = model_info_of(generator, path, place)
        self.stored: dict[str, np.ndarray] = {}
        self.last_layers = ""
        self._generator = for_inference(generator, getattr(torch, precision))
        self._device = torch.device(device)
        self._latents = Latents(generator, self._device, self.stored)
        self._noise = NoiseMaps(generator, self._device, cache_mb * 250_000)
        self._kept = kept_states(self._generator, cache_mb * 750_000)
        self._pace = CostModel(2 * generator.num_layers)
        self._colours = PreviewColours()
        self._draft_stages = draft_half_layers(self._generator)
        self.batches = Batches(
            self._generator, self._device, self._latents, self._noise, self._is_slow
        )
        self._keys: list[Hashable] = []  # key of the start, then of each stage that was run
        self._states: list[Any] = []  # the state before each stage; None where it was not kept
        self._newest: object = None  # the picture whose stages are being kept
        self._image: np.ndarray | None = None  # of all the keys
        self._shown: tuple[list[_Shown], Tensor] | None = None  # what drafts can still learn from
        self._pinned: Tensor | None = None
        self._recordings: CudaGraphs | None = None
        if self._device.type == "cuda" if recorded is None else recorded:
            self._recordings = CudaGraphs(self._generator, self._device, self._kept)

    @property
    def directions(self) -> dict[str, np.ndarray]:
        """Directions in W by name, [D] or [L, D]; add to it freely."""
        return self._latents.directions

    def render(self, edit: Edit, budget_ms: float | None = None) -> np.ndarray:
        """The picture, uint8 [H, W, 3], read-only. Raises RenderError.

        With a budget, a smaller picture from inside the network where the full one is expected to
        take longer: the largest within the budget that shows the change.
        """
        return run_to_end(self.render_pausable(edit, budget_ms))

    def render_pausable(self, edit: Edit, budget_ms: float | None = None) -> Pausable[np.ndarray]:
        """`render`, with a pause after each stage where a picture takes long. It may be given up
        at any pause: what was run stays kept.
        """
        check_layers(self._generator, edit)
        keys = self._keys_of(edit)
        if keys == self._keys and self._image is not None:
            self.last_layers = "unchanged"
            return self._image
        with torch.inference_mode():
            first, state = self._resume(edit, keys)
        end = 2 * edit.num_layers - 1
        last = end if budget_ms is None else self._affordable(first, budget_ms)
        is_slow = self._is_slow()
        self._newest = this = object()
        if last == end and not is_slow and is_recordable(state):
            picture = self._replayed(edit, first, state, keys)
            if picture is not None:
                return picture
        seconds, shown = list[float](), list[_Shown]()
        for stage in range(first, last + 1):
            started = time.perf_counter()
            with torch.inference_mode():
                state = self._run(stage, edit, state)
            seconds.append(time.perf_counter() - started)
            if self._newest is this:  # no other picture was begun at a pause
                self._keys.append(keys[stage + 1])
                self._states.append(state if self._kept[stage] else None)
            if is_slow and stage in self._draft_stages:
                shown.append(_Shown(state, self._row_after(stage, edit)))
            if is_slow:
                yield
        started = time.perf_counter()
        with torch.inference_mode():
            image = self._colours_of(_Shown(state, self._row_after(last, edit)))
            if last < end:
                image = self._colours.picture(state.x, image)
            picture = self._to_host(to_pixels(image)[0])
        picture.flags.writeable = False
        self._pace.note(first, seconds, sum(seconds) + time.perf_counter() - started)
        self._report(first, last, image.shape[-1] if last < end else None)
        if last == end and self._newest is this:
            self._image, self._shown = picture, (shown, image)
        return picture

    @torch.inference_mode()
    def rest(self) -> None:
        """What can wait until nothing else is asked: fit the drafts to the newest full picture."""
        if self._shown is None:
            return
        (drafts, image), self._shown = self._shown, None
        for draft in drafts:
            self._colours.observe(draft.state.x, self._colours_of(draft), image)

    def _keys_of(self, edit: Edit) -> list[Hashable]:
        """For the start and for each stage, everything of the edit that it depends on."""
        keys: list[Hashable] = [edit.transform]
        for i in range(edit.num_layers):
            weights = effective_weights(edit, i)
            mix = tuple((s, w) for s, w in zip(edit.sources, weights, strict=True) if w != 0.0)
            moves = tuple((d.name, d.amount) for d in edit.directions if d.first <= i <= d.last)
            takes_style = self._generator.layers[i].takes_style
            style = (mix, effective_psi(edit, i), moves) if takes_style else None
            noise = self._noise_key(edit, i)
            keys += [style, noise] if self._generator.style_first else [None, (style, noise)]
        return keys

    def _noise_key(self, edit: Edit, i: int) -> Hashable:
        heard = self._noise.is_heard(edit, i)
        return (edit.noise[i].terms, edit.noise[i].strength) if heard else None

    def _resume(self, edit: Edit, keys: Sequence[Hashable]) -> tuple[int, Any]:
        """The first stage to run and the state before it; forgets everything after it."""
        self._image = None
        same = 0
        while same < min(len(keys), len(self._keys)) and keys[same] == self._keys[same]:
            same += 1
        while same and self._states[same - 1] is None:
            same -= 1
        del self._keys[same:], self._states[same:]
        if not same:
            state = start_of(self._generator, [edit.transform], self._device)
            self._keys, self._states = [keys[0]], [state]
            same = 1
        return same - 1, self._states[same - 1]

    def _run(self, stage: int, edit: Edit, state: Any) -> Any:
        row, noise = partial(self._latents.row, edit), partial(self._noise.of_layer, edit)
        return run_half_layer(self._generator, stage, state, row, noise)

    @torch.inference_mode()
    def _replayed(
        self, edit: Edit, first: int, state: Any, keys: list[Hashable]
    ) -> np.ndarray | None:
        """The picture by a recording; None without recordings, and for good once one failed."""
        recordings = self._recordings
        if recordings is None:
            return None
        heard = [self._noise_key(edit, i) for i in range(edit.num_layers)]
        rows = self._latents.rows(edit)
        try:
            pixels = recordings.run(first, state, rows, heard, partial(self._noise.of_layer, edit))
            picture = self._to_host(pixels[0])
        except RuntimeError as error:
            logging.getLogger(__name__).warning("pictures cannot be recorded here: %s", error)
            self._recordings = None
            return None
        picture.flags.writeable = False
        for stage in range(first, len(self._kept)):
            self._keys.append(keys[stage + 1])
            self._states.append(recordings.states[stage + 1] if self._kept[stage] else None)
        self._report(first, len(self._kept) - 1, None)
        self._image = picture
        return picture

    @torch.inference_mode()
    def _row_after(self, stage: int, edit: Edit) -> Tensor | None:
        """The row of W+ of the layer after a stage's, [1, D]; None after the last."""
        following = stage // 2 + 1
        return self._latents.row(edit, following) if following < edit.num_layers else None

    def _colours_of(self, shown: _Shown) -> Tensor:
        image = self._generator.to_image(shown.state, shown.w_next)
        assert image is not None
        return image

    def _affordable(self, first: int, budget_ms: float) -> int:
        """The last stage to run: of the whole network, or of a draft that shows the change."""
        whole = len(self._kept) - 1
        whole_ms = self._pace.cost_ms(first, whole)
        if whole_ms <= budget_ms:
            return whole
        costs = {end: self._pace.cost_ms(first, end) for end in self._draft_stages if end >= first}
        worth = {end: ms for end, ms in costs.items() if ms <= WORTHWHILE * whole_ms}
        within = [end for end, ms in worth.items() if ms <= budget_ms]
        return max(within, default=min(worth, default=whole))

    def _report(self, first: int, last: int, draft: int | None) -> None:
        layers = f"layers {first // 2}-{last // 2}" if first > 1 or draft else "all layers"
        self.last_layers = (
            layers if draft is None else f"{layers}, preview {draft}\N{MULTIPLICATION SIGN}{draft}"
        )

    def _is_slow(self) -> bool:
        """Whether a picture takes longer than a frame may."""
        return self._pace.cost_ms(0, len(self._kept) - 1) > FRAME_BUDGET_MS

    def _to_host(self, pixels: Tensor) -> np.ndarray:
        """uint8 on the device -> a new array; on CUDA through one pinned buffer."""
        if pixels.device.type != "cuda":
            return np.array(pixels.cpu().numpy())
        if self._pinned is None or self._pinned.shape != pixels.shape:
            self._pinned = torch.empty(pixels.shape, dtype=torch.uint8, pin_memory=True)
        self._pinned.copy_(pixels, non_blocking=True)
        torch.cuda.current_stream(pixels.device).synchronize()
        return np.array(self._pinned.numpy())
