"""Make new edits from old ones. `layers` are indices of layers, `index` is that of a source."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from explorer.edit.edit import (
    Edit,
    LayerMix,
    LayerNoise,
    NoiseSeed,
    NoiseTerm,
    Source,
    Walk,
    one_hot,
)
from stylegan_core.conventions import SeedConvention

Row = TypeVar("Row", LayerMix, LayerNoise)


def with_mix(edit: Edit, layers: Iterable[int], t: float) -> Edit:
    """Split the weight that sources A and B have together: 1 - t for A, t for B.

    t outside 0..1 extrapolates. Solo, mute and the weights of further sources stay.
    The edit must have at least two sources.
    """
    chosen = set(layers)
    mixes = tuple(
        replace(mix, weights=_split_weights(mix.weights, t)) if i in chosen else mix
        for i, mix in enumerate(edit.layers)
    )
    return replace(edit, layers=mixes)


def mix_of(edit: Edit, layer: int) -> float:
    """Return the share of source B in the weight that A and B have together on a layer.

    Solo and mute are not applied. It is 0 if they have no weight.
    """
    weights = edit.layers[layer].weights
    together = 1.0 - sum(weights[2:])
    return weights[1] / together if len(weights) > 1 and abs(together) > 1e-9 else 0.0


def has_further_sources(edit: Edit, layer: int) -> bool:
    """Tell whether a layer takes something from sources other than A and B."""
    return any(edit.layers[layer].weights[2:])


def with_weights(edit: Edit, layers: Iterable[int], weights: Sequence[float]) -> Edit:
    """Set the weights of layers: one for each source, summing to 1."""
    return _with_layers(edit, layers, weights=tuple(weights))


def with_solo(edit: Edit, layers: Iterable[int], solo: bool) -> Edit:
    """Set or clear solo: every layer without it then takes source A alone."""
    return _with_layers(edit, layers, solo=solo)


def with_mute(edit: Edit, layers: Iterable[int], mute: bool) -> Edit:
    """Mute or unmute the mix of layers: muted ones take source A alone."""
    return _with_layers(edit, layers, mute=mute)


def with_source(edit: Edit, index: int, source: Source) -> Edit:
    """Replace a source, or append it without weight if `index` is the number of sources."""
    if index < len(edit.sources):
        sources = (*edit.sources[:index], source, *edit.sources[index + 1 :])
        return replace(edit, sources=sources)
    layers = tuple(replace(mix, weights=(*mix.weights, 0.0)) for mix in edit.layers)
    return replace(edit, sources=(*edit.sources, source), layers=layers)


def with_two_sources(edit: Edit) -> Edit:
    """Give an edit of one source a second one without weight, to mix with."""
    if len(edit.sources) > 1:
        return edit
    latent = Walk(2, convention=convention_of(edit.sources[0]))
    return with_source(edit, 1, replace(edit.sources[0], latent=latent))


def without_source(edit: Edit, index: int) -> Edit:
    """Remove a source; its weight goes to the one that is then first."""
    sources = edit.sources[:index] + edit.sources[index + 1 :]
    return replace(
        edit,
        sources=sources,
        layers=tuple(
            replace(mix, weights=_merged_weights(mix.weights, index)) for mix in edit.layers
        ),
    )


def with_seed(edit: Edit, index: int, seed: int) -> Edit:
    """Give a source a new seed, at the start of its walk; convention and classes stay."""
    source = edit.sources[index]
    latent = Walk(seed, convention=convention_of(source))
    return with_source(edit, index, replace(source, latent=latent))


def with_convention(edit: Edit, index: int, convention: SeedConvention) -> Edit:
    """Set the numbering of a source's seed. A stored vector has no seed and stays as it is."""
    source = edit.sources[index]
    if not isinstance(source.latent, Walk):
        return edit
    latent = replace(source.latent, convention=convention)
    return with_source(edit, index, replace(source, latent=latent))


def with_swapped_sources(edit: Edit, i: int, j: int) -> Edit:
    """Exchange two sources. The weights stay in place, so A's layers then show the other source."""
    sources = list(edit.sources)
    sources[i], sources[j] = sources[j], sources[i]
    return replace(edit, sources=tuple(sources))


def with_walk(edit: Edit, index: int, ddx: float, ddy: float) -> Edit:
    """Move the walk of a source by two angles in radians. A stored vector has no walk: it stays."""
    source = edit.sources[index]
    if not isinstance(source.latent, Walk):
        return edit
    latent = source.latent
    moved = replace(latent, dx=latent.dx + ddx, dy=latent.dy + ddy)
    return with_source(edit, index, replace(source, latent=moved))


def before_walk(edit: Edit, index: int) -> Edit | None:
    """Return the edit with a source where its walk began; None if it has not walked."""
    latent = edit.sources[index].latent
    if not isinstance(latent, Walk) or (latent.dx, latent.dy) == (0.0, 0.0):
        return None
    return with_seed(edit, index, latent.seed)


def with_psi(edit: Edit, psi: float) -> Edit:
    """Set the truncation of all layers below the cutoff.

    This clears the psis of single layers, which edits between keyframes of different cutoffs have.
    """
    return replace(edit, psi=psi, layer_psi=(None,) * edit.num_layers)


def with_cutoff(edit: Edit, cutoff: int) -> Edit:
    """Set how many layers psi truncates; this clears the psis of single layers, like `with_psi`."""
    return replace(edit, cutoff=cutoff, layer_psi=(None,) * edit.num_layers)


def with_layer_psi(edit: Edit, layers: Iterable[int], psi: float | None) -> Edit:
    """Give layers a psi of their own; None takes it away."""
    chosen = set(layers)
    return replace(
        edit,
        layer_psi=tuple(psi if i in chosen else old for i, old in enumerate(edit.layer_psi)),
    )


def with_class_weights(edit: Edit, index: int, weights: Sequence[float]) -> Edit:
    """Give a source another class vector; its latent stays."""
    return with_source(edit, index, replace(edit.sources[index], class_weights=tuple(weights)))


def with_transform(edit: Edit, transform: Sequence[float]) -> Edit:
    """Set the transform of the picture: x, y and angle_deg. Zeros mean none."""
    return replace(edit, transform=tuple(transform) if any(transform) else None)


def transform_of(edit: Edit) -> tuple[float, ...]:
    """Return x, y and angle_deg of the transform; zeros if there is none."""
    return (*(edit.transform or ()), 0.0, 0.0, 0.0)[:3]


def with_noise_seed(edit: Edit, layers: Iterable[int], seed: NoiseSeed) -> Edit:
    """Give layers the noise of one seed, each from its own stream (seed, layer)."""
    return _with_noise(edit, layers, terms=(NoiseTerm(seed, 1.0),))


def with_noise_turned(edit: Edit, layers: Iterable[int], seed: NoiseSeed, angle: float) -> Edit:
    """Rotate the noise of layers towards a seed by an angle in radians; the variance stays 1.

    Noise of seed a alone, rotated towards seed b, becomes cos(angle) a + sin(angle) b.
    """
    chosen = set(layers)
    noise = tuple(
        replace(old, terms=turned_terms(old.terms, seed, angle)) if i in chosen else old
        for i, old in enumerate(edit.noise)
    )
    return replace(edit, noise=noise)


def turned_terms(
    terms: tuple[NoiseTerm, ...], seed: NoiseSeed, angle: float
) -> tuple[NoiseTerm, ...]:
    """Return `cos(angle) terms + sin(angle) seed`, renormalised if the seed is among the terms."""
    coefficients = {term.seed: math.cos(angle) * term.coefficient for term in terms}
    coefficients[seed] = coefficients.get(seed, 0.0) + math.sin(angle)
    norm = math.hypot(*coefficients.values())
    if norm < 1e-6:
        return terms
    return tuple(NoiseTerm(s, c / norm) for s, c in coefficients.items() if abs(c) > 1e-9)


def with_noise_strength(edit: Edit, layers: Iterable[int], strength: float) -> Edit:
    """Set the noise strength of layers, relative to the learned one."""
    return _with_noise(edit, layers, strength=strength)


def with_noise_mute(edit: Edit, layers: Iterable[int], mute: bool) -> Edit:
    """Mute or unmute the noise of layers."""
    return _with_noise(edit, layers, mute=mute)


def with_mix_reset(edit: Edit, layers: Iterable[int]) -> Edit:
    """Reset the mix of layers: source A alone, without solo and mute."""
    weights = one_hot(0, len(edit.sources))
    return _with_layers(edit, layers, weights=weights, solo=False, mute=False)


def convention_of(source: Source) -> SeedConvention:
    """Return the numbering of a source's seed; a stored vector counts as "ours"."""
    return source.latent.convention if isinstance(source.latent, Walk) else "ours"


def _with_layers(edit: Edit, layers: Iterable[int], **changes: Any) -> Edit:
    return replace(edit, layers=_changed(edit.layers, layers, changes))


def _with_noise(edit: Edit, layers: Iterable[int], **changes: Any) -> Edit:
    return replace(edit, noise=_changed(edit.noise, layers, changes))


def _changed(
    rows: tuple[Row, ...], layers: Iterable[int], changes: Mapping[str, Any]
) -> tuple[Row, ...]:
    chosen = set(layers)
    return tuple(replace(row, **changes) if i in chosen else row for i, row in enumerate(rows))


def _split_weights(weights: tuple[float, ...], t: float) -> tuple[float, ...]:
    """Split the weight that further sources leave between the first two."""
    together = 1.0 - sum(weights[2:])
    return (together * (1.0 - t), together * t, *weights[2:])


def _merged_weights(weights: tuple[float, ...], index: int) -> tuple[float, ...]:
    """Remove one weight and add it to the one that is then first."""
    first, *others = weights[:index] + weights[index + 1 :]
    return (first + weights[index], *others)
