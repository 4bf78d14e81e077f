"""Projected latents as faces: where they go, what they show, and how recipes carry them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from explorer.edit.edit import Edit, Stored, default_edit
from explorer.edit.edit_json import from_json, to_json
from explorer.export.projected import fitted, with_projected
from explorer.export.recipe import recipe_of, vector_digest
from explorer.export.recipe_json import from_text, to_text
from explorer.rendering.renderer import Renderer
from stylegan_core import picture, sampling
from stylegan_core.importers.latents import FoundLatent, LatentError
from stylegan_core.networks.stylegan1 import Generator
from tests.explorer.model_infos import model_info_with
from tests.small_networks import TINY

PLUS = np.random.default_rng(0).normal(size=(8, TINY.w_dim)).astype(np.float32)
INFO = replace(model_info_with(8), w_dim=20, z_dim=24)


def found(values: np.ndarray, space: str | None = "w") -> FoundLatent:
    return FoundLatent("face.npz", space, values)  # type: ignore[arg-type]


def quiet(edit: Edit) -> Edit:
    """Return the edit without noise, as scripts of projectors show it."""
    return replace(edit, noise=tuple(replace(noise, mute=True) for noise in edit.noise))


@pytest.mark.parametrize("values", [PLUS, PLUS[0]], ids=["W+", "W"])
@torch.inference_mode()
def test_the_picture_is_that_of_the_vector(saved_generator: Generator, values: np.ndarray) -> None:
    """It is not truncated, so it agrees with the tool that found it."""
    renderer = Renderer(saved_generator)
    projected = with_projected(default_edit(8), found(values), renderer.model_info)
    renderer.stored[vector_digest(projected.vector)] = projected.vector
    ws = torch.from_numpy(np.broadcast_to(values, (8, TINY.w_dim)).copy())[None]
    expected = sampling.to_uint8(saved_generator.synthesis(ws))[0].permute(1, 2, 0).numpy()
    difference = np.abs(renderer.render(quiet(projected.edit)).astype(int) - expected)
    assert difference.mean() < 0.3, "psi 1 only rounds, which these odd weights enlarge"


@torch.inference_mode()
def test_a_latent_z_is_mapped(saved_generator: Generator) -> None:
    renderer = Renderer(saved_generator)
    z = sampling.latent(5, TINY.z_dim).numpy()
    projected = with_projected(default_edit(8), found(z, "z"), renderer.model_info)
    renderer.stored[vector_digest(z)] = z
    expected = picture.of_seed(saved_generator, 5, psi=1, noise="none").permute(1, 2, 0).numpy()
    assert np.abs(renderer.render(quiet(projected.edit)).astype(int) - expected).max() <= 1


def test_latents_fill_the_faces_one_after_the_other() -> None:
    first = with_projected(default_edit(8), found(PLUS), INFO)
    second = with_projected(first.edit, found(PLUS + 1), INFO)
    third = with_projected(second.edit, found(PLUS + 2), INFO)
    assert (first.face, second.face, third.face) == ("A", "B", "A")
    assert second.edit.sources[0].latent == Stored(vector_digest(PLUS))
    assert second.edit.psi == 1.0
    locked = with_projected(default_edit(8), found(PLUS), INFO, locked=(0,))
    assert (locked.face, locked.edit.sources[0]) == ("B", default_edit(8).sources[0])
    with pytest.raises(LatentError, match="Both faces are locked"):
        with_projected(default_edit(8), found(PLUS), INFO, locked=(0, 1))


@pytest.mark.parametrize(
    ("values", "space", "said"),
    [
        (np.zeros((8, 512)), "w", "vectors of 512 numbers, where m takes 20"),
        (np.zeros(512), None, "vectors of 512 numbers, where m takes 20"),
        (np.zeros((18, 20)), "w", "18 rows, where m has 8 layers"),
        (np.zeros(20), "z", "vectors of 20 numbers, where m takes 24"),
        (np.zeros((3, 24)), "z", "3 latents z"),
    ],
)
def test_latents_of_other_models_are_refused_by_their_sizes(
    values: np.ndarray, space: str | None, said: str
) -> None:
    with pytest.raises(LatentError, match=said):
        fitted(found(values, space), INFO)


def test_a_nameless_vector_is_taken_for_what_fits() -> None:
    assert fitted(found(np.zeros(20), None), INFO)[0] == "w"
    assert fitted(found(np.zeros(24), None), INFO)[0] == "z"


def test_recipes_carry_the_vector(tmp_path: Path) -> None:
    for values, space in ((PLUS, "w"), (np.zeros(24, np.float32), "z")):
        projected = with_projected(default_edit(8), found(values, space), INFO)
        assert from_json(to_json(projected.edit)) == projected.edit
        stored = {vector_digest(projected.vector): projected.vector}
        recipe = recipe_of(projected.edit, INFO, stored)
        again = from_text(to_text(recipe))
        assert again.edit == projected.edit
        assert np.array_equal(again.stored[vector_digest(values)], values)


def test_the_json_of_other_faces_stays_as_it_was() -> None:
    edit = with_projected(default_edit(8), found(PLUS), INFO).edit
    assert "space" not in to_json(edit)["sources"][0]
