"""Penalties that the generator descends beside its adversarial loss.

Each penalty is due once in an interval of steps, and is multiplied by that interval: the lazy
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
STYLE_ROLES_INTERVAL = 4  # steps
NOISE_SPREAD_INTERVAL = 8  # steps
NOISE_ROLES_FACTOR = 10  # of the weight for styles: noise should move factors much less


class Penalties:
    """The penalties that a configuration asks for."""

    def __init__(
        self,
        config: TrainConfig,
        passes: TrainingPasses,
        statistics: Statistics,
        reader: LabelNetwork | None,
        device: torch.device,
        ranks: Ranks,
    ) -> None:
        self.path_length = torch.zeros((), device=device)  # the running mean
        self._config = config
        self._passes = passes
        self._statistics = statistics
        self._reader = reader
        self._ranks = ranks

    def due(self, step: int, n: int, c: Tensor | None, phase: Phase) -> Iterator[Tensor]:
        """Yield the penalties that are due in a step, for n pictures of classes c.

        They come one scalar at a time, so that a graph can be freed before the next is built.
        """
        config, layers = self._config, self._passes.layers(phase)
        if config.path_length_weight and step % config.path_length_interval == 0:
            yield self._path_length(n, c, phase)
        if config.style_roles_weight and step % STYLE_ROLES_INTERVAL == 0:
            ends = list(style_roles.group_ends(layers).items())
            for group, end in _next_in_turn(ends, step // STYLE_ROLES_INTERVAL):
                yield self._style_roles(n, c, phase, group, end)
        wants_noise_spread = config.noise_spread and phase.uses_noise
        if wants_noise_spread and (step + 1) % NOISE_SPREAD_INTERVAL == 0:
            noisy = sorted({layer.resolution for layer in layers if layer.takes_noise})
            for resolution in _next_in_turn(noisy, step // NOISE_SPREAD_INTERVAL):
                yield self._noise_spread(n, c, phase, resolution, len(noisy))

    def _path_length(self, n: int, c: Tensor | None, phase: Phase) -> Tensor:
        lengths = self._passes.path_lengths(n, c, phase)
        mean = self._ranks.mean(lengths.detach().mean())
        self.path_length = self.path_length.lerp(mean, PATH_LENGTH_DECAY)
        self._statistics.add("path_length", mean)
        penalty = (lengths - self.path_length).square().mean()
        return penalty * self._config.path_length_weight * self._config.path_length_interval

    def _style_roles(
        self, n: int, c: Tensor | None, phase: Phase, group: Group, end: int
    ) -> Tensor:
        assert self._reader is not None
        pictures = self._passes.mixed_pictures(n, c, phase, end)
        penalty = style_roles.penalty(self._reader, *pictures, group)
        self._statistics.add("style_roles", penalty)
        return penalty * self._config.style_roles_weight * STYLE_ROLES_INTERVAL

    def _noise_spread(
        self, n: int, c: Tensor | None, phase: Phase, resolution: int, resolutions: int
    ) -> Tensor:
        """Penalise one resolution's noise where it moves pictures too little at that resolution.

        A measure at full size could be satisfied by dithering. `resolutions` counts those with
        noise: their variances add up to that of a picture.
        """
        draws = self._passes.two_draws(n, c, phase, resolution)
        spread = noise_spread(*(averaged_down(images, resolution) for images in draws))
        spread = spread * math.sqrt(resolutions)
        self._statistics.add("noise_spread", spread)
        penalty = noise_spread_penalty(spread, self._config.noise_spread)
        if self._reader is not None and self._config.style_roles_weight:
            noise_roles = style_roles.noise_penalty(self._reader, *draws)
            self._statistics.add("noise_roles", noise_roles)
            penalty = penalty + NOISE_ROLES_FACTOR * self._config.style_roles_weight * noise_roles
        return penalty * NOISE_SPREAD_INTERVAL


def _next_in_turn(items: Sequence[T], turn: int) -> Sequence[T]:
    """Return the one item whose turn it is, as a sequence; empty if there are no items."""
    k = turn % max(len(items), 1)
    return items[k : k + 1]
