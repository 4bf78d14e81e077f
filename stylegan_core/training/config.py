"""Everything that decides a training run, as one value.

The numbers are those of Karras et al. 2019 (appendix C) unless a preset says otherwise. A table
of (resolution, value) pairs holds its value from that resolution up.
"""

import json
import math
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, TypeVar

from stylegan_core.data.images import Fit
from stylegan_core.errors import UserError
from stylegan_core.networks import ARCHITECTURES
from stylegan_core.networks.checks import (
    LARGEST,
    check_fields,
    check_positive,
    check_range,
    check_whole,
)
from stylegan_core.networks.stylegan1 import StyleGAN1Config
from stylegan_core.networks.trainable import TrainableConfig
from stylegan_core.training.losses import LossName

Value = TypeVar("Value", int, float)
Table = tuple[tuple[int, Value], ...]
SHORTEST_KIMG = 0.001  # one picture
LONGEST_KIMG = 1_000_000_000  # more than any run shows
TRAINED_CHANNELS = (1, 3, 4)  # grey, RGB, RGB with transparency
LABEL_WEIGHTS = ("label_critic_weight", "style_roles_weight")  # of losses that need portraits


def value_at(table: Table[Value], resolution: int) -> Value:
    """Return the value that a table of (resolution, value) pairs holds at a resolution."""
    return next(value for start, value in reversed(table) if start <= resolution)


@dataclass(frozen=True)
class TrainConfig:
    """A training run. 1 kimg is 1000 real images shown to the discriminator."""

    data: str = "portraits"  # see data.dataset.open_dataset
    label_source: str = "none"  # where classes come from: none, folders, or a JSON file
    fit: Fit = "crop"  # how pictures become square
    enlarge: bool = False  # enlarge pictures that are too small instead of leaving them out
    head_start: int = 0  # portraits to render before training starts; 0: all of them
    total_kimg: float = 25_000
    seed: int = 0
    mirror: bool = True
    network: TrainableConfig = field(default_factory=StyleGAN1Config)

    # Progressive growing: train for phase_kimg at a resolution, then fade in the next one.
    start_resolution: int = 8
    phase_kimg: Table[float] = ((4, 600),)
    fade_kimg: Table[float] = ((4, 600),)  # listed by the resolution that fades in
    growth_fit_steps: int = 0  # steps before a fade; see fit_new_layers
    batch: Table[int] = ((4, 128), (32, 64), (64, 32), (128, 16), (256, 8), (512, 4))

    # Optimisation: Adam with beta1 0, beta2 0.99, eps 1e-8.
    loss: LossName = "logistic"
    generator_lr: Table[float] = ((4, 1e-3), (128, 1.5e-3), (256, 2e-3), (512, 3e-3))
    discriminator_lr: Table[float] = ((4, 1e-3), (128, 1.5e-3), (256, 2e-3), (512, 3e-3))
    lr_decay_kimg: float = 0  # length of the end, when the learning rates fall linearly to zero
    r1_gamma: Table[float] = ((4, 10),)  # used with the logistic loss
    r1_interval: int = 1  # 1: every step, as in the paper; k: every k-th, k times as strong
    path_length_weight: float = 0
    path_length_interval: int = 4
    label_critic_weight: float = 0  # a critic on the labels of portraits; see label_critic
    style_roles_weight: float = 0  # a penalty that also reads labels; see labels.style_roles
    noise_spread: float = 0  # how much noise moves pictures at least, of 255; see penalties

    # Discriminators on the features of a pretrained network; see feature_critic.
    feature_weight: Table[float] = ((4, 0),)  # in the generator's loss; 0: none of them
    feature_levels: int = 3  # the first is 1/4 of feature_size wide, each next one half as wide
    feature_size: int = 128  # the size in pixels at which they see the pictures
    feature_lr: float = 2e-3
    feature_blur_kimg: float = 20  # in which the blur of the pictures that they see fades
    feature_file: str = ""  # the network's weights; "": those of the extra "features"
    range_weight: float = 0  # a penalty on values outside [-1, 1]

    shared_pass: bool = False  # one batch of fakes serves both networks' steps; see Trainer.step

    # Small data: adaptive augmentation, and layers that fine-tuning leaves as they are.
    ada_target: float = 0  # target of the mean sign of D(real); 0: no adaptive augmentation
    ada_kimg: float = 500  # in which the probability can rise from 0 to 1
    init_from: str = ""  # a model, also a foreign one, whose weights the run starts from
    freeze_mapping: bool = False
    freeze_generator_to: int = 0  # freeze the layers up to this resolution
    freeze_discriminator_from: int = 0  # freeze the layers from this one up; 0: none

    # Regularisation and averages.
    mixing_prob: Table[float] = ((4, 0.9),)
    noise_from_kimg: float = 0  # the noise inputs are zero before
    w_avg_beta: float = 0.995
    ema_half_life_kimg: float = 10
    ema_ramp: float = 0.05  # early on the half-life is this share of the images seen

    # Output.
    snapshot_kimg: float = 100  # interval of snapshots and of the state to resume from
    sample_kimg: float = 100
    log_kimg: float = 1

    # Speed.
    channels_last: bool = True  # on a CPU only up to 128 px, where it is faster
    amp: Literal["off", "bfloat16", "auto"] = "off"  # auto: see training.precision

    def __post_init__(self) -> None:
        """Raise UserError for values out of range and for settings that contradict each other."""
        try:
            _check(self)
        except ValueError as error:
            raise UserError(str(error)) from None

    @property
    def architecture(self) -> str:
        """The name of the networks' architecture in `ARCHITECTURES`."""
        return next(n for n, known in ARCHITECTURES.items() if known.config is type(self.network))

    @property
    def resolution(self) -> int:
        """Width and height of the pictures."""
        return self.network.resolution

    @property
    def batches(self) -> tuple[int, ...]:
        """The batch sizes of the schedule, in order."""
        return tuple(dict.fromkeys(value_at(self.batch, size) for size in self._sizes_in_use))

    @property
    def _sizes_in_use(self) -> list[int]:
        return [size for size in self.network.resolutions if size >= self.start_resolution]

    @property
    def group_size(self) -> int | None:
        """Number of samples judged together; None is the whole batch. See `Ranks.positions`."""
        if self.label_critic_weight:  # its critic compares samples too
            return self.network.mbstd_group_size or None
        return self.network.samples_compared

    @property
    def reads_labels(self) -> bool:
        """Tell whether a label network takes part in the training."""
        return any(getattr(self, name) > 0 for name in LABEL_WEIGHTS)

    @property
    def uses_features(self) -> bool:
        """Tell whether discriminators on pretrained features take part in the training."""
        return any(value_at(self.feature_weight, size) > 0 for size in self._sizes_in_use)

    @property
    def grows(self) -> bool:
        """Tell whether training starts below the full resolution."""
        return self.start_resolution < self.resolution

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values; `config_json.from_json` is the inverse."""
        plain = json.loads(json.dumps(asdict(self)))
        return {"architecture": self.architecture, **plain}


def with_classes(config: TrainConfig, count: int) -> TrainConfig:
    """Return the configuration for `count` classes."""
    return replace(config, network=config.network.with_classes(count))


def _check(config: TrainConfig) -> None:
    """Raise ValueError, with the setting's name, for the first one that does not fit."""
    _check_network(config)
    _check_numbers(config)
    _check_tables(config)
    if config.feature_size % 32:
        raise ValueError(f"feature_size must be a multiple of 32, not {config.feature_size}")
    if not config.ada_target < 1:
        raise ValueError(f"ada_target must be below 1, not {config.ada_target}")


def _check_network(config: TrainConfig) -> None:
    network, sizes = config.network, config.network.resolutions
    if config.start_resolution not in sizes:
        raise ValueError(
            f"start_resolution must be one of {', '.join(map(str, sizes))}, "
            f"not {config.start_resolution}"
        )
    if network.image_channels not in TRAINED_CHANNELS:
        raise ValueError(
            f"image_channels must be 1 (grey), 3 (colour) or 4 (colour with transparency) to "
            f"train, not {network.image_channels}"
        )
    if config.noise_spread and not network.takes_noise:
        raise ValueError("noise_spread is for networks with noise inputs; set it to 0")
    if config.grows and not network.grows:
        raise ValueError(
            "These networks do not grow, but are trained at full resolution from the start: "
            "start_resolution must equal resolution"
        )
    if config.growth_fit_steps and not network.fits_new_layers:
        raise ValueError("growth_fit_steps are for stylegan1; set them to 0")


def _check_numbers(config: TrainConfig) -> None:
    check_range("seed", config.seed, 0)
    if config.seed >= 2**63:
        raise ValueError(f"seed must be below 2^63, not {config.seed}")
    check_whole("feature_levels", config.feature_levels, 1, 4)
    check_whole("feature_size", config.feature_size, 64, 512)
    check_fields(config, ("head_start", "growth_fit_steps"), 0, LARGEST)
    for name in ("total_kimg", "snapshot_kimg", "sample_kimg", "log_kimg", "ada_kimg"):
        check_range(name, getattr(config, name), SHORTEST_KIMG, LONGEST_KIMG)
    for name in ("r1_interval", "path_length_interval", "feature_lr"):
        check_positive(name, getattr(config, name))
    lengths = ("lr_decay_kimg", "ema_half_life_kimg", "noise_from_kimg", "feature_blur_kimg")
    weights = ("path_length_weight", "range_weight", *LABEL_WEIGHTS)
    for name in (*lengths, *weights, "ema_ramp", "noise_spread", "ada_target"):
        check_range(name, getattr(config, name), 0)
    check_range("w_avg_beta", config.w_avg_beta, 0, 1)


def _check_tables(config: TrainConfig) -> None:
    above_zero = ("batch", "generator_lr", "discriminator_lr")
    lengths = ("phase_kimg", "fade_kimg")
    for name in (*above_zero, *lengths, "r1_gamma", "mixing_prob", "feature_weight"):
        table = getattr(config, name)
        starts = [start for start, _ in table]
        if not table or starts != sorted(set(starts)) or starts[0] > config.start_resolution:
            raise ValueError(f"{name} must rise in resolution and start at the first one in use")
        for _, value in table:
            if name in above_zero:
                check_positive(name, value)
            else:
                check_range(name, value, 0, 1 if name == "mixing_prob" else math.inf)
    for _, size in config.batch:
        check_whole("batch", size, 1)
