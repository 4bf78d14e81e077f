"""R3GAN agrees with the official numbers."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from stylegan_core import picture
from stylegan_core.importers import r3gan as importer
from stylegan_core.importers import tables
from stylegan_core.networks import contract
from stylegan_core.networks.inference.for_inference import for_inference
from stylegan_core.networks.r3gan import Discriminator, Generator, R3GANConfig
from tests.golden_files import Golden, assert_agrees
from tests.small_networks import R3GAN, R3GAN_CLASSES, make_r3gan, randomised


@pytest.fixture(scope="module")
def golden() -> Golden:
    return Golden("r3gan_uncond")


@pytest.fixture(scope="module")
def config(golden: Golden) -> R3GANConfig:
    return importer.config_from_shapes(shapes_of(golden.parameters("param/G/")))


@pytest.fixture(scope="module", params=["training", "inference"])
def generator(
    request: pytest.FixtureRequest, golden: Golden, config: R3GANConfig
) -> contract.Generator:
    generator = Generator(config).eval().requires_grad_(False)
    rules = importer.generator_rules(config)
    generator.load_state_dict(tables.convert(golden.parameters("param/G/"), rules))
    return generator if request.param == "training" else for_inference(generator)


@pytest.fixture(scope="module")
def discriminator(golden: Golden, config: R3GANConfig) -> Discriminator:
    discriminator = Discriminator(config).eval().requires_grad_(False)
    rules = importer.discriminator_rules(config)
    discriminator.load_state_dict(tables.convert(golden.parameters("param/D/"), rules))
    return discriminator


def shapes_of(arrays: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(value.shape) for name, value in arrays.items()}


def test_sizes_follow_from_shapes(golden: Golden, config: R3GANConfig) -> None:
    stated = golden.config["G"]
    assert config == R3GANConfig(
        z_dim=stated["NoiseDimension"],
        c_dim=stated["c_dim"],
        widths=tuple(stated["WidthPerStage"]),
        cardinalities=tuple(stated["CardinalityPerStage"]),
        blocks=tuple(stated["BlocksPerStage"]),
        expansion=stated["ExpansionFactor"],
    )
    assert config.resolution == stated["img_resolution"]


def test_pictures_are_the_official_ones(generator: contract.Generator, golden: Golden) -> None:
    ws = picture.broadcast(generator, generator.mapping(golden["z"]), psi=0.7)
    assert_agrees(generator.synthesis(ws, generator.stored_noise), golden["out/img"])


def test_every_stage_gives_the_official_features(
    generator: contract.Generator, golden: Golden
) -> None:
    state = generator.start(1)
    for i in range(generator.num_layers):
        assert generator.to_image(state) is None
        w = golden["z"][:1] if generator.layers[i].takes_style else None
        state = generator.step(i, state, w, None)
        official = golden[f"act/MainLayers.{i}"]
        assert_agrees(state.x[:, : official.shape[1]], official)


def test_scores_and_their_gradient_are_the_official_ones(
    discriminator: Discriminator, golden: Golden
) -> None:
    images = golden["images"].requires_grad_()
    scores = discriminator(images)
    assert_agrees(scores[:, 0], golden["out/scores"])
    (gradient,) = torch.autograd.grad(scores.sum(), images)
    assert_agrees(gradient.square().sum(dim=(1, 2, 3)), golden["out/r1_sum_sq_grad"])


def test_only_the_first_row_of_w_plus_has_an_effect() -> None:
    generator = make_r3gan()
    ws = torch.randn(1, 4, 6)
    other = torch.cat([ws[:, :1], torch.randn(1, 3, 6)], dim=1)
    assert torch.equal(generator.synthesis(ws), generator.synthesis(other))
    assert [layer.takes_style for layer in generator.layers] == [True, False, False, False]


def test_truncation_has_no_effect() -> None:
    generator = make_r3gan()
    assert generator.w_avg() is None
    pictures = [picture.of_seed(generator, 3, psi=psi) for psi in (0.0, 1.0)]
    assert torch.equal(*pictures)


def test_noise_transforms_and_levels_of_detail_do_not_exist() -> None:
    generator = make_r3gan()
    assert list(generator.stored_noise) == [None] * 4
    with pytest.raises(ValueError, match="no transform"):
        generator.start(1, transform=torch.eye(3))
    with pytest.raises(ValueError, match="does not grow"):
        generator.start(1, lod=1.0)


def test_classes_reach_both_networks() -> None:
    generator = make_r3gan(R3GAN_CLASSES)
    z, classes = torch.randn(1, 6).expand(3, -1), torch.eye(3)
    w = generator.mapping(z, classes)
    assert w.shape == (3, generator.w_dim)
    assert torch.equal(w[:, :6], z)
    assert generator.embed is not None
    assert torch.equal(w[1, 6:], generator.embed[:, 1])
    images = generator.synthesis(w.unsqueeze(1).expand(-1, 3, -1))
    assert images.shape == (3, 3, 16, 16)
    discriminator = randomised(Discriminator, R3GAN_CLASSES)
    scores = discriminator(images[:1].expand(3, -1, -1, -1), classes)
    both = discriminator(images[:1], torch.tensor([[0.5, 0.5, 0.0]]))
    assert len(scores.unique()) == 3
    torch.testing.assert_close(both, scores[:2].mean(dim=0, keepdim=True))
    for network, inputs in ((generator.mapping, z), (discriminator, images)):
        with pytest.raises(ValueError, match="class vector"):
            network(inputs)


@pytest.mark.parametrize("config", [R3GAN, R3GAN_CLASSES, replace(R3GAN, expansion=4)])
def test_importing_is_the_inverse_of_naming(config: R3GANConfig) -> None:
    """The weights of both networks under their official names make the same networks again."""
    for kind, table in (
        (Generator, importer.generator_rules),
        (Discriminator, importer.discriminator_rules),
    ):
        state = randomised(kind, config).state_dict()
        rules = table(config)
        assert rules.keys() == state.keys()
        official = {rule.name: state[ours].numpy() for ours, rule in rules.items()}
        assert len(official) == len(state)
        if kind is Generator:
            assert importer.config_from_shapes(shapes_of(official)) == config
        converted = tables.convert(official, rules)
        assert all(np.array_equal(converted[name], state[name]) for name in state)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"widths": ()}, "stages"),
        ({"widths": (8, 8)}, "stages"),
        ({"widths": (12, 12, 8, 6.5)}, "widths.* must be a number, not 6.5"),
        ({"cardinalities": (3, 5, 2, 2)}, "do not divide"),
        ({"blocks": (1, 0, 1, 1)}, "blocks must be from 1 to 64, not 0"),
        ({"blocks": (1, 65, 1, 1)}, "blocks must be from 1 to 64, not 65"),
        ({"c_dim": 3}, "embedding"),
        ({"z_dim": 0}, "z_dim must be from 1"),
    ],
)
def test_impossible_sizes_are_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(R3GAN, **wrong)
