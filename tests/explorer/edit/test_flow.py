"""Noise that flows along a timeline: even speed, constant variance, exactly closed."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.edit.edit import LayerNoise, NoiseSeed, NoiseTerm, default_edit
from explorer.edit.fields import FormatError
from explorer.edit.fit import fit_timeline
from explorer.edit.flow import NoiseFlow, circled
from explorer.edit.ops import with_noise_seed, with_psi
from explorer.edit.timeline import Keyframe, Timeline
from explorer.edit.timeline_json import timeline_from_json, timeline_to_json
from tests.explorer.model_infos import model_info_with

patterns = st.floats(0.05, 60)
shares = st.floats(0, 1)


def noise(seed: NoiseSeed) -> LayerNoise:
    return LayerNoise((NoiseTerm(seed, 1.0),))


def angle(a: LayerNoise, b: LayerNoise) -> float:
    """The angle between two maps: 0 for the same, pi / 2 for independent ones."""
    first, second = ({t.seed: t.coefficient for t in noise.terms} for noise in (a, b))
    seeds = first.keys() | second.keys()
    chord = math.hypot(*(first.get(seed, 0.0) - second.get(seed, 0.0) for seed in seeds))
    return 2 * math.asin(min(1.0, chord / 2))


@given(patterns, shares)
def test_flowing_noise_keeps_its_variance(count: float, share: float) -> None:
    flowing = circled(noise("stored"), count, share)
    assert sum(t.coefficient**2 for t in flowing.terms) == pytest.approx(1.0)


@given(patterns)
def test_the_way_is_as_long_as_asked_and_closes(count: float) -> None:
    assert circled(noise(3), count, 0.0) == noise(3) == circled(noise(3), count, 1.0)
    steps = 24 * math.ceil(count / 4)  # a whole number for each circle
    way = [circled(noise(3), count, i / steps) for i in range(steps + 1)]
    lengths = [angle(a, b) for a, b in pairwise(way)]
    assert sum(lengths) == pytest.approx(count * math.pi / 2, rel=0.01)
    assert max(lengths) == pytest.approx(min(lengths), rel=0.05), "an even speed"


def test_four_patterns_are_one_great_circle() -> None:
    quarter = circled(noise(3), 4.0, 0.25)
    assert angle(noise(3), quarter) == pytest.approx(math.pi / 2)
    (opposite,) = circled(noise(3), 4.0, 0.5).terms
    assert opposite.seed == 3
    assert opposite.coefficient == pytest.approx(-1.0)
    passed = {term.seed for i in range(60) for term in circled(noise(3), 12.0, i / 60).terms}
    assert len(passed) >= 4, "each circle has a map of its own"


def test_a_seed_of_the_flow_itself_does_no_harm() -> None:
    fresh = circled(noise(3), 4.0, 0.25).terms[0].seed
    for i in range(41):
        flowing = circled(noise(fresh), 3.0, i / 40)
        assert sum(t.coefficient**2 for t in flowing.terms) == pytest.approx(1.0)
    assert circled(noise(fresh), 3.0, 1.0) == noise(fresh)


def test_a_timeline_flows_through_its_keyframes_and_closes() -> None:
    start = default_edit(4)
    end = with_noise_seed(with_psi(start, 0.2), range(4), 9)
    flow = NoiseFlow((0.0, 0.5, 0.5, 2.0))
    timeline = Timeline((Keyframe(start, 1.5), Keyframe(end, 1.5)), flow=flow)
    still = replace(timeline, flow=None)
    assert timeline.at(0) == timeline.at(3) == timeline.at(Fraction(6)) == start
    for t in (0.4, 1.6, 2.9):
        moved, kept = timeline.at(t), still.at(t)
        assert timeline.between_keyframes(t) == kept
        assert replace(moved, noise=kept.noise) == kept, "only the noise differs"
        same = [a == b for a, b in zip(moved.noise, kept.noise, strict=True)]
        assert same == [True, False, False, False]
    line = replace(timeline, loop=False)
    assert line.at(1.5) == line.at(7) == end
    edits = [line.at(t) for t in line.frame_times(Fraction(30))]
    steps = [angle(a.noise[3], b.noise[3]) for a, b in pairwise(edits)]
    assert max(steps) < 0.4, "no jump"


def test_a_single_keyframe_without_a_loop_is_still() -> None:
    timeline = Timeline((Keyframe(default_edit(2)),), loop=False, flow=NoiseFlow((1.0, 1.0)))
    assert timeline.at(1) == default_edit(2)
    assert replace(timeline, loop=True).at(1) != default_edit(2)


@pytest.mark.parametrize(
    ("rates", "message"),
    [
        ([0.5], "one rate per layer"),
        ([-1, 0, 0, 0], "0 to 100 new patterns"),
        (["fast", 0, 0, 0], "noise_rates\\[0\\] should be a number"),
    ],
)
def test_wrong_rates_are_named(rates: list[object], message: str) -> None:
    data = timeline_to_json(Timeline((Keyframe(default_edit(4)),), flow=NoiseFlow((1.0,) * 4)))
    assert timeline_from_json(data).flow == NoiseFlow((1.0,) * 4)
    with pytest.raises(FormatError, match=message):
        timeline_from_json(data | {"noise_rates": rates})


def test_no_noise_flows_without_a_keyframe() -> None:
    timeline = Timeline((Keyframe(default_edit(4)),), flow=NoiseFlow((1.0,) * 4))
    assert timeline.without_keyframe(0) == Timeline()
    data = timeline_to_json(timeline) | {"keyframes": []}
    with pytest.raises(FormatError, match="one rate per layer"):
        timeline_from_json(data)


def test_another_model_takes_the_rates_of_its_resolutions() -> None:
    timeline = Timeline(
        (Keyframe(default_edit(6)),), flow=NoiseFlow((0.0, 0.0, 1.0, 1.0, 2.0, 2.0))
    )
    fitted = fit_timeline(timeline, model_info_with(10))
    assert fitted.flow == NoiseFlow((0.0, 0.0, 1.0, 1.0, *(2.0,) * 6))
    assert len({k.edit.num_layers for k in fitted.keyframes} | {len(fitted.flow.rates)}) == 1
