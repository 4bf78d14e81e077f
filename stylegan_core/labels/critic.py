"""A small second discriminator that judges what a frozen label network reads in pictures.

After Sauer, Chitta, Müller, Geiger, "Projected GANs Converge Faster", 2021: a discriminator on the
features of a frozen network. Here the features are readings of labelled factors. Their spread
within a group stands beside them, so that the critic notices a generator that shows one pose only.
The label network sees pictures averaged down: at full size it would teach the generator structure
that deceives it (speckles) instead of the factors that it reads.
"""

import math

import torch
from torch import Tensor, nn

from stylegan_core.labels.network import COLUMNS, LabelNetwork, averaged_down
from stylegan_core.networks import ops
from stylegan_core.picture import as_rgb

READ_AT = 16  # px


def raw_readings(reader: LabelNetwork, images: Tensor) -> Tensor:
    """Read images as `readings` does, with choices as logits."""
    raw: Tensor = reader(averaged_down(as_rgb(images), READ_AT))
    return raw


def readings(reader: LabelNetwork, images: Tensor) -> Tensor:
    """Read images [N, C, r, r] at READ_AT px or less: [N, COLUMNS.width]."""
    return reader.readings(averaged_down(images, READ_AT))


class LabelCritic(nn.Module):
    """Scores batches of readings, higher for real; the label network itself is not trained.

    Samples are grouped as in the discriminator's minibatch standard deviation; a `group_size` of
    None makes the whole batch one group.
    """

    def __init__(self, group_size: int | None = None, width: int = 128) -> None:
        super().__init__()
        self.group_size = group_size
        self.dense = ops.EqualLinear(2 * COLUMNS.width, width, math.sqrt(2))
        self.score = ops.EqualLinear(width, 1, gain=1.0)

    def forward(self, readings: Tensor) -> Tensor:  # [N, COLUMNS.width] -> [N, 1]
        n = len(readings)
        group = ops.group_of(n, self.group_size or n)
        grouped = readings.reshape(group, n // group, -1)
        spread = (grouped.var(dim=0, correction=0) + 1e-8).sqrt().repeat(group, 1)
        hidden = ops.leaky_relu(self.dense(torch.cat([readings, spread], dim=1)))
        scores: Tensor = self.score(hidden)
        return scores


def new_label_critic(seed: int, group_size: int | None) -> LabelCritic:
    """Return a critic whose initial weights follow from the seed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return LabelCritic(group_size)
