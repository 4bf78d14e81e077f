"""Guess in which encoding an old program wrote the names in a zip file.

A zip file does not say it: the encoding was that of the writer's system. All names together are
decoded in each encoding, and the one that gives letters of its own script counts.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

FALLBACK: Final = "cp437"
"""The encoding that the format prescribes, with a letter or sign for every byte."""

MAX_NAMES: Final = 1000  # that are enough to tell

_JAPANESE: Final = ("HIRAGANA", "KATAKANA", "CJK UNIFIED")
_LATIN_RUN: Final = re.compile("(?<![^\0-\x7f])[^\0-\x7f]{1,2}(?![^\0-\x7f])")
_LONE_RUN: Final = re.compile("(?<![A-Za-z])[^\0-\x7f]+(?![A-Za-z])")
_ANY_RUN: Final = re.compile("[^\0-\x7f]+")

_ENCODINGS: Final = (
    (FALLBACK, ("LATIN",), _LATIN_RUN),  # letters with accents stand alone
    ("cp866", ("CYRILLIC",), _LONE_RUN),
    ("cp932", _JAPANESE, _ANY_RUN),
    ("cp949", ("HANGUL",), _ANY_RUN),
    ("gbk", ("CJK UNIFIED",), _ANY_RUN),
    ("big5", ("CJK UNIFIED",), _ANY_RUN),
)
"""The scripts of an encoding, and how their letters stand among those of ASCII."""


def encoding_of(names: Iterable[bytes]) -> str:
    """Return the likeliest encoding of names that are not in ASCII, or the one for ASCII alone."""
    foreign = sorted(name for name in names if not name.isascii())
    sample = b"\n".join(foreign[:MAX_NAMES])
    if _decoded(sample, "utf-8"):
        return "utf-8"
    return max(
        _ENCODINGS, key=lambda entry: _share_of_letters(_decoded(sample, entry[0]), *entry[1:])
    )[0]


def _decoded(sample: bytes, encoding: str) -> str:
    try:
        return sample.decode(encoding)
    except UnicodeDecodeError:
        return ""


def _share_of_letters(text: str, scripts: tuple[str, ...], run: re.Pattern[str]) -> float:
    """Return the share of the characters beyond ASCII that stand as letters of these scripts do."""
    foreign = sum(character > "\x7f" for character in text)
    standing = "".join(run.findall(text))
    letters = sum(unicodedata.name(letter, "").startswith(scripts) for letter in standing)
    return letters / foreign if foreign else 0.0
