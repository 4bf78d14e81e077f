"""StyleGAN-XL: Sauer, Schwarz, Geiger, "StyleGAN-XL: Scaling StyleGAN to Large Diverse Datasets",
SIGGRAPH 2022.

The layers are StyleGAN 3's. The mapping network embeds classes by a table that was made from an
image classifier's features (section 3.3), and each class has its own centre of W. A network for
higher resolutions is a smaller one, the stem, whose last layers were replaced by further ones
(section 3.2), so the configuration lists all layers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from stylegan_core.networks import ops
from stylegan_core.networks.checks import check_embedding
from stylegan_core.networks.ops import SQRT2
from stylegan_core.networks.stylegan3.config import StyleGAN3Config
from stylegan_core.networks.stylegan3.generator import AliasFreeGenerator, MappingNetwork

if TYPE_CHECKING:
    from typing import Self


@dataclass(frozen=True)
class StyleGANXLConfig(StyleGAN3Config):
    """The sizes of the generator, StyleGAN 3's included."""

    z_dim: int = 64  # width of the latent
    embedding_dim: int = 0  # width of the table of classes; 0 without classes

    def __post_init__(self) -> None:
        super().__post_init__()
        check_embedding(self.c_dim, self.embedding_dim)

    def with_classes(self, count: int) -> Self:
        """Return the configuration for classes; a new table is as wide as z."""
        width = (self.embedding_dim or self.z_dim) if count else 0
        return replace(self, c_dim=count, embedding_dim=width)


class ClassEmbedding(nn.Module):
    """A table with a row for each class, which a dense layer brings to the width of z."""

    def __init__(self, config: StyleGANXLConfig) -> None:
        super().__init__()
        self.table = nn.Parameter(torch.randn(config.c_dim, config.embedding_dim))
        self.project = ops.EqualLinear(config.embedding_dim, config.z_dim, gain=1.0)

    def forward(self, c: Tensor) -> Tensor:
        """Embed c [N, c_dim] as [N, z_dim]; several classes at once are blended."""
        return ops.leaky_relu(self.project(c @ self.table)) * SQRT2


class Generator(AliasFreeGenerator):
    """The generator, with one centre of W for each class."""

    config: StyleGANXLConfig

    def __init__(self, config: StyleGANXLConfig, card: Mapping[str, Any] | None = None) -> None:
        embed = ClassEmbedding(config) if config.c_dim else None
        mapping = MappingNetwork(config, embed, config.z_dim if config.c_dim else 0)
        centres = torch.zeros(max(config.c_dim, 1), config.w_dim)
        super().__init__(config, card, mapping, centres)

    def w_avg(self, c: Tensor | None = None) -> Tensor:
        """Return the running mean of w for each row of c, [N, D], or for all classes, [1, D]."""
        centres = self.get_buffer("w_average")
        return centres.mean(dim=0, keepdim=True) if c is None or not self.c_dim else c @ centres
