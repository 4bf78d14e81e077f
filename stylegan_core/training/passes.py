"""The forward passes of a training step: latents to pictures, pictures to scores."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from stylegan_core.networks.contract import LayerInfo
from stylegan_core.training import augment
from stylegan_core.training.augment import AdaController
from stylegan_core.training.config import TrainConfig
from stylegan_core.training.distributed import Ranks
from stylegan_core.training.inputs import Inputs
from stylegan_core.training.losses import path_lengths
from stylegan_core.training.schedule import Phase

NoiseMaps = Sequence[Tensor | None]


class TrainingPasses:
    """Both networks with their random inputs. Each n counts this process's share of a batch."""

    def __init__(
        self,
        config: TrainConfig,
        generator: Any,
        discriminator: Any,
        device: torch.device,
        ranks: Ranks,
    ) -> None:
        self._config = config
        self._generator = generator
        self._discriminator = discriminator
        self._device = device
        self._ranks = ranks
        self.inputs = Inputs(config.seed, config.group_size, device, ranks)
        self.ada = (
            AdaController(device, config.ada_target, config.ada_kimg, average=ranks.mean)
            if config.ada_target
            else None
        )

    def layers(self, phase: Phase) -> Sequence[LayerInfo]:
        """Return the generator's layers in use."""
        layers: Sequence[LayerInfo] = self._generator.layers
        return layers[: self._generator.layers_at(phase.lod)]

    def scores(self, images: Tensor, c: Tensor | None, phase: Phase) -> Tensor:
        """Return the discriminator's scores [N, 1] of images [N, 3, r, r], augmented under ADA."""
        if self.ada is not None:
            batch = len(images) * self._ranks.size
            transforms = augment.sample(batch, self.ada.p, self.inputs.random)
            if self._ranks.size > 1:
                transforms = transforms.rows(self.inputs.positions(batch))
            images = augment.apply(images, transforms)
        with self._autocast():
            scores: Tensor = self._discriminator(images, c, lod=phase.lod)
        return scores.float()

    def fakes(self, n: int, c: Tensor | None, phase: Phase) -> Tensor:
        """Generate images [n, 3, r, r] from fresh latents, with style mixing and noise."""
        with self._autocast():
            ws, noise = self._styles_and_noise(n, c, phase)
            images: Tensor = self._generator.synthesis(ws, noise, phase.lod)
        return images.float()

    def mixed_pictures(
        self, n: int, c: Tensor | None, phase: Phase, crossover: int
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Generate three batches of n // 2 pictures with the same noise: mixed, first, second.

        The mixed pictures have the first latents' styles below layer `crossover` and the second
        ones' from it up. Gradients reach the mixed pictures only.
        """
        half, layers = max(1, n // 2), self._generator.layers_at(phase.lod)
        with self._autocast():
            w = self._latents(n, c)
            ws_first, ws_second = (
                rows[:half].unsqueeze(1).expand(-1, layers, -1) for rows in (w[:n], w[n:])
            )
            ws_mixed = torch.cat([ws_first[:, :crossover], ws_second[:, crossover:]], dim=1)
            maps = _first(half, self._phase_noise(n, phase))
            mixed = self._generator.synthesis(ws_mixed, maps, phase.lod).float()
            with torch.no_grad():
                first, second = (
                    self._generator.synthesis(ws, maps, phase.lod).float()
                    for ws in (ws_first, ws_second)
                )
        return mixed, first, second

    def two_draws(
        self, n: int, c: Tensor | None, phase: Phase, resolution: int
    ) -> tuple[Tensor, Tensor]:
        """Generate n // 2 pictures twice, differing only in the noise of one resolution."""
        half, layers = max(1, n // 2), self.layers(phase)
        with self._autocast():
            ws = self._latents(n, c)[:half].unsqueeze(1).expand(-1, len(layers), -1)
            first = self._noise(n, layers)
            second = [
                self._noise(n, [layer])[0] if layer.resolution == resolution else noise
                for layer, noise in zip(layers, first, strict=True)
            ]
            one, other = (
                self._generator.synthesis(ws, _first(half, maps), phase.lod)
                for maps in (first, second)
            )
        return one.float(), other.float()

    def path_lengths(self, n: int, c: Tensor | None, phase: Phase) -> Tensor:
        """Return the path lengths [n // 2] of half a batch: second derivatives take more memory."""
        half = max(1, n // 2)
        with self._autocast():
            ws, noise = self._styles_and_noise(n, c, phase)
            ws = ws[:half] if ws.requires_grad else ws[:half].requires_grad_()
            images = self._generator.synthesis(ws, _first(half, noise), phase.lod).float()
        y = self.inputs.normal(n * self._ranks.size, *images.shape[1:])[:half]
        return path_lengths(images, ws, y)

    def _styles_and_noise(
        self, n: int, c: Tensor | None, phase: Phase
    ) -> tuple[Tensor, NoiseMaps | None]:
        """Draw mixed styles [n, L, D] from fresh latents, and noise for each layer in use."""
        generator, layers = self._generator, self._generator.layers_at(phase.lod)
        w = self._latents(n, c)
        mean = self._ranks.mean(w[:n].detach().mean(dim=0, keepdim=True))
        generator.update_w_avg(mean, self._config.w_avg_beta)
        batch = n * self._ranks.size
        ws = self.inputs.mixed(batch, w[:n], w[n:], layers, phase.mixing_prob)
        return ws, self._phase_noise(n, phase)

    def _latents(self, n: int, c: Tensor | None) -> Tensor:
        """Draw two latents for each of n pictures: w [2n, D], first all the first ones."""
        z = self.inputs.normal(n * self._ranks.size, 2, self._generator.z_dim)
        classes = None if c is None else torch.cat([c, c])
        w: Tensor = self._generator.mapping(torch.cat([z[:, 0], z[:, 1]]), classes)
        return w.float()

    def _phase_noise(self, n: int, phase: Phase) -> NoiseMaps | None:
        return self._noise(n, self.layers(phase)) if phase.uses_noise else None

    def _noise(self, n: int, layers: Sequence[LayerInfo]) -> NoiseMaps:
        return [self.inputs.noise(n * self._ranks.size, layer) for layer in layers]

    def _autocast(self) -> torch.autocast:
        enabled = self._config.amp == "bfloat16"
        return torch.autocast(self._device.type, torch.bfloat16, enabled=enabled)


def _first(count: int, maps: NoiseMaps | None) -> NoiseMaps | None:
    """Return the noise maps of the first `count` pictures."""
    return maps and [m if m is None else m[:count] for m in maps]
