"""Interpolate between two edits: every parameter moves, and nothing jumps at either end."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from explorer.edit.edit import (
    MAX_SEED,
    Direction,
    Edit,
    LayerMix,
    LayerNoise,
    NoiseSeed,
    NoiseTerm,
    Source,
    effective_psi,
    effective_weights,
)


def interpolate(a: Edit, b: Edit, t: float) -> Edit:
    """Return the edit at t of the way from a to b, 0 <= t <= 1: a itself at 0, b itself at 1.

    The result has the sources of both, with interpolated weights. Noise rotates between the maps of
    both, so that its variance stays 1.
    If a and b differ in solo or mute, the result has neither: its weights take both into account.
    If they differ in cutoff, each layer of the result has a psi of its own.
    Raises ValueError if the numbers of layers differ.
    """
    if a.num_layers != b.num_layers:
        raise ValueError(f"cannot go from an edit of {a.num_layers} layers to {b.num_layers}")
    if t <= 0.0 or a == b:
        return a
    if t >= 1.0:
        return b
    sources, layers = _mixes(a, b, t)
    psi, cutoff, layer_psi = _truncation(a, b, t)
    return Edit(
        sources=sources,
        layers=layers,
        psi=psi,
        cutoff=cutoff,
        layer_psi=layer_psi,
        noise=tuple(_noise(x, y, t) for x, y in zip(a.noise, b.noise, strict=True)),
        directions=_directions(a, b, t),
        transform=_transform(a.transform, b.transform, t),
    )


def lerp(a: float, b: float, t: float) -> float:
    """Interpolate linearly: exactly a at 0, exactly b at 1."""
    return (1.0 - t) * a + t * b


def _mixes(a: Edit, b: Edit, t: float) -> tuple[tuple[Source, ...], tuple[LayerMix, ...]]:
    """Return the sources of both edits, and the mix of each layer."""
    sources = a.sources + tuple(s for s in dict.fromkeys(b.sources) if s not in a.sources)
    flags_agree = a.sources[0] == b.sources[0] and all(
        (x.solo, x.mute) == (y.solo, y.mute) for x, y in zip(a.layers, b.layers, strict=True)
    )
    if not flags_agree:
        a, b = _without_flags(a), _without_flags(b)
    mixes = []
    for x, y in zip(a.layers, b.layers, strict=True):
        start = _weights_over(sources, a.sources, x.weights)
        end = _weights_over(sources, b.sources, y.weights)
        weights = tuple(lerp(p, q, t) for p, q in zip(start, end, strict=True))
        mixes.append(replace(x, weights=weights))
    return sources, tuple(mixes)


def _without_flags(edit: Edit) -> Edit:
    """Return an edit of the same picture without solo and mute."""
    layers = tuple(LayerMix(effective_weights(edit, i)) for i in range(edit.num_layers))
    return replace(edit, layers=layers)


def _weights_over(
    all_sources: tuple[Source, ...], sources: tuple[Source, ...], weights: tuple[float, ...]
) -> list[float]:
    """Spread the weights of `sources` over all sources; those of a source listed twice add up."""
    totals = [0.0] * len(all_sources)
    for source, weight in zip(sources, weights, strict=True):
        totals[all_sources.index(source)] += weight
    return totals


def _truncation(a: Edit, b: Edit, t: float) -> tuple[float, int, tuple[float | None, ...]]:
    """Return psi, cutoff and the psi of each layer; None if psi and cutoff decide it."""
    psis: list[float | None] = []
    for i, (x, y) in enumerate(zip(a.layer_psi, b.layer_psi, strict=True)):
        if a.cutoff == b.cutoff and x is None and y is None:
            psis.append(None)
        else:
            psis.append(lerp(effective_psi(a, i), effective_psi(b, i), t))
    return lerp(a.psi, b.psi, t), a.cutoff, tuple(psis)


def _noise(a: LayerNoise, b: LayerNoise, t: float) -> LayerNoise:
    """Interpolate the strength and rotate the maps; if one end is muted, keep the other's maps."""
    if a.mute == b.mute:
        return LayerNoise(slerp_terms(a.terms, b.terms, t), lerp(a.strength, b.strength, t), a.mute)
    unmuted = b if a.mute else a
    start, end = (0.0 if noise.mute else noise.strength for noise in (a, b))
    return LayerNoise(unmuted.terms, lerp(start, end, t))


def slerp_terms(
    a: tuple[NoiseTerm, ...], b: tuple[NoiseTerm, ...], t: float
) -> tuple[NoiseTerm, ...]:
    """Rotate from one unit vector of coefficients to another, over the seeds of both."""
    start, end = _unit(a), _unit(b)
    seeds = list(dict.fromkeys([*start, *end]))
    cosine = sum(start.get(s, 0.0) * end.get(s, 0.0) for s in seeds)
    angle = math.acos(max(-1.0, min(1.0, cosine)))
    if angle < 1e-6:
        return a
    if math.pi - angle < 1e-6:  # opposite: rotate through a map that is in neither
        end, angle, t = _perpendicular(start), math.pi / 2, 2 * t
        seeds = list(dict.fromkeys([*start, *end]))
    p, q = math.sin((1 - t) * angle) / math.sin(angle), math.sin(t * angle) / math.sin(angle)
    mixed = {s: p * start.get(s, 0.0) + q * end.get(s, 0.0) for s in seeds}
    norm = math.hypot(*mixed.values())
    return tuple(NoiseTerm(s, c / norm) for s, c in mixed.items())


def _unit(terms: tuple[NoiseTerm, ...]) -> dict[NoiseSeed, float]:
    norm = math.hypot(*(term.coefficient for term in terms))
    return {term.seed: term.coefficient / norm for term in terms}


def _perpendicular(vector: Mapping[NoiseSeed, float]) -> dict[NoiseSeed, float]:
    """Return the unit vector of a seed that the given one does not use."""
    free = next(seed for seed in range(MAX_SEED, 0, -1) if seed not in vector)
    return {free: 1.0}


def _directions(a: Edit, b: Edit, t: float) -> tuple[Direction, ...]:
    start, end = _amounts(a), _amounts(b)
    amounts = {
        key: lerp(start.get(key, 0.0), end.get(key, 0.0), t)
        for key in dict.fromkeys([*start, *end])
    }
    return tuple(
        Direction(name, amount, first, last) for (name, first, last), amount in amounts.items()
    )


def _amounts(edit: Edit) -> dict[tuple[str, int, int], float]:
    amounts: dict[tuple[str, int, int], float] = {}
    for d in edit.directions:
        key = (d.name, d.first, d.last)
        amounts[key] = amounts.get(key, 0.0) + d.amount
    return amounts


def _transform(
    a: tuple[float, ...] | None, b: tuple[float, ...] | None, t: float
) -> tuple[float, ...] | None:
    """Interpolate transforms; a missing one counts as the identity, zeros."""
    if a is None and b is None:
        return None
    size = max(len(a or ()), len(b or ()))
    start = (*(a or ()), *(0.0,) * size)[:size]
    end = (*(b or ()), *(0.0,) * size)[:size]
    return tuple(lerp(x, y, t) for x, y in zip(start, end, strict=True))
