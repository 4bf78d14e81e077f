"""What a generator pays for beside its discriminator's scores.

Each penalty is due in some of the steps only, and as much stronger as it is rarer: the lazy
regularisation of Karras et al., "Analyzing and Improving the Image Quality of StyleGAN", 2020,
section 3.1.
"""

import math
from collections.abc import Iterator, Sequence
from typing import TypeVar

import torch
from torch import Tensor

from stylegan_core.labels import style_roles
from stylegan_core.labels.network import LabelNetwork, averaged_down
from stylegan_core.networks.contract import Group
from stylegan_core.training.config import TrainConfig
from stylegan_core.training.distributed import Ranks
from stylegan_core.training.losses import noise_spread, noise_spread_penalty
from stylegan_core.training.passes import TrainingPasses
from stylegan_core.training.schedule import Phase
from stylegan_core.training.statistics import Statistics

T = TypeVar("T")

PATH_LENGTH_DECAY = 0.01
STYLE_ROLES_INTERVAL, NOISE_SPREAD_INTERVAL = 4, 8  # steps
NOISE_ROLES = 10  # times as strong as the penalty on styles: noise is to move much less


class Penalties:
    """The penalties that a configuration asks for."""

    def __init__(
        self,
        config: TrainConfig,
        forward: TrainingPasses,
        statistics: Statistics,
        device: torch.device,
        reader: LabelNetwork | None,
        ranks: Ranks,
    ) -> None:
        self.path_length = torch.zeros((), device=device)  # its running mean
        self._config, self._forward, self._statistics = config, forward, statistics
        self._reader, self._ranks = reader, ranks

    def due(self, step: int, n: int, c: Tensor | None, phase: Phase) -> Iterator[Tensor]:
        """Those of a step, for n pictures of classes c: a scalar at a time, whose graph can go
        before the next one's is built.
        """
        config, layers = self._config, self._forward.layers(phase)
        if config.path_length_weight and step % config.path_length_interval == 0:
            yield self._path_length(n, c, phase)
        if config.style_roles_weight and step % STYLE_ROLES_INTERVAL == 0:
            cuts = list(style_roles.cuts(layers).items())
            for group, end in _whose_turn(cuts, step // STYLE_ROLES_INTERVAL):
                yield self._style_roles(n, c, phase, group, end)
        asks_for_noise = config.noise_spread and phase.uses_noise
        if asks_for_noise and (step + 1) % NOISE_SPREAD_INTERVAL == 0:
            noisy = sorted({layer.resolution for layer in layers if layer.takes_noise})
            for resolution in _whose_turn(noisy, step // NOISE_SPREAD_INTERVAL):
                yield self._noise_spread(n, c, phase, resolution, len(noisy))

    def _path_length(self, n: int, c: Tensor | None, phase: Phase) -> Tensor:
        lengths = self._forward.path_lengths(n, c, phase)
        mean = self._ranks.mean(lengths.detach().mean())
        self.path_length = self.path_length.lerp(mean, PATH_LENGTH_DECAY)
        self._statistics.add("path_length", mean)
        penalty = (lengths - self.path_length).square().mean()
        return penalty * self._config.path_length_weight * self._config.path_length_interval

    def _style_roles(
        self, n: int, c: Tensor | None, phase: Phase, group: Group, end: int
    ) -> Tensor:
        assert self._reader is not None
        pictures = self._forward.two_people(n, c, phase, end)
        penalty = style_roles.penalty(self._reader, *pictures, group)
        self._statistics.add("style_roles", penalty)
        return penalty * self._config.style_roles_weight * STYLE_ROLES_INTERVAL

    def _noise_spread(
        self, n: int, c: Tensor | None, phase: Phase, resolution: int, parts: int
    ) -> Tensor:
        """Of one of so many resolutions that move a picture, seen at that resolution: what counted
        pixel by pixel would be cheapest to have as dithering. Variances add up.
        """
        draws = self._forward.two_draws(n, c, phase, resolution)
        spread = noise_spread(*(averaged_down(images, resolution) for images in draws))
        spread = spread * math.sqrt(parts)
        self._statistics.add("noise_spread", spread)
        penalty = noise_spread_penalty(spread, self._config.noise_spread)
        if self._reader is not None and self._config.style_roles_weight:
            moved = style_roles.noise_penalty(self._reader, *draws)
            self._statistics.add("noise_roles", moved)
            penalty = penalty + NOISE_ROLES * self._config.style_roles_weight * moved
        return penalty * NOISE_SPREAD_INTERVAL


def _whose_turn(parts: Sequence[T], turn: int) -> Sequence[T]:
    """One part after the other; none where there are none."""
    k = turn % max(len(parts), 1)
    return parts[k : k + 1]
