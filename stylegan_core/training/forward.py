"""The forward passes of a step: latents to pictures, pictures to scores."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from stylegan_core.training import augment
from stylegan_core.training.augment import AdaController
from stylegan_core.training.config import TrainConfig
from stylegan_core.training.distributed import Ranks
from stylegan_core.training.inputs import Inputs
from stylegan_core.training.losses import path_lengths
from stylegan_core.training.schedule import Stage


class Forward:
    """Both networks with their random inputs. Counts n are this process's share of a batch."""

    def __init__(
        self,
        config: TrainConfig,
        generator: Any,
        discriminator: Any,
        device: torch.device,
        ranks: Ranks,
    ) -> None:
        self._config, self._device, self._ranks = config, device, ranks
        self._generator, self._discriminator = generator, discriminator
        self.inputs = Inputs(config.seed, config.network.mbstd_group_size, device, ranks)
        self.ada = (
            AdaController(device, config.ada_target, config.ada_kimg, average=ranks.mean)
            if config.ada_target
            else None
        )

    def scores(self, images: Tensor, c: Tensor | None, stage: Stage) -> Tensor:
        """What the discriminator says of images [N, 3, r, r], augmented if so set: [N, 1]."""
        if self.ada is not None:
            batch = len(images) * self._ranks.size
            drawn = augment.sample(batch, self.ada.p, self.inputs.random)
            if self._ranks.size > 1:
                drawn = drawn.rows(self.inputs.positions(batch))
            images = augment.apply(images, drawn)
        with self._autocast():
            scores: Tensor = self._discriminator(images, c, lod=stage.lod)
        return scores.float()

    def fakes(self, n: int, c: Tensor | None, stage: Stage) -> Tensor:
        """Generated images [n, 3, r, r] of fresh latents, with style mixing and noise."""
        with self._autocast():
            ws, noise = self._styles_and_noise(n, c, stage)
            images: Tensor = self._generator.synthesis(ws, noise, stage.lod)
        return images.float()

    def path_lengths(self, n: int, c: Tensor | None, stage: Stage) -> Tensor:
        """The path lengths of half as many pictures: second derivatives take more memory."""
        half = max(1, n // 2)
        with self._autocast():
            ws, noise = self._styles_and_noise(n, c, stage)
            ws = ws[:half] if ws.requires_grad else ws[:half].requires_grad_()
            maps = None if noise is None else [m if m is None else m[:half] for m in noise]
            images = self._generator.synthesis(ws, maps, stage.lod).float()
        y = self.inputs.normal(n * self._ranks.size, *images.shape[1:])[:half]
        return path_lengths(images, ws, y)

    def _styles_and_noise(
        self, n: int, c: Tensor | None, stage: Stage
    ) -> tuple[Tensor, Sequence[Tensor | None] | None]:
        """Mixed styles of fresh latents [n, L, D], and noise for each layer in use."""
        generator, config = self._generator, self._config
        batch, layers = n * self._ranks.size, generator.layers_at(stage.lod)
        z = self.inputs.normal(batch, 2, generator.z_dim)
        classes = None if c is None else torch.cat([c, c])
        w = generator.mapping(torch.cat([z[:, 0], z[:, 1]]), classes).float()  # [2N, D]
        mean = self._ranks.mean(w[:n].detach().mean(dim=0, keepdim=True))
        generator.update_w_avg(mean, config.w_avg_beta)
        ws = self.inputs.mixed(batch, w[:n], w[n:], layers, stage.mixing_prob)
        return ws, self.inputs.noise(batch, generator, layers) if stage.uses_noise else None

    def _autocast(self) -> torch.autocast:
        enabled = self._config.amp == "bfloat16"
        return torch.autocast(self._device.type, torch.bfloat16, enabled=enabled)
