"""Contact sheets: many pictures in one."""

import math

import numpy as np
from PIL import Image
from torch import Tensor


def contact_sheet(images: Tensor, columns: int, gap: int = 2) -> Image.Image:
    """Paste pictures, uint8 [N, 3, H, W], into one, row by row, with white gaps between them."""
    n, _, height, width = images.shape
    rows = math.ceil(n / columns)
    sheet = Image.new("RGB", (columns * (width + gap) + gap, rows * (height + gap) + gap), "white")
    for k, cell in enumerate(images.permute(0, 2, 3, 1).cpu().numpy()):
        place = (gap + k % columns * (width + gap), gap + k // columns * (height + gap))
        sheet.paste(Image.fromarray(np.ascontiguousarray(cell)), place)
    return sheet


def to_image(image: Tensor) -> Image.Image:
    """Return uint8 [3, H, W] as a PIL picture."""
    return Image.fromarray(np.ascontiguousarray(image.permute(1, 2, 0).cpu().numpy()))
