import math

import pytest
import torch

from stylegan_core.training.losses import discriminator_loss, generator_loss, r1_penalty


def test_r1_of_a_linear_discriminator_is_half_gamma_times_its_squared_norm():
    weight = torch.randn(3, 8, 8)
    images = torch.randn(5, 3, 8, 8, requires_grad=True)
    scores = (images * weight).sum(dim=(1, 2, 3)).unsqueeze(1)

    penalty = r1_penalty(images, scores, gamma=10)

    torch.testing.assert_close(penalty, 5 * weight.square().sum())


def test_r1_trains_the_discriminator():
    weight = torch.randn(3, 4, 4, requires_grad=True)
    images = torch.randn(2, 3, 4, 4, requires_grad=True)

    r1_penalty(images, (images * weight).sum(dim=(1, 2, 3)), gamma=6).backward()

    torch.testing.assert_close(weight.grad, 6 * weight.detach())


@pytest.mark.parametrize("score", [-3.0, 0.0, 2.5])
def test_losses_are_the_logistic_ones(score: float):
    scores = torch.tensor([[score], [score]])
    probability = 1 / (1 + math.exp(-score))

    assert generator_loss(scores).item() == pytest.approx(-math.log(probability), rel=1e-5)
    assert discriminator_loss(scores, -scores).item() == pytest.approx(
        -2 * math.log(probability), rel=1e-5
    )
