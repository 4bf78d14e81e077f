"""Words that several parts of the window share: what layers do to a face, and common messages."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

from stylegan_core.readable import is_readable, readable

Roles = Mapping[str, str]
"""The effects of the layers in a group, by group, where they were measured in a model."""

TIMES: Final = "\N{MULTIPLICATION SIGN}"
MINUS: Final = "\N{MINUS SIGN}"
NO_MODEL: Final = "No model is open yet."
OPENING: Final = "A model is being opened\N{HORIZONTAL ELLIPSIS}"
NO_NOISE: Final = "This model takes no noise: its pictures have no random details."
NO_STORED_NOISE: Final = "This model was saved without noise."
NO_AVERAGE: Final = "This model has no average face, so truncation has no effect."
SEEDS: Final = {
    "ours": "Seeds use this program's own numbering.",
    "official": "Seeds use the numbering of the official StyleGAN scripts.",
}
ARCHITECTURES: Final = {
    "progan": "ProGAN",
    "stylegan1": "StyleGAN",
    "stylegan2": "StyleGAN 2",
    "stylegan2_lucidrains": "StyleGAN 2 of lucidrains",
    "stylegan3": "StyleGAN 3",
    "stylegan_xl": "StyleGAN-XL",
    "r3gan": "R3GAN",
}
_GROUPS: Final = {
    "coarse": "pose, shape of the head, hairstyle, glasses",
    "middle": "facial features, how the hair lies, eyes open or closed",
    "fine": "colours of skin, hair and background, light, small texture",
}
_USUAL_GROUPS: Final = {4: "coarse", 8: "coarse", 16: "middle", 32: "middle"}
_STYLES: Final = {
    4: "pose and general shape of the head",
    8: "outline of face and hair",
    16: "features: eyes, nose, mouth",
    32: "smaller features and how the hair lies",
    64: "colours and light",
}
_NOISE: Final = {
    4: "large, soft differences: where the hair falls, the mood of the background",
    8: "curls and larger locks, broad patches of the background",
    16: "locks of hair, folds, larger spots",
    32: "smaller strands and freckles",
    64: "single hairs, freckles, texture of skin and background",
}


def unshowable(path: Path) -> str | None:
    """Return a message if a path or its folder has bytes that no widget can show, else None."""
    whole = os.path.abspath(path)
    if is_readable(whole):
        return None
    return f"The name of {readable(whole)} is not written in UTF-8: rename it before you open it."


def typed_path(text: str) -> Path:
    """Return a path as people type it, where "~" is their home.

    A "~" followed by the name of an unknown user stays as it is.
    """
    path = Path(text.strip())
    try:
        return path.expanduser()
    except RuntimeError:
        return path


def size(resolution: int) -> str:
    """Return a resolution as text for a narrow column."""
    if resolution >= 1000:
        return f"{resolution}\N{SUPERSCRIPT TWO}"
    return f"{resolution}{TIMES}{resolution}"


def group_of(group: str, resolutions: Collection[int], roles: Roles) -> str:
    """Describe what the layers of a group decide, given their resolutions and measured roles."""
    low, high = size(min(resolutions)), size(max(resolutions))
    sizes = low if low == high else f"{low} to {high}"
    return f"{group.capitalize()} layers ({sizes}): {roles.get(group, _GROUPS[group])}."


def style_of(resolution: int, group: str, roles: Roles) -> str:
    """Describe what the style of a layer decides.

    In a StyleGAN 3, layers of a high resolution do what coarser ones do in other models; there the
    group decides the text, not the resolution. So it does where its role was measured.
    """
    if group in roles:
        return roles[group]
    if group != _USUAL_GROUPS.get(resolution, "fine"):
        return _GROUPS[group]
    return _STYLES.get(resolution, "fine colour and texture")


def noise_of(resolution: int) -> str:
    """Describe what the noise of a layer decides."""
    return _NOISE.get(resolution, "the finest texture of skin and hair")
