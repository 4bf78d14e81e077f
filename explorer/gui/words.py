"""Plain words for what the layers of a resolution do to a face; used by every tooltip that names
layers.
"""

from __future__ import annotations

from typing import Final

TIMES: Final = "\N{MULTIPLICATION SIGN}"
MINUS: Final = "\N{MINUS SIGN}"


def size(resolution: int) -> str:
    """A resolution for a narrow column."""
    if resolution >= 1000:
        return f"{resolution}\N{SUPERSCRIPT TWO}"
    return f"{resolution}{TIMES}{resolution}"


GROUPS: Final = {
    "coarse": f"Coarse layers ({size(4)} and {size(8)}): pose, the shape of the head, "
    "the hair as a whole, glasses.",
    "middle": f"Middle layers ({size(16)} and {size(32)}): the features of the face, "
    "how the hair lies, eyes open or closed.",
    "fine": f"Fine layers ({size(64)} and up): colours of skin, hair and background, light, "
    "small texture.",
}
_STYLES: Final = {
    4: "pose and the general shape of the head",
    8: "the outline of face and hair",
    16: "the features: eyes, nose, mouth",
    32: "smaller features and the way the hair lies",
    64: "colours and light",
}
_NOISE: Final = {
    4: "large, soft differences: where the hair falls, the mood of the background",
    8: "curls and larger locks, broad patches of the background",
    16: "locks of hair, folds, larger spots",
    32: "smaller strands and freckles",
    64: "single hairs, freckles, skin and paper texture",
}


def style_of(resolution: int) -> str:
    """What the style of a layer decides."""
    return _STYLES.get(resolution, "fine colour and texture")


def noise_of(resolution: int) -> str:
    """What the noise of a layer decides."""
    return _NOISE.get(resolution, "the finest texture of skin and hair")
