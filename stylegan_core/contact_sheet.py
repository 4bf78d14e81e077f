"""Contact sheets: many pictures in one."""

import math

import numpy as np
from PIL import Image
from torch import Tensor


def contact_sheet(images: Tensor, columns: int, gap: int = 2) -> Image.Image:
    """Paste pictures, uint8 [N, C, H, W], into one, row by row, with white gaps between them."""
    n, _, height, width = images.shape
    rows = math.ceil(n / columns)
    sheet = Image.new("RGB", (columns * (width + gap) + gap, rows * (height + gap) + gap), "white")
    for k, cell in enumerate(map(to_image, images)):
        place = (gap + k % columns * (width + gap), gap + k // columns * (height + gap))
        sheet.paste(cell, place, cell if cell.has_transparency_data else None)
    return sheet


def to_image(image: Tensor) -> Image.Image:
    """Return uint8 [C, H, W] as a PIL picture: grey or RGB, with transparency or without."""
    pixels = image.permute(1, 2, 0).cpu().numpy()  # [H, W, C]
    return Image.fromarray(np.ascontiguousarray(pixels[:, :, 0] if len(image) == 1 else pixels))
