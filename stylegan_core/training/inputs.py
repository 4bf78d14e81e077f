"""The inputs of a step: real images, and random latents, crossovers and noise.

Every process draws for the whole batch from the same random stream and keeps the rows of its own
samples. So the number of processes changes no result, and one state resumes them all.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from stylegan_core.networks import ops
from stylegan_core.networks.contract import LayerInfo
from stylegan_core.training.distributed import Ranks

LUMA = (0.299, 0.587, 0.114)


class Inputs:
    """The random stream of a run, of which each process keeps its share of a batch."""

    def __init__(
        self, seed: int, group_size: int | None, device: torch.device, ranks: Ranks
    ) -> None:
        self.random = torch.Generator(device).manual_seed(seed)
        self._group_size = group_size
        self._device = device
        self._ranks = ranks

    def positions(self, n: int) -> Sequence[int]:
        """Return the positions of this process's samples in a batch of n."""
        return self._ranks.positions(n, self._group_size)

    def normal(self, n: int, *shape: int) -> Tensor:
        """Draw standard normal numbers for a batch of n: [share, *shape]."""
        return self._share_of(torch.randn((n, *shape), generator=self.random, device=self._device))

    def uniform(self, n: int, *shape: int) -> Tensor:
        """Draw numbers in [0, 1) for a batch of n: [share, *shape]."""
        return self._share_of(torch.rand((n, *shape), generator=self.random, device=self._device))

    def noise(self, n: int, layer: LayerInfo) -> Tensor | None:
        """Draw noise for a layer, [share, 1, h, w]; None for a layer that takes none."""
        return self.normal(n, 1, layer.resolution, layer.resolution) if layer.takes_noise else None

    def mixed(self, n: int, w_a: Tensor, w_b: Tensor, layers: int, prob: float) -> Tensor:
        """Mix styles per image (section 3.1): w [share, D] twice -> [share, layers, D]."""
        if layers == 1:
            return w_a.unsqueeze(1)
        crossover = torch.randint(1, layers, (n, 1), generator=self.random, device=self._device)
        mixes = self.uniform(n, 1) < prob
        after = torch.arange(layers, device=self._device) >= self._share_of(crossover)
        return torch.where((mixes & after).unsqueeze(2), w_b.unsqueeze(1), w_a.unsqueeze(1))

    def _share_of(self, values: Tensor) -> Tensor:
        if self._ranks.size == 1:
            return values
        return values[self.positions(len(values))]


def with_channels(images: Tensor, count: int) -> Tensor:
    """Convert RGB or RGBA to grey, RGB or RGBA: uint8 [N, 3 or 4, R, R] -> [N, count, R, R].

    Grey is the luma of ITU-R BT.601, and what had no transparency is opaque.
    """
    if count == 1:
        luma = sum(LUMA[i] * images[:, i].float() for i in range(3))
        return torch.as_tensor(luma).round().to(torch.uint8).unsqueeze(1)
    if count > images.shape[1]:
        return torch.cat([images, torch.full_like(images[:, :1], 255)], dim=1)
    return images[:, :count]


def real_images(images: Tensor, lod: float) -> Tensor:
    """Convert real images to a level of detail: uint8 [N, C, R, R] -> float32 [N, C, r, r].

    The result lies in [-1, 1]. Images are averaged 2 x 2 down to the resolution in use. During a
    fade they are mixed with their nearest-upsampled half-size version, by the filters of the
    generator's own fade.
    """
    reals = images.float().div_(127.5).sub_(1)
    whole = int(lod)
    if whole:
        reals = F.avg_pool2d(reals, 2**whole)
    if lod > whole:
        half = ops.upsample_nearest(ops.downsample_mean(reals))
        reals = reals.lerp(half, lod - whole)
    return reals
