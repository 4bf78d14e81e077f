"""The penalty on a generator that ignores its noise inputs."""

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from stylegan_core.data.portraits import portraits
from stylegan_core.training.config import TrainConfig
from stylegan_core.training.losses import (
    NOISE_SPREAD_WEIGHT,
    noise_spread,
    noise_spread_penalty,
)
from stylegan_core.training.penalties import NOISE_SPREAD_INTERVAL
from stylegan_core.training.trainer import Trainer
from tests.stylegan_core.training.small_trainers import UNGROWN, trained

CONFIG = replace(UNGROWN, generator_lr=((4, 1e-3),))


def test_the_spread_is_the_standard_deviation_in_levels_of_255() -> None:
    random = torch.Generator().manual_seed(0)
    draws = torch.randn(2, 8, 3, 128, 128, generator=random) * (5 / 127.5)
    assert noise_spread(*draws).item() == pytest.approx(5, rel=0.01)


def test_the_penalty_is_zero_from_the_target_spread_upwards() -> None:
    spread = torch.tensor([0.0, 2.5, 5.0, 7.5])
    expected = torch.tensor([1.0, 0.5, 0.0, 0.0]) * NOISE_SPREAD_WEIGHT
    torch.testing.assert_close(noise_spread_penalty(spread, 5.0), expected)


def test_two_draws_differ_only_by_one_resolution_s_noise() -> None:
    trainer = Trainer(replace(CONFIG, noise_spread=5.0), "cpu")
    one, other = trainer.passes.two_draws(8, None, trainer.prepare(), 16)
    assert one.shape == (4, 3, 16, 16)
    assert torch.equal(one, other), "noise has no strength yet"
    with torch.no_grad():
        trainer.generator.synthesis_layers[-1].noise_strength.fill_(1.0)
    for resolution, moves in ((4, False), (8, False), (16, True)):
        one, other = trainer.passes.two_draws(8, None, trainer.phase, resolution)
        assert torch.equal(one, other) is not moves


def test_each_resolution_is_penalised_in_turn_at_its_own_size() -> None:
    """Only the last layer's noise has a strength, so only the spread at 16 px is not 0."""
    trainer = Trainer(replace(CONFIG, noise_spread=5.0), "cpu")
    with torch.no_grad():
        trainer.generator.synthesis_layers[-1].noise_strength.fill_(1.0)
        one, other = trainer.passes.two_draws(256, None, trainer.prepare(), 16)
    at_16_px = noise_spread(one, other).item() * 3**0.5  # the variances of three resolutions add up
    for k, expected in enumerate((0.0, 0.0, at_16_px)):
        step = (k + 1) * NOISE_SPREAD_INTERVAL - 1
        (penalty,) = trainer.penalties.due(step, 256, None, trainer.phase)
        measured = trainer.statistics.pop_means(trainer.ranks)["noise_spread"]
        assert measured == pytest.approx(expected, rel=0.1)
        wanted = noise_spread_penalty(torch.tensor(measured), 5.0) * NOISE_SPREAD_INTERVAL
        torch.testing.assert_close(penalty.detach(), wanted)


def test_the_noise_of_low_resolutions_is_measured_on_smaller_pictures() -> None:
    """Noise at 16 px is measured on a 32 px picture after averaging over 2 x 2 pixels."""
    network = replace(CONFIG.network, resolution=32)
    config = replace(CONFIG, network=network, start_resolution=32, noise_spread=5.0)
    trainer = Trainer(config, "cpu")
    with torch.no_grad():
        trainer.generator.synthesis_layers[5].noise_strength.fill_(1.0)  # the second at 16 px
        draws = trainer.passes.two_draws(256, None, trainer.prepare(), 16)
    averaged = noise_spread(*(F.avg_pool2d(images, 2) for images in draws)).item()
    at_16_px = averaged * 2  # the variances of four resolutions add up
    assert at_16_px < 0.95 * noise_spread(*draws).item() * 2
    step = 3 * NOISE_SPREAD_INTERVAL - 1
    list(trainer.penalties.due(step, 256, None, trainer.phase))
    measured = trainer.statistics.pop_means(trainer.ranks)["noise_spread"]
    assert measured == pytest.approx(at_16_px, rel=0.05)


@pytest.mark.slow
def test_training_raises_the_spread() -> None:
    """The comparison is a run without the penalty, from the same weights on the same pictures."""
    images = portraits(0, range(8), 16)

    def after(config: TrainConfig) -> float:
        trainer = trained(Trainer(config, "cpu"), images, 60, noise=0.01)
        with torch.no_grad():
            return noise_spread(*trainer.passes.two_draws(256, None, trainer.phase, 16)).item()

    assert after(replace(CONFIG, noise_spread=100.0)) > 1.5 * after(CONFIG)
