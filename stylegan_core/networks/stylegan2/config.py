"""The sizes and choices of StyleGAN 2: Karras et al., "Analyzing and Improving the Image Quality of
StyleGAN", CVPR 2020, and "Training Generative Adversarial Networks with Limited Data" (ADA), 2020.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

from stylegan_core.networks.checks import (
    LARGEST,
    MAX_DEPTH,
    check_choice,
    check_deviation,
    check_fields,
    check_flags,
    check_positive,
    check_resolution,
    check_whole,
)
from stylegan_core.networks.levels import doublings
from stylegan_core.networks.mapping import check_mapping
from stylegan_core.networks.trainable import TrainableConfig

if TYPE_CHECKING:
    from typing import Self

BlockKind = Literal["skip", "resnet", "orig", "growing"]
"""How blocks are connected: "skip" adds up the pictures of all resolutions, "resnet" has a short
branch beside each block, "orig" neither. "growing" is the first StyleGAN's layout (table 1,
configurations B to D): a picture at each resolution, of which the highest counts, and which fade
into each other while the networks grow.
"""

Labels = Literal["embed", "concat"]
"""How a class enters. "embed" is ADA's way: embedded, normalised and joined to the normalised z;
scores are projected onto a mapped class. "concat" is the first release's: joined to z before both
are normalised; one score for each class.
"""

MAX_TAPS = 16
MAX_CLAMP = 1e9


@dataclass(frozen=True)
class StyleGAN2Config(TrainableConfig):
    """The sizes of both networks; the defaults are the paper's configuration F at 1024 x 1024."""

    resolution: int = 1024  # width and height of a picture
    channel_base: int = 32768  # feature maps times resolution; see `channels`
    channel_max: int = 512  # the most feature maps at any resolution
    z_dim: int = 512  # width of the latent
    w_dim: int = 512  # width of a style
    mapping_width: int = 512  # width of the mapping network's hidden layers
    mapping_depth: int = 8  # layers of the mapping network; 0: w is the normalised z
    mapping_lr_multiplier: float = 0.01  # factor of the learning rate of the mapping networks
    c_dim: int = 0  # classes
    labels: Labels = "embed"  # how a class enters both networks
    embed_width: int | None = None  # width of the generator's embedded class; None: w_dim
    label_width: int | None = None  # width of the discriminator's mapped class; None: channels(4)
    label_embed_width: int | None = None  # width of its embedded class; None: label_width
    label_mapping_width: int | None = None  # width of its hidden layers; None: label_width
    label_mapping_depth: int = 8  # layers of the mapping of the discriminator's classes
    image_channels: int = 3  # colours
    generator_architecture: BlockKind = "skip"  # how the generator's blocks are connected
    discriminator_architecture: BlockKind = "resnet"  # how the discriminator's are
    conv_clamp: float | None = None  # bound of each convolution's output; None: no bound
    resample_filter: tuple[float, ...] = (1, 3, 3, 1)  # taps of the filter of all resampling
    noise_inputs: bool = True  # every layer adds noise
    mbstd_group_size: int | None = 4  # samples that share a deviation; None: the whole batch
    mbstd_features: int = 1  # channels with that minibatch standard deviation; 0: none
    dense_width: int | None = None  # the discriminator's last hidden layer; None: channels(4)
    discriminator: StyleGAN2Config | None = None  # the discriminator's sizes if they differ

    def __post_init__(self) -> None:
        object.__setattr__(self, "resample_filter", tuple(self.resample_filter))  # JSON has lists
        object.__setattr__(self, "discriminator", discriminator_sizes(self.discriminator))
        _check_sizes(self)
        _check_choices(self)
        _check_filter(self.resample_filter)

    @classmethod
    def smallest(cls) -> Self:
        """See `NetworkConfig`."""
        small = {"z_dim": 8, "w_dim": 8, "mapping_width": 8, "mapping_depth": 2}
        return cls(resolution=16, channel_base=64, channel_max=8, **small)  # type: ignore[arg-type]

    @property
    def takes_noise(self) -> bool:
        """See `NetworkConfig`."""
        return self.noise_inputs

    @property
    def shows_early(self) -> bool:
        """True where lower resolutions have their own pictures."""
        return self.generator_architecture in ("skip", "growing")

    @property
    def grows(self) -> bool:
        """True where both networks have the first StyleGAN's layout."""
        discriminator = self.discriminator or self
        architectures = self.generator_architecture, discriminator.discriminator_architecture
        return architectures == ("growing", "growing")

    def at_resolution(self, resolution: int) -> Self:
        """Return the configuration with more or fewer doublings."""
        discriminator = self.discriminator and replace(self.discriminator, resolution=resolution)
        return replace(self, resolution=resolution, discriminator=discriminator)

    def with_classes(self, count: int) -> Self:
        """Return the configuration for classes; without a mapping network they widen w."""
        if self.mapping_depth:
            discriminator = self.discriminator and self.discriminator.with_classes(count)
            return replace(self, c_dim=count, discriminator=discriminator)
        if not count:
            return replace(self, c_dim=0, w_dim=self.z_dim)
        if self.labels == "concat":
            return replace(self, c_dim=count, w_dim=2 * self.z_dim)
        width = self.embed_width or self.z_dim
        return replace(self, c_dim=count, embed_width=width, w_dim=self.z_dim + width)

    @property
    def samples_compared(self) -> int | None:
        """See `TrainableConfig`."""
        return self.mbstd_group_size if self.mbstd_features else 1

    def sizes(self) -> Mapping[str, Any]:
        """Return the fields, with the feature maps under ProGAN's and StyleGAN 1's names too."""
        maps = {"fmap_base": self.channel_base // 2, "fmap_max": self.channel_max}
        return {**super().sizes(), **maps}

    @property
    def resolutions(self) -> tuple[int, ...]:
        """4, 8, ... up to the full resolution."""
        return doublings(self.resolution)

    def channels(self, resolution: int) -> int:
        """Return the feature maps at a resolution: min(channel_base / resolution, channel_max)."""
        return max(1, min(self.channel_base // resolution, self.channel_max))

    @property
    def mapping_input(self) -> int:
        """Width of the mapping network's input: z, joined with the class if there are classes."""
        label = (self.embed_width or self.w_dim) if self.labels == "embed" else self.z_dim
        return self.z_dim + (label if self.c_dim else 0)

    @property
    def label_widths(self) -> tuple[int, ...]:
        """Widths of the discriminator's label mapping, from the embedding to its outputs."""
        width = self.label_width or self.channels(4)
        hidden = (self.label_mapping_width or width,) * (self.label_mapping_depth - 1)
        embedded = self.label_embed_width or width
        return (embedded, *hidden, width) if self.label_mapping_depth else (embedded,)


def discriminator_sizes(sizes: Any) -> StyleGAN2Config | None:
    """Return the field `discriminator`, which is a dictionary if it comes from a card.

    Raises ValueError if it is anything else.
    """
    if sizes is None or isinstance(sizes, StyleGAN2Config):
        return sizes
    if not isinstance(sizes, Mapping) or sizes.get("discriminator") is not None:
        raise ValueError("discriminator must be the sizes of one network")
    return StyleGAN2Config(**sizes)


def of_both(generator: Mapping[str, Any], discriminator: Mapping[str, Any]) -> StyleGAN2Config:
    """Join the sizes that each network states into one configuration.

    The discriminator gets sizes of its own only where the two contradict each other.
    """
    joined = StyleGAN2Config(**{**generator, **discriminator})
    if all(getattr(joined, name) == value for name, value in generator.items()):
        return joined
    return replace(StyleGAN2Config(**generator), discriminator=joined)


WIDTHS = ("channel_max", "z_dim", "w_dim", "mapping_width", "image_channels")
OPTIONAL_WIDTHS = (
    "dense_width",
    "embed_width",
    "label_width",
    "label_embed_width",
    "label_mapping_width",
)
BLOCK_KINDS = ("generator_architecture", "discriminator_architecture")


def _check_sizes(config: StyleGAN2Config) -> None:
    check_resolution(config.resolution)
    check_whole("channel_base", config.channel_base, 1, LARGEST)
    stated = [name for name in OPTIONAL_WIDTHS if getattr(config, name) is not None]
    check_fields(config, (*WIDTHS, *stated), 1)
    check_fields(config, ("c_dim", "mbstd_features"), 0)
    check_whole("label_mapping_depth", config.label_mapping_depth, 0, MAX_DEPTH)
    if config.mbstd_group_size is not None:
        check_whole("mbstd_group_size", config.mbstd_group_size, 1, LARGEST)
    check_deviation(config.mbstd_features, config.channels(4))


def _check_choices(config: StyleGAN2Config) -> None:
    check_choice("labels", config.labels, get_args(Labels))
    for name in BLOCK_KINDS:
        check_choice(name, getattr(config, name), get_args(BlockKind))
    check_flags(config, ("noise_inputs",))
    if config.conv_clamp is not None:
        check_positive("conv_clamp", config.conv_clamp, below=MAX_CLAMP)
    check_mapping(config)


def _check_filter(taps: tuple[Any, ...]) -> None:
    for tap in taps:
        if isinstance(tap, bool) or not isinstance(tap, int | float) or not abs(tap) < MAX_CLAMP:
            raise ValueError(f"each tap of resample_filter must be a number, not {tap!r}")
    if len(taps) % 2 or not 2 <= len(taps) <= MAX_TAPS or taps != taps[::-1] or not sum(taps) > 0:
        raise ValueError(
            f"resample_filter must be an even number of taps, the same from both ends, not {taps}"
        )
