"""The label network: its targets, its reliability and its training."""

import pytest
import torch

from stylegan_core.data.portraits import sample_factors
from stylegan_core.labels.network import (
    COLUMNS,
    LabelNetwork,
    reliability,
    targets,
    train_label_network,
)


def test_targets_are_scaled_factors_and_one_hot_choices() -> None:
    factors = sample_factors(0, range(200))
    wanted = targets(factors)
    assert wanted.shape == (200, COLUMNS.width)
    assert wanted.min() >= -1
    assert wanted.max() <= 1
    hair = wanted[:, COLUMNS.slices["hair_style"]]
    assert torch.equal(hair.argmax(dim=1), factors["hair_style"])


def test_perfect_readings_are_reliable_and_constant_ones_are_not() -> None:
    wanted = targets(sample_factors(1, range(300)))
    assert set(reliability(wanted, wanted).values()) == {1.0}
    constant = wanted.mean(dim=0).expand_as(wanted)
    assert all(abs(value) < 1e-4 for value in reliability(constant, wanted).values())


@pytest.mark.slow
def test_training_learns_to_read_a_factor() -> None:
    """The pictures' brightness is the smile, which the network learns to read."""
    factors = sample_factors(2, range(256))
    wanted = targets(factors)
    smile = wanted[:, COLUMNS.slices["smile"]].reshape(-1, 1, 1, 1)
    images = (127 + 100 * smile).to(torch.uint8).expand(-1, 3, 64, 64)
    network = train_label_network(images.numpy(), wanted, batch_size=32)
    assert isinstance(network, LabelNetwork)
    assert reliability(network.read(images), wanted)["smile"] > 0.8
