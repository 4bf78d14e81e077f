"""Noise that flows while a timeline plays, and is back where it began when the timeline ends."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from explorer.edit.edit import MAX_SEED, Edit, LayerNoise, NoiseSeed, NoiseTerm

MAX_RATE = 100.0
_PATTERNS_IN_A_GREAT_CIRCLE = 4.0
_LEAST = 1e-9  # smaller coefficients are dropped


@dataclass(frozen=True)
class NoiseFlow:
    """How fast the noise of each layer flows, in new patterns a second; 0 for a still layer.

    A new pattern is a quarter turn away, as independent of the old one as another seed's.
    """

    rates: tuple[float, ...]

    def __post_init__(self) -> None:
        if not all(0.0 <= rate <= MAX_RATE for rate in self.rates):
            raise ValueError(f"noise flows at 0 to {MAX_RATE:g} new patterns a second")

    def at_rate(self, layers: Collection[int], rate: float) -> NoiseFlow:
        """Return the flow with another rate for those of the layers that flow."""
        rates = (rate if old and i in layers else old for i, old in enumerate(self.rates))
        return NoiseFlow(tuple(rates))

    def applied(self, edit: Edit, share: float, duration_s: float) -> Edit:
        """Return the edit with its noise as it is after a share of the timeline's duration."""
        noise = tuple(
            circled(noise, duration_s * rate, share) if rate else noise
            for noise, rate in zip(edit.noise, self.rates, strict=True)
        )
        return replace(edit, noise=noise)


def circled(noise: LayerNoise, patterns: float, share: float) -> LayerNoise:
    """Return noise that has gone a share of a way that leads through new patterns and back.

    Maps of unit variance lie on a sphere. The way is one or more circles through the noise itself,
    each towards two fresh maps a and b, at an even speed; more than four patterns need another
    circle. At the angle t of a circle with the radius r, an angle too, the noise is

        (cos^2 r + sin^2 r cos t) noise + sin r cos r (1 - cos t) a + sin r sin t b.

    The noise is unchanged at the shares 0 and 1.
    """
    if patterns <= 0.0:
        return noise
    circles = math.ceil(patterns / _PATTERNS_IN_A_GREAT_CIRCLE)
    sine = patterns / (_PATTERNS_IN_A_GREAT_CIRCLE * circles)
    cosine = math.sqrt(1.0 - sine**2)
    done, part = divmod(circles * share, 1.0)
    if part == 0.0:
        return noise
    t = 2.0 * math.pi * part
    own = cosine**2 + sine**2 * math.cos(t)
    coefficients: dict[NoiseSeed, float] = {x.seed: own * x.coefficient for x in noise.terms}
    towards = (sine * cosine * (1.0 - math.cos(t)), sine * math.sin(t))
    for number, coefficient in enumerate(towards, start=2 * int(done)):
        seed = _fresh_seed(number)
        coefficients[seed] = coefficients.get(seed, 0.0) + coefficient
    return replace(noise, terms=_normalised(coefficients) or noise.terms)


def _normalised(coefficients: Mapping[NoiseSeed, float]) -> tuple[NoiseTerm, ...]:
    """Return terms of variance 1, which differ from the coefficients if a seed came up twice."""
    norm = math.hypot(*coefficients.values())
    if norm < _LEAST:
        return ()
    return tuple(NoiseTerm(s, c / norm) for s, c in coefficients.items() if abs(c) > _LEAST)


def _fresh_seed(number: int) -> int:
    """Return a seed that people hardly use."""
    return (2_654_435_761 * (number + 1)) % MAX_SEED
