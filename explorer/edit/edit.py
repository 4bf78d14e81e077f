"""The edit: everything that decides a picture, as an immutable value of numbers and strings.

An `Edit` is hashable, comparable and free of tensors. `ops` makes new edits from old ones,
`interpolate` makes the edits between two, `edit_json` is the JSON form. Nothing here imports torch.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from stylegan_core.conventions import USUAL_CUTOFF, USUAL_PSI, SeedConvention

MAX_SEED = 2**32 - 1

NoiseSeed = int | Literal["stored"]


@dataclass(frozen=True)
class Walk:
    """A latent reached from a seed: `z = cos(r) z0 + sin(r) (dx a + dy b) / r`, r = hypot(dx, dy).

    dx and dy are angles in radians. z0, a and b are random streams of the seed, so a walk stays at
    the distance from the origin at which latents lie. `convention` says how z0 is drawn: in our own
    way, or as the official scripts do, with `RandomState(seed)`.
    """

    seed: int
    dx: float = 0.0
    dy: float = 0.0
    convention: SeedConvention = "ours"

    def __post_init__(self) -> None:
        _check_seed(self.seed)
        _check_finite("a walk", self.dx, self.dy)


@dataclass(frozen=True)
class Stored:
    """A vector in W or W+, such as a projected photo, or in Z, named by its content hash."""

    digest: str
    space: Literal["w", "z"] = "w"


@dataclass(frozen=True)
class Source:
    """A latent and its class vector, which is empty for a model without classes."""

    latent: Walk | Stored
    class_weights: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        _check_finite("class weights", *self.class_weights)


@dataclass(frozen=True)
class LayerMix:
    """The mix of a layer: one weight for each source, summing to 1; outside 0..1 they extrapolate.

    `mute`: this layer takes source A alone.
    `solo`: every layer without solo takes source A alone.
    """

    weights: tuple[float, ...]
    solo: bool = False
    mute: bool = False

    def __post_init__(self) -> None:
        _check_finite("weights", *self.weights)
        magnitude = max(1.0, sum(map(abs, self.weights)))
        if abs(sum(self.weights) - 1.0) > 1e-4 * magnitude:
            raise ValueError(f"the weights of a layer sum to {sum(self.weights):g} instead of 1")


@dataclass(frozen=True)
class NoiseTerm:
    """One noise map of a layer: drawn from the stream (seed, layer), or stored in the model."""

    seed: NoiseSeed
    coefficient: float

    def __post_init__(self) -> None:
        if self.seed != "stored":
            _check_seed(self.seed)
        _check_finite("a noise coefficient", self.coefficient)


@dataclass(frozen=True)
class LayerNoise:
    """The noise of one layer, a sum of terms whose squared coefficients sum to 1 (variance 1).

    `strength` is relative to the learned one: 1 is as trained, 0 is none.
    """

    terms: tuple[NoiseTerm, ...]
    strength: float = 1.0
    mute: bool = False

    def __post_init__(self) -> None:
        _check_finite("a noise strength", self.strength)
        if len({term.seed for term in self.terms}) != len(self.terms):
            raise ValueError("a seed appears twice among the noise terms of a layer")
        variance = sum(term.coefficient**2 for term in self.terms)
        if abs(variance - 1.0) > 1e-3:
            raise ValueError(f"the squared noise coefficients sum to {variance:g} instead of 1")


@dataclass(frozen=True)
class Direction:
    """A named direction in W, added `amount` times to the layers first..last, both included."""

    name: str
    amount: float
    first: int
    last: int

    def __post_init__(self) -> None:
        _check_finite("a direction", self.amount)


@dataclass(frozen=True, kw_only=True)
class Edit:
    """Everything that decides a picture of a given model. `default_edit` makes one.

    `layers`, `layer_psi` and `noise` have one entry for each layer of the model.
    A layer's effective psi is its `layer_psi` if it has one, else `psi` below `cutoff`, else 1.
    `transform`, for models that have one, is x and y in picture widths, to the right and down, and
    an angle in degrees, counterclockwise; zeros are the identity.
    """

    sources: tuple[Source, ...]
    layers: tuple[LayerMix, ...]
    noise: tuple[LayerNoise, ...]
    layer_psi: tuple[float | None, ...]
    psi: float = USUAL_PSI
    cutoff: int = USUAL_CUTOFF
    directions: tuple[Direction, ...] = ()
    transform: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        _check_finite("psi", self.psi, *(p for p in self.layer_psi if p is not None))
        _check_finite("the transform", *(self.transform or ()))
        if not self.sources:
            raise ValueError("an edit needs at least one source")
        if not self.layers:
            raise ValueError("an edit needs at least one layer")
        if not len(self.layers) == len(self.noise) == len(self.layer_psi):
            raise ValueError(
                f"an edit has {len(self.layers)} layers, {len(self.noise)} noises "
                f"and {len(self.layer_psi)} layer psis; these numbers must be equal"
            )
        if any(len(mix.weights) != len(self.sources) for mix in self.layers):
            raise ValueError(f"every layer needs {len(self.sources)} weights, one per source")

    @property
    def num_layers(self) -> int:
        return len(self.layers)

    @cached_property
    def any_solo(self) -> bool:
        """True if a layer is soloed, so that all others take source A alone."""
        return any(mix.solo for mix in self.layers)


def default_edit(
    num_layers: int,
    seeds: tuple[int, ...] = (1, 2),
    class_count: int = 0,
    convention: SeedConvention = "ours",
    cutoff: int | None = USUAL_CUTOFF,
) -> Edit:
    """Return the edit with which a model opens: the face of the first seed, with usual truncation.

    Every layer takes the first source, and noise of seed 0. psi is 0.7 below the cutoff, or on all
    layers if the cutoff is None. If there are classes, every source is in the first one.
    """
    classes = one_hot(0, class_count)
    return Edit(
        sources=tuple(Source(Walk(seed, convention=convention), classes) for seed in seeds),
        layers=(LayerMix(one_hot(0, len(seeds))),) * num_layers,
        noise=(LayerNoise((NoiseTerm(0, 1.0),)),) * num_layers,
        layer_psi=(None,) * num_layers,
        cutoff=num_layers if cutoff is None else min(cutoff, num_layers),
    )


def one_hot(index: int, count: int) -> tuple[float, ...]:
    """Return `count` weights: 1 at an index, 0 elsewhere; an empty tuple for 0."""
    return tuple(1.0 if i == index else 0.0 for i in range(count))


def effective_weights(edit: Edit, layer: int) -> tuple[float, ...]:
    """Return a layer's weights after solo and mute, one for each source."""
    mix = edit.layers[layer]
    if mix.mute or (edit.any_solo and not mix.solo):
        return one_hot(0, len(edit.sources))
    return mix.weights


def effective_psi(edit: Edit, layer: int) -> float:
    """Return a layer's truncation: its own psi, else psi below the cutoff, else 1."""
    layer_psi = edit.layer_psi[layer]
    if layer_psi is not None:
        return layer_psi
    return edit.psi if layer < edit.cutoff else 1.0


def effective_strength(edit: Edit, layer: int) -> float:
    """Return a layer's noise strength relative to the learned one; 0 if it is muted."""
    noise = edit.noise[layer]
    return 0.0 if noise.mute else noise.strength


def _check_seed(seed: object) -> None:
    if not isinstance(seed, int) or isinstance(seed, bool) or not 0 <= seed <= MAX_SEED:
        raise ValueError(f"a seed is a whole number from 0 to {MAX_SEED}, not {seed!r}")


def _check_finite(name: str, *values: float) -> None:
    if not all(map(math.isfinite, values)):
        raise ValueError(f"{name} must be finite")
