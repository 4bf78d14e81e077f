"""Pages as pictures: cells at their places, in their sizes, with words around them."""

import numpy as np
import torch
from PIL import Image

from stylegan_core.figures import draw
from stylegan_core.figures.draw import SMALLEST_CELL
from stylegan_core.figures.page import Band, Cell, Page

RED = torch.tensor([255, 0, 0], dtype=torch.uint8)[:, None, None]


def square(size: int) -> torch.Tensor:
    return RED.expand(3, size, size).contiguous()


def extent(image: Image.Image) -> tuple[int, int, int, int]:
    """Return left, top, right and bottom of what is red."""
    pixels = np.asarray(image).astype(int)
    rows, columns = np.nonzero((pixels[:, :, 0] > 200) & (pixels[:, :, 1] < 50))
    return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1


def dark(image: Image.Image) -> int:
    """Return how many pixels are as dark as a word."""
    pixels = np.asarray(image).astype(int)
    return int((pixels.max(axis=2) < 120).sum())


def test_small_pictures_are_enlarged_and_large_ones_keep_their_pixels() -> None:
    for size, shown in ((32, SMALLEST_CELL), (80, 240), (512, 512)):
        left, top, right, bottom = extent(draw(Page([Band([[Cell(square(size))]])], "x"), size))
        assert (right - left, bottom - top) == (shown, shown)


def test_four_quarters_are_as_wide_as_one_whole() -> None:
    whole = Page([Band([[Cell(square(256))]])], "")
    quarters = Page([Band([[Cell(square(256), width=0.25)] * 4])], "")
    wide, narrow = (extent(draw(page, 256)) for page in (whole, quarters))
    assert abs((wide[2] - wide[0]) - (narrow[2] - narrow[0])) <= 4, "but for rounding"


def test_a_free_place_keeps_its_room() -> None:
    left, _, right, _ = extent(draw(Page([Band([[Cell(None), Cell(square(256))]])], ""), 256))
    assert left > 256
    assert right - left == 256


def test_captions_and_labels_are_written() -> None:
    def written(caption: str = "", label: str = "", below: str = "") -> int:
        return dark(draw(Page([Band([[Cell(square(256), caption)]], label)], below), 256))

    assert written() == 0
    assert min(written(caption="seed 1"), written(label="fine"), written(below="Words.")) > 20


def test_a_long_caption_goes_on_in_the_next_line() -> None:
    short, long = (draw(Page([Band([[Cell(square(256))]])], "word " * n), 256) for n in (1, 40))
    assert long.width == short.width
    assert long.height > short.height


def test_transparency_shows_the_paper() -> None:
    clear = torch.zeros(4, 256, 256, dtype=torch.uint8)
    image = draw(Page([Band([[Cell(clear)]])], ""), 256)
    assert image.getcolors() == [(image.width * image.height, (255, 255, 255))]
