"""A model as the window knows it: plain values, without weights and torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from stylegan_core.conventions import SeedConvention, seed_convention, truncation_cutoff

MAX_CLASS_NAME_LENGTH = 60


class EditShape(NamedTuple):
    """The properties in which an edit must match a model."""

    resolutions: tuple[int, ...]  # of each layer
    class_count: int
    has_transform: bool


@dataclass(frozen=True)
class ModelLayer:
    """One layer of a model."""

    name: str
    resolution: int
    group: str
    takes_style: bool
    takes_noise: bool


@dataclass(frozen=True)
class ModelInfo:
    """A model that is open: its file, sizes and abilities, and the card that the file carries."""

    name: str
    path: str
    digest: str
    resolution: int
    layers: tuple[ModelLayer, ...]
    z_dim: int
    c_dim: int
    has_w_avg: bool
    device: str
    takes_transform: bool = False
    has_stored_noise: bool = False
    w_dim: int = 0  # 0: not known
    architecture: str = ""  # its name in `stylegan_core.networks.ARCHITECTURES`
    parameters: int = 0  # weights of the generator
    card: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @property
    def num_layers(self) -> int:
        return len(self.layers)

    @property
    def resolutions(self) -> tuple[int, ...]:
        """The resolution of each layer."""
        return tuple(layer.resolution for layer in self.layers)

    @property
    def shape(self) -> EditShape:
        """The shape of edits for this model."""
        return EditShape(self.resolutions, self.c_dim, self.takes_transform)

    @property
    def takes_noise(self) -> bool:
        """True if any layer takes noise."""
        return any(layer.takes_noise for layer in self.layers)

    @property
    def class_names(self) -> tuple[str, ...]:
        """The names of the classes, in order; empty if the card does not name them all."""
        names = self.card.get("class_names")
        if not isinstance(names, list) or len(names) != self.c_dim:
            return ()
        return tuple(" ".join(str(name).split())[:MAX_CLASS_NAME_LENGTH] for name in names)

    @property
    def convention(self) -> SeedConvention:
        """The numbering of the model's seeds, unless a source has its own."""
        return seed_convention(self.card)

    @property
    def cutoff(self) -> int | None:
        """The number of layers that are truncated by default; None for all of them."""
        return truncation_cutoff(self.card)

    def takes_edits_of(self, other: ModelInfo | None) -> bool:
        """Tell whether an edit of another model means the same with this one."""
        return other is not None and (
            self.layers == other.layers
            and self.c_dim == other.c_dim
            and self.class_names == other.class_names
            and self.convention == other.convention
            and self.has_stored_noise == other.has_stored_noise
        )
