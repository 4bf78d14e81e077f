"""What goes into a step: real images, and the latents, crossovers and noise that are drawn.

Every process draws for the whole batch, all from one and the same stream, and keeps the rows of its
own samples: so the number of processes changes nothing, and one state resumes them all.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from stylegan_core.networks import ops
from stylegan_core.networks.contract import LayerInfo
from stylegan_core.training.distributed import Ranks


class Inputs:
    """The random stream of a run, and which of a batch's samples are this process's."""

    def __init__(
        self, seed: int, group_size: int | None, device: torch.device, ranks: Ranks
    ) -> None:
        self.random = torch.Generator(device).manual_seed(seed)
        self._group_size = group_size
        self._device = device
        self._ranks = ranks

    def positions(self, n: int) -> Sequence[int]:
        """Which samples of a batch of n are this process's."""
        return self._ranks.positions(n, self._group_size)

    def normal(self, n: int, *shape: int) -> Tensor:
        """Standard normal numbers for a batch of n: [own samples, *shape]."""
        return self._own(torch.randn((n, *shape), generator=self.random, device=self._device))

    def uniform(self, n: int, *shape: int) -> Tensor:
        """Numbers in [0, 1) for a batch of n: [own samples, *shape]."""
        return self._own(torch.rand((n, *shape), generator=self.random, device=self._device))

    def noise(self, n: int, layer: LayerInfo) -> Tensor | None:
        """Fresh noise for a layer, [own samples, 1, h, w], if it takes any."""
        return self.normal(n, 1, layer.resolution, layer.resolution) if layer.takes_noise else None

    def mixed(self, n: int, w_a: Tensor, w_b: Tensor, layers: int, prob: float) -> Tensor:
        """Mixing regularisation (section 3.1), per image: w [own, D] twice -> [own, layers, D]."""
        if layers == 1:
            return w_a.unsqueeze(1)
        crossover = torch.randint(1, layers, (n, 1), generator=self.random, device=self._device)
        mixes = self.uniform(n, 1) < prob
        after = torch.arange(layers, device=self._device) >= self._own(crossover)
        return torch.where((mixes & after).unsqueeze(2), w_b.unsqueeze(1), w_a.unsqueeze(1))

    def _own(self, values: Tensor) -> Tensor:
        if self._ranks.size == 1:
            return values
        return values[self.positions(len(values))]


def real_images(images: Tensor, lod: float) -> Tensor:
    """Real images as a stage shows them: uint8 [N, 3, R, R] -> float32 [N, 3, r, r] in [-1, 1].

    Averaged 2 x 2 down to the resolution in use and, during a fade, mixed with their nearest-
    upsampled half-size version: the filters of the generator's own fade.
    """
    reals = images.float().div_(127.5).sub_(1)
    whole = int(lod)
    if whole:
        reals = F.avg_pool2d(reals, 2**whole)
    if lod > whole:
        half = ops.upsample_nearest(ops.downsample_mean(reals))
        reals = reals.lerp(half, lod - whole)
    return reals
