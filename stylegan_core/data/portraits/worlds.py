"""Two worlds of portraits: the full one, and a small one that a small network can learn.

In the small world heads turn less, eyes look nearly ahead and the light is gentle. It has four hair
styles, one kind of glasses in three colours, and neither hats nor beards. All other colours and the
stochastic details are those of the full world.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, get_args

import numpy as np
import torch

from .factors import FACTORS, Factor
from .hashing import sample_keys, uniforms

World = Literal["portraits", "portraits-small"]
WORLD_NAMES: tuple[World, ...] = get_args(World)

_SMALL: Mapping[str, Mapping[str, Any]] = {
    "yaw_deg": {"low": -20.0, "high": 20.0},  # beyond 28 one eye moves to where the other one was
    "pitch_deg": {"low": -7.0, "high": 7.0},
    "roll_deg": {"low": -5.0, "high": 5.0},
    "hair_style": {"weights": (4, 4, 4, 4, 0, 0)},  # quiff, bob, long, bun
    "hair_volume": {"low": 0.3, "high": 0.8},
    "hair_part": {"low": -0.6, "high": 0.6},
    "glasses": {"weights": (3, 1, 0)},
    "hat": {"weights": (1, 0)},
    "eye_size": {"low": 1.02, "high": 1.1},
    "eye_opening": {"low": 0.5, "high": 1.0},
    "gaze_x": {"low": -0.3, "high": 0.3},
    "gaze_y": {"low": -0.2, "high": 0.2},
    "brow_tilt": {"low": -0.4, "high": 0.2},
    "mouth_open": {"share_at_low": 0.6},
    "beard": {"weights": (1, 0, 0)},
    "accent": {"weights": (1, 1, 0, 1, 0, 0)},  # black, red, teal
    "light_azimuth_deg": {"low": -25.0, "high": 25.0},
    "light_elevation_deg": {"low": 30.0, "high": 45.0},
    "light_warmth": {"low": -0.5, "high": 0.5},
    "light_strength": {"low": 0.95, "high": 1.05},
    "freckles": {"share_at_low": 0.3},
    "strands": {"low": 0.6, "high": 1.0},
}

WORLDS: Mapping[World, tuple[Factor, ...]] = {
    "portraits": FACTORS,
    "portraits-small": tuple(replace(f, **_SMALL.get(f.name, {})) for f in FACTORS),
}


def world_of(data: str) -> World | None:
    """Return the world that data such as "portraits-small:20000" names, None for other data."""
    return next((world for world in WORLD_NAMES if world == data.partition(":")[0]), None)


def sample_factors(
    seed: int, indices: Sequence[int], world: World = "portraits"
) -> dict[str, torch.Tensor]:
    """Draw the factors of the samples `indices`, each from (seed, index) alone.

    Returns one CPU tensor [N] for each factor: float32 within its range, int64 for choices.
    Raises ValueError for a negative index.
    """
    index_array = np.asarray(indices, dtype=np.int64).reshape(-1)
    if index_array.size and index_array.min() < 0:
        raise ValueError(f"sample index {index_array.min()} is negative; indices start at 0")
    factors = WORLDS[world]
    table = uniforms(sample_keys(seed, index_array), len(factors))
    samples = {factor.name: factor.values(table[:, i]) for i, factor in enumerate(factors)}
    samples["noise_seed"] = samples["noise_seed"].floor()
    return samples
