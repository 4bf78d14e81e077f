"""What the two networks descend. Scores are the discriminator's raw outputs [N, 1], higher for
real; a loss is a scalar, a penalty one value for each sample.

Logistic: the non-saturating loss of Goodfellow et al. 2014, with R1 of Mescheder, Geiger, Nowozin,
"Which Training Methods for GANs do actually Converge?", 2018. WGAN-GP: Gulrajani, Ahmed, Arjovsky,
Dumoulin, Courville, "Improved Training of Wasserstein GANs", 2017, with the drift of ProGAN. Path
length: Karras et al., "Analyzing and Improving the Image Quality of StyleGAN", 2020, section 3.2.
Noise spread: the hinge of Yang, Hong, Jang, Zhao, Lee, "Diversity-Sensitive Conditional Generative
Adversarial Networks", 2019, on the noise inputs: a generator that leaves them aside is told so.
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
    """-log sigmoid(D(G(z)))."""
    return F.softplus(-fake_scores).mean()


def logistic_discriminator(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
    """-log sigmoid(D(x)) - log(1 - sigmoid(D(G(z))))."""
    return F.softplus(-real_scores).mean() + F.softplus(fake_scores).mean()


def wgan_generator(fake_scores: Tensor) -> Tensor:
    """-D(G(z))."""
    return -fake_scores.mean()


def wgan_discriminator(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
    """D(G(z)) - D(x), and a pull of D(x) towards zero (Karras et al. 2018, appendix A.1)."""
    drift = WGAN_DRIFT * real_scores.square().mean()
    return fake_scores.mean() - real_scores.mean() + drift


class Losses(NamedTuple):
    """Of the generator, and of the discriminator."""

    generator: Callable[[Tensor], Tensor]
    discriminator: Callable[[Tensor, Tensor], Tensor]


LOSSES: dict[LossName, Losses] = {
    "logistic": Losses(logistic_generator, logistic_discriminator),
    "wgan-gp": Losses(wgan_generator, wgan_discriminator),
}


def hinge_generator(fake_logits: Tensor) -> Tensor:
    """-D(G(z)), summed over the discriminators: logits [N, levels] -> scalar."""
    return -fake_logits.mean(dim=0).sum()


def hinge_discriminator(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """max(0, 1 - D(x)) + max(0, 1 + D(G(z))) (Lim, Ye, "Geometric GAN", 2017), summed over the
    discriminators: logits [N, levels] twice -> scalar.
    """
    return (F.relu(1 - real_logits) + F.relu(1 + fake_logits)).mean(dim=0).sum()


def range_penalty(images: Tensor) -> Tensor:
    """max(0, |x| - 1)^2, which keeps pictures within what can be shown; mean over all values."""
    return F.relu(images.abs() - 1).square().mean()


def r1_penalty(real_images: Tensor, real_scores: Tensor, gamma: float) -> Tensor:
    """gamma/2 |grad_x D(x)|^2 on real images (Mescheder et al., equation 9), [N].

    real_images [N, ...] must require gradients and real_scores follow from them.
    """
    return gamma / 2 * _gradient(real_scores, real_images).square().sum(dim=1)


def gradient_penalty(images: Tensor, scores: Tensor) -> Tensor:
    """lambda (|grad_x D(x)| - 1)^2 on images between real and fake (Gulrajani et al.), [N]."""
    length = _gradient(scores, images).square().sum(dim=1).add(1e-12).sqrt()
    return WGAN_LAMBDA * (length - WGAN_TARGET).square() / WGAN_TARGET**2


def path_lengths(images: Tensor, ws: Tensor, noise: Tensor) -> Tensor:
    """|J^T y| of the map from ws [N, L, D] to images [N, C, H, W] (equation 4), [N].

    noise is y, of the images' shape and of unit variance; the rows of W+ are averaged.
    """
    y = noise / math.sqrt(images.shape[2] * images.shape[3])
    (gradient,) = torch.autograd.grad((images * y).sum(), ws, create_graph=True)
    return gradient.float().square().sum(dim=2).mean(dim=1).sqrt()


def noise_spread(one: Tensor, other: Tensor) -> Tensor:
    """A pixel's standard deviation under noise, of 255: images [N, C, H, W] of two draws -> scalar.

    From the mean distance |a - b|, which of normal distributions is 2 / sqrt(pi) deviations.
    """
    return (one - other).abs().mean() * 127.5 * math.sqrt(math.pi) / 2


def noise_spread_penalty(spread: Tensor, wanted: float) -> Tensor:
    """What a spread falls short of the wanted one, times NOISE_SPREAD_WEIGHT; 0 from there up."""
    return NOISE_SPREAD_WEIGHT * (1 - spread / wanted).clamp(min=0)


def _gradient(scores: Tensor, images: Tensor) -> Tensor:  # -> [N, C H W]
    (gradient,) = torch.autograd.grad(scores.sum(), images, create_graph=True)
    return gradient.float().flatten(1)
