"""Every configuration trains all its weights, and resumes with the same bits."""

import copy
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
import torch

from stylegan_core.data.dataset import ImageDataset
from stylegan_core.errors import UserError
from stylegan_core.networks.progan import ProGANConfig
from stylegan_core.networks.stylegan1 import StyleGAN1Config
from stylegan_core.training.config_json import with_values
from stylegan_core.training.presets import PRESETS
from stylegan_core.training.trainer import Trainer
from tests.stylegan_core.training.small_trainers import TINY, advance, weights

pytestmark = pytest.mark.slow

SMALL = {
    **{name: getattr(TINY.network, name) for name in ("resolution", "fmap_base", "fmap_max")},
    **{name: getattr(TINY.network, name) for name in ("z_dim", "w_dim", "mapping_width")},
    **{name: getattr(TINY, name) for name in ("phase_kimg", "fade_kimg", "batch", "total_kimg")},
    "start_resolution": 8,
}
AT_ONCE = replace(TINY, start_resolution=16)
PATH_LENGTH = replace(AT_ONCE, path_length_weight=2.0, path_length_interval=2)
FREEZING: dict[str, Any] = {
    "freeze_mapping": True,
    "freeze_generator_to": 4,
    "freeze_discriminator_from": 16,
}
VARIANTS = {
    **{
        name: with_values(PRESETS[name].config, SMALL)
        for name in PRESETS
        if name.startswith("config-") and not name.endswith("8gpu")
    },
    "no mapping": with_values(TINY, {"mapping_depth": 0}),
    "skip outputs": with_values(AT_ONCE, {"skip_outputs": True}),
    "stylegan2": with_values(PATH_LENGTH, {"architecture": "stylegan2"}),
    "path length": PATH_LENGTH,
    "path length without mapping": with_values(PATH_LENGTH, {"mapping_depth": 0}),
    "augmented": replace(TINY, ada_target=0.6, ada_kimg=0.2),
    "classes": with_values(TINY, {"c_dim": 3}),
    "frozen": replace(TINY, **FREEZING),
    "frozen stylegan2": with_values(PATH_LENGTH, {"architecture": "stylegan2", **FREEZING}),
}
GENERATOR = ("mapping_network.", "const", "synthesis_layers.0.")
FROZEN = {  # prefixes of weights: of the generator, of the discriminator
    "frozen": ((*GENERATOR, "synthesis_layers.1.", "to_rgb.0."), ("blocks.1.", "from_rgb.2.")),
    "frozen stylegan2": ((*GENERATOR, "to_rgb.4."), ("blocks.16.", "from_rgb.16.")),
}


@pytest.mark.parametrize("name", VARIANTS)
def test_a_resumed_run_has_the_same_bits(name: str, data: ImageDataset) -> None:
    whole = Trainer(VARIANTS[name], "cpu")
    state: dict[str, Any] = {}
    for step in range(18):  # at 8 px, through the fade, to 16 px
        if step == 7:
            state = copy.deepcopy(whole.state())
        advance(whole, data, 1)
    resumed = Trainer(VARIANTS[name], "cpu")
    resumed.load_state(state)
    advance(resumed, data, 11)
    resumed_weights = weights(resumed)
    for key, value in weights(whole).items():
        assert value.isfinite().all(), key
        assert torch.equal(value, resumed_weights[key]), key


@pytest.mark.parametrize("name", VARIANTS)
def test_every_weight_learns(name: str, data: ImageDataset) -> None:
    config = VARIANTS[name]
    trainer = Trainer(replace(config, total_kimg=1.0, lr_decay_kimg=0), "cpu")
    before = {key: value.clone() for key, value in weights(trainer).items()}
    advance(trainer, data, 28)
    after = weights(trainer)
    unchanged = {key for key, value in after.items() if torch.equal(value, before[key])}
    frozen = _frozen(name, after)
    assert frozen <= unchanged
    unlearnt = {k for k in unchanged - frozen if "to_rgb" not in k and "from_rgb" not in k}
    assert not {key for key in unlearnt if ".noise_" not in key.replace(".noise_strength", "")}


def _frozen(name: str, names: Iterable[str]) -> set[str]:
    """Return the names of a variant's frozen weights, with those of the averaged generator."""
    of_g, of_d = FROZEN.get(name, ((), ()))
    prefixes = [*(f"{i}.{part}" for part in of_g for i in (0, 2)), *(f"1.{part}" for part in of_d)]
    matches = {prefix: {key for key in names if key.startswith(prefix)} for prefix in prefixes}
    assert all(matches.values()), matches
    return set[str]().union(*matches.values())


@pytest.mark.parametrize(
    ("changes", "network"),
    [
        ({"freeze_mapping": True, "freeze_generator_to": 16}, "generator"),
        ({"freeze_mapping": True, "freeze_generator_to": 8}, "generator"),
        ({"freeze_discriminator_from": 4}, "discriminator"),
    ],
)
def test_a_network_with_nothing_left_to_train_is_refused(
    changes: dict[str, Any], network: str
) -> None:
    with pytest.raises(UserError, match=f"Nothing of the {network} is left to train at 8 px"):
        Trainer(replace(TINY, **changes), "cpu")


def test_the_target_path_length_follows_the_measured_one(data: ImageDataset) -> None:
    trainer = Trainer(VARIANTS["path length"], "cpu")
    assert trainer.penalties.path_length == 0
    advance(trainer, data, 1)
    measured = trainer.statistics.pop_means(trainer.ranks)["path_length"]
    assert trainer.penalties.path_length.item() == pytest.approx(0.01 * measured)


@pytest.mark.parametrize("shared", [False, True])
def test_classes_reach_both_networks(data: ImageDataset, shared: bool) -> None:
    """Only the weights of the pictures' class learn, in both networks."""
    trainer = Trainer(replace(VARIANTS["classes"], shared_pass=shared), "cpu")
    rows = (trainer.generator.mapping_network.label, trainer.discriminator.score.weight)
    before = [row.detach().clone() for row in rows]
    images = data.batch(0, 8, 0, mirror=False).images
    trainer.prepare()
    trainer.step(images, torch.eye(3)[[1] * 8])
    for row, old in zip(rows, before, strict=True):
        assert (row != old).any(dim=1).tolist() == [False, True, False]


def test_the_presets_follow_the_paper_s_table() -> None:
    table = [PRESETS[f"config-{letter}"].config for letter in "abcdef"]
    assert [config.architecture for config in table] == ["progan"] * 2 + ["stylegan1"] * 4
    assert [config.loss for config in table] == ["wgan-gp"] + ["logistic"] * 5
    networks = [c.network for c in table if isinstance(c.network, ProGANConfig)]
    assert [network.blur for network in networks] == [False] + [True] * 5
    style_based = [network for network in networks if isinstance(network, StyleGAN1Config)]
    assert [network.noise_inputs for network in style_based] == [False, False, True, True]
    assert [network.latent_input for network in style_based] == [True, False, False, False]
    assert [config.mixing_prob for config in table[2:]] == [((4, p),) for p in (0, 0, 0, 0.9)]
    assert [config.total_kimg for config in table] == [12_000] + [25_000] * 5
    assert [config.start_resolution for config in table] == [4] + [8] * 5


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"skip_outputs": True}, "full resolution from the start"),
        ({"architecture": "progan", "growth_fit_steps": 5}, "growth_fit_steps"),
        ({"noise_spread": 5, "noise_inputs": False}, "noise_spread"),
        ({"ada_target": 1.5}, "ada_target"),
        ({"path_length_interval": 0}, "path_length_interval"),
        ({"path_length_weight": -1.0}, "path_length_weight"),
        ({"mapping_depth": 0, "w_dim": 16}, "w_dim"),
    ],
)
def test_contradictory_settings_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        with_values(TINY, changes)
