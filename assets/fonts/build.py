"""Build the two fonts of the window: Inter, the icons of Lucide, and letters of other scripts.

    pip install fonttools
    apt-get install fonts-inter fonts-noto-core fonts-noto-cjk ttf-ancient-fonts-symbola
    npm pack lucide-static; tar xzf lucide-static-*.tgz
    python assets/fonts/build.py /usr/share/fonts package/font assets/fonts

Dear ImGui draws all letters of a label from one font and shapes nothing. So one font holds them
all, and digits have equal widths here, which lets numbers in columns align. The regular font has
the letters of many scripts (Noto) and monochrome emoji (Symbola), because files have such names.
`coverage.txt` lists its characters. The licences lie beside this file (Inter and Noto: SIL OFL 1.1,
Lucide: ISC, Symbola: free for any use), and so may the result be passed on under the OFL.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

UNITS = 1024
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
SCRIPTS = (  # files of Noto Sans
    *("", "Arabic", "Armenian", "Bengali", "Devanagari", "Georgian", "Gujarati", "Gurmukhi"),
    *("Hebrew", "Kannada", "Khmer", "Lao", "Malayalam", "Myanmar", "Sinhala", "Tamil", "Telugu"),
    *("Thai", "Ethiopic"),
)
CJK = (0x3000, 0xFFEF)  # the range in which characters are taken from Noto Sans CJK
CJK_ENCODINGS = {  # each with its last code of everyday characters
    "gb2312": 0xF7FE,
    "big5": 0xC67E,
    "shift_jis": 0x9872,
    "euc_kr": 0xC8FE,
}
EMOJI = (0x1F300, 0x1FAFF)
FIRST_ICON = 0xE000
ICON_SCALE = 1.12  # of the font size: an icon is a little taller than a capital letter
ICON_SHIFT = -0.19  # of the font size: centres an icon on the capitals


def draw(source: Any, name: str, scale: float, shift: float) -> Any:
    """Return a glyph as quadratic outlines, scaled and moved up by `shift` units of the result."""
    outlines = DecomposingRecordingPen(source)
    source[name].draw(outlines)
    pen = TTGlyphPen(None)
    quadratic = Cu2QuPen(pen, max_err=UNITS / 800, reverse_direction=True)
    outlines.replay(TransformPen(quadratic, (scale, 0, 0, scale, 0, shift)))
    return pen.glyph()


def add_text(
    font: TTFont, glyphs: dict[str, Any], widths: dict[str, Any], cmap: dict[int, str]
) -> None:
    """Copy the text glyphs of Inter, digits in their tabular form."""
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
    """Copy the icons of Lucide, centred on the capitals of the text."""
    font, info = TTFont(folder / "lucide.ttf"), json.loads((folder / "info.json").read_text())
    outlines, table = font.getGlyphSet(), font.getBestCmap()
    scale = UNITS / font["head"].unitsPerEm * ICON_SCALE
    for index, icon in enumerate(ICONS):
        name = table[int(info[icon]["encodedCode"].lstrip("\\"), 16)]
        cmap[FIRST_ICON + index] = f"icon.{icon}"
        glyphs[f"icon.{icon}"] = draw(outlines, name, scale, ICON_SHIFT * UNITS)
        widths[f"icon.{icon}"] = (round(outlines[name].width * scale), 0)


def add_scripts(
    fonts: Path, glyphs: dict[str, Any], widths: dict[str, Any], cmap: dict[int, str]
) -> None:
    """Copy the letters of other scripts and the emoji, each from the first font that has it."""
    noto = fonts / "truetype/noto"
    for script in SCRIPTS:
        font = TTFont(noto / f"NotoSans{script}-Regular.ttf")
        letters = (code for code in font.getBestCmap() if code < CJK[0] and code not in cmap)
        add_letters(font, script, sorted(letters), glyphs, widths, cmap)
    cjk = TTFont(fonts / "opentype/noto/NotoSansCJK-Regular.ttc", fontNumber=2)
    add_letters(cjk, "CJK", everyday_cjk(), glyphs, widths, cmap)
    symbola = TTFont(fonts / "truetype/ancient-scripts/Symbola_hint.ttf")
    add_letters(symbola, "Symbola", range(*EMOJI), glyphs, widths, cmap)


def everyday_cjk() -> Iterator[int]:
    """Yield the everyday characters of Chinese, Japanese and Korean."""
    for code in range(*CJK):
        for encoding, last in CJK_ENCODINGS.items():
            encoded = chr(code).encode(encoding, errors="ignore")
            if encoded and int.from_bytes(encoded, "big") <= last:
                yield code
                break


def add_letters(
    font: TTFont,
    prefix: str,
    codes: Iterable[int],
    glyphs: dict[str, Any],
    widths: dict[str, Any],
    cmap: dict[int, str],
) -> None:
    """Copy the glyphs of characters that a font has."""
    outlines, table = font.getGlyphSet(), font.getBestCmap()
    scale = UNITS / font["head"].unitsPerEm
    for code in codes:
        if code in table:
            cmap[code] = name = f"{prefix}.{code:x}"
            glyphs[name] = draw(outlines, table[code], scale, 0)
            widths[name] = (round(outlines[table[code]].width * scale), 0)


def write_coverage(cmap: dict[int, str], target: Path) -> None:
    """Write the characters of a font, a range of hexadecimal codes on each line."""
    lines = []
    codes = sorted(code for code in cmap if not 0xE000 <= code < 0xF900)  # without the icons
    start = codes[0]
    for code, following in zip(codes, [*codes[1:], None], strict=True):
        if following != code + 1:
            lines.append(f"{start:x}-{code:x}")
            start = following or 0
    target.write_text("\n".join(lines) + "\n", encoding="ascii")


def build(fonts: Path, lucide: Path, weight: str, target: Path) -> None:
    """Write one TrueType font of text and icons; the regular one has the other scripts too."""
    font = TTFont(fonts / f"opentype/inter/Inter-{weight}.otf")
    glyphs, widths, cmap = {".notdef": TTGlyphPen(None).glyph()}, {".notdef": (UNITS // 2, 0)}, {}
    add_text(font, glyphs, widths, cmap)
    if weight == "Regular":
        add_scripts(fonts, glyphs, widths, cmap)
        write_coverage(cmap, target / "coverage.txt")
    add_icons(lucide, glyphs, widths, cmap)
    builder = FontBuilder(UNITS, isTTF=True)
    builder.setupGlyphOrder(list(glyphs))
    builder.setupCharacterMap(cmap)
    builder.setupGlyf(glyphs)
    builder.setupHorizontalMetrics(widths)
    builder.setupHorizontalHeader(ascent=round(0.96875 * UNITS), descent=round(-0.2412 * UNITS))
    builder.setupNameTable({"familyName": "Explorer Sans", "styleName": weight})
    builder.setupOS2(sTypoAscender=round(0.96875 * UNITS), sTypoDescender=round(-0.2412 * UNITS))
    builder.setupPost(keepGlyphNames=False)
    builder.save(target / f"explorer-{weight.lower()}.ttf")


if __name__ == "__main__":
    for wanted in ("Regular", "SemiBold"):
        build(Path(sys.argv[1]), Path(sys.argv[2]), wanted, Path(sys.argv[3]))
