"""StyleGAN 3 agrees with the official numbers and its published geometry, and moves pictures."""

import json
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from stylegan_core import picture, sampling
from stylegan_core.importers import stylegan3 as importer
from stylegan_core.importers import tables
from stylegan_core.networks import contract
from stylegan_core.networks.inference.for_inference import for_inference
from stylegan_core.networks.stylegan3.config import StyleGAN3Config
from stylegan_core.networks.stylegan3.generator import Generator, sampling_group
from stylegan_core.networks.stylegan3.geometry import LayerSpec
from tests.golden_files import GOLDEN, Golden, assert_agrees, truncated
from tests.small_networks import STYLEGAN3_CLASSES, STYLEGAN3_R, STYLEGAN3_T, make_stylegan3
from tests.stylegan_core.networks.stylegan3_files import attributes_of, layers_from_kwargs

SHORT_NAMES = {  # field of LayerSpec -> name in the golden files
    "size_in": "in_size",
    "size": "out_size",
    "rate_in": "in_sr",
    "rate": "out_sr",
    "rate_inside": "tmp_sr",
    "cutoff_in": "in_cutoff",
    "cutoff": "out_cutoff",
    "half_width_in": "in_hw",
    "half_width": "out_hw",
    "up": "up",
    "down": "down",
    "up_taps": "up_taps",
    "down_taps": "down_taps",
}


def load(golden: Golden) -> Generator:
    kwargs = golden.config["G_kwargs"]
    published = StyleGAN3Config(
        resolution=kwargs["img_resolution"],
        z_dim=kwargs["z_dim"],
        w_dim=kwargs["w_dim"],
        layers=layers_from_kwargs(kwargs["img_resolution"], kwargs),
    )
    parameters = golden.parameters()
    shapes = {name: value.shape for name, value in parameters.items()}
    config = importer.config_from_parts(shapes, attributes_of(published))
    assert config == published
    generator = Generator(config).eval().requires_grad_(False)
    generator.load_state_dict(tables.convert(parameters, importer.generator_rules(config)))
    return generator


@pytest.fixture(scope="module", params=["sg3_t", "sg3_r"])
def golden(request: pytest.FixtureRequest) -> Golden:
    return Golden(request.param)


@pytest.fixture(scope="module")
def generator(golden: Golden) -> Generator:
    return load(golden)


def run(generator: contract.Generator, ws: Tensor, transform: Tensor | None = None) -> Tensor:
    state = generator.start(len(ws), transform=transform)
    for i in range(generator.num_layers):
        assert generator.to_image(state) is None
        state = generator.step(i, state, ws[:, i], None)
    image = generator.to_image(state)
    assert image is not None
    return image


def test_mapping_and_truncation_give_the_official_styles(
    either: contract.Generator, golden: Golden
) -> None:
    w = either.mapping(golden["z"])
    assert_agrees(w, golden["out/w"])
    assert_agrees(truncated(either, w, 0.7, 8), golden["out/ws_psi0.7_cut8"])


def test_pictures_are_the_official_ones(either: contract.Generator, golden: Golden) -> None:
    assert_agrees(either.synthesis(golden["out/ws_psi0.7_cut8"]), golden["out/img_psi0.7_cut8"])
    ws = picture.broadcast(either, either.mapping(golden["z"][:1]), 0.5)
    assert_agrees(either.synthesis(ws), golden["out/img_psi0.5_nocut"])
    mixed = either.synthesis(golden["ws_mix"], either.stored_noise)
    assert_agrees(mixed, golden["out/img_mix_0to5_from_z0_rest_z1"])


def test_the_users_transform_gives_the_official_picture(
    either: contract.Generator, golden: Golden
) -> None:
    image = run(either, golden["ws_mix"], golden["transform_inv"])
    assert_agrees(image, golden["out/img_mix_transformed"])
    torch.testing.assert_close(sampling.picture_transform(0.15, -0.1, 25), golden["transform_inv"])


def test_every_layer_gives_the_official_features(generator: Generator, golden: Golden) -> None:
    state = generator.start(1)
    names = ["input", *golden.config["layer_names"]]
    for i, name in enumerate(names):
        state = generator.step(i, state, golden["ws_mix"][:, i], None)
        official = golden[f"act/{name}"]
        assert state.x is not None
        assert_agrees(state.x[:, : official.shape[1]], official)
    assert generator.num_layers == len(names) == golden["ws_mix"].shape[1]


def test_filters_are_the_published_ones(generator: Generator) -> None:
    """The filters of a new network are those of the file."""
    new, loaded = Generator(generator.config).state_dict(), generator.state_dict()
    filters = [name for name in new if name.endswith("_filter")]
    assert len(filters) == 28
    for name in filters:
        torch.testing.assert_close(new[name], loaded[name], atol=1e-7, rtol=1e-6)


def test_the_layers_of_small_networks_are_those_of_the_file(
    golden: Golden, generator: Generator
) -> None:
    official = json.loads(str(golden.arrays["layers"]))
    assert [spec.name for spec in generator.config.layers] == list(official)
    for spec, facts in zip(generator.config.layers, official.values(), strict=True):
        square = {key: v[0] if "size" in key else v for key, v in facts.items()}
        assert_same_layer(spec, square)
        assert spec.radial == facts["down_radial"]
        assert (spec.channels_in, spec.channels) == (facts["cin"], facts["cout"])
        assert spec.kernel == facts["conv_kernel"]


@pytest.mark.parametrize("name", ["t256", "t512", "t1024", "r256", "r512", "r1024"])
def test_new_layers_have_the_published_geometry(name: str) -> None:
    official = json.loads((GOLDEN / "sg3_geometry.json").read_text())[name]
    layers = layers_from_kwargs(int(name[1:]), official["kw"])
    assert len(layers) + 1 == official["num_ws"]
    for spec, facts in zip(layers, official["layers"], strict=True):
        assert spec.name == facts["name"]
        assert_same_layer(spec, facts)
        assert (spec.channels_in, spec.channels) == (facts["cin"], facts["cout"])
        assert (spec.kernel, spec.radial) == (facts["k"], facts["radial"])
    first = official["input"]
    assert (layers[0].channels_in, layers[0].cutoff_in) == (first["channels"], first["bandwidth"])
    assert [layers[0].size_in] * 2 == first["size"]


def assert_same_layer(spec: LayerSpec, facts: dict[str, Any]) -> None:
    for ours, theirs in SHORT_NAMES.items():
        assert getattr(spec, ours) == pytest.approx(facts[theirs], rel=1e-12), (spec.name, ours)
    assert [*spec.padding, *spec.padding] == facts["padding"]


def test_a_shift_by_whole_samples_moves_the_picture_exactly() -> None:
    """1/16 is one sample of the input and two pixels here; only the borders differ."""
    generator = make_stylegan3()
    ws = generator.mapping(torch.randn(1, 10)).unsqueeze(1).repeat(1, generator.num_layers, 1)
    still = run(generator, ws)
    moved = run(generator, ws, sampling.picture_transform(2 / 32, 4 / 32, 0))
    assert_agrees(moved[:, :, 4:, 2:], still[:, :, :-4, :-2])


def test_a_quarter_turn_turns_the_picture_to_the_left() -> None:
    """It does so exactly with radial filters and 1 x 1 convolutions, but not with 3 x 3 ones."""
    errors = []
    for config in (STYLEGAN3_R, STYLEGAN3_T):
        generator = make_stylegan3(config)
        ws = generator.mapping(torch.randn(1, 10)).unsqueeze(1).repeat(1, generator.num_layers, 1)
        turned = run(generator, ws, sampling.picture_transform(0, 0, 90))
        still = run(generator, ws).rot90(1, (2, 3))
        errors.append(((turned - still).abs().max() / still.abs().max()).item())
    assert errors[0] < 1e-3 < 0.1 < errors[1]


def test_each_image_can_have_its_own_transform() -> None:
    generator = make_stylegan3()
    ws = generator.mapping(torch.randn(2, 10)).unsqueeze(1).repeat(1, generator.num_layers, 1)
    transforms = torch.stack(
        [sampling.picture_transform(0.1, 0, 0), sampling.picture_transform(0, 0, 30)]
    )
    together = run(generator, ws, transforms)
    for i in range(2):
        alone = run(generator, ws[i : i + 1], transforms[i])
        torch.testing.assert_close(together[i : i + 1], alone, atol=1e-5, rtol=1e-5)


def test_the_transform_of_the_file_comes_before_the_users() -> None:
    generator = make_stylegan3()
    ws = generator.mapping(torch.randn(1, 10)).unsqueeze(1).repeat(1, generator.num_layers, 1)
    expected = run(generator, ws, sampling.picture_transform(0.1, 0.05, 0))
    generator.input.transform.copy_(sampling.picture_transform(0.1, 0, 0))
    torch.testing.assert_close(run(generator, ws, sampling.picture_transform(0, 0.05, 0)), expected)


def test_an_embedded_class_is_joined_to_z() -> None:
    generator = make_stylegan3(STYLEGAN3_CLASSES)
    z, classes = torch.randn(1, 10).expand(3, -1), torch.eye(3)
    w = generator.mapping(z, classes)
    assert not torch.allclose(w[0], w[1])
    with pytest.raises(ValueError, match="class vector"):
        generator.mapping(z)
    embed = generator.mapping_network.embed
    assert embed is not None
    y = embed(classes)
    y = y / y.square().mean(dim=1, keepdim=True).sqrt()
    x = torch.cat([z / z.square().mean(dim=1, keepdim=True).sqrt(), y], dim=1)
    for dense in generator.mapping_network.dense:
        x = torch.nn.functional.leaky_relu(dense(x), 0.2) * 2**0.5
    torch.testing.assert_close(w, x)


def test_noise_and_levels_of_detail_do_not_exist() -> None:
    generator = make_stylegan3()
    assert list(generator.stored_noise) == [None] * 7
    assert not any(layer.takes_noise for layer in generator.layers)
    with pytest.raises(ValueError, match="does not grow"):
        generator.start(1, lod=1.0)


def test_rows_are_named_and_grouped_by_sampling_rate() -> None:
    layers = make_stylegan3().layers
    assert [layer.name for layer in layers[:3]] == ["16x16 input", "16x16 L0", "16x16 L1"]
    assert [layer.resolution for layer in layers] == [16, 16, 16, 32, 32, 32, 32]
    groups = [sampling_group(rate) for rate in (16, 32, 64, 128, 256, 1024)]
    assert groups == ["coarse", "coarse", "middle", "middle", "fine", "fine"]


def test_steps_leave_their_input_alone(either: contract.Generator, golden: Golden) -> None:
    state = either.start(1)
    for i in range(6):
        state = either.step(i, state, golden["ws_mix"][:, i], None)
    kept = state.x.clone()
    after = either.step(6, state, golden["ws_mix"][:, 6], None)
    assert torch.equal(state.x, kept)
    assert torch.equal(after.x, either.step(6, state, golden["ws_mix"][:, 6], None).x)


def test_inference_runs_whole_layers(generator: Generator, golden: Golden) -> None:
    inference = for_inference(generator)
    state = inference.start(1)
    assert not inference.config.shows_early
    for i in range(inference.num_layers):
        w = golden["ws_mix"][:, i]
        half = inference.convolve(i, state, w)
        whole = inference.step(i, state, w, None)
        state = inference.finish(i, half, w, None)
        assert torch.equal(state.x, whole.x)


def test_pictures_can_be_differentiated() -> None:
    """The gradient is that of a small step, although many operations work in place."""
    generator = make_stylegan3().double()
    ws = torch.randn(1, generator.num_layers, 8, dtype=torch.float64)
    step = 1e-6 * torch.randn_like(ws)
    target = ws.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(generator.synthesis(target).square().sum(), target)
    powers = [generator.synthesis(w).square().sum() for w in (ws - step, ws + step)]
    expected = ((powers[1] - powers[0]) / 2).item()
    assert (gradient * step).sum().item() == pytest.approx(expected, rel=1e-4)


def test_unknown_and_missing_names_are_refused(golden: Golden, generator: Generator) -> None:
    arrays: dict[str, np.ndarray[Any, Any]] = golden.parameters()
    arrays["surprise"] = arrays.pop("mapping.w_avg")
    with pytest.raises(ValueError, match=r"w_avg.*surprise"):
        tables.convert(arrays, importer.generator_rules(generator.config))
