"""A second, small critic that compares what a frozen label network reads in pictures.

After Sauer, Chitta, Mueller, Geiger, "Projected GANs Converge Faster", 2021: a discriminator on the
features of a frozen network. Here the features are readings of labelled factors, and the spread of
each within a group stands beside them, so that a generator that shows one pose only is told so. The
network sees pictures averaged down: of finer structure it would teach what deceives it (speckles),
not what it reads.
"""

import math

import torch
from torch import Tensor, nn

from stylegan_core.labels.network import COLUMNS, LabelNetwork, averaged_down
from stylegan_core.networks import ops
from stylegan_core.training.losses import logistic_discriminator, r1_penalty

READINGS_GAMMA = 1.0  # of R1 on the readings
READ_AT = 16  # pixels


def raw_readings(reader: LabelNetwork, images: Tensor) -> Tensor:
    """As `readings`, with choices as logits."""
    raw: Tensor = reader(averaged_down(images, READ_AT))
    return raw


def readings(reader: LabelNetwork, images: Tensor) -> Tensor:
    """What a label network reads in images [N, 3, r, r], seen at READ_AT px at most: [N, width]."""
    return reader.readings(averaged_down(images, READ_AT))


class LabelCritic(nn.Module):
    """Scores batches of readings, higher for real. The label network itself is not trained.

    Groups are those of the discriminator's minibatch standard deviation; None is the whole batch.
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

    def loss(self, reader: LabelNetwork, reals: Tensor, fakes: Tensor) -> Tensor:
        """What the critic descends: images [N, 3, r, r] twice -> the loss with R1."""
        with torch.no_grad():
            real, fake = readings(reader, reals), readings(reader, fakes)
        real.requires_grad_()
        real_scores = self(real)
        penalty = r1_penalty(real, real_scores, READINGS_GAMMA).mean()
        return logistic_discriminator(real_scores, self(fake)) + penalty


def new_label_critic(seed: int, group_size: int | None) -> LabelCritic:
    """A critic with the weights of a seed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return LabelCritic(group_size)
