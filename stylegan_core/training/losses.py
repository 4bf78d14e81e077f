"""Losses and penalties of the two networks.

Scores are the discriminator's raw outputs [N, 1], higher for real. A loss is a scalar; a penalty is
one value for each sample.

Logistic: the non-saturating loss of Goodfellow et al. 2014, with R1 of Mescheder, Geiger, Nowozin,
"Which Training Methods for GANs do actually Converge?", 2018. WGAN-GP: Gulrajani, Ahmed, Arjovsky,
Dumoulin, Courville, "Improved Training of Wasserstein GANs", 2017, with the drift of ProGAN. Path
length: Karras et al., "Analyzing and Improving the Image Quality of StyleGAN", 2020, section 3.2.
Noise spread: the hinge of Yang, Hong, Jang, Zhao, Lee, "Diversity-Sensitive Conditional Generative
Adversarial Networks", 2019, applied to the noise inputs, so that the generator uses them.
"""

import math
from collections.abc import Callable
from typing import Literal, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

LossName = Literal["logistic", "wgan-gp"]
WGAN_LAMBDA = 10.0
WGAN_TARGET = 1.0
WGAN_DRIFT = 1e-3
NOISE_SPREAD_WEIGHT = 0.3


def logistic_generator(fake_scores: Tensor) -> Tensor:
    """Return -log sigmoid(D(G(z)))."""
    return F.softplus(-fake_scores).mean()


def logistic_discriminator(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
    """Return -log sigmoid(D(x)) - log(1 - sigmoid(D(G(z))))."""
    return F.softplus(-real_scores).mean() + F.softplus(fake_scores).mean()


def wgan_generator(fake_scores: Tensor) -> Tensor:
    """Return -D(G(z))."""
    return -fake_scores.mean()


def wgan_discriminator(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
    """Return D(G(z)) - D(x), and a pull of D(x) towards zero (Karras et al. 2018, appendix A.1)."""
    drift = WGAN_DRIFT * real_scores.square().mean()
    return fake_scores.mean() - real_scores.mean() + drift


class Losses(NamedTuple):
    """The losses of both networks, as functions of scores."""

    generator: Callable[[Tensor], Tensor]
    discriminator: Callable[[Tensor, Tensor], Tensor]


LOSSES: dict[LossName, Losses] = {
    "logistic": Losses(logistic_generator, logistic_discriminator),
    "wgan-gp": Losses(wgan_generator, wgan_discriminator),
}


def hinge_generator(fake_logits: Tensor) -> Tensor:
    """Return -D(G(z)), summed over the discriminators: logits [N, levels] -> scalar."""
    return -fake_logits.mean(dim=0).sum()


def hinge_discriminator(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """Return max(0, 1 - D(x)) + max(0, 1 + D(G(z))), summed over the discriminators.

    Logits [N, levels] twice -> scalar (Lim, Ye, "Geometric GAN", 2017).
    """
    return (F.relu(1 - real_logits) + F.relu(1 + fake_logits)).mean(dim=0).sum()


def range_penalty(images: Tensor) -> Tensor:
    """Return the mean of max(0, |x| - 1)^2, which keeps pictures within the displayable range."""
    return F.relu(images.abs() - 1).square().mean()


def r1_penalty(real_images: Tensor, real_scores: Tensor, gamma: float) -> Tensor:
    """Return gamma/2 |grad_x D(x)|^2 on real images (Mescheder et al., equation 9), [N].

    real_images [N, ...] must require gradients, and real_scores must be computed from them.
    """
    return gamma / 2 * _gradient(real_scores, real_images).square().sum(dim=1)


def gradient_penalty(images: Tensor, scores: Tensor) -> Tensor:
    """Return lambda (|grad_x D(x)| - 1)^2 between real and fake images (Gulrajani et al.), [N]."""
    length = _gradient(scores, images).square().sum(dim=1).add(1e-12).sqrt()
    return WGAN_LAMBDA * (length - WGAN_TARGET).square() / WGAN_TARGET**2


def path_lengths(images: Tensor, ws: Tensor, noise: Tensor) -> Tensor:
    """Return |J^T y| of the map from ws [N, L, D] to images [N, C, H, W] (equation 4), [N].

    `noise` is y, of the images' shape and of unit variance; the rows of W+ are averaged.
    """
    y = noise / math.sqrt(images.shape[2] * images.shape[3])
    (gradient,) = torch.autograd.grad((images * y).sum(), ws, create_graph=True)
    return gradient.float().square().sum(dim=2).mean(dim=1).sqrt()


def noise_spread(one: Tensor, other: Tensor) -> Tensor:
    """Return a pixel's standard deviation under noise, in levels of 255, as a scalar.

    The images [N, C, H, W] differ in their noise only. For normal distributions the mean distance
    |a - b| is 2 / sqrt(pi) standard deviations.
    """
    return (one - other).abs().mean() * 127.5 * math.sqrt(math.pi) / 2


def noise_spread_penalty(spread: Tensor, target: float) -> Tensor:
    """Return the relative shortfall of a spread, times NOISE_SPREAD_WEIGHT; 0 above the target."""
    return NOISE_SPREAD_WEIGHT * (1 - spread / target).clamp(min=0)


def _gradient(scores: Tensor, images: Tensor) -> Tensor:  # -> [N, C H W]
    (gradient,) = torch.autograd.grad(scores.sum(), images, create_graph=True)
    return gradient.float().flatten(1)
