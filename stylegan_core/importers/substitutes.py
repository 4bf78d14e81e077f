"""Substitutes for what files of weights lack: an average w and noise maps, always the same."""

from collections.abc import Sequence

import numpy as np

from stylegan_core.importers.tables import Array
from stylegan_core.networks.ops import LEAK

LATENTS = 4096
MAX_LATENT_WIDTH = 4096
BATCH = 64
EPSILON = 1e-8


def average_w(layers: Sequence[tuple[Array, Array]]) -> Array:
    """Return the mean of w over random latents, [D], as a substitute for `w_avg`.

    `layers` are those of the mapping network: each is a weight [out, in] and a bias [out] as they
    are applied, and a leaky ReLU follows it. ValueError if their widths do not fit together.
    """
    random, z_dim = np.random.RandomState(0), layers[0][0].shape[1]
    if z_dim > MAX_LATENT_WIDTH:
        raise ValueError(f"its latents are {z_dim} numbers wide")
    width = z_dim
    for weight, bias in layers:
        if weight.shape != (*bias.shape, width):
            raise ValueError("the layers of its mapping do not fit together")
        width = bias.size
    means = [_mean_w(random.randn(BATCH, z_dim), layers) for _ in range(LATENTS // BATCH)]
    return np.asarray(np.mean(means, axis=0), np.float32)


def _mean_w(z: Array, layers: Sequence[tuple[Array, Array]]) -> Array:
    """Return the mean of w over latents z, [N, z_dim] -> [D], float64."""
    x = z / np.sqrt(np.mean(z**2, axis=1, keepdims=True) + EPSILON)
    for weight, bias in layers:
        x = x @ weight.T + bias
        x = np.maximum(x, LEAK * x)
    return np.asarray(x.mean(axis=0))


def noise_map(size: int, number: int = 0) -> Array:
    """Return normal noise, [1, 1, size, size]: the same for the same size and number."""
    return (
        np.random.RandomState([size, number] if number else size)
        .randn(1, 1, size, size)
        .astype(np.float32)
    )
