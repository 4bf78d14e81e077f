"""What styles and noise change, on a generator and a reader whose effects are known."""

from functools import partial

import pytest
import torch
from torch import Tensor

from stylegan_core.data.portraits import sample_factors
from stylegan_core.labels.network import (
    COLUMNS,
    LabelNetwork,
    reliability,
    targets,
    train_label_network,
)
from stylegan_core.metrics import effects
from stylegan_core.metrics.effects import Spread, chance_effect, mixing_shares, noise_effect
from stylegan_core.networks.stylegan1 import Generator


def read_means(images: Tensor) -> Tensor:
    """A reader that says the same of each factor: the mean brightness."""
    return images.float().mean(dim=(1, 2, 3)).unsqueeze(1).expand(-1, COLUMNS.width)


def test_groups_that_do_all_have_all_shares(
    tiny_generator: Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Swapping every layer is going from A to B: share 1. Swapping none: share 0."""
    monkeypatch.setattr(effects, "swapped", lambda g, a, b, group: b if group == "fine" else a)
    shares = mixing_shares(tiny_generator, read_means, pairs=3)
    assert shares["yaw_deg"] == pytest.approx({"coarse": 0, "middle": 0, "fine": 1})


def test_layers_of_all_groups_together_do_all(tiny_generator: Generator) -> None:
    """At 32 px there is no fine group: coarse and middle styles decide everything."""
    shares = mixing_shares(tiny_generator, read_means, pairs=4)["smile"]
    assert shares["fine"] == 0
    assert shares["coarse"] != shares["middle"]


def test_noise_effect_of_a_generator_without_noise(tiny_generator: Generator) -> None:
    import copy

    silent = copy.deepcopy(tiny_generator)
    for layer in silent.synthesis_layers:
        layer.noise_strength.zero_()
    pixels, factors = noise_effect(silent, read_means, people=3, draws=3)
    assert pixels == 0
    assert set(factors.values()) == {0.0}
    assert noise_effect(tiny_generator, read_means, people=3, draws=3)[0] > 0


def read_pixel(images: Tensor, row: int, column: int) -> Tensor:
    return images[:, 0, row, column].float().unsqueeze(1).expand(-1, COLUMNS.width)


def test_chance_moves_lights_of_the_background_and_no_nose() -> None:
    def chance(row: int, column: int) -> Spread:
        read = partial(read_pixel, row=row, column=column)
        return chance_effect("portraits-small", 32, 0, read, people=8, draws=4)

    corner, nose = chance(0, 0), chance(16, 16)
    assert 2 < corner.pixels == nose.pixels < 10
    assert corner.factors["yaw_deg"] > 0.05 > nose.factors["yaw_deg"]


def test_targets_are_the_factors() -> None:
    factors = sample_factors(0, range(200))
    wanted = targets(factors)
    assert wanted.shape == (200, COLUMNS.width)
    assert wanted.min() >= -1
    assert wanted.max() <= 1
    hair = wanted[:, COLUMNS.slices["hair_style"]]
    assert torch.equal(hair.argmax(dim=1), factors["hair_style"])


def test_reliability_of_perfect_and_of_blind_readings() -> None:
    wanted = targets(sample_factors(1, range(300)))
    assert set(reliability(wanted, wanted).values()) == {1.0}
    blind = wanted.mean(dim=0).expand_as(wanted)
    assert all(abs(value) < 1e-4 for value in reliability(blind, wanted).values())


def test_training_learns_to_read_a_factor() -> None:
    """Pictures whose brightness is the smile: the network learns to tell it."""
    factors = sample_factors(2, range(256))
    wanted = targets(factors)
    smile = wanted[:, COLUMNS.slices["smile"]].reshape(-1, 1, 1, 1)
    images = (127 + 100 * smile).to(torch.uint8).expand(-1, 3, 64, 64)
    network = train_label_network(images.numpy(), wanted, batch=32)
    assert isinstance(network, LabelNetwork)
    assert reliability(network.read(images), wanted)["smile"] > 0.8
