"""The colours of the portraits, as sRGB hex; the renderer works in linear light."""

from collections.abc import Mapping
from functools import cache

import torch

GAMMA = 2.2

SKIN_RAMP = (
    "#fbdcc8", "#f7caad", "#f2bb96", "#e2a178", "#c98657", "#a4683f", "#804e30", "#623d28",
)  # fmt: skip
HAIR = {
    "black": "#2b2429",
    "dark_brown": "#52301f",
    "brown": "#8a5430",
    "ginger": "#d9682c",
    "blonde": "#e6b653",
    "silver": "#b0b4c4",
    "pink": "#f27db4",
    "blue": "#4c82e6",
}
EYES = {
    "brown": "#6e3f1e",
    "hazel": "#b27f2c",
    "green": "#3f9a4d",
    "blue": "#348be0",
    "grey": "#7d95a8",
}
BACKGROUNDS = {
    "peach": "#f4bf9a",
    "rose": "#eea9b6",
    "lilac": "#c4abea",
    "sky": "#9bc4f0",
    "mint": "#a0dcc0",
    "lemon": "#f2de92",
    "sand": "#d6c2a6",
    "aqua": "#90d8dc",
}
CLOTHES = {
    "red": "#e2504a",
    "orange": "#f2953c",
    "yellow": "#f4ca45",
    "green": "#4cab6c",
    "teal": "#2f9c9c",
    "blue": "#4171d2",
    "purple": "#8757c8",
    "navy": "#2f3753",
}
ACCENTS = {
    "black": "#2c2c35",
    "red": "#da4541",
    "gold": "#efb23a",
    "teal": "#229a94",
    "violet": "#7d52c6",
    "pink": "#f08bb8",
}


def linear(hex_color: str) -> tuple[float, float, float]:
    """Convert an sRGB hex colour to linear light in [0, 1]."""
    red, green, blue = (int(hex_color[i : i + 2], 16) / 255.0 for i in (1, 3, 5))
    return red**GAMMA, green**GAMMA, blue**GAMMA


@cache
def _table(hex_colors: tuple[str, ...], device: torch.device) -> torch.Tensor:
    return torch.tensor([linear(color) for color in hex_colors], device=device)  # [K, 3]


def pick(colors: Mapping[str, str], index: torch.Tensor) -> torch.Tensor:
    """Look up the linear colours of choices: [N] int64 -> [N, 3]."""
    return _table(tuple(colors.values()), index.device)[index]


def skin_color(tone: torch.Tensor) -> torch.Tensor:
    """Interpolate the linear colour of a skin tone in [0, 1] on the ramp: [N] -> [N, 3]."""
    table = _table(SKIN_RAMP, tone.device)
    position = tone.clamp(0.0, 1.0) * (len(SKIN_RAMP) - 1)
    below = position.floor().clamp(max=len(SKIN_RAMP) - 2)
    return torch.lerp(table[below.long()], table[below.long() + 1], (position - below)[:, None])
