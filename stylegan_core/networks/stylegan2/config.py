"""Every size and choice of StyleGAN 2: Karras et al., "Analyzing and Improving the Image Quality of
StyleGAN", CVPR 2020, with those of "Training Generative Adversarial Networks with Limited Data",
2020.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from stylegan_core.networks.mapping import check_no_mapping

BlockKind = Literal["skip", "resnet", "orig", "growing"]
Labels = Literal["embed", "concat"]
MAX_WIDTH = 2**16
MAX_TAPS = 16
MAX_NUMBER = 1e9


@dataclass(frozen=True)
class StyleGAN2Config:
    """Every size of the two networks; the defaults are the paper's configuration F at 1024 x 1024.

    "growing" is the first StyleGAN's layout, one picture at each resolution of which the highest
    counts and which fade into each other while the networks grow (table 1, configurations B to D);
    "orig" is that without the lower ones.

    `labels`: whether a class is embedded, normalised and joined to the normalised z, and scores
    are projected onto a mapped class (ADA); or joined to z before both are normalised, with one
    score for each class (the first release). `conv_clamp` bounds what each convolution gives.
    `mbstd_group_size` None is the whole batch. `dense_width` is that of the discriminator's last
    hidden layer, None the number of maps at 4 x 4; so are the widths of its label mapping.
    `embed_width` None is that of W. `discriminator` has what its sizes are where they are not
    these.
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
    embed_width: int | None = None
    label_width: int | None = None
    label_embed_width: int | None = None
    label_mapping_width: int | None = None
    label_mapping_depth: int = 8
    image_channels: int = 3
    generator_architecture: BlockKind = "skip"
    discriminator_architecture: BlockKind = "resnet"
    conv_clamp: float | None = None
    resample_filter: tuple[float, ...] = (1, 3, 3, 1)
    noise_inputs: bool = True
    mbstd_group_size: int | None = 4
    mbstd_features: int = 1
    dense_width: int | None = None
    discriminator: StyleGAN2Config | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "resample_filter", tuple(self.resample_filter))  # JSON has lists
        object.__setattr__(self, "discriminator", nested(self.discriminator))
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
        label = (self.embed_width or self.w_dim) if self.labels == "embed" else self.z_dim
        return self.z_dim + (label if self.c_dim else 0)

    @property
    def label_widths(self) -> tuple[int, ...]:
        """Those of the discriminator's label mapping, from the embedding to its outputs."""
        width = self.label_width or self.channels(4)
        hidden = (self.label_mapping_width or width,) * (self.label_mapping_depth - 1)
        embedded = self.label_embed_width or width
        return (embedded, *hidden, width) if self.label_mapping_depth else (embedded,)


def nested(sizes: Any) -> StyleGAN2Config | None:
    """The sizes of a discriminator of its own, which JSON has as a dictionary."""
    if sizes is None or isinstance(sizes, StyleGAN2Config):
        return sizes
    if not isinstance(sizes, Mapping) or sizes.get("discriminator") is not None:
        raise ValueError("discriminator must be the sizes of one network")
    return StyleGAN2Config(**sizes)


def of_both(generator: Mapping[str, Any], discriminator: Mapping[str, Any]) -> StyleGAN2Config:
    """One configuration from what each network says; only where they contradict each other does
    the discriminator get sizes of its own.
    """
    own = StyleGAN2Config(**{**generator, **discriminator})
    if all(getattr(own, name) == value for name, value in generator.items()):
        return own
    return replace(StyleGAN2Config(**generator), discriminator=own)


CHOICES = {
    "labels": get_args(Labels),
    "generator_architecture": get_args(BlockKind),
    "discriminator_architecture": get_args(BlockKind),
}
FRACTIONS = ("mapping_lr_multiplier", "conv_clamp")
WIDTHS = ("dense_width", "embed_width", "label_width", "label_embed_width", "label_mapping_width")
OPTIONAL = ("conv_clamp", "mbstd_group_size", *WIDTHS)
OF_OTHER_TYPES = ("resample_filter", "noise_inputs", "discriminator")


def _check_kinds(config: StyleGAN2Config) -> None:
    for name, value in vars(config).items():
        if name in CHOICES:
            if value not in CHOICES[name]:
                raise ValueError(f"{name} must be one of {CHOICES[name]}, not {value!r}")
        elif name not in OF_OTHER_TYPES and not (value is None and name in OPTIONAL):
            _check_number(name, value, whole=name not in FRACTIONS)
    if not isinstance(config.noise_inputs, bool):
        raise ValueError(f"noise_inputs must be true or false, not {config.noise_inputs!r}")


def _check_number(name: str, value: Any, whole: bool) -> None:
    if (
        isinstance(value, bool)
        or not isinstance(value, int if whole else (int, float))
        or not -MAX_NUMBER < value < MAX_NUMBER
    ):
        raise ValueError(f"{name} must be a number, not {value!r}")


def _check_sizes(config: StyleGAN2Config) -> None:
    if not 8 <= config.resolution <= 1024 or config.resolution & (config.resolution - 1):
        raise ValueError(
            f"resolution must be a power of two from 8 to 1024, not {config.resolution}"
        )
    widths = (config.channel_max, config.z_dim, config.w_dim, config.mapping_width)
    stated = (getattr(config, name) for name in WIDTHS)
    others = (config.image_channels, *(width for width in stated if width is not None))
    if min(*widths, *others, config.channel_base) < 1 or max(*widths, *others) > MAX_WIDTH:
        raise ValueError(f"widths must be from 1 to {MAX_WIDTH}")
    if not 0 <= config.c_dim <= MAX_WIDTH or not config.mapping_lr_multiplier > 0:
        raise ValueError(f"from 0 to {MAX_WIDTH} labels; a learning-rate multiplier above zero")
    for depth in (config.mapping_depth, config.label_mapping_depth):
        if not 0 <= depth <= 64:
            raise ValueError(f"mapping depth must be from 0 to 64, not {depth}")
    check_no_mapping(config, config.mapping_input)
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
