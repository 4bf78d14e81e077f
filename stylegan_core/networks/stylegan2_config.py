"""Every size and choice of StyleGAN 2: Karras et al., "Analyzing and Improving the Image Quality of
StyleGAN", CVPR 2020, with those of "Training Generative Adversarial Networks with Limited Data",
2020.
"""

from dataclasses import dataclass
from typing import Any, Literal, get_args

BlockKind = Literal["skip", "resnet", "orig"]
Labels = Literal["embed", "concat"]
MAX_WIDTH = 2**16
MAX_TAPS = 16
MAX_NUMBER = 1e9


@dataclass(frozen=True)
class StyleGAN2Config:
    """Every size of the two networks; the defaults are the paper's configuration F at 1024 x 1024.

    `labels`: whether a class is embedded, normalised and joined to the normalised z, and scores
    are projected onto a mapped class (ADA); or joined to z before both are normalised, with one
    score for each class (the first release). `conv_clamp` bounds what each convolution gives.
    `mbstd_group_size` None is the whole batch. `dense_width` is that of the discriminator's last
    hidden layer, None the number of maps at 4 x 4.
    """

    resolution: int = 1024
    channel_base: int = 32768
    channel_max: int = 512
    z_dim: int = 512
    w_dim: int = 512
    mapping_width: int = 512
    mapping_depth: int = 8
    mapping_lr_multiplier: float = 0.01
    c_dim: int = 0
    labels: Labels = "embed"
    label_mapping_depth: int = 8
    image_channels: int = 3
    generator_architecture: BlockKind = "skip"
    discriminator_architecture: BlockKind = "resnet"
    conv_clamp: float | None = None
    resample_filter: tuple[float, ...] = (1, 3, 3, 1)
    mbstd_group_size: int | None = 4
    mbstd_features: int = 1
    dense_width: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "resample_filter", tuple(self.resample_filter))  # JSON has lists
        _check_kinds(self)
        _check_sizes(self)
        _check_filter(self.resample_filter)

    @property
    def resolutions(self) -> tuple[int, ...]:
        """4, 8, ... up to the full resolution."""
        return tuple(2**r for r in range(2, self.resolution.bit_length()))

    def channels(self, resolution: int) -> int:
        """Feature maps at a resolution: min(channel_base / resolution, channel_max)."""
        return max(1, min(self.channel_base // resolution, self.channel_max))

    @property
    def mapping_input(self) -> int:
        """The width of what the mapping network gets: z, and a class where there are any."""
        label = self.w_dim if self.labels == "embed" else self.z_dim
        return self.z_dim + (label if self.c_dim else 0)


CHOICES = {
    "labels": get_args(Labels),
    "generator_architecture": get_args(BlockKind),
    "discriminator_architecture": get_args(BlockKind),
}
FRACTIONS = ("mapping_lr_multiplier", "conv_clamp")
OPTIONAL = ("conv_clamp", "mbstd_group_size", "dense_width")


def _check_kinds(config: StyleGAN2Config) -> None:
    for name, value in vars(config).items():
        if name in CHOICES:
            if value not in CHOICES[name]:
                raise ValueError(f"{name} must be one of {CHOICES[name]}, not {value!r}")
        elif name != "resample_filter" and not (value is None and name in OPTIONAL):
            _check_number(name, value, whole=name not in FRACTIONS)


def _check_number(name: str, value: Any, whole: bool) -> None:
    if (
        not isinstance(value, int if whole else (int, float))
        or not -MAX_NUMBER < value < MAX_NUMBER
    ):
        raise ValueError(f"{name} must be a number, not {value!r}")


def _check_sizes(config: StyleGAN2Config) -> None:
    if not 8 <= config.resolution <= 1024 or config.resolution & (config.resolution - 1):
        raise ValueError(
            f"resolution must be a power of two from 8 to 1024, not {config.resolution}"
        )
    widths = (config.channel_max, config.z_dim, config.w_dim, config.mapping_width)
    others = (config.image_channels, 1 if config.dense_width is None else config.dense_width)
    if min(*widths, *others, config.channel_base) < 1 or max(*widths, *others) > MAX_WIDTH:
        raise ValueError(f"widths must be from 1 to {MAX_WIDTH}")
    if not 0 <= config.c_dim <= MAX_WIDTH or not config.mapping_lr_multiplier > 0:
        raise ValueError(f"from 0 to {MAX_WIDTH} labels; a learning-rate multiplier above zero")
    for depth in (config.mapping_depth, config.label_mapping_depth):
        if not 0 <= depth <= 64:
            raise ValueError(f"mapping depth must be from 0 to 64, not {depth}")
    if config.mapping_depth == 0 and config.w_dim != config.mapping_input:
        raise ValueError("without a mapping network w is z, so w_dim must equal its width")
    if config.conv_clamp is not None and config.conv_clamp <= 0:
        raise ValueError(f"conv_clamp must be above zero, not {config.conv_clamp}")
    if config.mbstd_group_size is not None and config.mbstd_group_size < 1:
        raise ValueError(f"mbstd_group_size must be 1 or more, not {config.mbstd_group_size}")
    features = config.mbstd_features
    if features < 0 or (features and config.channels(4) % features):
        raise ValueError(f"minibatch features must divide the {config.channels(4)} maps at 4 px")


def _check_filter(taps: tuple[Any, ...]) -> None:
    for tap in taps:
        _check_number("each tap of resample_filter", tap, whole=False)
    if len(taps) % 2 or not 2 <= len(taps) <= MAX_TAPS or taps != taps[::-1] or not sum(taps) > 0:
        raise ValueError(
            f"resample_filter must be an even number of taps, the same from both ends, not {taps}"
        )
