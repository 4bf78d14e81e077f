"""The factors that vary from portrait to portrait, in the four groups that StyleGAN separates.

Coarse factors are pose and large shapes, middle factors the features of the face, fine factors
colour and light alone, stochastic factors the details that noise should draw.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import torch

from .palette import ACCENTS, BACKGROUNDS, CLOTHES, EYES, HAIR

Group = Literal["coarse", "middle", "fine", "stochastic"]


@dataclass(frozen=True)
class Factor:
    """A number in [low, high], or one of `choices`.

    `weights` are the relative probabilities of the choices (equal if empty). `share_at_low` is the
    share of samples exactly at `low`; the others are uniform over the range.
    """

    name: str
    group: Group
    low: float = 0.0
    high: float = 1.0
    choices: tuple[str, ...] = ()
    weights: tuple[float, ...] = ()
    share_at_low: float = 0.0

    def values(self, uniform: npt.NDArray[np.float32]) -> torch.Tensor:
        """Turn uniform numbers in [0, 1) into values: [N] -> [N] float32, or int64 for choices."""
        if self.choices:
            weights = self.weights or (1.0,) * len(self.choices)
            edges = np.cumsum(weights)[:-1] / sum(weights)
            return torch.from_numpy(np.searchsorted(edges, uniform, side="right").astype(np.int64))
        spread = np.clip((uniform - self.share_at_low) / (1.0 - self.share_at_low), 0.0, 1.0)
        scaled = self.low + (self.high - self.low) * spread
        return torch.from_numpy(scaled.astype(np.float32)).clamp(self.low, self.high)


HAIR_STYLES = ("quiff", "bob", "long", "bun", "curls", "buzz")

FACTORS: tuple[Factor, ...] = (
    Factor("yaw_deg", "coarse", -40.0, 40.0),  # positive: looks to the right of the picture
    Factor("pitch_deg", "coarse", -15.0, 15.0),  # positive: looks up
    Factor("roll_deg", "coarse", -12.0, 12.0),  # positive: leans to the left of the picture
    Factor("face_width", "coarse", 0.93, 1.07),
    Factor("jaw_width", "coarse", 0.85, 1.25),
    Factor("face_length", "coarse", 0.92, 1.08),
    Factor(
        "hair_style", "coarse", choices=HAIR_STYLES, weights=(0.2, 0.18, 0.18, 0.14, 0.18, 0.12)
    ),
    Factor("hair_volume", "coarse", 0.0, 1.0),
    Factor("hair_part", "coarse", -1.0, 1.0),
    Factor("glasses", "coarse", choices=("none", "round", "square"), weights=(0.6, 0.2, 0.2)),
    Factor("hat", "coarse", choices=("none", "knitted"), weights=(0.85, 0.15)),
    Factor("eye_size", "middle", 0.92, 1.1),
    Factor("eye_opening", "middle", 0.0, 1.0),  # from relaxed to wide, never closed
    Factor("gaze_x", "middle", -1.0, 1.0),
    Factor("gaze_y", "middle", -1.0, 1.0),
    Factor("brow_height", "middle", 0.0, 1.0),
    Factor("brow_tilt", "middle", -1.0, 0.5),
    Factor("brow_thickness", "middle", 0.0, 1.0),
    Factor("smile", "middle", -0.1, 1.0),
    Factor("mouth_open", "middle", 0.0, 1.0, share_at_low=0.4),
    Factor("mouth_width", "middle", 0.0, 1.0),
    Factor("nose_size", "middle", 0.85, 1.2),
    Factor("beard", "middle", choices=("none", "full", "moustache"), weights=(0.72, 0.16, 0.12)),
    Factor("skin_tone", "fine", 0.0, 1.0),  # from light to dark
    Factor("hair_color", "fine", choices=tuple(HAIR)),
    Factor("eye_color", "fine", choices=tuple(EYES)),
    Factor("background", "fine", choices=tuple(BACKGROUNDS)),
    Factor("clothes", "fine", choices=tuple(CLOTHES)),
    Factor("accent", "fine", choices=tuple(ACCENTS)),  # glasses and hat
    Factor("blush", "fine", 0.0, 1.0),
    Factor("light_azimuth_deg", "fine", -50.0, 50.0),  # positive: from the right
    Factor("light_elevation_deg", "fine", 20.0, 50.0),
    Factor("light_warmth", "fine", -1.0, 1.0),
    Factor("light_strength", "fine", 0.85, 1.15),
    Factor("freckles", "stochastic", 0.0, 1.0, share_at_low=0.45),
    Factor("strands", "stochastic", 0.35, 1.0),
    Factor("bokeh", "stochastic", 0.0, 1.0, share_at_low=0.1),
    Factor("noise_seed", "stochastic", 0.0, 2.0**24 - 1.0),  # a whole number
)


def choice_of(name: str, index: int) -> str:
    """Return the name of a choice: ("hair_style", 1) -> "bob"."""
    return next(factor for factor in FACTORS if factor.name == name).choices[index]


def check_factors(factors: Mapping[str, torch.Tensor]) -> int:
    """Return N. Raises ValueError for a missing factor, a wrong shape or an unknown choice."""
    missing = [factor.name for factor in FACTORS if factor.name not in factors]
    if missing:
        raise ValueError(f"factors are missing: {', '.join(missing)}; see FACTORS for all names")
    count = factors[FACTORS[0].name].numel()
    for factor in FACTORS:
        values = factors[factor.name]
        if values.shape != (count,):
            raise ValueError(f"{factor.name} has shape {tuple(values.shape)}; expected ({count},)")
        last = len(factor.choices) - 1
        if factor.choices and count and not 0 <= int(values.min()) <= int(values.max()) <= last:
            raise ValueError(f"{factor.name} must hold choices from 0 to {last}")
    return count


def labels_table(factors: Mapping[str, torch.Tensor]) -> list[dict[str, float | str]]:
    """Return one row for each sample: numbers as they are, choices by name."""
    count = check_factors(factors)
    columns: dict[str, list[float | str]] = {}
    for factor in FACTORS:
        values = factors[factor.name].tolist()
        columns[factor.name] = [factor.choices[v] for v in values] if factor.choices else values
    return [{name: column[row] for name, column in columns.items()} for row in range(count)]
