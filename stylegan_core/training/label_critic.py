"""The loss of the label critic, a discriminator on readings instead of pixels."""

import torch
from torch import Tensor

from stylegan_core.labels.critic import LabelCritic, readings
from stylegan_core.labels.network import LabelNetwork
from stylegan_core.training.losses import logistic_discriminator, r1_penalty

READINGS_GAMMA = 1.0  # of R1 on the readings


def label_critic_loss(
    critic: LabelCritic, reader: LabelNetwork, reals: Tensor, fakes: Tensor
) -> Tensor:
    """Return the critic's logistic loss with R1 on real and generated images, [N, 3, r, r] each."""
    with torch.no_grad():
        real = readings(reader, reals)
        fake = readings(reader, fakes)
    real.requires_grad_()
    real_scores = critic(real)
    penalty = r1_penalty(real, real_scores, READINGS_GAMMA).mean()
    return logistic_discriminator(real_scores, critic(fake)) + penalty
