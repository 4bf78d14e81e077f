"""The sizes of StyleGAN 3: Karras et al., "Alias-Free Generative Adversarial Networks", 2021.

Configurations T and R differ in the layers' specifications alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from stylegan_core.networks.checks import MAX_DEPTH, check_fields, check_positive, check_whole
from stylegan_core.networks.contract import NetworkConfig
from stylegan_core.networks.stylegan2.config import StyleGAN2Config, discriminator_sizes
from stylegan_core.networks.stylegan3.geometry import LayerSpec, published_layers

if TYPE_CHECKING:
    from typing import Self


@dataclass(frozen=True)
class StyleGAN3Config(NetworkConfig):
    """The sizes of the generator; the defaults are configuration T at 1024 x 1024."""

    resolution: int = 1024  # width and height of a picture
    z_dim: int = 512  # width of the latent
    w_dim: int = 512  # width of a style
    mapping_depth: int = 2  # layers of the mapping network
    mapping_lr_multiplier: float = 0.01  # factor of the learning rate of the mapping network
    c_dim: int = 0  # classes
    output_scale: float = 0.25  # factor of the last layer's colours
    layers: tuple[LayerSpec, ...] = field(default_factory=lambda: published_layers(1024))
    discriminator: StyleGAN2Config | None = None  # sizes of the discriminator, StyleGAN 2's

    def __post_init__(self) -> None:
        object.__setattr__(self, "discriminator", discriminator_sizes(self.discriminator))
        layers = (s if isinstance(s, LayerSpec) else LayerSpec(**s) for s in self.layers)
        object.__setattr__(self, "layers", tuple(layers))  # a card has them as JSON
        check_fields(self, ("resolution", "z_dim", "w_dim"), 1)
        check_whole("c_dim", self.c_dim, 0)
        check_whole("mapping_depth", self.mapping_depth, 1, MAX_DEPTH)
        check_positive("mapping_lr_multiplier", self.mapping_lr_multiplier)
        check_positive("output_scale", self.output_scale)
        _check_layers(self.layers, self.resolution)

    @classmethod
    def smallest(cls) -> Self:
        """See `NetworkConfig`."""
        layers = published_layers(16, channel_base=128, channel_max=6, depth=5)
        discriminator = StyleGAN2Config.smallest()
        return cls(resolution=16, z_dim=8, w_dim=8, layers=layers, discriminator=discriminator)

    @property
    def image_channels(self) -> int:
        """See `NetworkConfig`."""
        return self.layers[-1].channels

    @property
    def takes_transform(self) -> bool:
        """True: the input is made of waves across an endless plane."""
        return True

    def with_classes(self, count: int) -> Self:
        """Return the configuration for classes."""
        discriminator = self.discriminator and self.discriminator.with_classes(count)
        return replace(self, c_dim=count, discriminator=discriminator)


def _check_layers(layers: tuple[LayerSpec, ...], resolution: int) -> None:
    if not 2 <= len(layers) <= MAX_DEPTH:
        raise ValueError(f"there must be from 2 to {MAX_DEPTH} layers, not {len(layers)}")
    for before, after in pairwise(layers):
        if (before.channels, before.size) != (after.channels_in, after.size_in):
            raise ValueError(f"{after.name} must begin where {before.name} ends")
    if layers[-1].size != resolution:
        raise ValueError(f"the last layer must be {resolution} px wide")
