"""Everything that decides a training run, as one value.

The numbers are those of Karras et al. 2019 (appendix C) unless a preset says otherwise. A table
of (resolution, value) pairs holds its value from that resolution up.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Literal, TypeVar, get_args, get_origin

from stylegan_core.data.images import Fit
from stylegan_core.errors import UserError
from stylegan_core.networks import ARCHITECTURES
from stylegan_core.networks.stylegan1 import StyleGAN1Config
from stylegan_core.networks.trainable import TrainableConfig
from stylegan_core.training.losses import LossName
from stylegan_core.training.network_config import with_architecture

Value = TypeVar("Value", int, float)
Table = tuple[tuple[int, Value], ...]
SHORTEST_KIMG, LONGEST_KIMG = 0.001, 1_000_000_000  # one picture; more than anybody shows
LABEL_WEIGHTS = ("label_critic_weight", "style_roles_weight")  # for portraits: they have labels


def value_at(table: "Table[Value]", resolution: int) -> Value:
    """The value that a table of (resolution, value) pairs holds at a resolution."""
    return next(value for start, value in reversed(table) if start <= resolution)


@dataclass(frozen=True)
class TrainConfig:
    """A training run. 1 kimg is 1000 real images shown to the discriminator."""

    data: str = "portraits"  # see data.dataset.open_dataset
    label_source: str = "none"  # of the classes to train with: none, folders, or a JSON file
    fit: Fit = "crop"  # of pictures that are no squares
    enlarge: bool = False  # pictures that are too small, rather than leave them out
    head_start: int = 0  # portraits to begin with, the rest is rendered beside; 0: all of them
    total_kimg: float = 25_000
    seed: int = 0
    mirror: bool = True
    network: TrainableConfig = field(default_factory=StyleGAN1Config)

    # Progressive growing: phase_kimg at a resolution, then fade_kimg to fade the next one in.
    start_resolution: int = 8
    phase_kimg: Table[float] = ((4, 600),)
    fade_kimg: Table[float] = ((4, 600),)  # by the resolution that fades in
    growth_fit_steps: int = 0  # before a fade; see growth
    batch: Table[int] = ((4, 128), (32, 64), (64, 32), (128, 16), (256, 8), (512, 4))

    # Optimisation: Adam with beta1 0, beta2 0.99, eps 1e-8.
    loss: LossName = "logistic"
    generator_lr: Table[float] = ((4, 1e-3), (128, 1.5e-3), (256, 2e-3), (512, 3e-3))
    discriminator_lr: Table[float] = ((4, 1e-3), (128, 1.5e-3), (256, 2e-3), (512, 3e-3))
    lr_decay_kimg: float = 0  # over the last so many the learning rates fall linearly to zero
    r1_gamma: Table[float] = ((4, 10),)  # of the logistic loss
    r1_interval: int = 1  # 1: in each step, as in the paper; k: in each k-th, k times as strong
    path_length_weight: float = 0
    path_length_interval: int = 4
    label_critic_weight: float = 0  # of a critic on the labels of portraits; see label_critic
    style_roles_weight: float = 0  # of a penalty that labels decide too; see style_roles
    noise_spread: float = 0  # what noise is to move pictures by at least, of 255; see penalties

    # Discriminators on the features of a pretrained network; see feature_critic.
    feature_weight: Table[float] = ((4, 0),)  # of their say in the generator's loss; 0: none
    feature_levels: int = 3  # from 1/4 of feature_size down, each half as large
    feature_size: int = 128  # pixels, to which pictures are enlarged for them
    feature_lr: float = 2e-3
    feature_blur_kimg: float = 20  # in which the blur of what they see goes away
    feature_file: str = ""  # the network's weights; without it those of the extra "features"
    range_weight: float = 0  # of a penalty on values outside [-1, 1]

    shared_pass: bool = False  # one batch of fakes serves both networks' steps; see trainer.step

    # Small data: adaptive augmentation, and what stays as it is when a checkpoint is trained on.
    ada_target: float = 0  # of the mean sign of D(real); 0: no adaptive augmentation
    ada_kimg: float = 500  # in which the probability can go from 0 to 1
    init_from: str = ""  # a model, also of others, whose weights the run begins with
    freeze_mapping: bool = False
    freeze_generator_to: int = 0  # the layers up to this resolution
    freeze_discriminator_from: int = 0  # the layers from this resolution up; 0: none

    # Regularisation and averages.
    mixing_prob: Table[float] = ((4, 0.9),)
    noise_from_kimg: float = 0  # the noise inputs are held at zero before
    w_avg_beta: float = 0.995
    ema_half_life_kimg: float = 10
    ema_ramp: float = 0.05  # early on the half-life is this share of the images seen

    # Output.
    snapshot_kimg: float = 100  # a snapshot, and the state to resume from
    sample_kimg: float = 100
    log_kimg: float = 1

    # Speed.
    channels_last: bool = True  # on a CPU up to 64 px, where it is faster
    amp: Literal["off", "bfloat16", "auto"] = "off"  # auto: see precision

    def __post_init__(self) -> None:
        """Raise UserError for values that contradict each other."""
        _check(self)

    @property
    def architecture(self) -> str:
        """The name of the networks' kind in `ARCHITECTURES`."""
        return next(n for n, known in ARCHITECTURES.items() if known.config is type(self.network))

    @property
    def resolution(self) -> int:
        """Width and height of the pictures."""
        return self.network.resolution

    @property
    def batches(self) -> tuple[int, ...]:
        """The batch sizes that the schedule comes to, in order."""
        return tuple(dict.fromkeys(value_at(self.batch, size) for size in self._sizes_in_use))

    @property
    def _sizes_in_use(self) -> list[int]:
        return [size for size in self.network.resolutions if size >= self.start_resolution]

    @property
    def group_size(self) -> int | None:
        """How many samples are judged together; None is the whole batch. See Ranks.positions."""
        if self.label_critic_weight:  # which compares samples too
            return self.network.mbstd_group_size or None
        return self.network.samples_compared

    @property
    def reads_labels(self) -> bool:
        """Whether a label network takes part in the training."""
        return any(getattr(self, name) > 0 for name in LABEL_WEIGHTS)

    @property
    def uses_features(self) -> bool:
        """True if discriminators on pretrained features take part."""
        return any(value_at(self.feature_weight, size) > 0 for size in self._sizes_in_use)

    @property
    def grows(self) -> bool:
        """Whether training begins below the full resolution."""
        return self.start_resolution < self.resolution

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; `from_json` is the inverse."""
        plain = json.loads(json.dumps(asdict(self)))
        return {"architecture": self.architecture, **plain}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "TrainConfig":
        """The configuration of a JSON object; UserError for unknown names or unfit values."""
        return with_values(cls(), values)


def changed_settings(facts: Mapping[str, Any]) -> dict[str, Any]:
    """What differs from the defaults in a configuration that `to_json` wrote, those of the networks
    beside the others. Settings that are not known any more are among them.
    """
    kind = facts.get("architecture")
    architecture = ARCHITECTURES.get(str(kind), ARCHITECTURES[TrainConfig().architecture])
    sizes = json.loads(json.dumps(vars(architecture.config())))
    usual = _flat({**TrainConfig().to_json(), "network": sizes})
    return {name: v for name, v in _flat(facts).items() if name not in usual or v != usual[name]}


def _flat(facts: Mapping[str, Any]) -> dict[str, Any]:
    network = facts.get("network")
    sizes = network if isinstance(network, Mapping) else {}
    return {**{k: v for k, v in facts.items() if k != "network"}, **sizes}


def with_values(config: TrainConfig, values: Mapping[str, Any]) -> TrainConfig:
    """The configuration with some settings replaced by JSON values, each checked.

    Settings of the networks stand under `network` or, for short, beside the others; another
    `architecture` keeps those that it knows too. Another resolution is begun with where training
    did not grow, or began above it. Without noise inputs there is no spread to ask for.
    """
    rest = dict(values)
    network = with_architecture(config.network, rest.pop("architecture", config.architecture))
    kinds = {field.name: field.type for field in fields(TrainConfig) if field.name != "network"}
    sizes = rest.pop("network", {})
    if not isinstance(sizes, Mapping):
        raise UserError(f"network must be an object of the networks' settings, not {sizes!r}")
    sizes = {**{name: rest.pop(name) for name in vars(network) if name in rest}, **sizes}
    unknown = sorted(rest.keys() - kinds.keys()) + sorted(sizes.keys() - vars(network).keys())
    if unknown:
        raise UserError(f"unknown training settings: {', '.join(unknown)}")
    try:
        network = replace(network, **sizes)
    except (ValueError, TypeError) as error:
        raise UserError(str(error)) from None
    changes = {name: _fit(name, kinds[name], value) for name, value in rest.items()}
    if network.resolution < config.start_resolution or not config.grows:
        changes = {"start_resolution": network.resolution, **changes}
    if not network.takes_noise:
        changes = {"noise_spread": 0.0, **changes}
    return replace(config, network=network, **changes)


def with_classes(config: TrainConfig, count: int) -> TrainConfig:
    """Return the configuration for `count` classes."""
    return replace(config, network=config.network.with_classes(count))


def _fit(name: str, kind: Any, value: Any) -> Any:
    """A JSON value as the field's type, or UserError."""
    if kind in _PLAIN_TYPES:
        if type(value) not in _PLAIN_TYPES[kind]:
            raise UserError(f"{name} must be of type {kind.__name__}, not {value!r}")
        return value
    if get_origin(kind) is Literal:
        if value not in get_args(kind):
            raise UserError(f"{name} must be one of {', '.join(get_args(kind))}, not {value!r}")
        return value
    number = int if kind == Table[int] else float
    try:
        return _table(number, value)
    except (TypeError, ValueError, OverflowError):
        what = "whole number" if number is int else "number"
        raise UserError(
            f"{name} must be a {what} or [[resolution, {what}], ...], not {value!r}"
        ) from None


def _table(number: type[int] | type[float], value: Any) -> Table[Any]:
    """A number, or pairs, as a table. TypeError, ValueError or OverflowError for anything else."""
    if type(value) in _PLAIN_TYPES[number]:
        return ((4, number(value)),)  # at every resolution
    pairs = [(start, entry) for start, entry in value]
    if not all(type(s) is int and type(entry) in _PLAIN_TYPES[number] for s, entry in pairs):
        raise TypeError
    return tuple((start, number(entry)) for start, entry in pairs)


_PLAIN_TYPES: dict[Any, tuple[type, ...]] = {
    str: (str,),
    bool: (bool,),
    int: (int,),
    float: (float, int),
}


def _check(config: TrainConfig) -> None:
    sizes = config.network.resolutions
    if config.start_resolution not in sizes:
        raise UserError(
            f"start_resolution must be one of {', '.join(map(str, sizes))}, "
            f"not {config.start_resolution}"
        )
    if config.network.image_channels != 3:
        raise UserError(
            f"image_channels must be 3 to train, not {config.network.image_channels}: pictures are "
            "read in colour"
        )
    _check_numbers(config)
    _check_tables(config)
    _check_features(config)
    if config.seed >= 2**63:
        raise UserError(f"seed must be below 2^63, not {config.seed}")
    if any(share > 1 for _, share in config.mixing_prob) or not 0 <= config.w_avg_beta <= 1:
        raise UserError("mixing_prob and w_avg_beta lie between 0 and 1")
    if config.ada_target >= 1:
        raise UserError(f"ada_target must be below 1, not {config.ada_target}")
    if config.noise_spread and not config.network.takes_noise:
        raise UserError("noise_spread is for networks with noise inputs; set it to 0")
    if config.grows and not config.network.grows:
        raise UserError(
            "These networks do not grow, but are trained at full resolution from the start: "
            "start_resolution must equal resolution"
        )
    if config.growth_fit_steps and not config.network.fits_new_layers:
        raise UserError("growth_fit_steps are for stylegan1; set them to 0")


def _check_features(config: TrainConfig) -> None:
    if not 1 <= config.feature_levels <= 4:
        raise UserError(f"feature_levels must be from 1 to 4, not {config.feature_levels}")
    if not 64 <= config.feature_size <= 512 or config.feature_size % 32:
        raise UserError(
            f"feature_size must be a multiple of 32 from 64 to 512, not {config.feature_size}"
        )


def _check_numbers(config: TrainConfig) -> None:
    lengths = ("total_kimg", "snapshot_kimg", "sample_kimg", "log_kimg", "ada_kimg")
    for name in lengths:
        if not SHORTEST_KIMG <= getattr(config, name) <= LONGEST_KIMG:
            raise UserError(
                f"{name} must be from {SHORTEST_KIMG} to {LONGEST_KIMG:,}, "
                f"not {getattr(config, name)}"
            )
    for name in ("r1_interval", "path_length_interval", "feature_lr"):
        if not 0 < getattr(config, name) < math.inf:
            raise UserError(f"{name} must be above zero, not {getattr(config, name)}")
    kimg = ("lr_decay_kimg", "ema_half_life_kimg", "noise_from_kimg", "ema_ramp")
    strengths = ("path_length_weight", *LABEL_WEIGHTS, "noise_spread", "ada_target")
    features = ("feature_blur_kimg", "range_weight")
    for name in ("seed", "head_start", "growth_fit_steps", *kimg, *strengths, *features):
        if not 0 <= getattr(config, name) < math.inf:
            raise UserError(f"{name} must be zero or more, not {getattr(config, name)}")


def _check_tables(config: TrainConfig) -> None:
    above_zero = ("batch", "generator_lr", "discriminator_lr")
    for name in (
        *above_zero,
        "phase_kimg",
        "fade_kimg",
        "r1_gamma",
        "mixing_prob",
        "feature_weight",
    ):
        table = getattr(config, name)
        starts = [start for start, _ in table]
        if not table or starts != sorted(set(starts)) or starts[0] > config.start_resolution:
            raise UserError(f"{name} must rise in resolution and start at the first one in use")
        least = "above zero" if name in above_zero else "of zero or more"
        if not all(0 <= v < math.inf and (v > 0 or name not in above_zero) for _, v in table):
            raise UserError(f"{name} must hold values {least}")
