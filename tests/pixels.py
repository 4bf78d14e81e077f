"""The pixels of picture files."""

from pathlib import Path

import numpy as np

from stylegan_core.picture_files.opening import load, opened


def pixels(path: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Return a picture as RGB, uint8 [H, W, 3]."""
    with opened(path) as image:
        load(image)
        return np.asarray(image.convert("RGB"))


def stored_pixels(path: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Return a picture as the file holds it, grey or with transparency: uint8 [H, W(, C)]."""
    with opened(path) as image:
        load(image)
        return np.array(image)
