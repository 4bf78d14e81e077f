"""A model ready to make pictures, and a cache of the models used last."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.edit.model_info import ModelInfo
from explorer.edit.ops import with_psi
from explorer.rendering.cost_model import FRAME_BUDGET_MS
from explorer.rendering.messages import (
    HeatMapRequest,
    PictureRequest,
    PsiStripRequest,
    Rendered,
    RenderedHeatMap,
    RenderedPicture,
    RenderedPsiStrip,
    RenderedThumbnails,
    Request,
    StoredVectorsRequest,
    ThumbnailsRequest,
    VectorsKept,
)
from explorer.rendering.pausable import Pausable
from stylegan_core.devices import absence
from stylegan_core.memory import keep_freed_memory
from stylegan_core.waiting import wait_briefly

if TYPE_CHECKING:
    from explorer.rendering.renderer import Precision, Renderer

HALF_SUFFIX = "-half"
"""Ends the name of a device that computes in float16."""

FACE_SIZE, TILE_SIZE = 128, 128
SMALLER_FACE_SIZE, SMALLER_TILE_SIZE = 64, 32
"""Pixels of a thumbnail of a face, and of a tile of the strip."""

SMALLER_ABOVE_MS = 100.0
"""If a full picture takes longer, small pictures are smaller, so that all together take about half
as long."""

CACHED_MODELS = 2
"""Models that stay in memory, including the one that is shown."""


class LoadedModel:
    """A renderer that serves the window's requests. Belongs to the worker's thread."""

    def __init__(self, renderer: Renderer) -> None:
        self.renderer = renderer

    @property
    def model_info(self) -> ModelInfo:
        """Describe the model in plain values."""
        return self.renderer.model_info

    def render(self, request: Request) -> Pausable[Rendered]:
        """Serve one request. Raises RenderError."""
        renderer = self.renderer
        match request:
            case PictureRequest(edit, is_moving):
                budget_ms = FRAME_BUDGET_MS if is_moving else None
                picture = yield from renderer.render_pausable(edit, budget_ms)
                return RenderedPicture(picture, renderer.last_layers)
            case ThumbnailsRequest(edits):
                size = SMALLER_FACE_SIZE if self._is_very_slow() else FACE_SIZE
                pictures = yield from renderer.small_pictures.render(edits, size)
                return RenderedThumbnails(pictures)
            case PsiStripRequest(edit, psis):
                edits = tuple(with_psi(edit, psi) for psi in psis)
                size = SMALLER_TILE_SIZE if self._is_very_slow() else TILE_SIZE
                pictures = yield from renderer.small_pictures.render(edits, size)
                return RenderedPsiStrip(pictures)
            case HeatMapRequest(edit):
                return RenderedHeatMap((yield from renderer.batches.heat_map(edit)))
            case StoredVectorsRequest(vectors):
                renderer.stored.update(vectors)
                return VectorsKept()

    def _is_very_slow(self) -> bool:
        return self.renderer.full_ms > SMALLER_ABOVE_MS


def open_model(
    path: str | Path,
    device: str = "auto",
    cache_mb: int = 512,
    progress: Callable[[int, int], None] | None = None,
) -> LoadedModel:
    """Load a model that makes pictures. Raises UserError, CheckpointError if the file is to blame.

    A device's name that ends in "-half" stands for float16 on that device. `progress(done, total)`
    counts bytes; an exception that it raises ends the loading.
    """
    _before_torch()
    import torch

    import stylegan_core
    from explorer.rendering.renderer import Renderer
    from stylegan_core.devices import choose_device

    precision: Precision = "float16" if device.endswith(HALF_SUFFIX) else "float32"
    device = choose_device(device.removesuffix(HALF_SUFFIX))
    if device.startswith("cuda"):
        torch.backends.cudnn.allow_tf32 = False  # pictures of all devices agree within 1 of 255
    generator = stylegan_core.load(str(path), device, progress)
    return LoadedModel(Renderer(generator, device, cache_mb, str(path), precision))


def absent_devices(names: Iterable[str]) -> dict[str, str]:
    """Return those of the devices that are not here, each with the reason. Imports torch."""
    _before_torch()
    reasons = {name: absence(name.removesuffix(HALF_SUFFIX)) for name in names}
    return {name: reason for name, reason in reasons.items() if reason is not None}


def _before_torch() -> None:
    """Make settings that torch reads when it is imported."""
    keep_freed_memory()
    wait_briefly()


class ModelCache:
    """The models used last, so that going back to one takes no time."""

    def __init__(self) -> None:
        self._models: OrderedDict[Hashable, LoadedModel] = OrderedDict()

    def open(
        self,
        path: str,
        device: str,
        cache_mb: int,
        progress: Callable[[int, int], None] | None = None,
    ) -> LoadedModel:
        """Return the model, loaded by `open_model` unless it is in memory already."""
        try:
            status = Path(path).stat()
        except OSError:  # opening it will say why
            return open_model(path, device, cache_mb, progress)
        key = (path, status.st_mtime_ns, status.st_size, device, cache_mb)
        if key not in self._models:
            while len(self._models) >= CACHED_MODELS:
                self._models.popitem(last=False)
            self._models[key] = open_model(path, device, cache_mb, progress)
        self._models.move_to_end(key)
        return self._models[key]
