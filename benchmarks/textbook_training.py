"""A training loop as a textbook writes it: a step for each network, nothing shared or fused.

The trainer is compared with it: the same networks, losses, penalties and batch.
"""

import copy
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from stylegan_core.networks.stylegan1 import Discriminator, Generator, StyleGAN1Config
from stylegan_core.training.config import TrainConfig, value_at

EMA_BETA = 0.999


def stepper(config: TrainConfig, device: str) -> Callable[[Tensor], None]:
    """Return a function that trains both networks on a batch of images, uint8 [N, 3, R, R]."""
    assert isinstance(config.network, StyleGAN1Config)
    generator = Generator(config.network).to(device)
    discriminator = Discriminator(config.network).to(device)
    average = copy.deepcopy(generator)
    rate, gamma = (
        value_at(table, config.resolution) for table in (config.generator_lr, config.r1_gamma)
    )
    adam_g = torch.optim.Adam(generator.parameters(), rate, betas=(0.0, 0.99))
    adam_d = torch.optim.Adam(discriminator.parameters(), rate, betas=(0.0, 0.99))
    steps = 0

    def fakes(n: int) -> Tensor:
        z = torch.randn(2, n, generator.z_dim, device=device)
        w, other = generator.mapping(z[0]), generator.mapping(z[1])
        crossover = int(torch.randint(1, generator.num_layers, ()))
        rows = [w if i < crossover else other for i in range(generator.num_layers)]
        noise = [
            torch.randn(n, 1, layer.resolution, layer.resolution, device=device)
            for layer in generator.layers
        ]
        return generator.synthesis(torch.stack(rows, dim=1), noise)

    def step(images: Tensor) -> None:
        nonlocal steps
        reals = (images.to(device).float() / 127.5 - 1).requires_grad_()
        adam_d.zero_grad()
        real_scores = discriminator(reals)
        fake_scores = discriminator(fakes(len(reals)).detach())
        loss = F.softplus(-real_scores).mean() + F.softplus(fake_scores).mean()
        if steps % config.r1_interval == 0:
            (gradient,) = torch.autograd.grad(real_scores.sum(), reals, create_graph=True)
            penalty = gradient.square().sum(dim=(1, 2, 3)).mean()
            loss = loss + gamma / 2 * penalty * config.r1_interval
        loss.backward()  # type: ignore[no-untyped-call]
        adam_d.step()

        adam_g.zero_grad()
        loss = F.softplus(-discriminator(fakes(len(reals)))).mean()
        loss.backward()  # type: ignore[no-untyped-call]
        adam_g.step()
        with torch.no_grad():
            for kept, new in zip(average.parameters(), generator.parameters(), strict=True):
                kept.mul_(EMA_BETA).add_(new, alpha=1 - EMA_BETA)
        steps += 1

    return step
