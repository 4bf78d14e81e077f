"""What the program knows of a model besides its weights, as plain values. No torch."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

from stylegan_core.conventions import SeedConvention, seed_convention, truncation_cutoff

MAX_NAME = 60
"""Letters of a class's name."""

Shape = tuple[tuple[int, ...], int, bool]
"""The resolution of each layer, the number of classes, whether there is a transform."""


@dataclass(frozen=True)
class ModelLayer:
    """One layer of a model, in plain values."""

    name: str
    resolution: int
    group: str
    takes_style: bool
    takes_noise: bool


@dataclass(frozen=True)
class ModelInfo:
    """What the window knows of the model that is open."""

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
    card: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @property
    def num_layers(self) -> int:
        return len(self.layers)

    @property
    def resolutions(self) -> tuple[int, ...]:
        """The resolution of each layer."""
        return tuple(layer.resolution for layer in self.layers)

    @property
    def shape(self) -> Shape:
        """What the rows of an edit are made for."""
        return self.resolutions, self.c_dim, self.takes_transform

    @property
    def takes_noise(self) -> bool:
        """Whether any layer does."""
        return any(layer.takes_noise for layer in self.layers)

    @property
    def class_names(self) -> tuple[str, ...]:
        """What the card calls the classes, in their order; empty where it does not name them."""
        names = self.card.get("class_names")
        if not isinstance(names, list) or len(names) != self.c_dim:
            return ()
        return tuple(" ".join(str(name).split())[:MAX_NAME] for name in names)

    @property
    def convention(self) -> SeedConvention:
        """Which latents the model's seeds stand for unless a source says otherwise."""
        return seed_convention(self.card)

    @property
    def cutoff(self) -> int | None:
        """How many layers the model's own tool truncates, None for all of them."""
        return truncation_cutoff(self.card)

    def takes_edits_of(self, other: ModelInfo | None) -> bool:
        """Whether an edit of another model means the same with this one."""
        return other is not None and self._meaning == other._meaning

    @property
    def _meaning(self) -> Hashable:
        return (
            *(self.layers, self.c_dim, self.class_names, self.convention),
            self.has_stored_noise,
        )
