"""Hypothesis strategies for edits and timelines, within what the window can make."""

import math
from typing import TypeVar

from hypothesis import strategies as st

from explorer.edit.edit import (
    MAX_SEED,
    Direction,
    Edit,
    LayerMix,
    LayerNoise,
    NoiseTerm,
    Source,
    Stored,
    Walk,
)
from explorer.edit.flow import NoiseFlow
from explorer.edit.timeline import EASINGS, Keyframe, Timeline

T = TypeVar("T")

seeds = st.integers(0, MAX_SEED)
angles = st.floats(-4, 4)


def walks() -> st.SearchStrategy[Walk]:
    return st.builds(
        Walk,
        seed=st.integers(0, 5),
        dx=angles,
        dy=angles,
        convention=st.sampled_from(["ours", "official"]),
    )


@st.composite
def mixes(draw: st.DrawFn, sources: int) -> LayerMix:
    rest = draw(st.lists(st.floats(-0.5, 1.5), min_size=sources - 1, max_size=sources - 1))
    return LayerMix((1.0 - sum(rest), *rest), draw(st.booleans()), draw(st.booleans()))


@st.composite
def noises(draw: st.DrawFn) -> LayerNoise:
    chosen = draw(st.lists(st.integers(0, 4), min_size=1, max_size=3, unique=True))
    angle = draw(st.floats(-math.pi, math.pi))
    coefficients = [math.cos(angle), math.sin(angle), 0.0] if len(chosen) > 1 else [1.0]
    terms = tuple(NoiseTerm(s, c) for s, c in zip(chosen, coefficients, strict=False))
    return LayerNoise(terms, draw(st.floats(0, 3)), draw(st.booleans()))


@st.composite
def edits(draw: st.DrawFn, num_layers: int = 3, stored: bool = True) -> Edit:
    latents = st.one_of(walks(), st.just(Stored("ab" * 32))) if stored else walks()
    sources = draw(st.lists(st.builds(Source, latents), min_size=1, max_size=3, unique=True))
    count = len(sources)
    psis = st.one_of(st.none(), st.floats(-1, 1.5))
    directions = st.builds(
        Direction,
        name=st.sampled_from(["smile", "age"]),
        amount=st.floats(-3, 3),
        first=st.integers(0, 3),
        last=st.integers(4, 7),
    )

    def rows(row: st.SearchStrategy[T]) -> tuple[T, ...]:
        """Draw two rows and alternate them, so that neighbours differ and few numbers are drawn."""
        pair = draw(st.tuples(row, row))
        return tuple(pair[i % 2] for i in range(num_layers))

    return Edit(
        sources=tuple(sources),
        layers=rows(mixes(count)),
        noise=rows(noises()),
        layer_psi=rows(psis),
        psi=draw(st.floats(-1, 1.5)),
        cutoff=draw(st.integers(0, num_layers)),
        directions=tuple(draw(st.lists(directions, max_size=2))) if stored else (),
        transform=draw(st.sampled_from([None, (0.1, -0.2, 30.0)])) if stored else None,
    )


@st.composite
def timelines(draw: st.DrawFn, of: st.SearchStrategy[Edit] | None = None) -> Timeline:
    keyframe = st.builds(
        Keyframe,
        edit=edits() if of is None else of,
        duration_s=st.integers(1, 400).map(lambda n: n / 100),
        easing=st.sampled_from(EASINGS),
    )
    keyframes = draw(st.lists(keyframe, min_size=1, max_size=4))
    return Timeline(tuple(keyframes), draw(st.booleans()), draw(flows(keyframes[0].edit)))


@st.composite
def flows(draw: st.DrawFn, edit: Edit) -> NoiseFlow | None:
    rates = st.sampled_from([0.0, 0.1, 0.5, 1.0, 7.3])
    rows = [draw(rates) for _ in edit.layers]
    return NoiseFlow(tuple(rows)) if draw(st.booleans()) else None
