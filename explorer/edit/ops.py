"""New edits from old ones: each function returns an `Edit` and changes nothing."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from explorer.edit.edit import (
    Edit,
    LayerMix,
    LayerNoise,
    NoiseSeed,
    NoiseTerm,
    Source,
    Walk,
    default_edit,
)
from stylegan_core.conventions import SeedConvention


def with_mix(edit: Edit, layers: Iterable[int], t: float) -> Edit:
    """Share out on some layers what A and B have together: 1 - t to A and t to B. t outside 0..1
    extrapolates.

    Needs two sources at least; solo, mute and the weights of further sources stay as they are.
    """
    chosen = set(layers)
    mixes = tuple(
        replace(mix, weights=_shared_out(mix.weights, t)) if i in chosen else mix
        for i, mix in enumerate(edit.layers)
    )
    return replace(edit, layers=mixes)


def mix_of(edit: Edit, layer: int) -> float:
    """The share of source B in what A and B have together on a layer, as written there (solo and
    mute not applied); 0 where they have nothing.
    """
    weights = edit.layers[layer].weights
    together = 1.0 - sum(weights[2:])
    return weights[1] / together if len(weights) > 1 and abs(together) > 1e-9 else 0.0


def has_further_sources(edit: Edit, layer: int) -> bool:
    """Whether a layer takes something from other sources than A and B."""
    return any(edit.layers[layer].weights[2:])


def with_weights(edit: Edit, layers: Iterable[int], weights: Sequence[float]) -> Edit:
    """Give some layers one weight per source; the weights must sum to 1."""
    return _with_layers(edit, layers, weights=tuple(weights))


def with_solo(edit: Edit, layers: Iterable[int], solo: bool) -> Edit:
    """Solo some layers: every layer without solo takes source A alone."""
    return _with_layers(edit, layers, solo=solo)


def with_mute(edit: Edit, layers: Iterable[int], mute: bool) -> Edit:
    """Mute the mix of some layers: they take source A alone."""
    return _with_layers(edit, layers, mute=mute)


def with_source(edit: Edit, index: int, source: Source) -> Edit:
    """Replace a source, or append it without weight when index is the number of sources."""
    if index < len(edit.sources):
        sources = _set(edit.sources, index, source)
        return replace(edit, sources=sources)
    layers = tuple(replace(mix, weights=(*mix.weights, 0.0)) for mix in edit.layers)
    return replace(edit, sources=(*edit.sources, source), layers=layers)


def with_two_sources(edit: Edit) -> Edit:
    """The same picture; an edit of one source gets a second one without weight, to mix with."""
    if len(edit.sources) > 1:
        return edit
    latent = Walk(2, convention=convention_of(edit.sources[0]))
    return with_source(edit, 1, replace(edit.sources[0], latent=latent))


def without_source(edit: Edit, index: int) -> Edit:
    """Remove a source; its weight goes to source A (to the new first one if A itself goes)."""
    sources = edit.sources[:index] + edit.sources[index + 1 :]
    return replace(
        edit,
        sources=sources,
        layers=tuple(replace(mix, weights=_dropped(mix.weights, index)) for mix in edit.layers),
    )


def with_seed(edit: Edit, index: int, seed: int) -> Edit:
    """Give a source a new seed, back at the start of its walk; convention and classes stay."""
    source = edit.sources[index]
    latent = Walk(seed, convention=convention_of(source))
    return with_source(edit, index, replace(source, latent=latent))


def with_convention(edit: Edit, index: int, convention: SeedConvention) -> Edit:
    """What a source's seed stands for: our latents, or those of the official scripts. A stored
    vector has no seed and stays.
    """
    source = edit.sources[index]
    if not isinstance(source.latent, Walk):
        return edit
    latent = replace(source.latent, convention=convention)
    return with_source(edit, index, replace(source, latent=latent))


def with_swapped_sources(edit: Edit, i: int, j: int) -> Edit:
    """Exchange two sources; weights stay with the places, so A's layers now show the other one."""
    sources = list(edit.sources)
    sources[i], sources[j] = sources[j], sources[i]
    return replace(edit, sources=tuple(sources))


def with_walk(edit: Edit, index: int, ddx: float, ddy: float) -> Edit:
    """Walk a source on by two angles in radians. A stored vector cannot walk and stays."""
    source = edit.sources[index]
    if not isinstance(source.latent, Walk):
        return edit
    latent = source.latent
    moved = replace(latent, dx=latent.dx + ddx, dy=latent.dy + ddy)
    return with_source(edit, index, replace(source, latent=moved))


def with_psi(edit: Edit, psi: float) -> Edit:
    """Truncation of all layers below the cutoff. What psis of their own some had, as between two
    keyframes of different cutoffs, is given up.
    """
    return replace(edit, psi=psi, layer_psi=(None,) * edit.num_layers)


def with_cutoff(edit: Edit, cutoff: int) -> Edit:
    """The first layer that psi does not reach; see `with_psi` on psis of their own."""
    return replace(edit, cutoff=cutoff, layer_psi=(None,) * edit.num_layers)


def with_layer_psi(edit: Edit, layers: Iterable[int], psi: float | None) -> Edit:
    """Give some layers a psi of their own, or take it away with None."""
    chosen = set(layers)
    return replace(
        edit,
        layer_psi=tuple(psi if i in chosen else own for i, own in enumerate(edit.layer_psi)),
    )


def with_class_weights(edit: Edit, index: int, weights: Sequence[float]) -> Edit:
    """Give a source another class vector; its latent stays."""
    return with_source(edit, index, replace(edit.sources[index], class_weights=tuple(weights)))


def with_transform(edit: Edit, transform: Sequence[float]) -> Edit:
    """Move and turn the picture: x, y and angle_deg; zeros leave it where it is."""
    return replace(edit, transform=tuple(transform) if any(transform) else None)


def transform_of(edit: Edit) -> tuple[float, ...]:
    """x, y and angle_deg of the picture, zeros where it stands as the network paints it."""
    return (*(edit.transform or ()), 0.0, 0.0, 0.0)[:3]


def with_noise_seed(edit: Edit, layers: Iterable[int], seed: NoiseSeed) -> Edit:
    """Fresh noise from one seed on some layers, each from its own stream (seed, layer)."""
    return _with_noise(edit, layers, terms=(NoiseTerm(seed, 1.0),))


def with_noise_turned(edit: Edit, layers: Iterable[int], seed: NoiseSeed, angle: float) -> Edit:
    """Rotate the noise of some layers towards a seed by `angle` radians; the variance stays 1.

    From noise of seed a alone to seed b this is cos(angle) a + sin(angle) b.
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
    """`cos(angle) terms + sin(angle) seed`, renormalised where the seed is already among them."""
    coefficients = {term.seed: math.cos(angle) * term.coefficient for term in terms}
    coefficients[seed] = coefficients.get(seed, 0.0) + math.sin(angle)
    norm = math.hypot(*coefficients.values())
    if norm < 1e-6:
        return terms
    return tuple(NoiseTerm(s, c / norm) for s, c in coefficients.items() if abs(c) > 1e-9)


def with_noise_strength(edit: Edit, layers: Iterable[int], strength: float) -> Edit:
    """Noise strength of some layers relative to the learned one."""
    return _with_noise(edit, layers, strength=strength)


def with_noise_mute(edit: Edit, layers: Iterable[int], mute: bool) -> Edit:
    """Silence the noise of some layers, or let it be heard again."""
    return _with_noise(edit, layers, mute=mute)


def with_layer_reset(edit: Edit, layers: Iterable[int]) -> Edit:
    """Put the mix of some layers back: source A alone, no solo, no mute."""
    first = default_edit(1, tuple(range(len(edit.sources)))).layers[0]
    return _with_layers(edit, layers, weights=first.weights, solo=False, mute=False)


def convention_of(source: Source) -> SeedConvention:
    """What the seed of a source stands for; a stored vector counts as ours."""
    return source.latent.convention if isinstance(source.latent, Walk) else "ours"


def _with_layers(edit: Edit, layers: Iterable[int], **changes: object) -> Edit:
    chosen = set(layers)
    mixes: tuple[LayerMix, ...] = tuple(
        replace(mix, **changes) if i in chosen else mix  # type: ignore[arg-type]
        for i, mix in enumerate(edit.layers)
    )
    return replace(edit, layers=mixes)


def _with_noise(edit: Edit, layers: Iterable[int], **changes: object) -> Edit:
    chosen = set(layers)
    noise: tuple[LayerNoise, ...] = tuple(
        replace(old, **changes) if i in chosen else old  # type: ignore[arg-type]
        for i, old in enumerate(edit.noise)
    )
    return replace(edit, noise=noise)


def _shared_out(weights: tuple[float, ...], t: float) -> tuple[float, ...]:
    together = 1.0 - sum(weights[2:])
    return (together * (1.0 - t), together * t, *weights[2:])


def _dropped(weights: tuple[float, ...], index: int) -> tuple[float, ...]:
    rest = weights[:index] + weights[index + 1 :]
    return (rest[0] + weights[index], *rest[1:])


def _set(values: tuple[Source, ...], index: int, value: Source) -> tuple[Source, ...]:
    return (*values[:index], value, *values[index + 1 :])
