"""Known properties of the sliced Wasserstein distance."""

import pytest
import torch

from stylegan_core.metrics.swd import _doubled, _pyramids, sliced_wasserstein


def noise_images(n: int, seed: int, size: int = 32) -> torch.Tensor:
    random = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, (n, 3, size, size), generator=random, dtype=torch.uint8)


def test_equal_sets_are_at_distance_zero() -> None:
    images = noise_images(8, 0)
    assert sliced_wasserstein(images, images, directions=8) == {32: 0.0, 16: 0.0}


def test_distance_is_symmetric() -> None:
    a, b = noise_images(8, 0), noise_images(8, 1)
    assert sliced_wasserstein(a, b, directions=8) == sliced_wasserstein(b, a, directions=8)


def test_same_distribution_is_nearer_than_another_one() -> None:
    a, b = noise_images(64, 0), noise_images(64, 1)
    stripes = noise_images(64, 2)
    stripes[:, :, :, 1:] = stripes[:, :, :, :1]
    near, far = (
        sliced_wasserstein(a, other, patches_per_image=64, directions=64) for other in (b, stripes)
    )
    assert all(far[scale] > 2 * near[scale] for scale in near), (near, far)


def test_pyramid_adds_up_to_the_picture() -> None:
    images = noise_images(2, 0, 64)
    finest, middle, coarse = _pyramids(images)
    rebuilt = finest + _doubled(middle + _doubled(coarse))
    assert torch.allclose(rebuilt, images.float() / 127.5 - 1, atol=1e-5)


def test_sets_of_unequal_size_are_refused() -> None:
    with pytest.raises(ValueError, match="same shape"):
        sliced_wasserstein(noise_images(4, 0), noise_images(3, 0))
