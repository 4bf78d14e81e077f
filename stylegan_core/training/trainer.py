"""One step of StyleGAN's training: both networks, their optimisers and the averaged generator.

Karras et al. 2019, appendix C. Everything random comes from one generator that belongs to the
trainer, so that its state and the images seen decide the rest of a run.
"""

import copy
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stylegan_core.metrics.label_network import LabelNetwork
from stylegan_core.networks import ops
from stylegan_core.networks.stylegan1 import Discriminator, Generator
from stylegan_core.training.config import TrainConfig
from stylegan_core.training.growth import fit_new_layers
from stylegan_core.training.label_critic import LabelCritic
from stylegan_core.training.losses import discriminator_loss, generator_loss, r1_penalty
from stylegan_core.training.schedule import Stage, resets_moments, stage_at

STATISTICS = ("loss_g", "loss_d", "real_score", "fake_score", "r1")


class Trainer:
    """The networks in training. `step` consumes one batch of real images."""

    def __init__(
        self,
        config: TrainConfig,
        device: torch.device | str,
        reader: LabelNetwork | None = None,
    ) -> None:
        """Networks of the configuration's seed; `reader` is what a label critic reads with."""
        self.config = config
        self.device = device = torch.device(device)
        self.images_seen = 0
        self.iteration = 0
        self.random = torch.Generator(device).manual_seed(config.seed)
        layout = torch.channels_last if config.channels_last else torch.contiguous_format
        self.layout = layout
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            generator = Generator(config.network)
            discriminator = Discriminator(config.network)
            self.critic = LabelCritic().to(device) if reader is not None else None
        self.reader = None if reader is None else reader.to(device)
        self.generator = generator.to(device, memory_format=layout)  # type: ignore[call-overload]
        self.discriminator = discriminator.to(device, memory_format=layout)  # type: ignore[call-overload]
        self.generator_ema = copy.deepcopy(self.generator).eval().requires_grad_(False)
        self.stage = stage_at(config, 0)
        self.last_lod = self.stage.lod
        self.optimizer_g = _adam(self.generator)
        critics = [self.discriminator, *([self.critic] if self.critic is not None else [])]
        self.optimizer_d = _adam(*critics)
        self.sums = torch.zeros(len(STATISTICS), device=device)  # since they were last read
        self.counts = [0, 0]  # steps, and steps with R1, in the sums

    # One step ------------------------------------------------------------------------------

    def grow(
        self,
        progress: Callable[[int, int], None] = lambda done, total: None,
        stop: Callable[[], bool] = lambda: False,
    ) -> bool:
        """Fit the layers that the next step brings in, if the settings ask for it.

        Returns False, with nothing changed, if `stop()` came first.
        """
        config, stage = self.config, stage_at(self.config, self.images_seen)
        steps, seed = config.growth_fit_steps, config.seed + stage.resolution
        if not steps or math.floor(stage.lod) >= math.floor(self.last_lod):
            return True
        fitted = fit_new_layers(self.generator_ema, stage.resolution, steps, seed, progress, stop)
        if fitted is None:
            return False
        for generator in (self.generator, self.generator_ema):
            generator.load_state_dict(fitted, strict=False)
        return True

    def prepare(self) -> Stage:
        """Enter the stage of the next step and return it: it tells the batch size to bring."""
        stage = stage_at(self.config, self.images_seen)
        if resets_moments(self.last_lod, stage.lod):
            self.optimizer_g.state.clear()
            self.optimizer_d.state.clear()
        self.optimizer_g.param_groups[0]["lr"] = stage.generator_lr
        self.optimizer_d.param_groups[0]["lr"] = stage.discriminator_lr
        self.stage, self.last_lod = stage, stage.lod
        return stage

    def step(self, images: Tensor) -> None:
        """Train both networks on real images, uint8 [N, 3, R, R] at the full resolution.

        The paper draws fresh latents for each network's step. With `shared_pass` one batch of
        fakes serves both, as simultaneous gradient descent: a generator's and a discriminator's
        forward pass less.
        """
        reals = real_images(images.to(self.device), self.stage.lod)
        reals = reals.contiguous(memory_format=self.layout)
        n = len(reals)
        if self.config.shared_pass:
            self._step_together(reals)
        else:
            self._step_discriminator(reals)
            self._step_generator(n)
        self._update_average(n)
        self.images_seen += n
        self.iteration += 1
        self.counts[0] += 1

    def _step_discriminator(self, reals: Tensor) -> None:
        with torch.no_grad():
            fakes = self._fakes(len(reals))
        self._descend_discriminator(reals, fakes, self._scores(fakes))

    def _step_generator(self, n: int) -> None:
        with _frozen(self.discriminator):
            fakes = self._fakes(n)
            loss = self._generator_loss(fakes, self._scores(fakes))
            self.optimizer_g.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer_g.step()
        self._count("loss_g", loss)

    def _step_together(self, reals: Tensor) -> None:
        fakes = self._fakes(len(reals))
        shown = fakes.detach().requires_grad_()
        fake_scores = self._scores(shown)
        loss = self._generator_loss(shown, fake_scores)
        (gradient,) = torch.autograd.grad(loss, shown, retain_graph=True)
        self._descend_discriminator(reals, shown.detach(), fake_scores)
        self.optimizer_g.zero_grad()
        fakes.backward(gradient)  # type: ignore[no-untyped-call]
        self.optimizer_g.step()
        self._count("loss_g", loss)

    def _generator_loss(self, fakes: Tensor, fake_scores: Tensor) -> Tensor:
        loss = generator_loss(fake_scores)
        if self.critic is not None and self.reader is not None:
            read = self.critic(self.reader.readings(fakes))
            loss = loss + self.config.label_critic_weight * generator_loss(read)
        return loss

    def _descend_discriminator(self, reals: Tensor, fakes: Tensor, fake_scores: Tensor) -> None:
        penalised = self.stage.r1_gamma > 0 and self.iteration % self.config.r1_interval == 0
        real_scores = self._scores(reals.requires_grad_(penalised))
        loss = discriminator_loss(real_scores, fake_scores)
        self._count("loss_d", loss)
        self._count("real_score", real_scores.mean())
        self._count("fake_score", fake_scores.mean())
        if penalised:
            penalty = r1_penalty(reals, real_scores, self.stage.r1_gamma)
            self._count("r1", penalty)
            self.counts[1] += 1
            loss = loss + penalty * self.config.r1_interval
        if self.critic is not None and self.reader is not None:
            loss = loss + self.critic.loss(self.reader, reals.detach(), fakes)
        self.optimizer_d.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer_d.step()

    def _autocast(self) -> torch.autocast:
        enabled = self.config.amp == "bfloat16"
        return torch.autocast(self.device.type, torch.bfloat16, enabled=enabled)

    def _scores(self, images: Tensor) -> Tensor:  # [N, 3, r, r] -> [N, 1]
        with self._autocast():
            scores: Tensor = self.discriminator(images, lod=self.stage.lod)
        return scores.float()

    def _fakes(self, n: int) -> Tensor:
        """Generated images [n, 3, r, r] of fresh latents, with style mixing and noise."""
        generator, stage = self.generator, self.stage
        layers = generator.layers_at(stage.lod)
        z = self._normal(2 * n, generator.z_dim)
        with self._autocast():
            w = generator.mapping(z).float()  # [2N, D]
            generator.update_w_avg(w[:n].detach(), self.config.w_avg_beta)
            ws = self._mixed(w[:n], w[n:], layers)
            noise = self._noise(n, layers) if stage.uses_noise else None
            images: Tensor = generator.synthesis(ws, noise, stage.lod)
        return images.float()

    def _mixed(self, w_a: Tensor, w_b: Tensor, layers: int) -> Tensor:
        """Mixing regularisation (section 3.1), per image: w [N, D] twice -> [N, layers, D]."""
        n, random = len(w_a), self.random
        crossover = torch.randint(1, layers, (n, 1), generator=random, device=self.device)
        mixes = torch.rand(n, 1, generator=random, device=self.device) < self.config.mixing_prob
        takes_b = mixes & (torch.arange(layers, device=self.device) >= crossover)  # [N, layers]
        return torch.where(takes_b.unsqueeze(2), w_b.unsqueeze(1), w_a.unsqueeze(1))

    def _noise(self, n: int, layers: int) -> list[Tensor]:
        """Fresh noise for each layer in use, [n, 1, h, w] each."""
        sizes = [layer.resolution for layer in self.generator.layers[:layers]]
        return [self._normal(n, 1, size, size) for size in sizes]

    def _normal(self, *shape: int) -> Tensor:
        return torch.randn(shape, generator=self.random, device=self.device)

    @torch.no_grad()
    def _update_average(self, batch: int) -> None:
        """The exponential moving average of the generator; its buffers are copied."""
        half_life = self.config.ema_half_life_kimg * 1000
        half_life = min(half_life, self.config.ema_ramp * self.images_seen) or 1e-8
        beta = 0.5 ** (batch / half_life)
        average, current = self.generator_ema, self.generator
        torch._foreach_lerp_(list(average.parameters()), list(current.parameters()), 1 - beta)
        for kept, buffer in zip(average.buffers(), current.buffers(), strict=True):
            kept.copy_(buffer)

    # Numbers and state ---------------------------------------------------------------------

    def _count(self, name: str, value: Tensor) -> None:
        self.sums[STATISTICS.index(name)] += value.detach()

    def read_statistics(self) -> dict[str, float]:
        """The means since the last reading, by the names in STATISTICS; starts them afresh."""
        steps, penalties = (max(count, 1) for count in self.counts)
        sums = dict(zip(STATISTICS, self.sums.tolist(), strict=True))
        self.sums.zero_()
        self.counts = [0, 0]
        return {k: v / (penalties if k == "r1" else steps) for k, v in sums.items()}

    def state(self) -> dict[str, Any]:
        """All that the rest of the run depends on: tensors, numbers, strings, containers."""
        return {
            "images_seen": self.images_seen,
            "iteration": self.iteration,
            "last_lod": self.last_lod,
            "random": self.random.get_state(),
            "sums": self.sums,
            "counts": list(self.counts),
        } | {name: part.state_dict() for name, part in self._parts().items()}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Continue from a state. Raises KeyError or RuntimeError if it is of other networks."""
        for name, part in self._parts().items():
            part.load_state_dict(state[name])
        self.images_seen, self.iteration = state["images_seen"], state["iteration"]
        self.random.set_state(state["random"])
        self.sums.copy_(state["sums"])
        self.counts = list(state["counts"])
        self.last_lod = state["last_lod"]
        self.stage = stage_at(self.config, self.images_seen)

    def _parts(self) -> dict[str, Any]:
        names = ("generator", "discriminator", "generator_ema", "optimizer_g", "optimizer_d")
        critic = {} if self.critic is None else {"critic": self.critic}
        return {name: getattr(self, name) for name in names} | critic


def real_images(images: Tensor, lod: float) -> Tensor:
    """Real images as a stage shows them: uint8 [N, 3, R, R] -> float32 [N, 3, r, r] in [-1, 1].

    Averaged 2 x 2 down to the resolution in use and, during a fade, mixed with their nearest-
    upsampled half-size version: the filters of the generator's own fade.
    """
    reals = images.float().div_(127.5).sub_(1)
    whole = int(lod)
    if whole:
        reals = F.avg_pool2d(reals, 2**whole)
    if lod > whole:
        half = ops.upsample_nearest(ops.downsample_mean(reals))
        reals = reals.lerp(half, lod - whole)
    return reals


def _adam(*networks: nn.Module) -> torch.optim.Adam:
    weights = [weight for network in networks for weight in network.parameters()]
    return torch.optim.Adam(weights, lr=1e-3, betas=(0.0, 0.99), eps=1e-8, fused=True)


@contextmanager
def _frozen(network: nn.Module) -> Iterator[None]:
    """No gradients for a network's weights, which saves half of its backward pass."""
    network.requires_grad_(False)
    try:
        yield
    finally:
        network.requires_grad_(True)
