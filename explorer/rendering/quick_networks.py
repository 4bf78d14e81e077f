"""Quick networks: the layers above a size run at that size, with the styles of the full picture."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from stylegan_core.networks.inference.for_inference import InferenceGenerator

SOFTNESS = 0.125
"""Weight of a neighbour along one axis, with which quick pictures come closest to full ones that
are averaged down."""


class QuickNetworks:
    """The quick networks of a generator, each built when it is first needed."""

    def __init__(self, generator: InferenceGenerator) -> None:
        self._generator = generator
        self._networks: dict[int, InferenceGenerator] = {}

    def at(self, size: int) -> InferenceGenerator:
        """Return the network whose pictures have `size` px; see `InferenceGenerator.reduced`."""
        if size not in self._networks:
            self._networks[size] = self._generator.reduced(size)
        return self._networks[size]


def softened(image: Tensor) -> Tensor:
    """Average each pixel of a quick picture [N, C, h, w] a little with its neighbours."""
    taps = image.new_tensor([SOFTNESS, 1 - 2 * SOFTNESS, SOFTNESS])
    kernel = (taps[:, None] * taps).expand(image.shape[1], 1, 3, 3)
    return F.conv2d(F.pad(image, (1, 1, 1, 1), mode="replicate"), kernel, groups=image.shape[1])
