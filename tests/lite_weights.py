"""Weights for EfficientNet-Lite that a formula makes, in the layout of the published files."""

import zlib
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from stylegan_core.networks.efficientnet_lite import (
    LITE0,
    EfficientNetLite,
    EfficientNetLiteConfig,
)


def lite_weights(config: EfficientNetLiteConfig = LITE0) -> dict[str, Tensor]:
    """Numbers that follow from each weight's name, of a size that keeps features alive."""
    weights: dict[str, Tensor] = {}
    for conv, conv_name, norm_name in EfficientNetLite(config).names():
        shape = tuple(conv.weight.shape)
        fan_in = shape[1] * shape[2] * shape[3]
        weights[f"{conv_name}.weight"] = _normal(conv_name, shape) * (2 / fan_in) ** 0.5
        noise = {part: _normal(f"{norm_name}.{part}", shape[:1]) for part in NORM}
        weights[f"{norm_name}.weight"] = 1 + 0.1 * noise["weight"]
        weights[f"{norm_name}.bias"] = 0.3 * noise["bias"]
        weights[f"{norm_name}.running_mean"] = 0.1 * noise["running_mean"]
        weights[f"{norm_name}.running_var"] = (1 + 0.1 * noise["running_var"]).abs()
    return weights


NORM = ("weight", "bias", "running_mean", "running_var")


def write_lite_weights(path: Path, config: EfficientNetLiteConfig = LITE0) -> Path:
    """Write such weights as a file of PyTorch."""
    torch.save(lite_weights(config), path)
    return path


def _normal(name: str, shape: tuple[int, ...]) -> Tensor:
    random = np.random.Generator(np.random.Philox(zlib.crc32(name.encode())))
    return torch.from_numpy(random.standard_normal(shape).astype(np.float32))
