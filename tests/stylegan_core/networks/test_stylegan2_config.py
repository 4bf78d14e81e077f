"""StyleGAN 2's sizes: options and names of other files, and sizes that are impossible."""

import json
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest

from stylegan_core.importers import stylegan2_tf, stylegan2_torch
from stylegan_core.networks.stylegan2.config import StyleGAN2Config
from stylegan_core.networks.stylegan2.discriminator import Discriminator
from stylegan_core.networks.stylegan2.generator import Generator
from tests.stylegan_core.importers.files import stylegan2_state
from tests.stylegan_core.networks.stylegan2_reference import BASE, random_generator_arrays


@pytest.mark.parametrize("kind", ["skip", "resnet", "orig"])
def test_tensorflow_names_cover_every_architecture(kind: Any) -> None:
    """The table of names has the parameters of both networks."""
    config = replace(BASE, generator_architecture=kind, discriminator_architecture=kind)
    generator, discriminator = Generator(config), Discriminator(config)
    g, d = stylegan2_tf.generator_rules(config), stylegan2_tf.discriminator_rules(config)
    assert g.keys() == generator.state_dict().keys()
    assert d.keys() == discriminator.state_dict().keys()
    names = {rule.name for rule in (*g.values(), *d.values())}
    assert ("G_synthesis/8x8/ToRGB/weight" in names) == (kind == "skip")
    assert ("G_synthesis/8x8/Skip/weight" in names) == (kind == "resnet")
    assert ("4x4/FromRGB/bias" in names) == (kind == "skip")
    assert "32x32/FromRGB/weight" in names


def test_options_of_the_tensorflow_release_are_read() -> None:
    g = {"resolution": 64, "fmap_base": 8192, "architecture": "resnet", "label_size": 5}
    config = stylegan2_tf.config_from_kwargs(g, {"architecture": "skip", "mbstd_group_size": 1})
    assert (config.channel_base, config.labels, config.c_dim) == (16384, "concat", 5)
    assert (config.generator_architecture, config.discriminator_architecture) == ("resnet", "skip")
    assert (config.mbstd_features, config.dense_width) == (0, 512)
    defaults = stylegan2_tf.config_from_kwargs({})
    assert defaults == replace(StyleGAN2Config(), labels="concat", dense_width=512)


def test_options_of_the_pytorch_releases_are_read() -> None:
    nested: dict[str, Any] = {
        "img_resolution": 32,
        "w_dim": 9,
        "mapping_kwargs": {"num_layers": 2},
        "synthesis_kwargs": {"channel_base": 99, "architecture": "orig", "conv_clamp": 256},
    }
    d = {
        "img_resolution": 32,
        "architecture": "skip",
        "epilogue_kwargs": {"mbstd_group_size": None, "mbstd_num_channels": 2},
        "mapping_kwargs": {"num_layers": 3},
    }
    config = stylegan2_torch.config_from_kwargs(nested, d)
    assert (config.mapping_depth, config.mapping_width, config.label_mapping_depth) == (2, 9, 3)
    assert (config.channel_base, config.conv_clamp) == (99, 256)
    assert (config.generator_architecture, config.discriminator_architecture) == ("orig", "skip")
    assert (config.mbstd_group_size, config.mbstd_features) == (None, 2)
    flat = {k: v for k, v in nested.items() if k != "synthesis_kwargs"}
    assert config == stylegan2_torch.config_from_kwargs(flat | nested["synthesis_kwargs"], d)


def test_importers_refuse_other_filters_and_names() -> None:
    arrays, rules = random_generator_arrays(BASE), stylegan2_torch.generator_rules(BASE)
    line = np.array([1, 3, 3, 1], np.float32) / 8
    arrays["synthesis.b8.resample_filter"] = np.outer(line, line)
    assert stylegan2_state(arrays, rules, BASE).keys() == rules.keys()
    sharper = {**arrays, "synthesis.b8.resample_filter": np.eye(4, dtype=np.float32) / 4}
    with pytest.raises(ValueError, match="resample_filter is not"):
        stylegan2_state(sharper, rules, BASE)
    arrays["surprise"] = arrays.pop("mapping.w_avg")
    with pytest.raises(ValueError, match=r"mapping.w_avg.*surprise"):
        stylegan2_state(arrays, rules, BASE)


def test_a_configuration_survives_json() -> None:
    config = replace(BASE, resample_filter=(1, 1))
    fields = {**asdict(config), "resample_filter": [1, 1]}
    assert StyleGAN2Config(**fields) == config
    both = replace(config, discriminator=BASE)
    assert StyleGAN2Config(**json.loads(json.dumps(asdict(both)))) == both


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("resolution", 48),
        ("resolution", 2048),
        ("resolution", "64"),
        ("channel_base", 0),
        ("channel_max", 10**9),
        ("z_dim", 0),
        ("z_dim", 1.5),
        ("mapping_depth", -1),
        ("mapping_depth", 0),
        ("mapping_lr_multiplier", 0.0),
        ("mapping_lr_multiplier", float("nan")),
        ("c_dim", -1),
        ("labels", "shout"),
        ("label_mapping_depth", 65),
        ("generator_architecture", ["skip"]),
        ("discriminator_architecture", "dense"),
        ("conv_clamp", 0),
        ("conv_clamp", 10**30),
        ("conv_clamp", "wide"),
        ("resample_filter", (1, 2, 1)),
        ("resample_filter", (1, 2, 3, 4)),
        ("resample_filter", (1, -1, -1, 1)),
        ("resample_filter", ("a", "a")),
        ("resample_filter", ()),
        ("mbstd_group_size", 0),
        ("mbstd_features", 5),
        ("mbstd_features", -1),
        ("dense_width", 0),
        ("noise_inputs", 1),
        ("embed_width", 0),
        ("label_width", -1),
        ("label_mapping_width", 2**20),
        ("discriminator", 5),
        ("discriminator", {"resolution": 48}),
        ("discriminator", {"discriminator": {}}),
    ],
)
def test_impossible_configurations_are_refused(field: str, value: Any) -> None:
    with pytest.raises(ValueError, match=r"must|from 0 to|w is z"):
        replace(BASE, **{field: value})
