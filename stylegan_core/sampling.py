"""Random numbers from seeds, and pixels from numbers: the conventions that all code shares.

A random stream belongs to a key of integers, never to an order of calls. So the same seed gives the
same picture alone, in a grid, in a video, at any batch size and on every device.
"""

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

NOISE_STREAM = 3
"""The second number of a noise map's key. (seed,) is the key of the latent; (seed, 1) and (seed, 2)
are those of the two directions of its walk.
"""


def stream_normal(key: tuple[int, ...], shape: tuple[int, ...]) -> Tensor:
    """Return the standard normal numbers of one stream, float32 on the CPU.

    The key is a seed, then the numbers that tell its streams apart, all of them 0 or more.
    Different keys give independent streams.
    """
    sequence = np.random.SeedSequence(key[0], spawn_key=key[1:])
    generator = np.random.Generator(np.random.Philox(sequence))
    return torch.from_numpy(generator.standard_normal(shape, dtype=np.float32))


def latent(seed: int, z_dim: int) -> Tensor:
    """Return z [z_dim] of a seed, in this program's own convention."""
    return stream_normal((seed,), (z_dim,))


def official_latent(seed: int, z_dim: int) -> Tensor:
    """Return z [z_dim] as the official scripts draw it: numpy's RandomState, as float32."""
    z = np.random.RandomState(seed).randn(1, z_dim)[0]
    return torch.from_numpy(z.astype(np.float32))


def official_noise(seed: int, z_dim: int, sizes: Sequence[int]) -> list[Tensor]:
    """Return noise maps [1, 1, h, w] as the official TensorFlow script of StyleGAN 2 draws them.

    They come one after the other from the RandomState that gave z.
    """
    random = np.random.RandomState(seed)
    random.randn(1, z_dim)
    return [torch.from_numpy(random.randn(1, 1, n, n).astype(np.float32)) for n in sizes]


@lru_cache(maxsize=64)
def noise_map(seed: int, layer: int, resolution: int) -> Tensor:
    """Return the noise [1, 1, h, w] of one layer; each layer has its own stream."""
    return stream_normal((seed, NOISE_STREAM, layer), (1, 1, resolution, resolution))


def truncate(w: Tensor, w_avg: Tensor, psi: float) -> Tensor:
    """Truncate w: w' = w_avg + psi (w - w_avg) (Karras et al. 2019, appendix B)."""
    return w_avg + psi * (w - w_avg)


def picture_transform(x: float, y: float, angle_deg: float) -> Tensor:
    """Return the transform [3, 3] of a generator's input that turns the picture, then moves it.

    It maps each point of the moved picture to the point of the original one that appears there.
    Points are in picture widths from the centre, x to the right and y downwards; positive angles
    turn to the left. The official StyleGAN 3 scripts have the same convention.
    """
    c, s = math.cos(math.radians(angle_deg)), math.sin(math.radians(angle_deg))
    return torch.tensor([[c, -s, s * y - c * x], [s, c, -s * x - c * y], [0, 0, 1]])


def to_uint8(images: Tensor) -> Tensor:
    """Turn images in [-1, 1] into uint8 of the same shape: floor(clamp(127.5 x + 128, 0, 255))."""
    return (images * 127.5 + 128).clamp(0, 255).to(torch.uint8)
