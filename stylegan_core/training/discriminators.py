"""The discriminators' side of a step: they judge pictures, and learn to judge them better.

There are up to three: one on pixels, one on label readings, and several on pretrained features.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch import Tensor, nn

from stylegan_core.labels.critic import LabelCritic, new_label_critic, readings
from stylegan_core.labels.network import LabelNetwork
from stylegan_core.training.config import TrainConfig
from stylegan_core.training.distributed import Ranks
from stylegan_core.training.feature_critic import FeatureCritic
from stylegan_core.training.label_critic import label_critic_loss
from stylegan_core.training.losses import (
    LOSSES,
    gradient_penalty,
    hinge_generator,
    r1_penalty,
    range_penalty,
)
from stylegan_core.training.networks import freeze_weights, trained_weights
from stylegan_core.training.optimizer import new_adam
from stylegan_core.training.passes import TrainingPasses
from stylegan_core.training.schedule import Phase
from stylegan_core.training.statistics import Statistics


class StepInfo(NamedTuple):
    """The values that all passes of a step share: the position in the run, and the classes."""

    phase: Phase
    iteration: int
    images_seen: int
    c: Tensor | None  # one-hot, [N, c_dim]


class Verdict(NamedTuple):
    """A batch's scores on pixels [N, 1], and on features [N, levels] in phases that use them."""

    scores: Tensor
    feature_logits: Tensor | None


class Discriminators:
    """All discriminators of a run, with their optimisers.

    The discriminator on pixels is reached through `passes`, and shares one optimiser with the
    label critic.
    """

    def __init__(
        self,
        config: TrainConfig,
        discriminator: nn.Module,
        passes: TrainingPasses,
        statistics: Statistics,
        reader: LabelNetwork | None,
        device: torch.device,
        ranks: Ranks,
    ) -> None:
        """Raise UserError where the configuration needs a pretrained network that is missing."""
        self._config = config
        self._passes = passes
        self._statistics = statistics
        self._reader = reader
        self._ranks = ranks
        self._losses = LOSSES[config.loss]
        self.label_critic: LabelCritic | None = None
        if config.label_critic_weight:
            group_size = config.network.mbstd_group_size
            self.label_critic = new_label_critic(config.seed, group_size).to(device)
        self.features: FeatureCritic | None = None
        if config.uses_features:
            self.features = FeatureCritic(config, passes.inputs, device, ranks)
        critics = [] if self.label_critic is None else [self.label_critic]
        self.weights = trained_weights(discriminator, *critics)
        self.optimizer = new_adam(self.weights)

    def judge(self, images: Tensor, step: StepInfo) -> Verdict:
        """Judge images [N, 3, r, r] in [-1, 1]."""
        scores = self._passes.scores(images, step.c, step.phase)
        if self.features is None or not step.phase.feature_weight:
            return Verdict(scores, None)
        return Verdict(scores, self.features.logits(images, step.c, step.images_seen))

    def generator_loss(self, fakes: Tensor, verdict: Verdict, step: StepInfo) -> Tensor:
        """Return the generator's loss for its pictures [N, 3, r, r] and the verdict on them."""
        config = self._config
        loss = self._losses.generator(verdict.scores)
        if verdict.feature_logits is not None:
            feature_loss = step.phase.feature_weight * hinge_generator(verdict.feature_logits)
            self._statistics.add("feature_loss_g", feature_loss)
            loss = loss + feature_loss
        if config.range_weight:
            loss = loss + config.range_weight * range_penalty(fakes)
        if self.label_critic is not None and self._reader is not None:
            scores = self.label_critic(readings(self._reader, fakes))
            loss = loss + config.label_critic_weight * LOSSES["logistic"].generator(scores)
        return loss

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Compute no gradients of the discriminators' weights while the generator is trained.

        That saves half of their backward pass.
        """
        weights = [*self.weights, *(self.features.weights if self.features else ())]
        freeze_weights(weights)
        try:
            yield
        finally:
            for weight in weights:
                weight.requires_grad_(True)

    def descend(self, reals: Tensor, fakes: Tensor, verdict: Verdict, step: StepInfo) -> None:
        """Train all discriminators by one step on real and generated pictures [N, 3, r, r].

        The graph of the verdict on the generated pictures must still exist.
        """
        loss = self._loss(reals, fakes, verdict.scores, step)
        self.optimizer.zero_grad()
        loss.backward(inputs=self.weights)  # type: ignore[no-untyped-call]
        self._ranks.average_gradients(self.weights)
        self.optimizer.step()
        if self.features is not None and verdict.feature_logits is not None:
            loss = self.features.descend(
                reals.detach(),
                verdict.feature_logits,
                step.c,
                step.images_seen,
                step.phase.feature_lr,
            )
            self._statistics.add("feature_loss_d", loss)

    def _loss(self, reals: Tensor, fakes: Tensor, fake_scores: Tensor, step: StepInfo) -> Tensor:
        """Return the loss on pixels, with its gradient penalty, and that of the label critic."""
        uses_r1 = self._uses_r1(step)
        real_scores = self._passes.scores(reals.requires_grad_(uses_r1), step.c, step.phase)
        loss = self._losses.discriminator(real_scores, fake_scores)
        self._observe(loss, real_scores, fake_scores)
        if uses_r1:
            penalty = r1_penalty(reals, real_scores, step.phase.r1_gamma).mean()
            self._statistics.add("r1", penalty)
            loss = loss + penalty * self._config.r1_interval
        if self._config.loss == "wgan-gp":
            loss = loss + self._gradient_penalty(reals, fakes, step)
        if self.label_critic is not None and self._reader is not None:
            loss = loss + label_critic_loss(self.label_critic, self._reader, reals.detach(), fakes)
        return loss

    def _uses_r1(self, step: StepInfo) -> bool:
        is_due = step.phase.r1_gamma > 0 and step.iteration % self._config.r1_interval == 0
        return is_due and self._config.loss == "logistic"

    def _observe(self, loss: Tensor, real_scores: Tensor, fake_scores: Tensor) -> None:
        """Note the scores in the log and for the strength of the augmentation."""
        if self._passes.ada is not None:
            self._passes.ada.observe(real_scores, len(real_scores) * self._ranks.size)
        self._statistics.add("loss_d", loss)
        self._statistics.add("real_score", real_scores.mean())
        self._statistics.add("fake_score", fake_scores.mean())

    def _gradient_penalty(self, reals: Tensor, fakes: Tensor, step: StepInfo) -> Tensor:
        share = self._passes.inputs.uniform(len(reals) * self._ranks.size, 1, 1, 1)
        between = reals.lerp(fakes, share).requires_grad_()
        return gradient_penalty(between, self._passes.scores(between, step.c, step.phase)).mean()
