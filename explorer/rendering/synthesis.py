"""The two ends of synthesis, shared by all ways of making pictures: the start and the pixels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from explorer.edit.edit import Edit
from explorer.rendering.latents import RenderError
from explorer.rendering.messages import Picture
from stylegan_core import sampling
from stylegan_core.networks.contract import Generator

Transform = tuple[float, ...] | None  # x, y and angle_deg of an edit


def check_layers(generator: Generator, edit: Edit) -> None:
    """Raise RenderError unless an edit has the generator's number of layers."""
    if edit.num_layers != generator.num_layers:
        raise RenderError(
            f"This edit is for {edit.num_layers} layers, the model has {generator.num_layers}."
        )


def start_of(generator: Generator, transforms: Sequence[Transform], device: torch.device) -> Any:
    """Return the state before layer 0, with one image for each transform.

    Raises RenderError for a transform that is impossible or that the model does not take.
    """
    if not any(transforms):
        return generator.start(len(transforms))
    matrices = torch.stack([_matrix(transform) for transform in transforms])
    try:
        return generator.start(len(matrices), transform=matrices.to(device))
    except ValueError as error:
        raise RenderError(f"{error}.") from error


def to_pixels(images: Tensor) -> Tensor:
    """[N, C, H, W] in [-1, 1] -> uint8 [N, H, W, 3], or [N, H, W, 4] with transparency."""
    if images.shape[1] < 3:
        colours, transparency = images[:, :1].expand(-1, 3, -1, -1), images[:, 1:]
        images = torch.cat([colours, transparency], dim=1)
    return sampling.to_uint8(images).permute(0, 2, 3, 1).contiguous()


class PixelReader:
    """Copies pixels from the device to the host; on CUDA through one pinned buffer."""

    def __init__(self) -> None:
        self._pinned: Tensor | None = None

    def read(self, pixels: Tensor) -> Picture:
        """uint8 [H, W, 3 or 4] on the device -> a new read-only array."""
        picture = np.array(self._on_host(pixels).numpy())
        picture.flags.writeable = False
        return picture

    def _on_host(self, pixels: Tensor) -> Tensor:
        if pixels.device.type != "cuda":
            return pixels.cpu()
        if self._pinned is None or self._pinned.shape != pixels.shape:
            self._pinned = torch.empty(pixels.shape, dtype=torch.uint8, pin_memory=True)
        self._pinned.copy_(pixels, non_blocking=True)
        torch.cuda.current_stream(pixels.device).synchronize()
        return self._pinned


def _matrix(transform: Transform) -> Tensor:
    """Return [3, 3] of x, y and angle_deg; None is the identity."""
    numbers = transform or (0.0, 0.0, 0.0)
    if len(numbers) != 3:
        raise RenderError(f"A transform is x, y and an angle, not {len(numbers)} numbers.")
    return sampling.picture_transform(*numbers)
