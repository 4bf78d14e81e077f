"""Interpolated edits: exact ends, no jumps next to them, constant variance of noise."""

import math
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.edit.edit import (
    Edit,
    LayerNoise,
    NoiseSeed,
    NoiseTerm,
    Source,
    Walk,
    default_edit,
    effective_psi,
    effective_strength,
    effective_weights,
)
from explorer.edit.interpolate import interpolate, slerp_terms
from explorer.edit.ops import with_cutoff, with_mix, with_noise_seed, with_solo, with_source
from tests.explorer.strategies import edits, noises

Key = TypeVar("Key")
shares = st.floats(0, 1)
EPSILON = 1e-7


def shares_of(edit: Edit, layer: int) -> dict[Source, float]:
    """Return the weight of every source on a layer, after solo and mute."""
    total: dict[Source, float] = {}
    for source, weight in zip(edit.sources, effective_weights(edit, layer), strict=True):
        total[source] = total.get(source, 0.0) + weight
    return total


def amplitudes(edit: Edit, layer: int) -> dict[NoiseSeed, float]:
    """Return the amplitude of every noise map on a layer."""
    strength = effective_strength(edit, layer)
    return {term.seed: strength * term.coefficient for term in edit.noise[layer].terms}


def close(a: dict[Key, float], b: dict[Key, float]) -> bool:
    return all(abs(a.get(k, 0.0) - b.get(k, 0.0)) < 1e-4 for k in a.keys() | b.keys())


def assert_same_effect(a: Edit, b: Edit) -> None:
    for i in range(a.num_layers):
        assert close(shares_of(a, i), shares_of(b, i))
        assert effective_psi(a, i) == pytest.approx(effective_psi(b, i), abs=1e-4)
        assert close(amplitudes(a, i), amplitudes(b, i))
    identity = (0.0, 0.0, 0.0)
    assert (a.transform or identity) == pytest.approx(b.transform or identity, abs=1e-4)


@given(edits(), edits())
def test_the_ends_are_exact_and_nothing_jumps_next_to_them(a: Edit, b: Edit) -> None:
    assert interpolate(a, b, 0) == a
    assert interpolate(a, b, 1) == b
    assert_same_effect(interpolate(a, b, EPSILON), a)
    assert_same_effect(interpolate(a, b, 1 - EPSILON), b)


@given(edits(), edits(), shares)
def test_effective_values_are_interpolated(a: Edit, b: Edit, t: float) -> None:
    middle = interpolate(a, b, t)
    for i in range(a.num_layers):
        start, end = shares_of(a, i), shares_of(b, i)
        expected = {s: (1 - t) * start.get(s, 0) + t * end.get(s, 0) for s in {*start, *end}}
        assert close(shares_of(middle, i), expected)
        psi = (1 - t) * effective_psi(a, i) + t * effective_psi(b, i)
        assert effective_psi(middle, i) == pytest.approx(psi)
        strength = (1 - t) * effective_strength(a, i) + t * effective_strength(b, i)
        assert effective_strength(middle, i) == pytest.approx(strength)


@given(noises(), noises(), shares)
def test_the_variance_of_noise_stays_one(a: LayerNoise, b: LayerNoise, t: float) -> None:
    terms = slerp_terms(a.terms, b.terms, t)
    assert sum(term.coefficient**2 for term in terms) == pytest.approx(1)


@given(edits(), edits(), shares, edits(), shares)
def test_an_interpolated_edit_can_be_interpolated_again(
    a: Edit, b: Edit, t: float, c: Edit, u: float
) -> None:
    assert_same_effect(interpolate(interpolate(a, b, t), c, EPSILON * u), interpolate(a, b, t))


def test_two_faces_become_a_mix_of_both() -> None:
    a = default_edit(4, seeds=(1, 2))
    b = with_source(default_edit(4, seeds=(3, 1)), 0, Source(Walk(3)))
    middle = interpolate(a, b, 0.25)
    assert [s.latent for s in middle.sources] == [Walk(1), Walk(2), Walk(3)]
    assert middle.layers[0].weights == (0.75, 0.0, 0.25)


def test_equal_solo_stays_and_different_solo_becomes_weights() -> None:
    a, b = (with_mix(default_edit(2), range(2), t) for t in (0.2, 0.8))
    both = interpolate(with_solo(a, [0], True), with_solo(b, [0], True), 0.5)
    assert both.layers[0].solo
    assert both.layers[1].weights == (0.5, 0.5)
    one = interpolate(with_solo(a, [0], True), b, 0.5)
    assert not one.any_solo
    assert one.layers[1].weights[1] == pytest.approx(0.4)  # halfway from 0 (not soloed) to 0.8


def test_different_cutoffs_become_psis_of_single_layers() -> None:
    a, b = with_cutoff(default_edit(4), 1), with_cutoff(default_edit(4), 3)
    middle = interpolate(a, b, 0.5)
    assert [effective_psi(middle, i) for i in range(4)] == pytest.approx([0.7, 0.85, 0.85, 1])
    assert interpolate(a, a, 0.5).layer_psi == (None,) * 4


def test_noise_rotates_between_two_seeds() -> None:
    a, b = default_edit(1), with_noise_seed(default_edit(1), [0], 9)
    terms = {t.seed: t.coefficient for t in interpolate(a, b, 1 / 3).noise[0].terms}
    assert terms == pytest.approx({0: math.cos(math.pi / 6), 9: math.sin(math.pi / 6)})


def test_noise_reaches_its_negative_through_another_map() -> None:
    a, b = (NoiseTerm(4, 1.0),), (NoiseTerm(4, -1.0),)
    for t in (0.1, 0.5, 0.9):
        terms = {term.seed: term.coefficient for term in slerp_terms(a, b, t)}
        assert terms[4] == pytest.approx(math.cos(math.pi * t), abs=1e-9)
        assert math.hypot(*terms.values()) == pytest.approx(1)


def test_edits_with_different_layers_are_refused() -> None:
    with pytest.raises(ValueError, match="4 layers to 6"):
        interpolate(default_edit(4), default_edit(6), 0.5)
