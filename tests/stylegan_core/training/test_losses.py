"""Losses and penalties against their closed forms."""

import math

import pytest
import torch

from stylegan_core.training.losses import (
    LOSSES,
    gradient_penalty,
    path_lengths,
    r1_penalty,
)


def linear(images: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Return the scores [N, 1] of a linear discriminator."""
    return (images * weight).sum(dim=(1, 2, 3)).unsqueeze(1)


def test_r1_of_a_linear_discriminator_is_half_gamma_times_its_squared_norm() -> None:
    weight = torch.randn(3, 8, 8)
    images = torch.randn(5, 3, 8, 8, requires_grad=True)
    penalty = r1_penalty(images, linear(images, weight), gamma=10)
    torch.testing.assert_close(penalty, 5 * weight.square().sum().expand(5))


def test_r1_trains_the_discriminator() -> None:
    weight = torch.randn(3, 4, 4, requires_grad=True)
    images = torch.randn(2, 3, 4, 4, requires_grad=True)
    torch.autograd.backward(r1_penalty(images, linear(images, weight), gamma=6).mean())
    torch.testing.assert_close(weight.grad, 6 * weight.detach())


def test_the_gradient_penalty_is_zero_for_gradients_of_length_one() -> None:
    weight = torch.randn(3, 8, 8)
    images = torch.randn(4, 3, 8, 8, requires_grad=True)
    penalty = gradient_penalty(images, linear(images, weight))
    torch.testing.assert_close(penalty, 10 * (weight.norm() - 1).square().expand(4))
    unit = linear(images, weight / weight.norm())
    torch.testing.assert_close(gradient_penalty(images, unit), torch.zeros(4), atol=1e-6, rtol=0)


@pytest.mark.parametrize("score", [-3.0, 0.0, 2.5])
def test_logistic_losses_are_negative_log_probabilities(score: float) -> None:
    scores = torch.tensor([[score], [score]])
    probability = 1 / (1 + math.exp(-score))
    losses = LOSSES["logistic"]
    assert losses.generator(scores).item() == pytest.approx(-math.log(probability), rel=1e-5)
    assert losses.discriminator(scores, -scores).item() == pytest.approx(
        -2 * math.log(probability), rel=1e-5
    )


def test_wasserstein_losses_are_differences_of_means_with_a_drift() -> None:
    real, fake = torch.tensor([[2.0], [4.0]]), torch.tensor([[-1.0], [3.0]])
    losses = LOSSES["wgan-gp"]
    assert losses.generator(fake).item() == -1
    assert losses.discriminator(real, fake).item() == pytest.approx(1 - 3 + 1e-3 * 10)


def test_the_path_length_of_a_linear_map_is_the_length_of_its_transposed_product() -> None:
    """Images x = A w per row: the gradient of each row is A^T y."""
    maps = torch.randn(3 * 4 * 4, 5)
    ws = torch.randn(6, 2, 5, requires_grad=True)
    images = (ws.sum(dim=1) @ maps.T).view(6, 3, 4, 4)
    y = torch.randn(6, 3, 4, 4)
    expected = (y.flatten(1) @ maps / 4).norm(dim=1)  # the same for both rows; 4 = sqrt(H W)
    torch.testing.assert_close(path_lengths(images, ws, y), expected)
