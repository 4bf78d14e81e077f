"""The non-saturating logistic loss (Goodfellow et al. 2014) with the R1 penalty (Mescheder,
Geiger, Nowozin, "Which Training Methods for GANs do actually Converge?", 2018).

Scores are the discriminator's raw outputs [N, 1], higher for real.
"""

import torch
import torch.nn.functional as F
from torch import Tensor


def generator_loss(fake_scores: Tensor) -> Tensor:
    """-log sigmoid(D(G(z))), the mean over the batch."""
    return F.softplus(-fake_scores).mean()


def discriminator_loss(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
    """-log sigmoid(D(x)) - log(1 - sigmoid(D(G(z)))), the mean over the batch."""
    return F.softplus(-real_scores).mean() + F.softplus(fake_scores).mean()


def r1_penalty(real_images: Tensor, real_scores: Tensor, gamma: float) -> Tensor:
    """gamma/2 |grad_x D(x)|^2 on real images (Mescheder et al., equation 9), batch mean.

    real_images [N, ...] must require gradients and real_scores follow from them.
    """
    (gradient,) = torch.autograd.grad(real_scores.sum(), real_images, create_graph=True)
    return gamma / 2 * gradient.float().square().flatten(1).sum(dim=1).mean()
