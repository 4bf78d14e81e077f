"""Recipes for other models: rows are matched by resolution, misfits are refused."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.edit.edit import Edit, default_edit, effective_psi
from explorer.edit.fit import MisfitError, default_resolutions, fit_to_model
from explorer.edit.ops import with_cutoff, with_mix, with_noise_seed, with_psi
from explorer.edit.timeline import Keyframe, Timeline
from explorer.export.recipe import ModelRef, Recipe, fit_recipe, for_model
from tests.explorer.model_infos import model_info_with
from tests.explorer.strategies import edits


def test_rows_are_matched_by_resolution() -> None:
    edit = with_noise_seed(with_mix(default_edit(10), [2, 3], 0.5), [8, 9], 7)
    larger = fit_to_model(edit, model_info_with(18))
    assert [mix.weights[1] for mix in larger.layers] == [0, 0, 0.5, 0.5] + [0] * 14
    assert [noise.terms[0].seed for noise in larger.noise] == [0] * 8 + [7] * 10
    assert fit_to_model(larger, model_info_with(10)) == edit
    smaller = fit_to_model(edit, model_info_with(4))
    assert (smaller.num_layers, smaller.cutoff) == (4, 4)


def test_a_model_with_one_layer_per_resolution_takes_matching_rows() -> None:
    layers = model_info_with(6).layers
    model_info = replace(model_info_with(6), layers=(layers[0], layers[2], layers[3], layers[5]))
    edit = with_mix(default_edit(6), [1, 3, 5], 1.0)
    assert model_info.resolutions == (4, 8, 8, 16)
    fitted = fit_to_model(edit, model_info)
    assert [mix.weights[1] for mix in fitted.layers] == [0, 0, 1, 0]


@given(edits(6), st.integers(1, 18))
def test_any_edit_fits_any_model(edit: Edit, num_layers: int) -> None:
    fitted = fit_to_model(edit, model_info_with(num_layers))
    assert fitted.num_layers == num_layers
    assert fitted.transform is None
    assert fit_to_model(edit, replace(model_info_with(6), takes_transform=True)) == edit


def test_the_cutoff_stays_at_its_resolution() -> None:
    for cutoff in range(11):
        edit = with_psi(with_cutoff(default_edit(10), cutoff), 0.5)
        larger = fit_to_model(edit, model_info_with(18))
        assert all(effective_psi(larger, i) == effective_psi(edit, i) for i in range(10))


def test_a_recipe_for_another_model_names_that_model() -> None:
    recipe = Recipe(Timeline().with_keyframe(default_edit(10)), ModelRef("old", "11"))
    model_info = model_info_with(8, c_dim=2)
    fitted = fit_recipe(recipe, model_info)
    assert fitted.model == ModelRef("m", "00", default_resolutions(8))
    assert fitted.edit.num_layers == 8
    assert fitted.edit.sources[0].class_weights == (1.0, 0.0)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"layers": 7}, "it has 7 layers, the model has 8"),
        ({"classes": (1.0, 0.0)}, "a weight for each of 0 classes"),
        ({"transform": (0.1, 0.0, 0.0)}, "it moves the picture"),
    ],
)
@pytest.mark.parametrize("as_timeline", [False, True])
def test_a_recipe_that_does_not_fit_its_own_model_is_refused(
    change: dict[str, Any], words: str, as_timeline: bool
) -> None:
    model_info = model_info_with(8)
    edit = default_edit(change.get("layers", 8))
    sources = tuple(replace(s, class_weights=change.get("classes", ())) for s in edit.sources)
    edit = replace(edit, sources=sources, transform=change.get("transform"))
    content = Timeline((Keyframe(edit),)) if as_timeline else edit
    with pytest.raises(MisfitError, match=words):
        for_model(Recipe(content, ModelRef("m", model_info.digest)), model_info)
    assert for_model(Recipe(content, ModelRef("other", "ff")), model_info).edit.num_layers == 8
