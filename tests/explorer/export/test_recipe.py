"""Recipes: into every kind of file and back; damaged, hostile and newer files; other models."""

import contextlib
import json
import struct
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from explorer.edit.edit import Edit, Source, Stored, default_edit, effective_psi
from explorer.edit.fit import MisfitError, default_resolutions, fit_to_model
from explorer.edit.model_info import ModelInfo
from explorer.edit.ops import with_cutoff, with_mix, with_noise_seed, with_psi, with_source
from explorer.edit.timeline import Keyframe, Timeline
from explorer.export.embedding import KEY, RecipeError
from explorer.export.export import export_picture, export_timeline, save_png
from explorer.export.options import ExportOptions
from explorer.export.recipe import (
    ModelRef,
    Recipe,
    fit_recipe,
    for_model,
    recipe_of,
    vector_digest,
    with_used_vectors,
)
from explorer.export.recipe_json import from_text, read_recipe, to_text, write_recipe
from explorer.rendering.renderer import Renderer
from stylegan_core.readable import is_readable
from tests.explorer.edit.test_session import model_info_with
from tests.explorer.strategies import edits, timelines

VECTOR = np.linspace(-1, 1, 20, dtype=np.float32)
KINDS = ("png", "json", "mp4", "gif", "webp")


def of_stored(edit: Edit) -> Recipe:
    digest = vector_digest(VECTOR)
    edit = with_source(edit, 1, Source(Stored(digest)))
    return Recipe(edit, ModelRef("tiny", "00"), {digest: VECTOR, "unused": VECTOR})


@given(edits(stored=False), timelines())
def test_text_and_back(edit: Edit, timeline: Timeline) -> None:
    model = ModelRef("name", "digest", (4, 4, 8))
    assert from_text(to_text(Recipe(edit, model))) == Recipe(edit, model)
    without_stored = [k for k in timeline.keyframes if not has_stored(k.edit)]
    if without_stored:
        journey = Recipe(replace(timeline, keyframes=tuple(without_stored)), model)
        assert from_text(to_text(journey)) == journey


def has_stored(edit: Edit) -> bool:
    return any(isinstance(source.latent, Stored) for source in edit.sources)


def test_stored_vectors_travel_and_unused_ones_do_not(edit: Edit, model_info: ModelInfo) -> None:
    given_recipe = of_stored(edit)
    sent = recipe_of(given_recipe.edit, model_info, given_recipe.stored)
    back = from_text(to_text(sent))
    assert list(back.stored) == [vector_digest(VECTOR)]
    assert np.array_equal(back.stored[vector_digest(VECTOR)], VECTOR)
    assert back.model == ModelRef(model_info.name, model_info.digest, model_info.resolutions)


@pytest.fixture
def carrier(
    request: pytest.FixtureRequest, tmp_path: Path, renderer: Renderer, journey: Timeline
) -> tuple[Path, Recipe]:
    """A file of one kind, and the recipe it should carry."""
    path = tmp_path / f"carrier.{request.param}"
    if request.param == "png":
        export_picture(renderer, journey.keyframes[0].edit, path)
        return path, recipe_of(journey.keyframes[0].edit, renderer.model_info)
    recipe = recipe_of(journey, renderer.model_info)
    if request.param == "json":
        write_recipe(path, recipe)
    else:
        list(export_timeline(renderer, journey, path, ExportOptions(size=32)))
    return path, recipe


@pytest.mark.parametrize("carrier", KINDS, indirect=True)
def test_every_kind_of_file_carries_its_recipe(carrier: tuple[Path, Recipe]) -> None:
    path, recipe = carrier
    assert read_recipe(path) == recipe
    renamed = path.rename(path.with_name("no suffix"))
    assert read_recipe(renamed) == recipe


@pytest.mark.parametrize("carrier", KINDS, indirect=True)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(share=st.floats(0, 0.999), flips=st.lists(st.tuples(st.floats(0, 1), st.integers(1, 255))))
def test_cut_and_damaged_files(
    carrier: tuple[Path, Recipe], share: float, flips: list[tuple[float, int]]
) -> None:
    """Either the recipe, whole and as it was, or one sentence; never anything else."""
    path, recipe = carrier
    data = bytearray(path.read_bytes())
    data = data[: int(len(data) * share)] if share < 0.9 else data
    for place, mask in flips if data else ():
        data[int(place * (len(data) - 1))] ^= mask
    damaged = path.with_name("damaged")
    damaged.write_bytes(data)
    with contextlib.suppress(RecipeError):
        found = read_recipe(damaged)
        assert flips or found == recipe


@pytest.mark.parametrize("carrier", ["mp4", "gif", "webp"], indirect=True)
def test_a_long_recipe_survives(carrier: tuple[Path, Recipe], renderer: Renderer) -> None:
    path, recipe = carrier
    assert isinstance(recipe.content, Timeline)
    long = recipe.content
    for i in range(90):
        long = long.with_keyframe(with_psi(long.keyframes[0].edit, i / 7), duration_s=0.01)
    assert len(to_text(recipe_of(long, renderer.model_info))) > 100_000
    list(export_timeline(renderer, long, path, ExportOptions(size=32)))
    assert read_recipe(path).content == long


def rewritten(change: Any) -> str:
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
        ('{"a": 1' + "0" * 5000 + "}", "not JSON"),
        ("{}", "not a recipe of StyleGAN Explorer"),
        (rewritten(lambda d: d.update(version=2)), "update StyleGAN Explorer"),
        (rewritten(lambda d: d.update(version=0)), "version should be"),
        (rewritten(lambda d: d["edit"].update(version=9)), "Update StyleGAN Explorer"),
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
def test_a_wrong_recipe_is_told_what_is_wrong(tmp_path: Path, text: str, message: str) -> None:
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
def test_a_wrong_vector(edit: Edit, change: dict[str, Any], message: str) -> None:
    data = json.loads(to_text(with_used_vectors(of_stored(edit))))
    next(iter(data["stored"].values())).update(change)
    with pytest.raises(RecipeError, match=message):
        from_text(json.dumps(data))


def test_a_vector_that_is_not_there(edit: Edit) -> None:
    with pytest.raises(RecipeError, match="does not carry"):
        from_text(to_text(replace(of_stored(edit), stored={})))


def test_files_without_a_recipe(tmp_path: Path) -> None:
    picture = Image.new("RGB", (8, 8))
    for suffix in ("png", "gif", "webp"):
        picture.save(tmp_path / f"plain.{suffix}")
        with pytest.raises(RecipeError, match=r"plain\.\w+ carries no recipe"):
            read_recipe(tmp_path / f"plain.{suffix}")
    picture.save(tmp_path / "holiday.gif", comment=b"a comment of somebody else")
    with pytest.raises(RecipeError, match="carries no recipe"):
        read_recipe(tmp_path / "holiday.gif")


def test_files_that_are_something_else(tmp_path: Path) -> None:
    for name, content, message in (
        ("empty.png", b"", "is empty"),
        ("song.mp3", b"ID3\x04 la la la", "is not a recipe"),
        ("list.json", b"[1, 2]", "is not a recipe"),
        ("latin.json", b'{"name": "\xe9"}', "UTF-8"),
        ("fake.mp4", b"\0\0\0\x18ftypmp42" + bytes(60), "cannot be read as a video"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(RecipeError, match=f"{name} .*{message}"):
            read_recipe(tmp_path / name)
    with pytest.raises(RecipeError, match=r"Cannot read .*missing\.png"):
        read_recipe(tmp_path / "missing.png")
    with pytest.raises(RecipeError, match="Cannot read"):
        read_recipe(tmp_path)


def test_a_picture_that_claims_to_be_huge(tmp_path: Path) -> None:
    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    header = struct.pack(">IIBBBBB", 2**30, 2**30, 8, 2, 0, 0, 0)
    path = tmp_path / "huge.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IEND", b""))
    with pytest.raises(RecipeError, match="damaged"):
        read_recipe(path)


def test_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, edit: Edit) -> None:
    monkeypatch.setattr("explorer.export.embedding.MAX_TEXT", 100)
    for name in ("long.json", "long.png"):
        if name.endswith("png"):
            save_png(np.zeros((8, 8, 3), np.uint8), tmp_path / name, Recipe(edit))
        else:
            write_recipe(tmp_path / name, Recipe(edit))
        with pytest.raises(RecipeError, match="too long"):
            read_recipe(tmp_path / name)


def test_the_recipe_of_a_picture_is_plain_text_under_our_name(tmp_path: Path, edit: Edit) -> None:
    save_png(np.zeros((8, 8, 3), np.uint8), tmp_path / "a.png", Recipe(edit))
    with Image.open(tmp_path / "a.png") as image:
        assert json.loads(image.text[KEY])["format"] == "stylegan-explorer recipe"  # type: ignore[attr-defined]


# ---------------------------------------------------------------------------------------------
# Another model


def test_rows_are_matched_by_resolution() -> None:
    edit = with_noise_seed(with_mix(default_edit(10), [2, 3], 0.5), [8, 9], 7)
    larger = fit_to_model(edit, model_info_with(18))
    assert [mix.weights[1] for mix in larger.layers] == [0, 0, 0.5, 0.5] + [0] * 14
    assert [noise.terms[0].seed for noise in larger.noise] == [0] * 8 + [7] * 10
    assert fit_to_model(larger, model_info_with(10)) == edit
    smaller = fit_to_model(edit, model_info_with(4))
    assert (smaller.num_layers, smaller.cutoff) == (4, 4)


def test_a_model_with_one_layer_per_resolution() -> None:
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
@pytest.mark.parametrize("journey", [False, True])
def test_a_recipe_that_lies_about_its_model_is_refused(
    change: dict[str, Any], words: str, journey: bool
) -> None:
    model_info = model_info_with(8)
    edit = default_edit(change.get("layers", 8))
    sources = tuple(replace(s, class_weights=change.get("classes", ())) for s in edit.sources)
    edit = replace(edit, sources=sources, transform=change.get("transform"))
    content = Timeline((Keyframe(edit),)) if journey else edit
    with pytest.raises(MisfitError, match=words):
        for_model(Recipe(content, ModelRef("m", model_info.digest)), model_info)
    assert for_model(Recipe(content, ModelRef("other", "ff")), model_info).edit.num_layers == 8
