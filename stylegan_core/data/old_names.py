"""Guess in which encoding an old program wrote the names in a zip file.

A zip file does not say it: the encoding was that of the writer's system. All words of all names are
decoded in each encoding, and the one in which they are likeliest counts. How likely a letter is
depends on the script: on how common it is (`common_letters.py`), and on the letters beside it.

Of a single word of one or two letters, often nobody could tell. Three different words are enough:
of archives of three common words, in each encoding below, 99 in 100 are read as they were written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Final, NamedTuple

from stylegan_core.data.common_letters import (
    COMMON_CYRILLIC,
    COMMON_KANJI,
    COMMON_LATIN,
    COMMON_SIMPLIFIED,
    COMMON_SYLLABLES,
    COMMON_TRADITIONAL,
)

FALLBACK: Final = "cp437"
"""The encoding that the format prescribes, with a letter or sign for every byte."""

MAX_SAMPLE_BYTES: Final = 10_000  # that are enough to tell
MAX_WORD_BYTES: Final = 255

_BETWEEN_WORDS: Final = re.compile(b"[ -?]+")
"""Spaces, digits, slashes and other signs, whose bytes are a part of no letter in any encoding."""

_CJK_SIGNS: Final = re.compile("[\u2010-\u2026\u3000-\u303f\uff01-\uff60]")
"""Dashes, quotes, brackets, stops, and letters of full width."""

_KANA: Final = re.compile("[\u3040-\u30ff]")
_NARROW_KANA: Final = re.compile("[\uff61-\uff9f]")
_CONSONANTS: Final = re.compile("[бвгджзйклмнпрстфхцчшщґ]{3}", re.IGNORECASE)

Cost = Callable[[str, int], float]
"""Returns how many bits the letter beyond ASCII at a place of a word takes: the rarer, the more."""

_ASCII_BITS: Final = 6.0
_SIGN_BITS: Final = 16.0  # of what does not belong to the script
_BITS_OF_A_BYTE: Final = 30.0  # in a word that cannot be decoded


class _Encoding(NamedTuple):
    name: str
    cost: Cost


def encoding_of(names: Iterable[bytes]) -> str:
    """Return the likeliest encoding of names; any that holds ASCII if that is all they have."""
    words = _words(names)
    return min(_ENCODINGS, key=lambda encoding: sum(_bits(word, encoding) for word in words)).name


def _words(names: Iterable[bytes]) -> list[bytes]:
    """Return the different words with letters beyond ASCII, as many as are enough."""
    words = {word for name in names for word in _BETWEEN_WORDS.split(name) if not word.isascii()}
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    sample, size = [], 0
    for word in longest_first:
        if len(word) <= MAX_WORD_BYTES and size <= MAX_SAMPLE_BYTES:
            sample.append(word)
            size += len(word)
    return sample


def _bits(word: bytes, encoding: _Encoding) -> float:
    try:
        text = word.decode(encoding.name)
    except UnicodeDecodeError:
        return _BITS_OF_A_BYTE * len(word)
    places = range(len(text))
    return sum(_ASCII_BITS if text[i].isascii() else encoding.cost(text, i) for i in places)


def _beside(word: str, place: int) -> tuple[str, str]:
    """Return the characters before and after a place, "" where there is none."""
    return word[place - 1 : place], word[place + 1 : place + 2]


def _letters_of_ascii(*characters: str) -> int:
    return sum(character.isascii() and character.isalpha() for character in characters)


def _latin(word: str, place: int) -> float:
    """Return the cost of a letter with an accent, which stands among those of ASCII."""
    before, after = _beside(word, place)
    is_alone = not _letters_of_ascii(before, after)
    is_after_another = not before.isascii()
    return _in_alphabet(word, place, "LATIN", COMMON_LATIN) + 4 * is_alone + 4 * is_after_another


def _cyrillic(word: str, place: int) -> float:
    is_mixed = _letters_of_ascii(*_beside(word, place))
    is_heaped = bool(_CONSONANTS.fullmatch(word, max(place - 2, 0), place + 1))
    return _in_alphabet(word, place, "CYRILLIC", COMMON_CYRILLIC) + 5 * is_mixed + 3 * is_heaped


def _in_alphabet(word: str, place: int, script: str, common: Mapping[str, float]) -> float:
    """Return the cost of a letter of a script with capitals, which begin words or fill them."""
    letter, (before, after) = word[place], _beside(word, place)
    if not unicodedata.name(letter, "").startswith(script):
        return _SIGN_BITS
    bits = common.get(letter) or 1 + common.get(letter.lower(), 11.0)
    is_misplaced = before.islower() or (before.isupper() and after.islower())
    return bits + 6 * (letter.isupper() and is_misplaced)


def _characters(
    common: Collection[str],
    is_standard: Callable[[str], bool],
    common_bits: float = 9.5,
    kana_bits: float = 14.0,
) -> Cost:
    """Return the cost of a script of thousands of characters, some of which are common."""

    def cost(word: str, place: int) -> float:
        character = word[place]
        bits = 7.0 * _letters_of_ascii(*_beside(word, place))
        if character in common:
            return bits + common_bits
        if _KANA.match(character):
            return bits + kana_bits
        if is_standard(character):
            return bits + 14
        if _CJK_SIGNS.match(character) or _NARROW_KANA.match(character):
            return bits + 12
        return bits + (19 if unicodedata.category(character) == "Lo" else 18)

    return cost


def _begins(encoding: str, first: int, last: int) -> Callable[[str], bool]:
    """Return a function that tells whether the first byte of a character is within these.

    So a standard sets the characters apart that are in common use.
    """

    def is_within(character: str) -> bool:
        encoded = character.encode(encoding)
        return len(encoded) == 2 and first <= encoded[0] <= last

    return is_within


def _cost_of_any(word: str, place: int) -> float:
    """Return the cost of a character of any script, for UTF-8."""
    character = word[place]
    category = unicodedata.category(character)
    if character.lower() in COMMON_LATIN:
        return _latin(word, place)
    if character.lower() in COMMON_CYRILLIC:
        return _cyrillic(word, place)
    if category == "Mn":  # an accent of its own, as on macOS
        return 7.0
    is_of_an_alphabet = category[0] == "L" and character < "\u3000"
    if is_of_an_alphabet or _KANA.match(character) or character in _COMMON:
        return 10.0
    return 14.0 if category[0] == "L" else _SIGN_BITS


_COMMON: Final = COMMON_SIMPLIFIED | COMMON_TRADITIONAL | COMMON_KANJI | COMMON_SYLLABLES

_ENCODINGS: Final = (
    _Encoding("utf-8", _cost_of_any),
    _Encoding(FALLBACK, _latin),
    _Encoding("cp850", _latin),
    _Encoding("cp1252", _latin),
    _Encoding("cp866", _cyrillic),
    _Encoding("cp1251", _cyrillic),
    _Encoding("cp932", _characters(COMMON_KANJI, _begins("cp932", 0x88, 0x97), kana_bits=6.5)),
    _Encoding("cp949", _characters(COMMON_SYLLABLES, _begins("cp949", 0xB0, 0xC8), 9.2)),
    _Encoding("gbk", _characters(COMMON_SIMPLIFIED, _begins("gbk", 0xB0, 0xD7))),
    _Encoding("big5", _characters(COMMON_TRADITIONAL, _begins("big5", 0xA4, 0xC6))),
)
"""Encodings, and what letters cost in them. Of those that are equally likely the first counts."""
