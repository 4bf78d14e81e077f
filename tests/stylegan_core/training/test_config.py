"""Training settings: presets, validation by name, and the networks' sizes among them."""

import pytest

from stylegan_core.errors import UserError
from stylegan_core.networks.progan import ProGANConfig
from stylegan_core.networks.stylegan1 import StyleGAN1Config
from stylegan_core.training.config import TrainConfig, value_at
from stylegan_core.training.config_json import from_json, with_values
from stylegan_core.training.presets import PRESETS


@pytest.mark.parametrize("name", PRESETS)
def test_presets_survive_a_round_trip_through_json(name: str) -> None:
    config = PRESETS[name].config

    assert from_json(config.to_json()) == config


def test_the_paper_preset_has_the_paper_s_sizes() -> None:
    network = PRESETS["config-f"].config.network

    assert isinstance(network, StyleGAN1Config)
    assert [network.channels(r) for r in (4, 32, 64, 1024)] == [512, 512, 256, 16]
    assert (network.z_dim, network.w_dim, network.mapping_depth) == (512, 512, 8)


def test_a_table_holds_each_value_from_its_resolution_up() -> None:
    table = ((4, 1), (32, 2), (64, 3))

    assert [value_at(table, r) for r in (4, 16, 32, 64, 1024)] == [1, 1, 2, 3, 3]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("bogus", 1),
        ("resolution", 48),
        ("resolution", 64.0),
        ("resolution", "64"),
        ("start_resolution", 2048),
        ("total_kimg", 0),
        ("total_kimg", float("nan")),
        ("total_kimg", True),
        ("seed", -1),
        ("mirror", 1),
        ("r1_interval", 0),
        ("mixing_prob", 1.5),
        ("amp", "float8"),
        ("amp", [1]),
        ("batch", "3"),
        ("batch", 0),
        ("batch", [[4, 0]]),
        ("batch", [[4, 10**9]]),
        ("batch", [[16, 8]]),
        ("batch", [[16, 8], [4, 8]]),
        ("batch", []),
        ("batch", [[4, 2.9]]),
        ("batch", [[4.5, 2]]),
        ("batch", [[4, True]]),
        ("batch", {"48": 1}),
        ("r1_gamma", 10**400),
        ("r1_gamma", [[4, "5"]]),
        ("blur", 5),
        ("mapping_depth", True),
        ("mapping_lr_multiplier", True),
        ("init_from", 5),
        ("generator_lr", [[4, "fast"]]),
        ("network", 5),
        ("network", "small"),
        ("network", {"bogus": 1}),
        ("mbstd_group_size", -1),
    ],
)
def test_invalid_values_are_refused_with_the_setting_s_name(name: str, value: object) -> None:
    with pytest.raises(UserError, match="bogus" if "bogus" in str(value) else name):
        with_values(TrainConfig(), {name: value})


def test_numbers_and_booleans_are_not_mixed_up_in_any_architecture() -> None:
    for architecture in ("progan", "stylegan1", "stylegan2"):
        for name, value in (("mapping_depth", True), ("c_dim", False), ("z_dim", "8")):
            with pytest.raises(UserError, match=f"{name} must be a number, not {value!r}"):
                with_values(TrainConfig(), {"architecture": architecture, name: value})
    with pytest.raises(UserError, match="blur must be true or false, not 5"):
        with_values(TrainConfig(), {"blur": 5})


def test_a_plain_number_becomes_a_table_of_one_row() -> None:
    config = from_json({"r1_gamma": 5, "batch": 3})
    assert config.r1_gamma == ((4, 5.0),)
    assert config.batch == ((4, 3),)


def test_settings_of_the_networks_may_be_flat_or_nested() -> None:
    flat = with_values(TrainConfig(), {"fmap_max": 64, "seed": 3})
    nested = with_values(TrainConfig(), {"network": {"fmap_max": 64}, "seed": 3})
    assert flat == nested
    assert isinstance(flat.network, StyleGAN1Config)
    assert flat.network.fmap_max == 64


def test_a_change_of_architecture_keeps_the_sizes_that_both_have() -> None:
    config = with_values(TrainConfig(), {"resolution": 64, "architecture": "progan"})
    assert config.network == ProGANConfig(resolution=64, mapping_depth=8)
    assert config.architecture == "progan"
    with pytest.raises(UserError, match="architecture must be one of"):
        with_values(config, {"architecture": "stylegan9"})
    with pytest.raises(UserError, match="Unknown training settings: latent_input"):
        with_values(config, {"latent_input": True})


def test_a_wrong_w_dim_without_a_mapping_network_is_refused_with_the_right_one() -> None:
    for architecture in ("progan", "stylegan1", "stylegan2"):
        changes = {"architecture": architecture, "mapping_depth": 0, "z_dim": 8, "w_dim": 12}
        with pytest.raises(UserError, match="w_dim must be 8, not 12"):
            with_values(TrainConfig(), {**changes, "start_resolution": 1024})
