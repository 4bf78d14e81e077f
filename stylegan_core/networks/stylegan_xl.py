"""StyleGAN-XL: Sauer, Schwarz, Geiger, "StyleGAN-XL: Scaling StyleGAN to Large Diverse Datasets",
SIGGRAPH 2022.

StyleGAN 3's layers behind a mapping network of its own: classes are embedded by a table made from
an image classifier's features (section 3.3), and each class has its own centre of W. A network for
higher resolutions is a stem without its last layers and further layers on top (section 3.2), so
its layers are whatever the configuration says.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from stylegan_core.networks import ops
from stylegan_core.networks.stylegan3.generator import (
    SQRT2,
    AliasFreeGenerator,
    MappingNetwork,
    StyleGAN3Config,
)
from stylegan_core.networks.stylegan3.geometry import MAX_WIDTH


@dataclass(frozen=True)
class StyleGANXLConfig(StyleGAN3Config):
    """Every size of the generator. `embedding_dim` is the width of the table of classes, if any."""

    z_dim: int = 64
    embedding_dim: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.embedding_dim, int) or not 0 <= self.embedding_dim <= MAX_WIDTH:
            raise ValueError(f"embedding_dim must be up to {MAX_WIDTH}, not {self.embedding_dim!r}")
        if (self.c_dim == 0) != (self.embedding_dim == 0):
            raise ValueError("classes need a width of their embedding, and only they")


class ClassEmbedding(nn.Module):
    """A row for each class, brought to the width of z by a dense layer."""

    def __init__(self, config: StyleGANXLConfig) -> None:
        super().__init__()
        self.table = nn.Parameter(torch.randn(config.c_dim, config.embedding_dim))
        self.project = ops.EqualLinear(config.embedding_dim, config.z_dim, gain=1.0)

    def forward(self, c: Tensor) -> Tensor:
        """c [N, c_dim] -> [N, z_dim]; several classes at once are blended."""
        return ops.leaky_relu(self.project(c @ self.table)) * SQRT2


class Generator(AliasFreeGenerator):
    """The generator, with one centre of W for each class where there are classes."""

    def __init__(self, config: StyleGANXLConfig, card: Mapping[str, Any] | None = None) -> None:
        embed = ClassEmbedding(config) if config.c_dim else None
        mapping = MappingNetwork(config, embed, config.z_dim if config.c_dim else 0)
        centres = torch.zeros(max(config.c_dim, 1), config.w_dim)
        super().__init__(config, card, mapping, centres)

    def w_avg(self, c: Tensor | None = None) -> Tensor:
        """The running mean of f(z) for each row of c [N, c_dim], [N, D]; of all classes [1, D]."""
        centres = self.get_buffer("w_average")
        return centres.mean(dim=0, keepdim=True) if c is None or not self.c_dim else c @ centres
