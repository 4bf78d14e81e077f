"""Progressive growing (Karras et al. 2018, section 2; 2019, appendix C) as a closed form.

The number of images seen decides the level of detail, the resolution, the batch size and the
learning rates. Nothing is carried from step to step, so a resumed run continues exactly.
"""

import math
from dataclasses import dataclass

from stylegan_core.training.config import TrainConfig, value_at


@dataclass(frozen=True)
class Phase:
    """Settings of one step. `lod` counts the doublings left out; a fraction is a fade."""

    lod: float
    resolution: int
    batch: int
    generator_lr: float
    discriminator_lr: float
    feature_lr: float
    feature_weight: float
    r1_gamma: float
    mixing_prob: float
    uses_noise: bool


def phase_at(config: TrainConfig, images_seen: int) -> Phase:
    """Return the phase after a number of real images.

    The paper evaluates its schedule at every fourth minibatch, this function at each one.
    """
    kimg = images_seen / 1000
    lod = _lod(config, kimg)
    resolution = config.resolution >> math.floor(lod)
    decay = _decay(config, kimg)
    return Phase(
        lod=lod,
        resolution=resolution,
        batch=value_at(config.batch, resolution),
        generator_lr=value_at(config.generator_lr, resolution) * decay,
        discriminator_lr=value_at(config.discriminator_lr, resolution) * decay,
        feature_lr=config.feature_lr * decay,
        feature_weight=value_at(config.feature_weight, resolution),
        r1_gamma=value_at(config.r1_gamma, resolution),
        mixing_prob=value_at(config.mixing_prob, resolution),
        uses_noise=kimg >= config.noise_from_kimg,
    )


def resets_moments(before: float, now: float) -> bool:
    """Tell whether a fade started or ended between two levels of detail: Adam starts afresh."""
    return math.floor(before) != math.floor(now) or math.ceil(before) != math.ceil(now)


def _lod(config: TrainConfig, kimg: float) -> float:
    doublings = (config.resolution // config.start_resolution).bit_length() - 1
    for lod in range(doublings, 0, -1):
        kimg -= value_at(config.phase_kimg, config.resolution >> lod)
        if kimg < 0:
            return float(lod)
        fade = value_at(config.fade_kimg, config.resolution >> (lod - 1))
        if kimg < fade:
            return lod - kimg / fade
        kimg -= fade
    return 0.0


def _decay(config: TrainConfig, kimg: float) -> float:
    if config.lr_decay_kimg == 0:
        return 1.0
    return min(1.0, max(0.0, (config.total_kimg - kimg) / config.lr_decay_kimg))
