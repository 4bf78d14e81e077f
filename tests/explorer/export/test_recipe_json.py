"""Recipes as JSON text: written and read again; wrong, hostile and newer recipes."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from explorer.edit.edit import Edit, Source, Stored, default_edit
from explorer.edit.model_info import ModelInfo
from explorer.edit.ops import with_source
from explorer.edit.timeline import Timeline
from explorer.export.embedding import RecipeError
from explorer.export.recipe import ModelRef, Recipe, recipe_of, vector_digest, with_used_vectors
from explorer.export.recipe_json import from_text, read_recipe, to_text
from stylegan_core.readable import is_readable
from tests.explorer.strategies import edits, timelines

VECTOR = np.linspace(-1, 1, 20, dtype=np.float32)


def recipe_with_vectors(edit: Edit) -> Recipe:
    """Return a recipe with a stored vector that it uses and one that it does not."""
    digest = vector_digest(VECTOR)
    edit = with_source(edit, 1, Source(Stored(digest)))
    return Recipe(edit, ModelRef("tiny", "00"), {digest: VECTOR, "unused": VECTOR})


@given(edits(stored=False), timelines())
def test_a_recipe_is_read_back_from_its_text(edit: Edit, timeline: Timeline) -> None:
    model = ModelRef("name", "digest", (4, 4, 8))
    assert from_text(to_text(Recipe(edit, model))) == Recipe(edit, model)
    without_stored = [k for k in timeline.keyframes if not has_stored(k.edit)]
    if without_stored:
        recipe = Recipe(replace(timeline, keyframes=tuple(without_stored)), model)
        assert from_text(to_text(recipe)) == recipe


def has_stored(edit: Edit) -> bool:
    return any(isinstance(source.latent, Stored) for source in edit.sources)


def test_stored_vectors_travel_and_unused_ones_do_not(edit: Edit, model_info: ModelInfo) -> None:
    full = recipe_with_vectors(edit)
    sent = recipe_of(full.edit, model_info, full.stored)
    back = from_text(to_text(sent))
    assert list(back.stored) == [vector_digest(VECTOR)]
    assert np.array_equal(back.stored[vector_digest(VECTOR)], VECTOR)
    assert back.model == ModelRef(model_info.name, model_info.digest, model_info.resolutions)


def rewritten(change: Callable[[dict[str, Any]], object]) -> str:
    """Return the text of a good recipe after a change of its JSON values."""
    data = json.loads(to_text(Recipe(default_edit(4), ModelRef("m", "00", (4, 4, 8, 8)))))
    change(data)
    return json.dumps(data)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not JSON"),
        ('{"a": NaN}', "NaN is not a number"),
        ('{"a": -Infinity}', "Infinity is not a number"),
        ('{"a":' * 100_000 + "1" + "}" * 100_000, "nested too deeply"),
        ('{"a": 1' + "0" * 5000 + "}", "a number of 5,001 digits"),
        ('{"a": [' + "0," * 500_000 + "0]}", "more than 500,000 values"),
        ("{}", "not a recipe of StyleGAN Explorer"),
        (rewritten(lambda d: d.update(version=2)), "update StyleGAN Explorer"),
        (rewritten(lambda d: d.update(version=0)), "version should be"),
        (rewritten(lambda d: d["edit"].update(version=9)), "update StyleGAN Explorer"),
        (rewritten(lambda d: d.update(kind="song")), "kind should be one of edit, timeline"),
        (rewritten(lambda d: d.pop("edit")), "no field 'edit'"),
        (rewritten(lambda d: d["edit"].update(psi=7)).replace("7", "1e999"), "psi should be a num"),
        (rewritten(lambda d: d["edit"].update(layers=[{"weights": []}] * 999)), "at most 256"),
        (rewritten(lambda d: d["model"].update(resolutions=[4])), "one entry per layer"),
        (rewritten(lambda d: d["model"].update(resolutions=[0.5] * 4)), "whole numbers"),
        (rewritten(lambda d: d.update(stored=[])), "stored should be an object"),
        (rewritten(lambda d: d.update(extra=1)), "unknown field 'extra'"),
        (rewritten(lambda d: d["model"].update(name="a\ud800b")), "name should be a text"),
        (rewritten(lambda d: d.update(stored={"\ud800": 1})), r"stored\.. should be an object"),
        (rewritten(lambda d: d.update({"\udc00": 1})), "unknown field"),
        (
            rewritten(lambda d: d.update(kind="timeline", timeline={"keyframes": []}, edit=None)),
            "no keyframe|unknown field",
        ),
    ],
)
def test_a_wrong_recipe_is_refused_with_the_reason(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "wrong.json"
    path.write_text(text)
    with pytest.raises(RecipeError, match=message) as caught:
        read_recipe(path)
    assert str(caught.value).startswith("wrong.json ")
    assert is_readable(str(caught.value))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"shape": [10**9, 10**9]}, "should be a number"),
        ({"shape": [0]}, "one or two dimensions"),
        ({"shape": [21]}, r"does not hold \(21,\) numbers"),
        ({"float32": "!"}, "does not hold"),
        ({"float32": 5}, "one or two dimensions"),
        ({"float32": "AAAAAA=="}, "does not hold"),
        ({"shape": [4, 5]}, "does not match its name"),
    ],
)
def test_a_wrong_vector_is_refused(edit: Edit, change: dict[str, Any], message: str) -> None:
    data = json.loads(to_text(with_used_vectors(recipe_with_vectors(edit))))
    next(iter(data["stored"].values())).update(change)
    with pytest.raises(RecipeError, match=message):
        from_text(json.dumps(data))


def test_a_missing_vector_is_refused(edit: Edit) -> None:
    with pytest.raises(RecipeError, match="does not carry"):
        from_text(to_text(replace(recipe_with_vectors(edit), stored={})))
