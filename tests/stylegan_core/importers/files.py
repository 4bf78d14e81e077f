"""The small files in official formats, and the official numbers that belong to them."""

import json
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

GOLDEN: Final = Path(__file__).parents[2] / "golden"
PICKLES: Final = tuple(sorted((GOLDEN / "pkl").glob("*.pkl")))

NUMBERS: Final = {  # file -> its kind, and where the numbers of generator and discriminator are
    "r3gan_uncond32_np1": ("r3gan", ("r3gan_uncond", "param/G/"), ("r3gan_uncond", "param/D/")),
    "sg1_tiny128_proto2": ("stylegan1-tf", ("sg1_g", "param/"), ("sg1_d", "param/")),
    "sg1_tiny128_proto4": ("stylegan1-tf", ("sg1_g", "param/"), ("sg1_d", "param/")),
    "sg2ada_skip64_proto3_np1": (
        "stylegan2-ada",
        ("sg2_skip_g", "param/"),
        ("sg2_skip_d", "param/"),
    ),
    "sg2ada_skip64_torch213": (
        "stylegan2-ada",
        ("sg2_skip_g", "param/"),
        ("sg2_skip_d", "param/"),
    ),
    "sg2tf_skip64": ("stylegan2-tf", ("sg2tf_skip", "param/G/"), ("sg2tf_skip", "param/D/")),
    "sg3_r64_torch213": ("stylegan3", ("sg3_r", "param/"), None),
    "sg3_t64_proto4_np1": ("stylegan3", ("sg3_t", "param/"), None),
    "xl_stem16_dill": ("stylegan-xl", ("xl_stem16", "param/"), None),
}


def pickle_of(name: str) -> Path:
    """One of the files, by its name without the ending."""
    return GOLDEN / "pkl" / f"{name}.pkl"


def golden(name: str) -> dict[str, Tensor]:
    """Inputs and outputs of the official code."""
    with np.load(GOLDEN / f"{name}.npz") as arrays:
        texts = ("config", "layers")
        kept = [k for k in arrays.files if not k.startswith(("param/", "act/", *texts))]
        return {k: torch.from_numpy(arrays[k]) for k in kept}


def config(name: str) -> dict[str, Any]:
    """What the networks were built with."""
    with np.load(GOLDEN / f"{name}.npz") as arrays:
        settings: dict[str, Any] = json.loads(str(arrays["config"]))
        return settings


def assert_agrees(ours: Tensor, official: Tensor) -> None:
    """To 3e-5 of the largest absolute value."""
    assert ours.shape == official.shape
    error = (ours - official).abs().max() / official.abs().max()
    assert error <= 3e-5, f"differs by {error:.2e} of the largest value"


def numbers(name: str, prefix: str) -> dict[str, NDArray[Any]]:
    """Parameters by their official names."""
    with np.load(GOLDEN / f"{name}.npz") as arrays:
        return {k.removeprefix(prefix): arrays[k] for k in arrays.files if k.startswith(prefix)}
