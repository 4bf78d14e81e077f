"""Edits: the JSON form, what they refuse, and the functions that make new ones."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.edit.edit import (
    Edit,
    LayerMix,
    LayerNoise,
    NoiseTerm,
    Source,
    Walk,
    default_edit,
    effective_psi,
    effective_strength,
    effective_weights,
)
from explorer.edit.edit_json import VERSION, from_json, to_json
from explorer.edit.fields import FormatError
from explorer.edit.ops import (
    has_further_sources,
    mix_of,
    turned_terms,
    with_convention,
    with_cutoff,
    with_layer_psi,
    with_mix,
    with_mix_reset,
    with_mute,
    with_noise_mute,
    with_noise_seed,
    with_noise_strength,
    with_noise_turned,
    with_psi,
    with_seed,
    with_solo,
    with_source,
    with_swapped_sources,
    with_two_sources,
    with_walk,
    with_weights,
    without_source,
)
from tests.explorer.strategies import edits, noises


@given(edits())
def test_json_gives_the_same_edit_back(edit: Edit) -> None:
    text = json.dumps(to_json(edit), allow_nan=False)
    assert from_json(json.loads(text)) == edit
    assert hash(from_json(json.loads(text))) == hash(edit)


def test_a_file_written_by_hand_needs_few_fields() -> None:
    rows = [{"weights": [1]}] * 4
    noise = [{"terms": [{"seed": "stored"}]}] * 4
    edit = from_json({"sources": [{"seed": 7}], "layers": rows, "noise": noise})
    assert edit.sources == (Source(Walk(7)),)
    assert (edit.psi, edit.cutoff, edit.layer_psi) == (0.7, 8, (None,) * 4)
    assert edit.noise[0] == LayerNoise((NoiseTerm("stored", 1.0),))


def change(data: Any, place: tuple[Any, ...], value: Any) -> None:
    for key in place[:-1]:
        data = data[key]
    data[place[-1]] = value


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (("psi",), float("inf"), "edit.psi"),
        (("psi",), float("nan"), "edit.psi"),
        (("psi",), "0.7", "edit.psi should be a number"),
        (("psi",), True, "edit.psi"),
        (("psi",), 1e300, "edit.psi"),
        pytest.param(("psi",), 10**400, "edit.psi", id="too large for a float"),
        (("cutoff",), -1, "edit.cutoff"),
        (("cutoff",), 2.5, "edit.cutoff"),
        (("layers",), [], "at least one layer"),
        (("layers",), {"0": 1}, "edit.layers should be a list"),
        (("layers",), [{"weights": [1, 0]}] * 300, "at most 256"),
        (("layers", 3, "weights"), [1.0], "needs 2 weights"),
        (("layers", 3, "weights"), [0.5, 0.6], r"edit.layers\[3\]: the weights"),
        (("layers", 3, "wieghts"), [1.0], "unknown field 'wieghts'"),
        (("layers", 0, "solo"), 1, "solo should be true or false"),
        (("noise",), [], "0 noises"),
        (("noise", 0, "terms"), [], "sum to 0"),
        (("noise", 0, "terms", 0, "coefficient"), 0.5, "sum to 0.25"),
        (("noise", 0, "terms", 0, "seed"), -1, "a seed is a whole number"),
        (("noise", 0, "terms", 0, "seed"), 2**32, "a seed is a whole number"),
        (("sources",), [], "at least one source"),
        (("sources", 1), 5, r"edit.sources\[1\] should be an object"),
        (("sources", 1, "seed"), 1.5, "a seed is a whole number"),
        (("sources", 1, "convention"), "theirs", "one of official, ours"),
        (("layer_psi", 0), "none", r"edit.layer_psi\[0\]"),
        (("version",), VERSION + 1, "update StyleGAN Explorer"),
        (("colour",), "red", "unknown field 'colour'"),
    ],
)
def test_a_wrong_field_is_named(place: tuple[Any, ...], value: Any, message: str) -> None:
    data = to_json(default_edit(4))
    change(data, place, value)
    with pytest.raises(FormatError, match=message):
        from_json(data)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
places = st.sampled_from(
    [("psi",), ("layers",), ("noise", 1), ("sources", 0), ("layers", 0, "weights"), ("transform",)]
)


@given(json_values, places)
def test_anything_anywhere_is_an_edit_or_a_format_error(value: Any, place: tuple[Any, ...]) -> None:
    data = to_json(default_edit(4))
    change(data, place, value)
    with contextlib.suppress(FormatError):
        assert isinstance(from_json(data), Edit)


def test_solo_and_mute_change_effective_weights() -> None:
    edit = with_mix(default_edit(4), range(4), 0.25)
    assert effective_weights(edit, 1) == (0.75, 0.25)
    soloed = with_solo(edit, [1, 2], True)
    assert [effective_weights(soloed, i)[1] for i in range(4)] == [0, 0.25, 0.25, 0]
    muted = with_mute(soloed, [2], True)
    assert [effective_weights(muted, i)[1] for i in range(4)] == [0, 0.25, 0, 0]
    assert mix_of(muted, 2) == 0.25


def test_cutoff_layer_psi_and_mute_change_effective_values() -> None:
    edit = with_layer_psi(with_cutoff(with_psi(default_edit(4), 0.5), 2), [1, 3], -1.0)
    assert [effective_psi(edit, i) for i in range(4)] == [0.5, -1.0, 1.0, -1.0]
    noisy = with_noise_mute(with_noise_strength(edit, [0, 1], 2.5), [1], True)
    assert [effective_strength(noisy, i) for i in range(3)] == [2.5, 0.0, 1.0]


def test_setting_psi_or_cutoff_resets_the_psi_of_each_layer() -> None:
    """Between keyframes of different cutoffs each layer has its own, but sliders must work."""
    edit = with_layer_psi(with_cutoff(default_edit(4), 2), [1, 3], 0.9)
    assert [effective_psi(with_psi(edit, 0.1), i) for i in range(4)] == [0.1, 0.1, 1.0, 1.0]
    assert [effective_psi(with_cutoff(edit, 3), i) for i in range(4)] == [0.7, 0.7, 0.7, 1.0]


def test_mixing_changes_only_its_layers() -> None:
    edit = with_mix(default_edit(6, seeds=(1, 2, 3)), [4], 1.5)
    assert edit.layers[4] == LayerMix((-0.5, 1.5, 0.0))
    assert edit.layers[:4] == default_edit(6, seeds=(1, 2, 3)).layers[:4]
    assert with_mix_reset(edit, [4]) == default_edit(6, seeds=(1, 2, 3))


def test_mixing_keeps_the_weights_of_further_sources() -> None:
    """Edits between two keyframes with different faces have some."""
    edit = with_weights(default_edit(3, seeds=(1, 2, 3, 4)), [1], (0.3, 0.1, 0.4, 0.2))
    assert mix_of(edit, 1) == pytest.approx(0.25)
    mixed = with_mix(edit, [1], 0.75)
    assert mixed.layers[1].weights == pytest.approx((0.1, 0.3, 0.4, 0.2))
    assert mix_of(mixed, 1) == pytest.approx(0.75)
    assert mixed.layers[0] == edit.layers[0]
    assert [has_further_sources(mixed, i) for i in range(3)] == [False, True, False]


def test_mixing_does_nothing_if_a_and_b_have_no_weight() -> None:
    edit = with_weights(default_edit(1, seeds=(1, 2, 3)), [0], (0.0, 0.0, 1.0))
    assert mix_of(edit, 0) == 0.0
    assert with_mix(edit, [0], 0.5) == edit


def test_sources_are_added_removed_swapped_and_walked() -> None:
    edit = with_mix(default_edit(3), range(3), 0.5)
    third = with_source(edit, 2, Source(Walk(9)))
    assert third.layers[0].weights == (0.5, 0.5, 0.0)
    assert without_source(third, 2) == edit
    assert without_source(edit, 0).layers[0].weights == (1.0,)
    paired = with_two_sources(without_source(edit, 1))
    assert (len(paired.sources), paired.layers[0].weights) == (2, (1.0, 0.0))
    assert with_two_sources(edit) == edit
    swapped = with_swapped_sources(edit, 0, 1)
    assert [s.latent for s in swapped.sources] == [Walk(2), Walk(1)]
    walked = with_walk(with_walk(edit, 0, 0.1, 0.2), 0, 0.1, -0.2)
    assert walked.sources[0].latent == Walk(1, 0.2, 0.0)
    assert with_seed(walked, 0, 5).sources[0].latent == Walk(5)


def test_the_numbering_of_a_seed_can_be_switched() -> None:
    official = with_convention(default_edit(3), 1, "official")
    assert [s.latent for s in official.sources] == [Walk(1), Walk(2, convention="official")]
    assert with_seed(official, 1, 7).sources[1].latent == Walk(7, convention="official")
    assert from_json(to_json(official)) == official
    alone = with_two_sources(without_source(official, 0))
    assert alone.sources[1].latent == Walk(2, convention="official")


def test_a_noise_seed_changes_only_its_layers() -> None:
    edit = with_noise_seed(default_edit(6), [4, 5], 77)
    assert [n.terms[0].seed for n in edit.noise] == [0, 0, 0, 0, 77, 77]


@given(noises(), st.integers(0, 6), st.floats(-10, 10))
def test_turned_noise_keeps_its_variance(noise: LayerNoise, seed: int, angle: float) -> None:
    turned = turned_terms(noise.terms, seed, angle)
    assert sum(t.coefficient**2 for t in turned) == pytest.approx(1)


def test_a_quarter_turn_of_noise_reaches_the_other_seed() -> None:
    edit = with_noise_turned(default_edit(2), [0], 5, 3.141592653589793 / 2)
    assert edit.noise[0].terms == (NoiseTerm(5, 1.0),)
    assert edit.noise[1].terms == (NoiseTerm(0, 1.0),)


@pytest.mark.parametrize("seed", [-1, 2**32, 1.0, True, "3"])
def test_other_seeds_are_refused(seed: Any) -> None:
    with pytest.raises(ValueError, match="a seed is"):
        Walk(seed)
