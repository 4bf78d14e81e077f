"""StyleGAN-XL agrees with the official numbers, also for networks made from a stem."""

import json
from dataclasses import replace
from typing import Any

import pytest
import torch

from stylegan_core import picture
from stylegan_core.importers import stylegan_xl as importer
from stylegan_core.importers import tables
from stylegan_core.networks import contract
from stylegan_core.networks.inference.for_inference import for_inference
from stylegan_core.networks.stylegan3.geometry import LayerSpec, published_layers
from stylegan_core.networks.stylegan_xl import Generator, StyleGANXLConfig
from tests.golden_files import Golden, assert_agrees
from tests.small_networks import STYLEGAN_XL, make_stylegan_xl
from tests.stylegan_core.networks.stylegan3_files import attributes_of, layers_from_kwargs


@pytest.fixture(scope="module")
def golden() -> Golden:
    return Golden("xl_stem16")


@pytest.fixture(scope="module", params=["training", "inference"])
def generator(request: pytest.FixtureRequest, golden: Golden) -> contract.Generator:
    config = config_of(golden)
    generator = Generator(config).eval().requires_grad_(False)
    rules = importer.generator_rules(config)
    generator.load_state_dict(tables.convert(golden.parameters(), rules))
    return generator if request.param == "training" else for_inference(generator)


def config_of(golden: Golden) -> StyleGANXLConfig:
    """Read shapes and attributes; half widths, which the file lacks, follow the formula."""
    kwargs, official = golden.config["G_kwargs"], json.loads(str(golden.arrays["layers"]))
    layers = layers_from_kwargs(kwargs["img_resolution"], kwargs)
    assert [spec.name for spec in layers] == list(official)
    attributes = attributes_of(replace(STYLEGAN_XL, resolution=16, z_dim=24, layers=layers))
    for name, layer in official.items():
        ours = attributes[f"synthesis.{name}"]
        for short, long in (("up", "up_factor"), ("down", "down_factor"), ("padding", "padding")):
            assert ours[long] == layer[short]
        for size in ("in_size", "out_cutoff"):
            assert ours[size] == pytest.approx(layer[size])
        for flag in ("is_torgb", "conv_clamp"):
            assert ours[flag] == layer[flag]
    shapes = {name: value.shape for name, value in golden.parameters().items()}
    return importer.config_from_parts(shapes, attributes)


def test_each_class_has_its_own_centre(generator: contract.Generator, golden: Golden) -> None:
    w = generator.mapping(golden["z"], golden["labels"])
    assert_agrees(w, golden["out/w"])
    ws = picture.broadcast(generator, w, 0.7, c=golden["labels"])
    assert_agrees(ws, golden["out/ws_psi0.7"])


def test_pictures_are_the_official_ones(generator: contract.Generator, golden: Golden) -> None:
    assert_agrees(generator.synthesis(golden["out/ws_psi0.7"]), golden["out/img_psi0.7"])
    assert_agrees(generator.synthesis(golden["ws_mix"]), golden["out/img_mix"])


def test_centres_blend_as_classes_do() -> None:
    generator = make_stylegan_xl()
    centres = generator.get_buffer("w_average")
    c = torch.tensor([[0.25, 0.75, 0.0]])
    torch.testing.assert_close(generator.w_avg(c), 0.25 * centres[:1] + 0.75 * centres[1:2])
    assert torch.equal(generator.w_avg(), centres.mean(dim=0, keepdim=True))
    with pytest.raises(ValueError, match="class vector"):
        generator.mapping(torch.zeros(1, 10))


def layers_on_a_stem() -> tuple[LayerSpec, ...]:
    """Return a 16 px stem without its last three layers, and layers up to 64 px on top of it."""
    stem = published_layers(16, 512, channel_max=6, kernel=1, radial=True, depth=8)[:-3]
    tail = published_layers(64, 2048, channel_max=6, kernel=1, radial=True)[4:]
    head = [
        replace(spec, name=f"L{len(stem) + 1 + i}_{spec.size}_{spec.channels}")
        for i, spec in enumerate(tail)
    ]
    return (*stem, *head)


def test_a_network_made_from_a_stem_comes_back_from_its_own_layers() -> None:
    """Numbers of layers are skipped and arguments are stale: only the layers count."""
    generator = make_stylegan_xl(replace(STYLEGAN_XL, resolution=64, layers=layers_on_a_stem()))
    assert [spec.name for spec in generator.config.layers[4:8]] == [
        "L4_36_6",
        "L5_36_6",
        "L7_52_6",
        "L8_52_6",
    ]
    again, converted = imported_again(generator)
    assert again == generator.config
    other = Generator(again).eval()
    other.load_state_dict(converted)
    w = generator.mapping(torch.randn(1, 10), torch.eye(3)[:1])
    ws = picture.broadcast(generator, w, 0.5, c=torch.eye(3)[:1])
    image = generator.synthesis(ws)
    assert image.shape == (1, 3, 64, 64)
    assert torch.equal(other.synthesis(ws), image)


def test_without_classes_there_is_one_centre() -> None:
    config = replace(STYLEGAN_XL, c_dim=0, embedding_dim=0)
    generator = make_stylegan_xl(config)
    assert generator.mapping(torch.randn(2, 10)).shape == (2, 8)
    assert generator.w_avg().shape == (1, 8)
    again, converted = imported_again(generator, flat_centre=True)
    assert again == config
    assert torch.equal(converted["w_average"], generator.get_buffer("w_average"))


def imported_again(
    generator: Generator, flat_centre: bool = False
) -> tuple[StyleGANXLConfig, dict[str, torch.Tensor]]:
    """Read configuration and weights from the network's own, under their official names."""
    state = generator.state_dict()
    rules = importer.generator_rules(generator.config)
    assert rules.keys() == state.keys()
    official: dict[str, Any] = {rule.name: state[ours].numpy() for ours, rule in rules.items()}
    if flat_centre:
        official["mapping.w_avg"] = official["mapping.w_avg"][0]
    shapes = {name: value.shape for name, value in official.items()}
    config = importer.config_from_parts(shapes, attributes_of(generator.config))
    return config, tables.convert(official, importer.generator_rules(config))


@pytest.mark.parametrize("wrong", [{"embedding_dim": 0}, {"c_dim": 0}, {"embedding_dim": -1}])
def test_impossible_sizes_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="embedding"):
        replace(STYLEGAN_XL, **wrong)
