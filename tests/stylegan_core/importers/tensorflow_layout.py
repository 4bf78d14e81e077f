"""Rename StyleGAN 2's PyTorch arrays to those of TensorFlow's configurations B to D."""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = Mapping[str, NDArray[Any]]

NAMES = (
    (r"mapping\.w_avg", "dlatent_avg"),
    (r"mapping\.fc(\d+)\.(\w+)", r"G_mapping/Dense\1/\2"),
    (r"synthesis\.b4\.const", "G_synthesis/4x4/Const/const"),
    (r"synthesis\.b4\.conv1\.(.+)", r"G_synthesis/4x4/Conv/\1"),
    (r"synthesis\.b(\d+)\.conv0\.(.+)", r"G_synthesis/\1x\1/Conv0_up/\2"),
    (r"synthesis\.b(\d+)\.conv1\.(.+)", r"G_synthesis/\1x\1/Conv1/\2"),
    (r"synthesis\.b(\d+)\.torgb\.(.+)", r"G_synthesis/ToRGB_lod\1/\2"),
    (r"b(\d+)\.fromrgb\.(.+)", r"FromRGB_lod\1/\2"),
    (r"b(\d+)\.conv0\.(.+)", r"\1x\1/Conv0/\2"),
    (r"b(\d+)\.conv1\.(.+)", r"\1x\1/Conv1_down/\2"),
    (r"b4\.conv\.(.+)", r"4x4/Conv/\1"),
    (r"b4\.fc\.(.+)", r"4x4/Dense0/\1"),
    (r"b4\.out\.(.+)", r"Output/\1"),
)


def to_tensorflow(arrays: Arrays, resolution: int) -> dict[str, NDArray[Any]]:
    """Return every array under its TensorFlow name and in its TensorFlow layout."""
    return dict(_renamed(name, value, resolution) for name, value in arrays.items())


def _renamed(name: str, value: NDArray[Any], resolution: int) -> tuple[str, NDArray[Any]]:
    theirs = next(re.sub(old, new, name) for old, new in NAMES if re.fullmatch(old, name))
    theirs = re.sub(
        r"_lod(\d+)", lambda m: f"_lod{(resolution // int(m[1])).bit_length() - 1}", theirs
    )
    theirs = theirs.replace("affine.", "mod_")
    if theirs.endswith("noise_const"):
        number = 2 * len(value).bit_length() - (7 if "Conv0" in theirs else 6)
        return f"G_synthesis/noise{max(number, 0)}", value[None, None]
    return theirs, _in_tensorflow_layout(theirs, value)


def _in_tensorflow_layout(name: str, value: NDArray[Any]) -> NDArray[Any]:
    if name.endswith("const"):
        return value[None]
    if name.endswith("mod_bias"):
        return value - 1
    if value.ndim == 4:
        value = value.transpose(2, 3, 1, 0)
        return value[::-1, ::-1] if "Conv0_up" in name else value
    return np.asarray(value.T)
