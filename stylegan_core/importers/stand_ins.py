"""What files of weights may lack, made always alike: a centre of W, and noise."""

from collections.abc import Sequence

import numpy as np

from stylegan_core.importers.tables import Array
from stylegan_core.networks.ops import LEAK

LATENTS, AT_ONCE = 4096, 64
EPSILON = 1e-8


def centre_of_w(layers: Sequence[tuple[Array, Array]]) -> Array:
    """The mean of w over latents, [D]: z, of unit mean square, goes through dense layers, each a
    weight [out, in] and a bias [out] as they are applied, and a leaky ReLU. ValueError where their
    widths do not fit together.
    """
    random, z_dim = np.random.RandomState(0), layers[0][0].shape[1]
    width = z_dim
    for weight, bias in layers:
        if weight.shape != (*bias.shape, width):
            raise ValueError("the layers of its mapping do not fit together")
        width = bias.size
    some = [_mapped(random.randn(AT_ONCE, z_dim), layers) for _ in range(LATENTS // AT_ONCE)]
    return np.asarray(np.mean(some, axis=0), np.float32)


def _mapped(z: Array, layers: Sequence[tuple[Array, Array]]) -> Array:
    """The mean of w over some latents [N, z_dim] -> [D], in float64."""
    x = z / np.sqrt(np.mean(z**2, axis=1, keepdims=True) + EPSILON)
    for weight, bias in layers:
        x = x @ weight.T + bias
        x = np.maximum(x, LEAK * x)
    return np.asarray(x.mean(axis=0))


def noise_map(size: int) -> Array:
    """Normal noise, [1, 1, size, size]: the same for the same size."""
    return np.random.RandomState(size).randn(1, 1, size, size).astype(np.float32)
