"""Resize pictures, and lay transparent ones over white."""

from __future__ import annotations

from typing import Literal

import numpy as np
from PIL import Image

Scaling = Literal["lanczos", "nearest"]


def resized(image: np.ndarray, size: int, scaling: Scaling = "lanczos") -> np.ndarray:
    """Return a square picture resized to uint8 [size, size, C], or itself if it has that size.

    "nearest" repeats pixels. It is exact only for whole multiples; callers check this.
    """
    if image.shape[0] == size:
        return image
    method = Image.Resampling.NEAREST if scaling == "nearest" else Image.Resampling.LANCZOS
    return np.asarray(Image.fromarray(image).resize((size, size), method))


def over_white(image: np.ndarray) -> np.ndarray:
    """Return a picture as it looks on white, uint8 [H, W, 3 or 4] -> [H, W, 3]."""
    if image.shape[2] == 3:
        return image
    alpha = image[:, :, 3:].astype(np.float32) / 255
    return np.asarray(255 + alpha * (image[:, :, :3] - np.float32(255)) + 0.5).astype(np.uint8)
