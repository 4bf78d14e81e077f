"""Resize pictures."""

from __future__ import annotations

from typing import Literal

import numpy as np
from PIL import Image

Scaling = Literal["lanczos", "nearest"]


def resized(image: np.ndarray, size: int, scaling: Scaling = "lanczos") -> np.ndarray:
    """Return a square picture resized to uint8 [size, size, 3], or itself if it has that size.

    "nearest" repeats pixels. It is exact only for whole multiples; callers check this.
    """
    if image.shape[0] == size:
        return image
    method = Image.Resampling.NEAREST if scaling == "nearest" else Image.Resampling.LANCZOS
    return np.asarray(Image.fromarray(image).resize((size, size), method))
