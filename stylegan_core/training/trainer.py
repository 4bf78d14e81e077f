"""One step of a StyleGAN's training: both networks, their optimisers and the averaged generator.

Karras et al. 2019, appendix C. The state of the one random stream and the images seen decide the
rest of a run.
"""

import copy
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from stylegan_core.labels.critic import new_label_critic, readings
from stylegan_core.labels.network import LabelNetwork
from stylegan_core.training.config import TrainConfig
from stylegan_core.training.distributed import ALONE, Ranks
from stylegan_core.training.feature_critic import FeatureCritic
from stylegan_core.training.fit_new_layers import fit_new_layers
from stylegan_core.training.inputs import real_images
from stylegan_core.training.label_critic import label_critic_loss
from stylegan_core.training.losses import (
    LOSSES,
    gradient_penalty,
    hinge_generator,
    r1_penalty,
    range_penalty,
)
from stylegan_core.training.networks import hold, new_networks, take_over, trained_weights
from stylegan_core.training.passes import TrainingPasses
from stylegan_core.training.penalties import Penalties
from stylegan_core.training.precision import settled
from stylegan_core.training.schedule import Phase, phase_at, resets_moments
from stylegan_core.training.statistics import Statistics

CHANNELS_LAST_ON_CPU = 128  # pixels: above, gradients of wide layers take longer with it


class Judged(NamedTuple):
    """Verdicts on a batch: scores of pixels [N, 1], and logits of features [N, levels] if any."""

    scores: Tensor
    feature_logits: Tensor | None


class Trainer:
    """The networks in training. `step` consumes one batch of real images."""

    def __init__(
        self,
        config: TrainConfig,
        device: torch.device | str,
        reader: LabelNetwork | None = None,
        ranks: Ranks = ALONE,
    ) -> None:
        """Networks of the configuration's seed, the same in each process.

        `reader` is the label network, where the configuration wants one.
        """
        self.device = device = torch.device(device)
        self.config = config = settled(config, device, ranks)
        self.ranks = ranks
        self.images_seen = 0
        self.iteration = 0
        self.pretrained_up_to = 0  # px: the layers up to there came trained
        self.layout = _layout(config, device)
        generator, discriminator = new_networks(config)
        self.generator = generator.to(device, memory_format=self.layout)
        self.discriminator = discriminator.to(device, memory_format=self.layout)
        self.generator_ema = copy.deepcopy(self.generator).eval().requires_grad_(False)
        self.critic = None
        if config.label_critic_weight:
            group_size = config.network.mbstd_group_size
            self.critic = new_label_critic(config.seed, group_size).to(device)
        self.reader = None if reader is None else reader.to(device)
        self.forward = TrainingPasses(config, self.generator, self.discriminator, device, ranks)
        self.features = None
        if config.uses_features:
            self.features = FeatureCritic(config, self.forward.inputs, device, ranks)
        self.losses = LOSSES[config.loss]
        self.phase = phase_at(config, 0)
        self.last_lod = self.phase.lod
        critics = [self.discriminator, *([self.critic] if self.critic is not None else [])]
        self.weights_g, self.weights_d = trained_weights(self.generator), trained_weights(*critics)
        self.optimizer_g, self.optimizer_d = _adam(self.weights_g), _adam(self.weights_d)
        self.statistics = Statistics(device)
        self.penalties = Penalties(
            config, self.forward, self.statistics, device, self.reader, ranks
        )

    def load_pretrained(
        self, generator: nn.Module, discriminator: nn.Module | None, grown_to: int
    ) -> None:
        """Take over weights before the first step, of layers that are trained up to a resolution.
        RuntimeError if they do not fit.
        """
        self.pretrained_up_to = grown_to
        for mine in (self.generator, self.generator_ema):
            take_over(mine, generator)
        if discriminator is not None:
            take_over(self.discriminator, discriminator)

    # One step ------------------------------------------------------------------------------

    def grow(
        self,
        progress: Callable[[int, int], None] = lambda done, total: None,
        stop: Callable[[], bool] = lambda: False,
    ) -> bool:
        """Fit the layers that the next step brings in, if the settings ask for it, and if they
        have not been trained before.

        Returns False, with nothing changed, if `stop()` came first.
        """
        config, phase = self.config, phase_at(self.config, self.images_seen)
        steps, seed = config.growth_fit_steps, config.seed + phase.resolution
        kept = max(self.pretrained_up_to, config.freeze_generator_to)
        if (
            not steps
            or phase.resolution <= kept
            or math.floor(phase.lod) >= math.floor(self.last_lod)
        ):
            return True
        fitted = fit_new_layers(self.generator_ema, phase.resolution, steps, seed, progress, stop)
        if fitted is None:
            return False
        for generator in (self.generator, self.generator_ema):
            generator.load_state_dict(fitted, strict=False)
            self.ranks.share(generator.state_dict().values())
        return True

    def prepare(self) -> Phase:
        """Enter the stage of the next step and return it: it tells the batch size to bring."""
        phase = phase_at(self.config, self.images_seen)
        if resets_moments(self.last_lod, phase.lod):
            self.optimizer_g.state.clear()
            self.optimizer_d.state.clear()
        self.optimizer_g.param_groups[0]["lr"] = phase.generator_lr
        self.optimizer_d.param_groups[0]["lr"] = phase.discriminator_lr
        self.phase, self.last_lod = phase, phase.lod
        return phase

    def step(self, images: Tensor, labels: Tensor | None = None) -> None:
        """Train both networks on this process's share of a batch of real images.

        uint8 [N, 3, R, R] at the full resolution and their classes, one-hot [N, c_dim]. The paper
        draws fresh latents for each network's step. With `shared_pass` one batch of fakes serves
        both, as simultaneous gradient descent: a generator's and a discriminator's forward pass
        less.
        """
        reals = real_images(self._moved(images), self.phase.lod)
        reals = reals.contiguous(memory_format=self.layout)
        c = None if labels is None else self._moved(labels)
        if self.config.shared_pass:
            self._step_together(reals, c)
        else:
            self._step_discriminator(reals, c)
            self._step_generator(len(reals), c)
        batch = len(reals) * self.ranks.size
        self._update_average(batch)
        self.images_seen += batch
        self.iteration += 1

    def _moved(self, values: Tensor) -> Tensor:
        """On the device; from pinned memory nothing waits for it."""
        return values.to(self.device, non_blocking=self.device.type == "cuda")

    def _step_discriminator(self, reals: Tensor, c: Tensor | None) -> None:
        with torch.no_grad():
            fakes = self.forward.fakes(len(reals), c, self.phase)
        self._descend_discriminator(reals, fakes, self._judged(fakes, c), c)

    def _step_generator(self, n: int, c: Tensor | None) -> None:
        with _held([*self.weights_d, *(self.features.weights if self.features else ())]):
            fakes = self.forward.fakes(n, c, self.phase)
            loss = self._generator_loss(fakes, self._judged(fakes, c))
            self.optimizer_g.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
        self._finish_generator(loss, n, c)

    def _step_together(self, reals: Tensor, c: Tensor | None) -> None:
        fakes = self.forward.fakes(len(reals), c, self.phase)
        shown = fakes.detach().requires_grad_()
        judged = self._judged(shown, c)
        loss = self._generator_loss(shown, judged)
        (gradient,) = torch.autograd.grad(loss, shown, retain_graph=True)
        self._descend_discriminator(reals, shown.detach(), judged, c)
        self.optimizer_g.zero_grad()
        fakes.backward(gradient)  # type: ignore[no-untyped-call]
        self._finish_generator(loss, len(reals), c)

    def _finish_generator(self, loss: Tensor, n: int, c: Tensor | None) -> None:
        for penalty in self.penalties.due(self.iteration, n, c, self.phase):
            penalty.backward()  # type: ignore[no-untyped-call]
        self.ranks.average_gradients(self.weights_g)
        self.optimizer_g.step()
        self.statistics.add("loss_g", loss)

    def _judged(self, images: Tensor, c: Tensor | None) -> Judged:
        scores = self.forward.scores(images, c, self.phase)
        if self.features is None or not self.phase.feature_weight:
            return Judged(scores, None)
        return Judged(scores, self.features.logits(images, c, self.images_seen))

    def _generator_loss(self, fakes: Tensor, judged: Judged) -> Tensor:
        loss = self.losses.generator(judged.scores)
        if judged.feature_logits is not None:
            of_features = self.phase.feature_weight * hinge_generator(judged.feature_logits)
            self.statistics.add("feature_loss_g", of_features)
            loss = loss + of_features
        if self.config.range_weight:
            loss = loss + self.config.range_weight * range_penalty(fakes)
        if self.critic is not None and self.reader is not None:
            read = self.critic(readings(self.reader, fakes))
            loss = loss + self.config.label_critic_weight * LOSSES["logistic"].generator(read)
        return loss

    def _descend_discriminator(
        self, reals: Tensor, fakes: Tensor, judged: Judged, c: Tensor | None
    ) -> None:
        config, fake_scores = self.config, judged.scores
        penalised = self.phase.r1_gamma > 0 and self.iteration % config.r1_interval == 0
        uses_r1 = penalised and config.loss == "logistic"
        real_scores = self.forward.scores(reals.requires_grad_(uses_r1), c, self.phase)
        loss = self.losses.discriminator(real_scores, fake_scores)
        if self.forward.ada is not None:
            self.forward.ada.observe(real_scores, len(reals) * self.ranks.size)
        self.statistics.add("loss_d", loss)
        self.statistics.add("real_score", real_scores.mean())
        self.statistics.add("fake_score", fake_scores.mean())
        if uses_r1:
            penalty = r1_penalty(reals, real_scores, self.phase.r1_gamma).mean()
            self.statistics.add("r1", penalty)
            loss = loss + penalty * config.r1_interval
        if config.loss == "wgan-gp":
            loss = loss + self._gradient_penalty(reals, fakes, c)
        if self.critic is not None and self.reader is not None:
            loss = loss + label_critic_loss(self.critic, self.reader, reals.detach(), fakes)
        self.optimizer_d.zero_grad()
        loss.backward(inputs=self.weights_d)  # type: ignore[no-untyped-call]
        self.ranks.average_gradients(self.weights_d)
        self.optimizer_d.step()
        if self.features is not None and judged.feature_logits is not None:
            seen, lr = self.images_seen, self.phase.feature_lr
            loss = self.features.descend(reals.detach(), judged.feature_logits, c, seen, lr)
            self.statistics.add("feature_loss_d", loss)

    def _gradient_penalty(self, reals: Tensor, fakes: Tensor, c: Tensor | None) -> Tensor:
        share = self.forward.inputs.uniform(len(reals) * self.ranks.size, 1, 1, 1)
        between = reals.lerp(fakes, share).requires_grad_()
        return gradient_penalty(between, self.forward.scores(between, c, self.phase)).mean()

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

    # State ---------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """All that the rest of the run depends on: tensors, numbers, strings, containers."""
        return {
            "images_seen": self.images_seen,
            "iteration": self.iteration,
            "begun_at": self.pretrained_up_to,
            "last_lod": self.last_lod,
            "path_length": self.penalties.path_length,
            "ada": None if self.forward.ada is None else self.forward.ada.state(),
            "random": self.forward.inputs.random.get_state(),
        } | {name: part.state_dict() for name, part in self._parts().items()}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Continue from a state. Raises KeyError or RuntimeError if it is of other networks."""
        for name, part in self._parts().items():
            part.load_state_dict(state[name])
        self.images_seen, self.iteration = state["images_seen"], state["iteration"]
        self.pretrained_up_to = state.get("begun_at", 0)  # which states of former versions lack
        self.forward.inputs.random.set_state(state["random"])
        self.penalties.path_length.copy_(state["path_length"])
        if self.forward.ada is not None and state["ada"] is not None:
            self.forward.ada.load_state(state["ada"])
        self.last_lod = state["last_lod"]
        self.phase = phase_at(self.config, self.images_seen)

    def _parts(self) -> dict[str, Any]:
        networks = ("generator", "discriminator", "generator_ema")
        names = (*networks, "optimizer_g", "optimizer_d", "statistics")
        critic = {} if self.critic is None else {"critic": self.critic}
        features = {} if self.features is None else {"features": self.features}
        return {name: getattr(self, name) for name in names} | critic | features


def _layout(config: TrainConfig, device: torch.device) -> torch.memory_format:
    channels_last = config.channels_last
    if device.type == "cpu":
        channels_last = channels_last and config.resolution <= CHANNELS_LAST_ON_CPU
    return torch.channels_last if channels_last else torch.contiguous_format


def _adam(weights: list[nn.Parameter]) -> torch.optim.Adam:
    return torch.optim.Adam(weights, lr=1e-3, betas=(0.0, 0.99), eps=1e-8, fused=True)


@contextmanager
def _held(weights: list[nn.Parameter]) -> Iterator[None]:
    """No gradients for these weights, which saves half of their network's backward pass."""
    hold(weights)
    try:
        yield
    finally:
        for weight in weights:
            weight.requires_grad_(True)
