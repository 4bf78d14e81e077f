"""Builds the two fonts of the window: a subset of Inter with the icons of Lucide in the private use
area.

    pip install fonttools; apt-get install fonts-inter
    npm pack lucide-static; tar xzf lucide-static-*.tgz
    python assets/fonts/build.py /usr/share/fonts/opentype/inter package/font assets/fonts

Dear ImGui shapes nothing, so the digits of equal width are chosen here: numbers in columns then
align. The result may be passed on under the licences beside this file (Inter: SIL OFL 1.1, Lucide:
ISC).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

UNITS = 2048
TEXT = [
    *(*range(0x20, 0x7F), *range(0xA0, 0x180), *range(0x370, 0x400), *range(0x400, 0x460)),
    *(0x2013, 0x2014, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2026, 0x2032, 0x2190, 0x2191),
    *(0x2192, 0x2193, 0x2194, 0x21E7, 0x2212, 0x2248, 0x2264, 0x2265, 0x2318, 0x25CF),
]
ICONS = (  # Lucide's names; explorer/gui/toolkit/icons.py has the same list and order
    *("shuffle", "dices", "lock", "lock-open", "arrow-left-right", "rotate-ccw", "volume-x"),
    *("headphones", "play", "pause", "plus", "chevron-right", "chevron-down", "repeat"),
    *("skip-back", "skip-forward", "trash-2", "camera", "x", "download", "folder-open", "undo-2"),
    *("redo-2", "eye", "waves", "flame", "image", "film", "maximize", "blend", "keyboard"),
    *("triangle-alert", "diamond-plus", "copy", "check", "arrow-up", "folder", "file", "ban"),
    *("sparkles", "square"),
)
FIRST_ICON = 0xE000
ICON_SCALE = 1.12  # of the font size: an icon is a little taller than a capital letter
ICON_SHIFT = -0.19  # of the font size: centres an icon on the capitals


def draw(source: Any, name: str, scale: float, shift: float) -> Any:
    """One glyph as quadratic outlines, scaled and moved up by `shift` (units of the result)."""
    pen = TTGlyphPen(None)
    quadratic = Cu2QuPen(pen, max_err=UNITS / 1000, reverse_direction=True)
    source[name].draw(TransformPen(quadratic, (scale, 0, 0, scale, 0, shift)))
    return pen.glyph()


def add_text(
    font: TTFont, glyphs: dict[str, Any], widths: dict[str, Any], cmap: dict[int, str]
) -> None:
    """Copies the text glyphs of Inter, digits in their tabular form."""
    outlines, table = font.getGlyphSet(), font.getBestCmap()
    scale = UNITS / font["head"].unitsPerEm
    for code in TEXT:
        name = table.get(code)
        if name is None:
            continue
        if f"{name}.tf" in outlines:
            name = f"{name}.tf"
        cmap[code] = name
        glyphs[name] = draw(outlines, name, scale, 0)
        widths[name] = (round(outlines[name].width * scale), 0)


def add_icons(
    folder: Path, glyphs: dict[str, Any], widths: dict[str, Any], cmap: dict[int, str]
) -> None:
    """Copies the icons of Lucide, centred on the capitals of the text."""
    font, info = TTFont(folder / "lucide.ttf"), json.loads((folder / "info.json").read_text())
    outlines, table = font.getGlyphSet(), font.getBestCmap()
    scale = UNITS / font["head"].unitsPerEm * ICON_SCALE
    for index, icon in enumerate(ICONS):
        name = table[int(info[icon]["encodedCode"].lstrip("\\"), 16)]
        cmap[FIRST_ICON + index] = f"icon.{icon}"
        glyphs[f"icon.{icon}"] = draw(outlines, name, scale, ICON_SHIFT * UNITS)
        widths[f"icon.{icon}"] = (round(outlines[name].width * scale), 0)


def build(inter: Path, lucide: Path, weight: str, target: Path) -> None:
    """Writes one TrueType font of text and icons."""
    font = TTFont(inter / f"Inter-{weight}.otf")
    glyphs, widths, cmap = {".notdef": TTGlyphPen(None).glyph()}, {".notdef": (UNITS // 2, 0)}, {}
    add_text(font, glyphs, widths, cmap)
    add_icons(lucide, glyphs, widths, cmap)
    builder = FontBuilder(UNITS, isTTF=True)
    builder.setupGlyphOrder(list(glyphs))
    builder.setupCharacterMap(cmap)
    builder.setupGlyf(glyphs)
    builder.setupHorizontalMetrics(widths)
    builder.setupHorizontalHeader(ascent=round(0.96875 * UNITS), descent=round(-0.2412 * UNITS))
    builder.setupNameTable({"familyName": "Explorer Sans", "styleName": weight})
    builder.setupOS2(sTypoAscender=round(0.96875 * UNITS), sTypoDescender=round(-0.2412 * UNITS))
    builder.setupPost()
    builder.save(target / f"explorer-{weight.lower()}.ttf")


if __name__ == "__main__":
    for wanted in ("Regular", "SemiBold"):
        build(Path(sys.argv[1]), Path(sys.argv[2]), wanted, Path(sys.argv[3]))
