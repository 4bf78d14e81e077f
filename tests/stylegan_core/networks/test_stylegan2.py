"""StyleGAN 2 agrees with the official numbers: same parameters, same inputs, same outputs."""

import copy
import json

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from stylegan_core.importers import stylegan2_tf, stylegan2_torch, tables
from stylegan_core.networks import contract
from stylegan_core.networks.inference.for_inference import for_inference
from stylegan_core.networks.stylegan2.config import StyleGAN2Config
from stylegan_core.networks.stylegan2.discriminator import Discriminator
from stylegan_core.networks.stylegan2.generator import Generator
from tests.golden_files import GOLDEN, Golden, assert_agrees, truncated
from tests.stylegan_core.importers.files import LOD_NAMES, stylegan2_state


@pytest.fixture(scope="module")
def golden_g() -> Golden:
    return Golden("sg2_skip_g")


@pytest.fixture(scope="module")
def golden_d() -> Golden:
    return Golden("sg2_skip_d")


@pytest.fixture(scope="module")
def golden_tf() -> Golden:
    return Golden("sg2tf_skip")


@pytest.fixture(scope="module")
def generator(golden_g: Golden) -> Generator:
    config = stylegan2_torch.config_from_kwargs(golden_g.config["G_kwargs"])
    rules = stylegan2_torch.generator_rules(config)
    generator = Generator(config).eval().requires_grad_(False)
    generator.load_state_dict(stylegan2_state(golden_g.parameters(), rules, config))
    return generator


@pytest.fixture(scope="module")
def discriminator(golden_d: Golden) -> Discriminator:
    config = stylegan2_torch.config_from_kwargs({}, golden_d.config["D_kwargs"])
    rules = stylegan2_torch.discriminator_rules(config)
    discriminator = Discriminator(config).eval().requires_grad_(False)
    discriminator.load_state_dict(stylegan2_state(golden_d.parameters(), rules, config))
    return discriminator


def load_tf(golden: Golden) -> tuple[Generator, Discriminator]:
    config = stylegan2_tf.config_from_kwargs(golden.config["G"], golden.config["D"])
    generator, discriminator = Generator(config), Discriminator(config)
    for network, key, rules in (
        (generator, "G", stylegan2_tf.generator_rules(config)),
        (discriminator, "D", stylegan2_tf.discriminator_rules(config)),
    ):
        arrays = golden.parameters(f"param/{key}/")
        network.load_state_dict(tables.convert(arrays, rules, LOD_NAMES))
        network.eval().requires_grad_(False)
    return generator, discriminator


def images_of(golden: Golden) -> Tensor:
    return golden["images_u8"].float() / 127.5 - 1


def test_mapping_and_truncation_give_the_official_styles(
    either: contract.Generator, golden_g: Golden
) -> None:
    w = either.mapping(golden_g["z"])
    assert_agrees(w, golden_g["out/w"])
    assert_agrees(truncated(either, w, 0.7, 8), golden_g["out/ws_psi0.7_cut8"])


def test_pictures_are_the_official_ones(either: contract.Generator, golden_g: Golden) -> None:
    w, stored = either.mapping(golden_g["z"]), either.stored_noise
    ws = truncated(either, w, 0.7, 8)
    assert_agrees(either.synthesis(ws, stored), golden_g["out/img_psi0.7_cut8"])
    assert_agrees(either.synthesis(ws[:1]), golden_g["out/img_psi0.7_cut8_noise_none"])
    ws = truncated(either, w[:1], 0.5, either.num_layers)
    assert_agrees(either.synthesis(ws, stored), golden_g["out/img_psi0.5_nocut"])
    image = either.synthesis(golden_g["ws_mix"], stored)
    assert_agrees(image, golden_g["out/img_mix_0to3_from_z0_rest_z1"])
    in_half = golden_g["out/img_mix_fp16_on_cpu"]
    assert (image - in_half).abs().max() < 1e-3 * in_half.abs().max()


def test_every_layer_gives_the_official_features(generator: Generator, golden_g: Golden) -> None:
    """The file has the first sample, and only the first channels of large maps."""
    ws, noise = golden_g["ws_mix"], generator.stored_noise
    state = generator.start(1)
    for i, layer in enumerate(generator.layers[:-1]):
        state = generator.step(i, state, ws[:, i], noise[i])
        size = layer.resolution
        half = "conv0" if layer.name.endswith("0") and size > 4 else "conv1"
        agrees_with_start(state.x, golden_g[f"act/b{size}.{half}"])
        if half == "conv1":
            colours = generator.to_rgb[str(size)](state.x, ws[:, i + 1])
            agrees_with_start(colours, golden_g[f"act/b{size}.torgb"])


def agrees_with_start(ours: Tensor, official: Tensor) -> None:
    assert_agrees(ours[: official.shape[0], : official.shape[1]], official)


@pytest.mark.parametrize("count", [8, 4, 1])
def test_scores_are_the_official_ones(
    discriminator: Discriminator, golden_d: Golden, count: int
) -> None:
    name = "out/scores" if count == 8 else f"out/scores_first{count}"
    assert_agrees(discriminator(images_of(golden_d)[:count]), golden_d[name])


def test_every_layer_of_the_discriminator_gives_the_official_features(
    discriminator: Discriminator, golden_d: Golden
) -> None:
    discriminator = copy.deepcopy(discriminator)  # which gets the hooks
    modules: dict[str, nn.Module] = {"b64.fromrgb": discriminator.from_rgb["64"]}
    for size, block in discriminator.blocks.items():
        modules |= {f"b{size}.{name}": module for name, module in block.named_children()}
    modules["b4.conv"] = discriminator.conv
    recorded = {name: recorded_calls(module) for name, module in modules.items()}
    discriminator(images_of(golden_d))
    outputs = {name: calls[0][1] for name, calls in recorded.items()}
    outputs["b4.mbstd"] = recorded["b4.conv"][0][0]
    official = [name for name in golden_d.arrays.files if name.startswith("act/")]
    assert {f"act/{name}" for name in outputs} == set(official)
    for name in official:
        agrees_with_start(outputs[name.removeprefix("act/")], golden_d[name])


def recorded_calls(module: nn.Module) -> list[tuple[Tensor, Tensor]]:
    """Return a list that gets the input and output of every later call of a module."""
    calls: list[tuple[Tensor, Tensor]] = []
    module.register_forward_hook(lambda _, given, out: calls.append((given[0], out)))
    return calls


def test_the_gradient_of_r1_is_the_official_one(
    discriminator: Discriminator, golden_d: Golden
) -> None:
    gradient = r1_gradient(discriminator, images_of(golden_d))
    assert_agrees(gradient.square().sum(dim=(1, 2, 3)), golden_d["out/r1_sum_sq_grad"])
    assert_agrees(gradient[:1], golden_d["out/r1_grad_img0"])


def r1_gradient(discriminator: Discriminator, reals: Tensor) -> Tensor:
    reals = reals.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(discriminator(reals).sum(), reals)
    return gradient


def test_networks_of_the_tensorflow_release_agree_too(golden_tf: Golden) -> None:
    generator, discriminator = load_tf(golden_tf)
    for form in (generator, for_inference(generator)):
        w, stored = form.mapping(golden_tf["z"]), form.stored_noise
        assert_agrees(w, golden_tf["out/w"])
        image = form.synthesis(truncated(form, w, 0.7, 8), stored)
        assert_agrees(image, golden_tf["out/img_psi0.7_cut8"])
        ws = truncated(form, w[:1], 0.5, form.num_layers)
        assert_agrees(form.synthesis(ws, stored), golden_tf["out/img_psi0.5_nocut"])
        assert_agrees(form.synthesis(golden_tf["ws_mix"], stored), golden_tf["out/img_mix"])
    images = images_of(golden_tf)
    assert_agrees(discriminator(images), golden_tf["out/scores"])
    assert_agrees(discriminator(images[:4]), golden_tf["out/scores_first4"])
    squares = r1_gradient(discriminator, images).square().sum(dim=(1, 2, 3))
    assert_agrees(squares, golden_tf["out/r1_sum_sq_grad"])


def test_parameters_have_the_shapes_of_the_published_networks() -> None:
    """Every parameter and buffer of the network for faces at 1024 x 1024 has the official shape."""
    table = json.loads((GOLDEN / "sg2_1024_names.json").read_text())
    config = StyleGAN2Config()
    with torch.device("meta"):
        networks = {"G": Generator(config), "D": Discriminator(config)}
    rules = {
        "G": stylegan2_torch.generator_rules(config),
        "D": stylegan2_torch.discriminator_rules(config),
    }
    for key, network in networks.items():
        official = {n: shape for n, shape in table[key] if not n.endswith("resample_filter")}
        assert official.keys() == {rule.name for rule in rules[key].values()}
        ours = {name: list(value.shape) for name, value in network.state_dict().items()}
        zeros = {name: np.broadcast_to(np.float32(0), shape) for name, shape in official.items()}
        assert ours == {
            name: list(rule.convert(zeros[rule.name]).shape) for name, rule in rules[key].items()
        }
    assert networks["G"].num_layers == table["num_ws"]
