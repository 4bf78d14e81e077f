"""Discriminators on pretrained features, in training beside the one on pixels.

Sauer, Chitta, Müller, Geiger, "Projected GANs Converge Faster", 2021. They see pictures through a
network that knows eyes, hair and cloth from ImageNet, and so teach shapes in a thirtieth of the
images that the discriminator on pixels needs. The one on pixels keeps colours and grain right,
which features show too little of: without it, colours ran away to full saturation.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from stylegan_core.networks.efficientnet_lite import (
    LITE0,
    EfficientNetLite,
    pretrained,
    weights_path,
)
from stylegan_core.networks.feature_discriminators import FeatureDiscriminators, Level
from stylegan_core.picture import as_rgb
from stylegan_core.training.config import TrainConfig
from stylegan_core.training.distributed import Ranks
from stylegan_core.training.feature_augment import DRAWS, augment, blurred
from stylegan_core.training.inputs import Inputs
from stylegan_core.training.losses import hinge_discriminator
from stylegan_core.training.optimizer import new_adam, set_lr

TAPS = (3, 5, 11, 16)  # the blocks whose features are judged, of 1/4, 1/8, 1/16, 1/32 of the side
CHANNELS = (24, 40, 112, 320)  # of these features
PROJECTED = (32, 64, 128, 128)  # channels after the projection
FIRST_SIGMA = 1 / 32  # of a picture's side: the blur when a run starts
MIN_SIGMA_PX = 0.1  # a smaller blur changes nothing


class FeatureCritic:
    """The frozen network, the discriminators on it, and their optimiser."""

    def __init__(
        self, config: TrainConfig, inputs: Inputs, device: torch.device, ranks: Ranks
    ) -> None:
        """Draw projections and weights from the configuration's seed.

        Raises UserError where the pretrained network is missing.
        """
        self._config = config
        self._inputs = inputs
        self._ranks = ranks
        self.network = _network(config, device)
        self.discriminators = new_discriminators(config).to(device)
        self.weights = list(self.discriminators.parameters())
        self.optimizer = new_adam(self.weights, config.feature_lr)

    def logits(self, images: Tensor, c: Tensor | None, images_seen: int) -> Tensor:
        """Judge images [N, C, r, r] in [-1, 1], augmented and early on blurred: [N, levels]."""
        draws = self._inputs.uniform(len(images) * self._ranks.size, DRAWS)
        x = augment(as_rgb(images), draws)
        sigma = blur_sigma(self._config.feature_blur_kimg, images_seen) * images.shape[-1]
        if sigma > MIN_SIGMA_PX:
            x = blurred(x, sigma)
        levels = self._config.feature_levels
        x = resized(x, self._config.feature_size)
        features = [f.float() for f in self.network.features(x, TAPS[:levels])]
        logits: Tensor = self.discriminators(features, c)
        return logits

    def descend(
        self, reals: Tensor, fake_logits: Tensor, c: Tensor | None, images_seen: int, lr: float
    ) -> Tensor:
        """Train the discriminators by one step, and return their loss.

        Takes reals [N, 3, r, r] and fake_logits [N, levels], whose graph must still exist.
        """
        loss = hinge_discriminator(self.logits(reals, c, images_seen), fake_logits)
        set_lr(self.optimizer, lr)
        self.optimizer.zero_grad()
        loss.backward(inputs=self.weights)  # type: ignore[no-untyped-call]
        self._ranks.average_gradients(self.weights)
        self.optimizer.step()
        self.discriminators.iterate()
        return loss.detach()

    def load_pretrained(self, weights: Mapping[str, Tensor]) -> bool:
        """Take over a checkpoint's projections and discriminators; False if they do not fit."""
        try:
            self.discriminators.load_state_dict(weights)
        except RuntimeError:
            return False
        return True

    def state_dict(self) -> dict[str, Any]:
        """Return all that an exactly resumed run continues with, without the frozen network."""
        return {
            "discriminators": self.discriminators.state_dict(),
            "optimizer": self.optimizer.state_dict(),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from a state. Raises KeyError or RuntimeError if others wrote it."""
        self.discriminators.load_state_dict(state["discriminators"])
        self.optimizer.load_state_dict(state["optimizer"])


def check_features(config: TrainConfig) -> None:
    """Raise UserError where a run needs the pretrained network and its weights are missing.

    Called before pictures are prepared, which takes long.
    """
    if config.uses_features and not config.feature_file:
        weights_path(LITE0)


def new_discriminators(config: TrainConfig) -> FeatureDiscriminators:
    """Return projections and discriminators, drawn from the configuration's seed."""
    levels = [
        Level(channels, config.feature_size >> (2 + i), projected)
        for i, (channels, projected) in enumerate(zip(CHANNELS, PROJECTED, strict=True))
    ]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        return FeatureDiscriminators(levels[: config.feature_levels], config.network.c_dim)


def blur_sigma(fade_kimg: float, images_seen: int) -> float:
    """Return the blur at a point of the run, as a share of the side; it falls to 0 linearly."""
    return FIRST_SIGMA * max(0.0, 1 - images_seen / (fade_kimg * 1000)) if fade_kimg else 0.0


def resized(images: Tensor, size: int) -> Tensor:
    """Return pictures [N, 3, r, r] at a size: enlarged bilinearly, or averaged down."""
    if images.shape[-1] > size:
        return F.adaptive_avg_pool2d(images, size)
    return F.interpolate(images, size=(size, size), mode="bilinear")


def _network(config: TrainConfig, device: torch.device) -> EfficientNetLite:
    """Return the frozen network in the precision that the device runs fastest.

    That is bfloat16 on CUDA, if the run uses it. On a CPU the backward pass through the depthwise
    convolutions takes 1.7 times as long in bfloat16.
    """
    network = pretrained(LITE0, Path(config.feature_file) if config.feature_file else None)
    uses_bfloat16 = config.amp == "bfloat16" and device.type == "cuda"
    return network.to(device, torch.bfloat16 if uses_bfloat16 else torch.float32)
