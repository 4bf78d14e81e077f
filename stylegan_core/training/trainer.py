"""One step of a StyleGAN's training, and all the state that a run continues from.

Karras et al. 2019, appendix C. The state of the only random stream and the number of images seen
decide the rest of a run.
"""

import copy
import math
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from stylegan_core.labels.network import LabelNetwork
from stylegan_core.training.average import decay_of_average, update_average
from stylegan_core.training.config import TrainConfig
from stylegan_core.training.discriminators import Discriminators, StepInfo
from stylegan_core.training.distributed import ALONE, Ranks
from stylegan_core.training.fit_new_layers import fit_new_layers
from stylegan_core.training.inputs import real_images, with_channels
from stylegan_core.training.networks import load_weights, new_networks, trained_weights
from stylegan_core.training.optimizer import new_adam, set_lr
from stylegan_core.training.passes import TrainingPasses
from stylegan_core.training.penalties import Penalties
from stylegan_core.training.precision import decide_amp
from stylegan_core.training.schedule import Phase, phase_at, resets_moments
from stylegan_core.training.statistics import Statistics

CHANNELS_LAST_ON_CPU = 128  # px; above it, channels-last slows down the gradients of wide layers


class Trainer:
    """The networks in training. `step` consumes one batch of real images."""

    def __init__(
        self,
        config: TrainConfig,
        device: torch.device | str,
        reader: LabelNetwork | None = None,
        ranks: Ranks = ALONE,
    ) -> None:
        """Make networks from the configuration's seed, the same in each process.

        `reader` is the label network, if the configuration uses one. Raises UserError where the
        configuration needs a pretrained network that is missing.
        """
        self.device = device = torch.device(device)
        self.config = config = decide_amp(config, device, ranks)
        self.ranks = ranks
        self.images_seen = 0
        self.iteration = 0
        self.pretrained_up_to = 0  # px: the layers up to this resolution came trained
        self.phase = phase_at(config, 0)
        self.last_lod = self.phase.lod
        self.memory_format = _memory_format(config, device)
        generator, discriminator = new_networks(config)
        self.generator = generator.to(device, memory_format=self.memory_format)
        self.discriminator = discriminator.to(device, memory_format=self.memory_format)
        self.generator_ema = copy.deepcopy(self.generator).eval().requires_grad_(False)
        self.reader = None if reader is None else reader.to(device)
        self.statistics = Statistics(device)
        self.passes = passes = TrainingPasses(
            config, self.generator, self.discriminator, device, ranks
        )
        self.discriminators = Discriminators(
            config, self.discriminator, passes, self.statistics, self.reader, device, ranks
        )
        self.penalties = Penalties(config, passes, self.statistics, self.reader, device, ranks)
        self.weights_g = trained_weights(self.generator)
        self.optimizer_g = new_adam(self.weights_g)

    def load_pretrained(
        self, generator: nn.Module, discriminator: nn.Module | None, pretrained_up_to: int
    ) -> None:
        """Take over weights before the first step, with layers trained up to a resolution in px.

        Raises RuntimeError for weights that do not fit.
        """
        self.pretrained_up_to = pretrained_up_to
        for network in (self.generator, self.generator_ema):
            load_weights(network, generator)
        if discriminator is not None:
            load_weights(self.discriminator, discriminator)

    # One step ------------------------------------------------------------------------------

    def fit_new_layers(
        self,
        progress: Callable[[int, int], None] = lambda done, total: None,
        stop: Callable[[], bool] = lambda: False,
    ) -> bool:
        """Fit the layers that the next step adds, where the settings say so.

        Layers that came trained or are frozen stay as they are. Returns False, with nothing
        changed, if `stop()` came first.
        """
        config, phase = self.config, phase_at(self.config, self.images_seen)
        kept = max(self.pretrained_up_to, config.freeze_generator_to)
        adds_layers = math.floor(phase.lod) < math.floor(self.last_lod)
        if not (config.growth_fit_steps and adds_layers and phase.resolution > kept):
            return True
        fitted = fit_new_layers(
            self.generator_ema,
            phase.resolution,
            config.growth_fit_steps,
            config.seed + phase.resolution,
            progress,
            stop,
        )
        if fitted is None:
            return False
        for generator in (self.generator, self.generator_ema):
            generator.load_state_dict(fitted, strict=False)
            self.ranks.broadcast(generator.state_dict().values())
        return True

    def prepare(self) -> Phase:
        """Enter the phase of the next step and return it; its `batch` is the size to bring."""
        phase = phase_at(self.config, self.images_seen)
        optimizer_d = self.discriminators.optimizer
        if resets_moments(self.last_lod, phase.lod):
            self.optimizer_g.state.clear()
            optimizer_d.state.clear()
        set_lr(self.optimizer_g, phase.generator_lr)
        set_lr(optimizer_d, phase.discriminator_lr)
        self.phase = phase
        self.last_lod = phase.lod
        return phase

    def step(self, images: Tensor, labels: Tensor | None = None) -> None:
        """Train both networks on this process's share of a batch of real images.

        The images are uint8 [N, 3 or 4, R, R] at full resolution, the labels one-hot [N, c_dim].
        The paper draws fresh latents for each network's step. With `shared_pass` one batch of fakes
        serves both, as simultaneous gradient descent: that saves a forward pass of the generator
        and one of the discriminator.
        """
        pictures = with_channels(self._to_device(images), self.config.network.image_channels)
        reals = real_images(pictures, self.phase.lod)
        reals = reals.contiguous(memory_format=self.memory_format)
        c = None if labels is None else self._to_device(labels)
        if self.config.shared_pass:
            self._step_together(reals, c)
        else:
            self._step_discriminators(reals, c)
            self._step_generator(len(reals), c)
        batch = len(reals) * self.ranks.size
        decay = decay_of_average(self.config, self.images_seen, batch)
        update_average(self.generator_ema, self.generator, decay)
        self.images_seen += batch
        self.iteration += 1

    def _to_device(self, values: Tensor) -> Tensor:
        """Copy values to the device; values in pinned memory are copied without waiting."""
        return values.to(self.device, non_blocking=self.device.type == "cuda")

    def _step_info(self, c: Tensor | None) -> StepInfo:
        return StepInfo(self.phase, self.iteration, self.images_seen, c)

    def _step_discriminators(self, reals: Tensor, c: Tensor | None) -> None:
        info = self._step_info(c)
        with torch.no_grad():
            fakes = self.passes.fakes(len(reals), c, self.phase)
        verdict = self.discriminators.judge(fakes, info)
        self.discriminators.descend(reals, fakes, verdict, info)

    def _step_generator(self, n: int, c: Tensor | None) -> None:
        info = self._step_info(c)
        with self.discriminators.frozen():
            fakes = self.passes.fakes(n, c, self.phase)
            verdict = self.discriminators.judge(fakes, info)
            loss = self.discriminators.generator_loss(fakes, verdict, info)
            self.optimizer_g.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
        self._finish_generator(loss, n, c)

    def _step_together(self, reals: Tensor, c: Tensor | None) -> None:
        info = self._step_info(c)
        fakes = self.passes.fakes(len(reals), c, self.phase)
        leaf = fakes.detach().requires_grad_()
        verdict = self.discriminators.judge(leaf, info)
        loss = self.discriminators.generator_loss(leaf, verdict, info)
        (gradient,) = torch.autograd.grad(loss, leaf, retain_graph=True)
        self.discriminators.descend(reals, leaf.detach(), verdict, info)
        self.optimizer_g.zero_grad()
        fakes.backward(gradient)  # type: ignore[no-untyped-call]
        self._finish_generator(loss, len(reals), c)

    def _finish_generator(self, loss: Tensor, n: int, c: Tensor | None) -> None:
        """Add the gradients of the penalties, and move the generator."""
        for penalty in self.penalties.due(self.iteration, n, c, self.phase):
            penalty.backward()  # type: ignore[no-untyped-call]
        self.ranks.average_gradients(self.weights_g)
        self.optimizer_g.step()
        self.statistics.add("loss_g", loss)

    # State ---------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """Return all that the rest of the run depends on: tensors, numbers, strings, containers."""
        ada = self.passes.ada
        return {
            "images_seen": self.images_seen,
            "iteration": self.iteration,
            "begun_at": self.pretrained_up_to,
            "last_lod": self.last_lod,
            "path_length": self.penalties.path_length,
            "ada": None if ada is None else ada.state(),
            "random": self.passes.inputs.random.get_state(),
        } | {name: stateful.state_dict() for name, stateful in self._stateful().items()}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Continue from a state. Raises KeyError or RuntimeError if other networks wrote it."""
        for name, stateful in self._stateful().items():
            stateful.load_state_dict(state[name])
        self.images_seen = state["images_seen"]
        self.iteration = state["iteration"]
        self.pretrained_up_to = state.get("begun_at", 0)  # states of former versions lack it
        self.passes.inputs.random.set_state(state["random"])
        self.penalties.path_length.copy_(state["path_length"])
        if self.passes.ada is not None and state["ada"] is not None:
            self.passes.ada.load_state(state["ada"])
        self.last_lod = state["last_lod"]
        self.phase = phase_at(self.config, self.images_seen)

    def _stateful(self) -> dict[str, Any]:
        """Return everything that has a state_dict, by its key in the state of a run."""
        always = {
            "generator": self.generator,
            "discriminator": self.discriminator,
            "generator_ema": self.generator_ema,
            "optimizer_g": self.optimizer_g,
            "optimizer_d": self.discriminators.optimizer,
            "statistics": self.statistics,
        }
        optional = {
            "critic": self.discriminators.label_critic,
            "features": self.discriminators.features,
        }
        return always | {name: value for name, value in optional.items() if value is not None}


def _memory_format(config: TrainConfig, device: torch.device) -> torch.memory_format:
    channels_last = config.channels_last
    if device.type == "cpu":
        channels_last = channels_last and config.resolution <= CHANNELS_LAST_ON_CPU
    return torch.channels_last if channels_last else torch.contiguous_format
