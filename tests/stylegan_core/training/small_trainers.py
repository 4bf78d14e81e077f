"""Runs small enough to train many times in a test, and the steps and weights of their trainers."""

import torch

from stylegan_core.data.dataset import ImageDataset
from stylegan_core.labels.network import LabelNetwork
from stylegan_core.networks.stylegan1 import StyleGAN1Config
from stylegan_core.training.config import TrainConfig
from stylegan_core.training.trainer import Trainer

TINY_NETWORK = StyleGAN1Config(
    resolution=16,
    fmap_base=64,
    fmap_max=8,
    z_dim=8,
    w_dim=8,
    mapping_width=8,
    mapping_depth=2,
)

# Trains to 16 px: images 0 to 64 at 8 px, 64 to 128 in the fade, the rest at 16 px.
TINY = TrainConfig(
    total_kimg=0.2,
    seed=3,
    network=TINY_NETWORK,
    start_resolution=8,
    phase_kimg=((4, 0.064),),
    fade_kimg=((4, 0.064),),
    batch=((4, 8), (16, 4)),
    lr_decay_kimg=0.05,
    r1_interval=3,
    noise_from_kimg=0.1,
    snapshot_kimg=0.1,
    sample_kimg=0.1,
    log_kimg=0.04,
)

# Trains at 16 px from the start, for penalties on the generator's pictures.
UNGROWN = TrainConfig(
    data="portraits",
    network=StyleGAN1Config(
        resolution=16, fmap_base=64, fmap_max=16, z_dim=8, w_dim=8, mapping_width=8
    ),
    start_resolution=16,
    batch=((4, 8),),
)


def frozen_reader() -> LabelNetwork:
    """Return a label network with random weights, the same at each call."""
    torch.manual_seed(0)
    return LabelNetwork().eval().requires_grad_(False)


def trained(
    trainer: Trainer, images: torch.Tensor, steps: int, noise: float | None = None
) -> Trainer:
    """Train on the same images at each step, and return the trainer.

    `noise` is the strength that all noise inputs start with, if given.
    """
    if noise is not None:
        with torch.no_grad():
            for layer in trainer.generator.synthesis_layers:
                layer.noise_strength.fill_(noise)
    for _ in range(steps):
        trainer.prepare()
        trainer.step(images)
    return trainer


def advance(trainer: Trainer, data: ImageDataset, steps: int) -> None:
    """Train on the next pictures of a data set; their classes, if any, take turns."""
    c_dim = trainer.config.network.c_dim
    for _ in range(steps):
        phase = trainer.prepare()
        images = data.batch(trainer.images_seen, phase.batch, 0, mirror=True).images
        classes = torch.eye(c_dim)[torch.arange(len(images)) % c_dim] if c_dim else None
        trainer.step(images, classes)


def weights(trainer: Trainer) -> dict[str, torch.Tensor]:
    """Return the weights of a trainer's three networks, with the number of each in their names."""
    networks = (trainer.generator, trainer.discriminator, trainer.generator_ema)
    return {f"{i}.{k}": v for i, net in enumerate(networks) for k, v in net.state_dict().items()}
