"""The effects of each group of layers, in words, where the model's card has measured them.

`stylegan_core.metrics.mixing` measures the share of a change that each group brings.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_NOTHING: Final = "small texture, and nothing else that was measured"
_LARGE_SHARE: Final = 0.4
_SMALL_SHARE: Final = 0.2
_LEAST_RELIABILITY: Final = 0.5  # of the network that reads a factor in pictures
_GROUPS: Final = ("coarse", "middle", "fine")
_WORDS: Final = {  # of the factors of portraits; some share a word
    "yaw_deg": "pose",
    "pitch_deg": "pose",
    "face_length": "shape of the face",
    "face_width": "shape of the face",
    "hair_style": "hairstyle",
    "glasses": "glasses",
    "mouth_open": "mouth",
    "smile": "smile",
    "hair_color": "colour of the hair",
    "skin_tone": "colour of the skin",
    "eye_color": "colour of the eyes",
    "clothes": "colour of the clothes",
    "background": "background",
    "light_azimuth_deg": "light",
}


def measured_roles(card: Mapping[str, Any]) -> dict[str, str]:
    """Return what a card says about each group, such as "background; partly colour of the skin".

    Without measurements it is empty.
    """
    quality = card.get("quality")
    shares = quality.get("mixing_shares") if isinstance(quality, Mapping) else None
    reliability = quality.get("reliability") if isinstance(quality, Mapping) else None
    if not isinstance(shares, Mapping) or not isinstance(reliability, Mapping):
        return {}
    known = {
        factor: shares[factor]
        for factor in _WORDS
        if isinstance(shares.get(factor), Mapping)
        and _number(reliability.get(factor)) >= _LEAST_RELIABILITY
    }
    return {group: _role(group, known) for group in _GROUPS} if known else {}


def _role(group: str, shares: Mapping[str, Mapping[str, Any]]) -> str:
    by_word: dict[str, float] = {}
    for factor, by_group in shares.items():
        word = _WORDS[factor]
        by_word[word] = max(by_word.get(word, 0.0), _number(by_group.get(group)))
    large = [word for word, share in by_word.items() if share >= _LARGE_SHARE]
    small = [word for word, share in by_word.items() if _SMALL_SHARE <= share < _LARGE_SHARE]
    parts = [", ".join(large), f"partly {', '.join(small)}" if small else ""]
    return "; ".join(part for part in parts if part) or _NOTHING


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
