"""Draw a page as one picture, as large as the model's pictures and a legible caption need."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

from stylegan_core.contact_sheet import to_image
from stylegan_core.figures.page import Band, Cell, Page

SMALLEST_CELL = 192
"""Pixels: smaller pictures are enlarged by a whole factor."""

INK, FAINT, PAPER = "#1a1a1a", "#555555", "white"


def draw(page: Page, resolution: int) -> Image.Image:
    """Return the page as an RGB picture; `resolution` is that of the model's pictures."""
    return _Drawing(page, resolution).image()


class _Drawing:
    """One page with its sizes in pixels."""

    def __init__(self, page: Page, resolution: int) -> None:
        self.page = page
        self.cell = resolution * math.ceil(SMALLEST_CELL / resolution)
        self.gap = max(self.cell // 48, 2)
        self.margin = self.cell // 8
        size = self.cell // 14
        self.font = ImageFont.load_default(size)
        self.line = round(size * 1.5)
        has_labels = any(band.label for band in page.bands)
        self.left = self.margin + (self.line if has_labels else 0)
        rows = [row for band in page.bands for row in band.rows]
        self.width = self.left + max(map(self._row_width, rows)) + self.margin

    def image(self) -> Image.Image:
        lines = self._wrapped(self.page.caption)
        heights = [self._band_height(band) for band in self.page.bands]
        between = self.margin // 2
        caption_top = self.margin + sum(heights) + between * len(heights)
        image = Image.new(
            "RGB", (self.width, caption_top + len(lines) * self.line + self.margin), PAPER
        )
        pen, top = ImageDraw.Draw(image), self.margin
        for band, height in zip(self.page.bands, heights, strict=True):
            self._draw_label(image, band.label, top, height)
            self._draw_band(image, pen, band, top)
            top += height + between
        for k, line in enumerate(lines):
            pen.text((self.left, caption_top + k * self.line), line, INK, self.font)
        return image

    def _draw_band(
        self, image: Image.Image, pen: ImageDraw.ImageDraw, band: Band, top: int
    ) -> None:
        for row in band.rows:
            left = self.left
            for cell in row:
                width = self._cell_width(cell)
                if cell.picture is not None:
                    _paste(image, cell, (left, top), width)
                place = (left + width // 2, top + width + self.gap)
                pen.text(place, cell.caption, FAINT, self.font, anchor="ma")
                left += width + self.gap
            top += self._row_height(row)

    def _draw_label(self, image: Image.Image, label: str, top: int, height: int) -> None:
        """Write a label upwards, in the middle of its band."""
        if not label:
            return
        line = Image.new("RGB", (height, self.line), PAPER)
        ImageDraw.Draw(line).text((height // 2, 0), label, INK, self.font, anchor="ma")
        image.paste(line.rotate(90, expand=True), (self.margin, top))

    def _cell_width(self, cell: Cell) -> int:
        """Return the width in pixels; narrow cells leave room for the gaps between them."""
        return round((self.cell + self.gap) * cell.width) - self.gap

    def _row_width(self, row: Sequence[Cell]) -> int:
        return sum(self._cell_width(cell) + self.gap for cell in row) - self.gap

    def _row_height(self, row: Sequence[Cell]) -> int:
        caption = self.line if any(cell.caption for cell in row) else 0
        return max(map(self._cell_width, row)) + self.gap + caption

    def _band_height(self, band: Band) -> int:
        return sum(map(self._row_height, band.rows)) - self.gap

    def _wrapped(self, text: str) -> list[str]:
        """Return the caption in lines that fit between the margins."""
        room, lines = self.width - self.left - self.margin, [""]
        for word in text.split():
            longer = f"{lines[-1]} {word}".strip()
            if lines[-1] and self.font.getlength(longer) > room:
                lines.append(word)
            else:
                lines[-1] = longer
        return lines


def _paste(image: Image.Image, cell: Cell, place: tuple[int, int], width: int) -> None:
    """Paste a picture with another width; transparent ones lie on the paper."""
    assert cell.picture is not None
    picture = to_image(cell.picture)
    resampling = Image.Resampling.BICUBIC if width > picture.width else Image.Resampling.LANCZOS
    if picture.size != (width, width):
        picture = picture.resize((width, width), resampling)
    image.paste(picture, place, picture if picture.has_transparency_data else None)
