"""Small discriminators that judge a frozen network's features instead of pictures.

Sauer, Chitta, Müller, Geiger, "Projected GANs Converge Faster", 2021, section 3. Features of
several resolutions are mixed by fixed random convolutions, across channels and across scales, and
each level has its own discriminator. Spectral normalisation: Miyato,
Kataoka, Koyama, Yoshida, 2018. Classes enter by projection: Miyato, Koyama, "cGANs with Projection
Discriminator", 2018.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stylegan_core.networks import ops
from stylegan_core.networks.contract import required

WIDEST = 128  # channels of a discriminator
NORM_GROUPS = 8
CLASS_WIDTH = 64
FIRST_ITERATIONS = 20  # of the power method, before training


class Level(NamedTuple):
    """One resolution of the features, before and after the projections."""

    channels: int
    size: int  # width and height
    projected: int  # channels after the projections


class SpectralConv2d(nn.Module):
    """A convolution without bias whose weight is divided by its largest singular value."""

    u: Tensor
    v: Tensor

    def __init__(self, channels_in: int, channels_out: int, kernel: int, stride: int) -> None:
        super().__init__()
        self.stride = stride
        self.padding = (kernel - stride) // 2 if stride > 1 else 0
        bound = 1 / math.sqrt(channels_in * kernel**2)
        shape = (channels_out, channels_in, kernel, kernel)
        self.weight = nn.Parameter((torch.rand(shape) * 2 - 1) * bound)
        self.register_buffer("u", F.normalize(torch.randn(channels_out), dim=0))
        self.register_buffer("v", F.normalize(torch.randn(channels_in * kernel**2), dim=0))
        self.iterate(FIRST_ITERATIONS)

    def forward(self, x: Tensor) -> Tensor:
        largest = self.u @ self.weight.flatten(1) @ self.v
        return F.conv2d(x, self.weight / largest, None, self.stride, self.padding)

    @torch.no_grad()
    def iterate(self, steps: int = 1) -> None:
        """Bring u and v closer to the first singular vectors by the power method."""
        matrix = self.weight.flatten(1)
        for _ in range(steps):
            self.v.copy_(F.normalize(matrix.mT @ self.u, dim=0))
            self.u.copy_(F.normalize(matrix @ self.v, dim=0))


class LevelDiscriminator(nn.Module):
    """The discriminator of one level: strided convolutions down to 4 x 4, then one logit."""

    def __init__(self, channels: int, size: int, c_dim: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        while size > 4:
            wider = min(2 * channels, WIDEST)
            norm = nn.GroupNorm(NORM_GROUPS, wider)
            layers += [SpectralConv2d(channels, wider, 4, 2), norm, nn.LeakyReLU(ops.LEAK)]
            channels, size = wider, size // 2
        self.layers = nn.Sequential(*layers)
        self.score = SpectralConv2d(channels, 1, size, 1)
        self.class_score = SpectralConv2d(channels, CLASS_WIDTH, size, 1) if c_dim else None
        self.embedding = nn.Linear(c_dim, CLASS_WIDTH, bias=False) if c_dim else None

    def forward(self, x: Tensor, c: Tensor | None) -> Tensor:  # [N, C, h, w] -> [N, 1]
        x = self.layers(x)
        scores: Tensor = self.score(x).flatten(1)
        if self.class_score is not None and self.embedding is not None:
            match: Tensor = self.class_score(x).flatten(1) * self.embedding(required(c))
            scores = scores + match.sum(dim=1, keepdim=True) / math.sqrt(CLASS_WIDTH)
        return scores


class FeatureDiscriminators(nn.Module):
    """Random projections, which are buffers, and a discriminator for each projected level."""

    def __init__(self, levels: Sequence[Level], c_dim: int = 0) -> None:
        """Take levels from the finest to the coarsest, each half as large as the one before it."""
        super().__init__()
        self.levels = tuple(levels)
        for i, level in enumerate(levels):
            self.register_buffer(
                f"across_channels{i}", _kaiming(level.channels, level.projected, 1)
            )
            if i > 0:
                finer = levels[i - 1].projected
                self.register_buffer(f"across_scales{i}", _kaiming(level.projected, finer, 3))
        self.discriminators = nn.ModuleList(
            LevelDiscriminator(level.projected, level.size, c_dim) for level in levels
        )

    def projected(self, features: Sequence[Tensor]) -> list[Tensor]:
        """Mix features [N, C, h, w] across channels, and from the coarsest up across scales."""
        results: list[Tensor] = []
        from_coarser: Tensor | None = None
        for i in reversed(range(len(self.levels))):
            x = F.conv2d(features[i], self.get_buffer(f"across_channels{i}"))
            x = x if from_coarser is None else x + from_coarser
            results.insert(0, x)
            if i > 0:
                x = F.conv2d(x, self.get_buffer(f"across_scales{i}"), padding=1)
                from_coarser = F.interpolate(x, scale_factor=2, mode="bilinear")
        return results

    def forward(self, features: Sequence[Tensor], c: Tensor | None = None) -> Tensor:
        """Score the features of all levels, with c [N, c_dim]: one logit for each, [N, levels].

        Raises ValueError for a missing class.
        """
        pairs = zip(self.discriminators, self.projected(features), strict=True)
        return torch.cat([discriminator(x, c) for discriminator, x in pairs], dim=1)

    def iterate(self) -> None:
        """Update the spectral norms by one step of the power method, after a change of weights."""
        for module in self.modules():
            if isinstance(module, SpectralConv2d):
                module.iterate()


def _kaiming(channels_in: int, channels_out: int, kernel: int) -> Tensor:
    """Return normal weights that keep the mean square after a ReLU (He et al., 2015)."""
    shape = (channels_out, channels_in, kernel, kernel)
    return torch.randn(shape) * math.sqrt(2 / (channels_in * kernel**2))
