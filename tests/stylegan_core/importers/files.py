"""The small files in official formats, and the official numbers that belong to them."""

from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

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


def numbers(name: str, prefix: str) -> dict[str, NDArray[Any]]:
    """Parameters by their official names."""
    with np.load(GOLDEN / f"{name}.npz") as arrays:
        return {k.removeprefix(prefix): arrays[k] for k in arrays.files if k.startswith(prefix)}
