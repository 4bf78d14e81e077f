"""Small files in official formats, and the official numbers that belong to them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

import stylegan_core
from stylegan_core.card import CheckpointError
from stylegan_core.importers import stylegan2_torch, tables
from stylegan_core.importers.tables import Rule
from stylegan_core.networks.stylegan2.config import StyleGAN2Config
from tests.golden_files import GOLDEN

PICKLES: Final = tuple(sorted((GOLDEN / "pkl").glob("*.pkl")))

NUMBERS: Final = {  # file -> its kind, where its generator's and its discriminator's numbers are
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

LOD_NAMES: Final = ("lod", "G_synthesis/lod")
"""TensorFlow's levels of detail, which are not weights."""


def pickle_of(name: str) -> Path:
    """Return the path of a file, by its name without the suffix."""
    return GOLDEN / "pkl" / f"{name}.pkl"


def golden(name: str) -> dict[str, Tensor]:
    """Return inputs and outputs of the official code."""
    with np.load(GOLDEN / f"{name}.npz") as arrays:
        texts = ("config", "layers")
        kept = [k for k in arrays.files if not k.startswith(("param/", "act/", *texts))]
        return {k: torch.from_numpy(arrays[k]) for k in kept}


def config(name: str) -> dict[str, Any]:
    """Return the arguments that the networks were built with."""
    with np.load(GOLDEN / f"{name}.npz") as arrays:
        settings: dict[str, Any] = json.loads(str(arrays["config"]))
        return settings


def numbers(name: str, prefix: str) -> dict[str, NDArray[Any]]:
    """Return parameters by their official names."""
    with np.load(GOLDEN / f"{name}.npz") as arrays:
        return {k.removeprefix(prefix): arrays[k] for k in arrays.files if k.startswith(prefix)}


def refusal(path: Path) -> str:
    """Return the message with which a file is refused, a single line."""
    with pytest.raises(CheckpointError) as caught:
        stylegan_core.load(path)
    message = str(caught.value)
    assert "\n" not in message
    return message


def stylegan2_state(
    arrays: Mapping[str, NDArray[Any]], rules: Mapping[str, Rule], config: StyleGAN2Config
) -> dict[str, Tensor]:
    """Return our state dict from arrays of StyleGAN2-ADA, after checking their filters."""
    skipped = stylegan2_torch.checked_filter_names(arrays, config)
    return tables.convert(arrays, rules, skipped)
