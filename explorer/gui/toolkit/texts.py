"""Plain words for what the layers of a resolution do to a face, used by every tooltip that names
layers, and other words that are said in several places.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path
from typing import Final

from stylegan_core.readable import is_readable, readable

TIMES: Final = "\N{MULTIPLICATION SIGN}"
MINUS: Final = "\N{MINUS SIGN}"
NO_NOISE: Final = "This model takes no noise: nothing in its pictures is left to chance."
NO_STORED_NOISE: Final = "This model was saved without noise."
NO_AVERAGE: Final = (
    "This model has no average face to be pulled towards, so truncation does nothing here."
)


def unshowable(path: Path) -> str | None:
    """One sentence where a path, or the folder it lies in, has bytes that are no letters, which no
    widget can show.
    """
    whole = os.path.abspath(path)
    if is_readable(whole):
        return None
    return f"The name of {readable(whole)} is not written in UTF-8: rename it before you open it."


def typed_path(text: str) -> Path:
    """A path as people write it, "~" for their home. A "~" that is nobody's stays a letter."""
    path = Path(text.strip())
    try:
        return path.expanduser()
    except RuntimeError:
        return path


def size(resolution: int) -> str:
    """A resolution for a narrow column."""
    if resolution >= 1000:
        return f"{resolution}\N{SUPERSCRIPT TWO}"
    return f"{resolution}{TIMES}{resolution}"


SEEDS: Final = {
    "ours": "Seeds count in our own list of faces.",
    "official": "Seeds count as in the official StyleGAN scripts.",
}
_GROUPS: Final = {
    "coarse": "pose, the shape of the head, the hair as a whole, glasses",
    "middle": "the features of the face, how the hair lies, eyes open or closed",
    "fine": "colours of skin, hair and background, light, small texture",
}
_USUAL_GROUPS: Final = {4: "coarse", 8: "coarse", 16: "middle", 32: "middle"}
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


def group_of(group: str, resolutions: Collection[int]) -> str:
    """What the layers of a group decide, which have these resolutions."""
    low, high = size(min(resolutions)), size(max(resolutions))
    sizes = low if low == high else f"{low} to {high}"
    return f"{group.capitalize()} layers ({sizes}): {_GROUPS[group]}."


def style_of(resolution: int, group: str) -> str:
    """What the style of a layer decides; StyleGAN 3's layers of a resolution do what coarser ones
    do elsewhere, so that their group says more.
    """
    if group != _USUAL_GROUPS.get(resolution, "fine"):
        return _GROUPS[group]
    return _STYLES.get(resolution, "fine colour and texture")


def noise_of(resolution: int) -> str:
    """What the noise of a layer decides."""
    return _NOISE.get(resolution, "the finest texture of skin and hair")
