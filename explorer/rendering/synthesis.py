"""What every way of making pictures shares: the start of synthesis, and pixels at its end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from explorer.edit.edit import Edit
from explorer.rendering.latents import RenderError
from stylegan_core import sampling
from stylegan_core.networks.contract import Generator

Transform = tuple[float, ...] | None  # x, y and angle_deg of an edit


def check_layers(generator: Generator, edit: Edit) -> None:
    """Raise RenderError unless an edit is for as many layers as the generator has."""
    if edit.num_layers != generator.num_layers:
        raise RenderError(
            f"This edit is for {edit.num_layers} layers, the model has {generator.num_layers}."
        )


def start_of(generator: Generator, transforms: Sequence[Transform], device: torch.device) -> Any:
    """The state before layer 0, one for each transform. RenderError where a model takes none."""
    if not any(transforms):
        return generator.start(len(transforms))
    matrices = torch.stack([_matrix(transform) for transform in transforms])
    try:
        return generator.start(len(matrices), transform=matrices.to(device))
    except ValueError as error:
        raise RenderError(f"{error}.") from error


def to_pixels(images: Tensor) -> Tensor:
    """[N, C, H, W] in [-1, 1], C 1 or 3 -> uint8 [N, H, W, 3]."""
    images = images.expand(-1, 3, -1, -1) if images.shape[1] == 1 else images
    return sampling.to_uint8(images).permute(0, 2, 3, 1).contiguous()


def _matrix(transform: Transform) -> Tensor:
    """[3, 3] of x, y and angle_deg; zeros and None are the identity."""
    numbers = transform or (0.0, 0.0, 0.0)
    if len(numbers) != 3:
        raise RenderError(f"A transform is x, y and an angle, not {len(numbers)} numbers.")
    return sampling.picture_moved(*numbers)
