"""Pictures have the same bits however they are reached, and every control has its effect."""

import hashlib
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.edit.edit import Direction, Edit, NoiseTerm, Source, Stored, Walk, default_edit
from explorer.edit.ops import (
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
    with_solo,
    with_source,
    with_swapped_sources,
    with_walk,
    with_weights,
)
from explorer.rendering import batches
from explorer.rendering.pausable import run_to_end
from explorer.rendering.renderer import Renderer, RenderError
from stylegan_core import picture, sampling
from stylegan_core.networks import contract
from stylegan_core.networks.stylegan1 import Generator
from tests.explorer.strategies import edits
from tests.small_networks import TINY, TINY2, make_generator, make_stylegan2

LAYERS = 8
GENERATOR = make_generator()
RENDERER = Renderer(GENERATOR)
GENERATORS: dict[str, contract.Generator] = {
    "stylegan1": GENERATOR,
    "stylegan2": make_stylegan2(),
    "stylegan2 resnet": make_stylegan2(replace(TINY2, generator_architecture="resnet")),
    "stylegan2 orig": make_stylegan2(replace(TINY2, generator_architecture="orig")),
}
RENDERERS = {
    name: (
        Renderer(generator),
        Renderer(generator, cache_mb=0),
        Renderer(generator, uses_graphs=True),
    )
    for name, generator in GENERATORS.items()
}
architectures = pytest.mark.parametrize("name", GENERATORS)


LAYER = [5]
SINGLE_CHANGES: list[Callable[[Edit], Edit]] = [
    lambda edit: with_noise_mute(edit, LAYER, not edit.noise[5].mute),
    lambda edit: with_noise_strength(edit, LAYER, edit.noise[5].strength + 0.5),
    lambda edit: with_noise_seed(edit, LAYER, 77),
    lambda edit: with_noise_turned(edit, LAYER, 78, 0.4),
    lambda edit: with_layer_psi(edit, LAYER, 0.123),
    lambda edit: with_mix_reset(edit, LAYER),
    lambda edit: with_solo(edit, LAYER, not edit.layers[5].solo),
    lambda edit: with_psi(edit, edit.psi + 0.1),
    lambda edit: with_walk(edit, 0, 0.1, -0.1),
    lambda edit: with_source(edit, 0, Source(Walk(79))),
]


@architectures
@settings(max_examples=15)
@given(edits(LAYERS, stored=False), st.lists(st.sampled_from(SINGLE_CHANGES), max_size=4))
def test_incremental_and_full_give_the_same_bits(
    name: str, edit: Edit, changes: list[Callable[[Edit], Edit]]
) -> None:
    caching, forgetful, replaying = RENDERERS[name]
    path = [edit]
    for change in changes:
        path.append(change(path[-1]))
    for step in [*path, edit]:
        expected = Renderer(GENERATORS[name]).render(step)
        assert np.array_equal(caching.render(step), expected)
        assert np.array_equal(forgetful.render(step), expected)
        assert np.array_equal(replaying.render(step), expected)


@architectures
@pytest.mark.parametrize("change", SINGLE_CHANGES)
def test_every_change_changes_the_picture(
    name: str, edit: Edit, change: Callable[[Edit], Edit]
) -> None:
    renderer = RENDERERS[name][0]
    before = renderer.render(edit)
    after = renderer.render(change(edit))
    assert not np.array_equal(before, after)
    assert np.array_equal(after, Renderer(GENERATORS[name]).render(change(edit)))


def test_only_the_layers_after_a_change_run(renderer: Renderer, edit: Edit) -> None:
    renderer.render(edit)
    assert renderer.last_layers == "all layers"
    renderer.render(with_noise_seed(edit, [5], 3))
    assert renderer.last_layers == "layers 5-7"
    renderer.render(with_mix(edit, [6], 0.3))
    assert renderer.last_layers == "layers 5-7"
    renderer.render(with_mix(edit, [6], 0.3))
    assert renderer.last_layers == "unchanged"
    renderer.render(with_psi(edit, 0.2))
    assert renderer.last_layers == "all layers"


def test_without_memory_every_layer_runs_again(saved_generator: Generator, edit: Edit) -> None:
    renderer = Renderer(saved_generator, cache_mb=0)
    renderer.render(edit)
    renderer.render(with_noise_seed(edit, [5], 3))
    assert renderer.last_layers == "all layers"


def test_the_same_picture_as_stylegan_generate(renderer: Renderer) -> None:
    edit = with_noise_seed(default_edit(LAYERS, seeds=(5,)), range(LAYERS), "stored")
    expected = picture.of_seed(GENERATOR, 5).permute(1, 2, 0).numpy()
    assert np.array_equal(renderer.render(edit), expected)
    official = with_source(edit, 0, Source(Walk(5, convention="official")))
    expected = picture.of_seed(GENERATOR, 5, convention="official").permute(1, 2, 0).numpy()
    assert np.array_equal(renderer.render(official), expected)


def test_pictures_are_read_only(renderer: Renderer, edit: Edit) -> None:
    image = renderer.render(edit)
    with pytest.raises(ValueError, match="read-only"):
        image[0, 0, 0] = 1


def test_truncation_to_zero_is_the_average_face(renderer: Renderer) -> None:
    flat = [with_cutoff(with_psi(default_edit(LAYERS, (s,)), 0.0), LAYERS) for s in (1, 2)]
    assert np.array_equal(renderer.render(flat[0]), renderer.render(flat[1]))


def test_each_source_is_truncated_then_mixed() -> None:
    edit = with_layer_psi(with_mix(default_edit(LAYERS), [4], 0.25), [4], -0.5)
    rows = RENDERER._latents.rows(edit)
    zs = torch.stack([sampling.latent(seed, TINY.z_dim) for seed in (1, 2)])
    w = sampling.truncate(GENERATOR.mapping(zs), GENERATOR.w_avg(), -0.5)
    torch.testing.assert_close(rows[4], 0.75 * w[0] + 0.25 * w[1])


def test_muting_the_mix_shows_source_a(renderer: Renderer) -> None:
    edit = default_edit(LAYERS)
    muted = with_mute(with_mix(edit, [3], 0.8), [3], True)
    assert np.array_equal(renderer.render(muted), renderer.render(edit))


def test_muted_noise_is_that_of_strength_0_whatever_its_seed(
    renderer: Renderer, edit: Edit
) -> None:
    silent = with_noise_mute(edit, range(LAYERS), True)
    weak = with_noise_strength(edit, range(LAYERS), 0.0)
    assert np.array_equal(renderer.render(silent), renderer.render(weak))
    assert not np.array_equal(renderer.render(silent), renderer.render(edit))
    other = with_noise_seed(silent, range(LAYERS), 99)
    assert np.array_equal(renderer.render(silent), renderer.render(other))


def test_noise_terms_keep_their_variance() -> None:
    turned = tuple(
        replace(noise, terms=(NoiseTerm(1, 0.6), NoiseTerm(2, -0.8)))
        for noise in default_edit(LAYERS).noise
    )
    noise = RENDERER._noise.of_layer(replace(default_edit(LAYERS), noise=turned), 7)
    assert noise is not None
    assert noise.std().item() == pytest.approx(1, abs=0.06)


def test_noise_strength_scales_the_map() -> None:
    edit = with_noise_strength(default_edit(LAYERS), [7], 2.5)
    noise = RENDERER._noise.of_layer(edit, 7)
    assert noise is not None
    torch.testing.assert_close(noise, 2.5 * sampling.noise_map(0, 7, 32))


def test_stored_noise_of_a_model_that_has_none_is_refused(edit: Edit) -> None:
    class Bare(Generator):
        stored_noise = (None,) * LAYERS

    renderer = Renderer(Bare(TINY).eval())
    with pytest.raises(RenderError, match="choose a noise seed"):
        renderer.render(with_noise_seed(edit, [0], "stored"))


def test_walking_changes_the_picture_smoothly(renderer: Renderer, edit: Edit) -> None:
    far = renderer.render(with_walk(edit, 0, 1.5, 0.0)).astype(int)
    near = renderer.render(with_walk(edit, 0, 0.01, 0.0)).astype(int)
    start = renderer.render(edit).astype(int)
    assert 0 < np.abs(near - start).mean() < np.abs(far - start).mean()


def test_a_stored_vector_is_shown_like_the_seed_it_came_from(renderer: Renderer) -> None:
    with torch.inference_mode():
        w = GENERATOR.mapping(sampling.latent(1, TINY.z_dim).unsqueeze(0))[0].numpy()
    for vector in (w, np.tile(w, (LAYERS, 1))):
        digest = hashlib.sha256(vector.tobytes()).hexdigest()
        renderer.stored[digest] = vector
        edit = with_source(default_edit(LAYERS), 0, Source(Stored(digest)))
        assert np.array_equal(renderer.render(edit), renderer.render(default_edit(LAYERS)))


@pytest.mark.parametrize(
    ("digest", "message"), [("missing", "is not here"), ("narrow", "another model")]
)
def test_a_missing_or_foreign_stored_vector_is_refused(
    renderer: Renderer, digest: str, message: str
) -> None:
    renderer.stored["narrow"] = np.zeros(7, np.float32)
    with pytest.raises(RenderError, match=message):
        renderer.render(with_source(default_edit(LAYERS), 0, Source(Stored(digest))))
    assert renderer.render(default_edit(LAYERS)).shape == (32, 32, 3)


def test_an_edit_with_another_number_of_layers_is_refused(renderer: Renderer) -> None:
    with pytest.raises(RenderError, match="for 10 layers, the model has 8"):
        renderer.render(default_edit(10))


def test_a_transform_is_refused_by_stylegan_1(renderer: Renderer, edit: Edit) -> None:
    with pytest.raises(RenderError, match="no transform"):
        renderer.render(replace(edit, transform=(0.1, 0.0, 0.0)))


def test_a_direction_acts_on_its_layers(renderer: Renderer, edit: Edit) -> None:
    moved = replace(edit, directions=(Direction("smile", 2.0, 5, 6),))
    with pytest.raises(RenderError, match="'smile' is not known"):
        renderer.render(moved)
    renderer.directions["smile"] = np.ones(TINY.w_dim, np.float32)
    difference = renderer._latents.rows(moved) - renderer._latents.rows(edit)
    assert difference.mean(dim=1).tolist() == pytest.approx([0, 0, 0, 0, 0, 2, 2, 0], abs=1e-5)


def test_thumbnails_agree_with_the_picture(renderer: Renderer, edit: Edit) -> None:
    quiet = with_noise_mute(edit, [7], True)
    others = (edit, quiet, with_psi(edit, 0.1), with_swapped_sources(edit, 0, 1))
    renderer.render(edit)
    small = run_to_end(renderer.batches.render(others))
    for other, image in zip(others, small, strict=True):
        assert np.abs(Renderer(GENERATOR).render(other).astype(int) - image).max() <= 1
    assert run_to_end(renderer.small_pictures.render(others, 16))[0].shape == (16, 16, 3)
    renderer.render(edit)
    assert renderer.last_layers == "unchanged"


def test_the_heat_map_shows_where_noise_acts(renderer: Renderer, edit: Edit) -> None:
    loud = run_to_end(renderer.batches.deviation(edit))
    assert loud.shape == (32, 32)
    assert loud.mean() > 1
    silent = with_noise_mute(edit, range(LAYERS), True)
    assert run_to_end(renderer.batches.deviation(silent)).max() < 1e-3
    fine = with_noise_mute(edit, range(6), True)
    faint = with_noise_strength(fine, [6, 7], 0.1)
    assert (
        0
        < run_to_end(renderer.batches.deviation(faint)).mean()
        < run_to_end(renderer.batches.deviation(fine)).mean() / 2
    )
    heat = run_to_end(renderer.batches.heat_map(edit))
    assert heat.dtype == np.uint8
    assert heat.shape == (32, 32, 3)
    assert not run_to_end(renderer.batches.heat_map(silent)).any()


def test_a_heat_map_of_several_batches_reports_how_much_is_done(
    renderer: Renderer, edit: Edit, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = run_to_end(renderer.batches.deviation(edit))
    assert list(renderer.batches.deviation(edit)) == []
    monkeypatch.setattr(batches, "BATCH_PIXELS", 4 * 32 * 32)
    assert list(renderer.batches.deviation(edit)) == [0.25, 0.5, 0.75]
    assert np.allclose(run_to_end(renderer.batches.deviation(edit)), at_once, atol=0.01)


def test_all_weight_on_the_third_source_shows_it_alone(renderer: Renderer) -> None:
    edit = with_weights(default_edit(LAYERS, (1, 2, 3)), range(LAYERS), (0.0, 0.0, 1.0))
    assert np.array_equal(renderer.render(edit), renderer.render(default_edit(LAYERS, (3,))))


def test_the_first_class_is_the_default_and_wrong_weights_are_refused() -> None:
    conditional = make_generator_with_classes()
    renderer = Renderer(conditional)
    edit = default_edit(LAYERS, class_count=3)
    second = replace(edit.sources[0], class_weights=(0.0, 1.0, 0.0))
    first_image = renderer.render(edit)
    assert not np.array_equal(first_image, renderer.render(with_source(edit, 0, second)))
    assert np.array_equal(first_image, renderer.render(default_edit(LAYERS)))
    wrong = replace(edit.sources[0], class_weights=(1.0,))
    with pytest.raises(RenderError, match="1 class weights, the model 3"):
        renderer.render(with_source(edit, 0, wrong))


def make_generator_with_classes() -> Generator:
    torch.manual_seed(4)
    generator = Generator(replace(TINY, c_dim=3))
    generator.update_w_avg(generator.mapping(torch.randn(64, TINY.z_dim), torch.eye(3)[[0] * 64]))
    return generator.eval().requires_grad_(False)
