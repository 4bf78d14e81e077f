"""StyleGAN 3's sizes: read from files, and refused where they contradict each other."""

from dataclasses import replace
from typing import Any

import pytest
import torch

from stylegan_core.importers import stylegan3 as importer
from stylegan_core.importers import tables
from stylegan_core.networks.stylegan3.config import StyleGAN3Config
from tests.small_networks import STYLEGAN3_CLASSES, STYLEGAN3_R, STYLEGAN3_T, make_stylegan3
from tests.stylegan_core.networks.stylegan3_files import attributes_of


@pytest.mark.parametrize("config", [STYLEGAN3_T, STYLEGAN3_R, STYLEGAN3_CLASSES])
def test_importing_is_the_inverse_of_naming(config: StyleGAN3Config) -> None:
    """A network's weights under their official names make the same network again."""
    generator = make_stylegan3(replace(config, mapping_depth=3, output_scale=0.5))
    rules = importer.generator_rules(generator.config)
    state = generator.state_dict()
    official = {rule.name: state[ours].numpy() for ours, rule in rules.items()}
    shapes = {name: value.shape for name, value in official.items()}
    again = importer.config_from_parts(shapes, attributes_of(generator.config))
    assert again == generator.config
    converted = tables.convert(official, importer.generator_rules(again))
    assert converted.keys() == state.keys()
    assert all(torch.equal(converted[name], state[name]) for name in state)


@pytest.mark.parametrize(
    ("part", "wrong", "message"),
    [
        ("synthesis.input", {"size": [30, 30]}, "the input has"),
        ("synthesis.input", {"size": [36, 30]}, "not square"),
        ("synthesis.L2_52_6", {"padding": [9, 8, 9, 9]}, "differently"),
        ("synthesis.L2_52_6", {"up_factor": 3}, "reaches"),
        ("synthesis.L2_52_6", {"conv_clamp": float("nan")}, "clamp"),
        ("synthesis", {"layer_names": ["L0_36_6"]}, "layers"),
    ],
)
def test_files_that_contradict_themselves_are_refused(
    part: str, wrong: dict[str, Any], message: str
) -> None:
    generator = make_stylegan3()
    rules = importer.generator_rules(generator.config)
    state = generator.state_dict()
    shapes = {rule.name: state[ours].shape for ours, rule in rules.items()}
    attributes = attributes_of(generator.config)
    attributes[part] |= wrong
    with pytest.raises(ValueError, match=message):
        importer.config_from_parts(shapes, attributes)


@pytest.mark.parametrize(
    "wrong",
    [
        {"resolution": 64},
        {"z_dim": 0},
        {"layers": STYLEGAN3_T.layers[:1]},
        {"layers": STYLEGAN3_T.layers[1:][::-1]},
        {"mapping_depth": 65},
        {"output_scale": 0},
    ],
)
def test_impossible_sizes_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must be"):
        replace(STYLEGAN3_T, **wrong)
