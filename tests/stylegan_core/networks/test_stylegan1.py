"""StyleGAN 1 agrees with the official numbers: same parameters, same inputs, same outputs."""

import json
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from stylegan_core.importers import stylegan1_tf, tables
from stylegan_core.networks import contract
from stylegan_core.networks.inference.for_inference import for_inference
from stylegan_core.networks.stylegan1 import Discriminator, Generator, StyleGAN1Config
from tests.golden_files import GOLDEN, Golden, assert_agrees, truncated
from tests.stylegan_core.importers.files import LOD_NAMES


def load_generator(golden: Golden, kwargs: dict[str, Any], prefix: str = "param/") -> Generator:
    config = stylegan1_tf.config_from_kwargs(kwargs)
    generator = Generator(config).eval().requires_grad_(False)
    rules = stylegan1_tf.generator_rules(config)
    generator.load_state_dict(tables.convert(golden.parameters(prefix), rules, LOD_NAMES))
    return generator


def load_discriminator(
    golden: Golden, kwargs: dict[str, Any], prefix: str = "param/"
) -> Discriminator:
    config = stylegan1_tf.config_from_kwargs(kwargs)
    discriminator = Discriminator(config).eval().requires_grad_(False)
    rules = stylegan1_tf.discriminator_rules(config)
    discriminator.load_state_dict(tables.convert(golden.parameters(prefix), rules, LOD_NAMES))
    return discriminator


@pytest.fixture(scope="module")
def golden_g() -> Golden:
    return Golden("sg1_g")


@pytest.fixture(scope="module")
def generator(golden_g: Golden) -> Generator:
    return load_generator(golden_g, golden_g.config["static_kwargs"])


@pytest.fixture(scope="module")
def golden_d() -> Golden:
    return Golden("sg1_d")


@pytest.fixture(scope="module")
def discriminator(golden_d: Golden) -> Discriminator:
    return load_discriminator(golden_d, golden_d.config["static_kwargs"])


@pytest.fixture(scope="module")
def images(golden_d: Golden) -> Tensor:
    return golden_d["images_u8"].float() / 127.5 - 1


def test_the_mapping_gives_the_official_styles(
    either: contract.Generator, golden_g: Golden
) -> None:
    assert_agrees(either.mapping(golden_g["z"]), golden_g["out/w"])


def test_truncated_pictures_are_the_official_ones(
    either: contract.Generator, golden_g: Golden
) -> None:
    ws = truncated(either, either.mapping(golden_g["z"]), psi=0.7, cutoff=8)
    assert_agrees(ws, golden_g["out/ws_psi0.7_cut8"])
    image = either.synthesis(ws, either.stored_noise)
    assert_agrees(image, golden_g["out/img_psi0.7_cut8"])


def test_an_untruncated_picture_is_the_official_one(
    either: contract.Generator, golden_g: Golden
) -> None:
    ws = truncated(either, either.mapping(golden_g["z"][:1]), psi=1, cutoff=8)
    image = either.synthesis(ws, either.stored_noise)
    assert_agrees(image, golden_g["out/img_psi1"])


def test_style_mixing_gives_the_official_picture(
    either: contract.Generator, golden_g: Golden
) -> None:
    image = either.synthesis(golden_g["ws_mix"], either.stored_noise)
    assert_agrees(image, golden_g["out/img_mix_0to3_from_z0_rest_z1"])


@pytest.mark.parametrize("lod", [0.4, 1, 2.25, 4])
def test_the_generator_grows_as_the_official_one(
    generator: Generator, golden_g: Golden, lod: float
) -> None:
    ws = golden_g["out/ws_psi0.7_cut8"][:1]
    image = generator.synthesis(ws, generator.stored_noise, lod)
    assert_agrees(image, golden_g[f"out/img_lod{lod}"])


@pytest.mark.parametrize("count", [8, 4, 1])
def test_scores_are_the_official_ones(
    discriminator: Discriminator, golden_d: Golden, images: Tensor, count: int
) -> None:
    name = "out/scores" if count == 8 else f"out/scores_first{count}"
    assert_agrees(discriminator(images[:count]), golden_d[name])


@pytest.mark.parametrize("lod", [0.4, 1, 2.25, 4])
def test_the_discriminator_grows_as_the_official_one(
    discriminator: Discriminator, golden_d: Golden, images: Tensor, lod: float
) -> None:
    for _ in range(int(lod)):
        images = torch.nn.functional.avg_pool2d(images, 2)
    assert_agrees(discriminator(images, lod=lod), golden_d[f"out/scores_lod{lod}"])


def test_the_gradient_of_r1_is_the_official_one(
    discriminator: Discriminator, golden_d: Golden, images: Tensor
) -> None:
    reals = images.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(discriminator(reals).sum(), reals)
    assert_agrees(gradient.square().sum(dim=(1, 2, 3)), golden_d["out/r1_sum_sq_grad"])
    assert_agrees(gradient[:1], golden_d["out/r1_grad_img0"])


def test_conditional_networks_agree_too() -> None:
    golden = Golden("sg1_cond")
    generator = load_generator(golden, golden.config["G"], "param/G/")
    discriminator = load_discriminator(golden, golden.config["D"], "param/D/")
    labels = golden["labels"]
    w = generator.mapping(golden["z"], labels)
    assert_agrees(w, golden["out/w"])
    image = generator.synthesis(truncated(generator, w, 0.7, 8), generator.stored_noise)
    assert_agrees(image, golden["out/img_psi0.7_cut8"])
    inference = for_inference(generator)
    assert_agrees(inference.mapping(golden["z"], labels), golden["out/w"])
    image = inference.synthesis(truncated(inference, w, 0.7, 8), inference.stored_noise)
    assert_agrees(image, golden["out/img_psi0.7_cut8"])
    assert_agrees(discriminator(image, labels), golden["out/scores_of_img"])


def test_a_conditional_network_asks_for_its_class() -> None:
    generator = Generator(StyleGAN1Config(resolution=8, fmap_max=4, c_dim=3))
    with pytest.raises(ValueError, match="class vector"):
        generator.mapping(torch.zeros(1, 512))


def test_parameters_have_the_shapes_of_the_published_network() -> None:
    """Every variable at 1024 x 1024 has the official shape, and their sum is the published one."""
    table = json.loads((GOLDEN / "sg1_1024_vars.json").read_text())
    with torch.device("meta"):
        networks = {"G": Generator(StyleGAN1Config()), "D": Discriminator(StyleGAN1Config())}
    rules = {
        "G": stylegan1_tf.generator_rules(StyleGAN1Config()),
        "D": stylegan1_tf.discriminator_rules(StyleGAN1Config()),
    }
    for key, network in networks.items():
        official = {name: shape for name, shape, _ in table[key] if not name.endswith("lod")}
        ours = {name: list(value.shape) for name, value in network.state_dict().items()}
        zeros = {name: np.broadcast_to(np.float32(0), s) for name, s in official.items()}
        expected = {
            name: list(rule.convert(zeros[rule.name]).shape) for name, rule in rules[key].items()
        }
        assert ours == expected
        assert len(official) == len(rules[key])
    assert sum(p.numel() for p in networks["G"].parameters()) == 26_219_627


def test_steps_leave_their_input_alone(either: contract.Generator, golden_g: Golden) -> None:
    """A state can be kept and resumed: two runs from it give the same bits."""
    ws, noise = golden_g["out/ws_psi0.7_cut8"][:1], either.stored_noise
    state = either.start(1)
    for i in range(6):
        state = either.step(i, state, ws[:, i], noise[i])
    kept = state.x.clone()
    after = either.step(6, state, ws[:, 6], noise[6])
    assert torch.equal(state.x, kept)
    assert torch.equal(after.x, either.step(6, state, ws[:, 6], noise[6]).x)


def test_halves_of_a_layer_can_be_kept(generator: Generator, golden_g: Golden) -> None:
    """Finishing a kept convolution twice gives the same bits, which are those of the whole step."""
    inference = for_inference(generator)
    ws, noise = golden_g["out/ws_psi0.7_cut8"][:1], inference.stored_noise
    state = inference.start(1)
    for i in range(inference.num_layers):
        half = inference.convolve(i, state, ws[:, i])
        kept = half.x.clone()
        assert inference.to_image(half) is None
        whole = inference.step(i, state, ws[:, i], noise[i])
        silent = inference.finish(i, half, ws[:, i], None)
        assert not torch.equal(silent.x, whole.x)
        state = inference.finish(i, half, ws[:, i], noise[i])
        assert torch.equal(half.x, kept)
        assert torch.equal(state.x, whole.x)


def test_inference_refuses_transforms_and_levels_of_detail(generator: Generator) -> None:
    inference = for_inference(generator)
    with pytest.raises(ValueError, match="transform"):
        inference.start(1, transform=torch.eye(3))
    with pytest.raises(ValueError, match="levels of detail"):
        inference.start(1, lod=0.5)


@pytest.mark.parametrize("size", [8, 16, 64])
def test_networks_of_every_resolution_and_depth_run(size: int) -> None:
    config = StyleGAN1Config(
        resolution=size,
        fmap_base=64,
        fmap_max=8,
        z_dim=6,
        w_dim=6,
        mapping_width=5,
        mapping_depth=size % 3,
    )
    generator, discriminator = Generator(config), Discriminator(config)
    ws = generator.mapping(torch.randn(2, 6)).unsqueeze(1).repeat(1, generator.num_layers, 1)
    image = generator.synthesis(ws)
    assert image.shape == (2, 3, size, size)
    assert discriminator(image).shape == (2, 1)


@pytest.mark.parametrize(
    "wrong", [{"resolution": 48}, {"resolution": 4}, {"z_dim": 0}, {"mapping_depth": -1}]
)
def test_impossible_sizes_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="must be"):
        StyleGAN1Config(**wrong)  # type: ignore[arg-type]


def test_the_importer_refuses_unknown_and_missing_names(golden_g: Golden) -> None:
    rules = stylegan1_tf.generator_rules(
        stylegan1_tf.config_from_kwargs(golden_g.config["static_kwargs"])
    )
    arrays = golden_g.parameters()
    arrays["surprise"] = arrays.pop("dlatent_avg")
    with pytest.raises(ValueError, match=r"dlatent_avg.*surprise"):
        tables.convert(arrays, rules, LOD_NAMES)
