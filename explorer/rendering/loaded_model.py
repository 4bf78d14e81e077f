"""A model ready to show pictures, and the last ones kept ready."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.edit.edit import Edit
from explorer.edit.model_info import ModelInfo
from explorer.edit.ops import with_psi
from explorer.rendering.cost_model import FRAME_BUDGET_MS
from explorer.rendering.pausable import Pausable
from stylegan_core.memory import keep_freed_memory

if TYPE_CHECKING:
    from explorer.rendering.renderer import Precision, Renderer

HALF = "-half"
THUMBNAIL_SIZE = 128
KEPT_MODELS = 2
"""With the one that is shown."""


class LoadedModel:
    """A model ready to show pictures: what the worker calls, channel by channel.

    "main": (Edit, whether it moves) -> picture, a smaller one where it moves and the full one is
    slow; "thumbs": tuple of Edits -> tuple of small pictures; "strip": (Edit, tuple of psis) ->
    tuple of small pictures; "heat": Edit -> heat map; "stored": mapping of hash to vector -> None.
    Pictures are uint8 [H, W, 3] and come as work in parts.
    """

    def __init__(self, renderer: Renderer) -> None:
        self.renderer = renderer
        self.model_info: ModelInfo = renderer.model_info
        self.detail = ""

    def render(self, channel: str, payload: Any) -> Any:
        """Serve one request. Raises RenderError, or ValueError for a channel that is not there."""
        self.detail = ""
        if channel == "main":
            return self._picture(*payload)
        if channel == "thumbs":
            return self.renderer.batches.render(payload, THUMBNAIL_SIZE)
        if channel == "strip":
            return self.renderer.batches.render(_with_psis(*payload), THUMBNAIL_SIZE)
        if channel == "heat":
            return self.renderer.batches.heat_map(payload)
        if channel == "stored":
            return self.renderer.stored.update(payload)
        raise ValueError(f"no channel {channel!r}")

    def _picture(self, edit: Edit, moving: bool) -> Pausable[Any]:
        budget_ms = FRAME_BUDGET_MS if moving else None
        picture = yield from self.renderer.render_pausable(edit, budget_ms)
        self.detail = self.renderer.last_layers
        return picture

    def rest(self) -> None:
        """Called when nothing is asked for: what makes later pictures better may run now."""
        self.renderer.rest()


def open_model(
    path: str | Path,
    device: str = "auto",
    cache_mb: int = 512,
    progress: Callable[[int, int], None] | None = None,
) -> LoadedModel:
    """Load a model. Raises UserError (CheckpointError for the file) with a sentence for people.

    A device's name with "-half" at its end stands for float16 there. `progress(done, total)`, in
    bytes, may end the loading by raising.
    """
    keep_freed_memory()
    import torch

    import stylegan_core
    from explorer.rendering.renderer import Renderer
    from stylegan_core.devices import choose_device

    precision: Precision = "float16" if device.endswith(HALF) else "float32"
    device = choose_device(device.removesuffix(HALF))
    if device.startswith("cuda"):
        torch.backends.cudnn.allow_tf32 = False  # pictures of all devices agree within 1 of 255
    generator = stylegan_core.load(str(path), device, progress)
    return LoadedModel(Renderer(generator, device, cache_mb, str(path), precision))


class ModelCache:
    """The models used last, ready to be shown again: going back to one takes no time."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, LoadedModel] = OrderedDict()

    def open(
        self,
        path: str,
        device: str,
        cache_mb: int,
        progress: Callable[[int, int], None] | None = None,
    ) -> LoadedModel:
        """`open_model`, unless the same file was opened in the same way before."""
        try:
            about = Path(path).stat()
            key = (path, about.st_mtime_ns, about.st_size, device, cache_mb)
        except OSError:  # opening it will say why
            return open_model(path, device, cache_mb, progress)
        if key not in self._kept:
            while len(self._kept) >= KEPT_MODELS:
                self._kept.popitem(last=False)
            self._kept[key] = open_model(path, device, cache_mb, progress)
        self._kept.move_to_end(key)
        return self._kept[key]


def _with_psis(edit: Edit, psis: Iterable[float]) -> tuple[Edit, ...]:
    return tuple(with_psi(edit, psi) for psi in psis)
