"""The building blocks agree with their definitions."""

import pytest
import torch
import torch.nn.functional as F

from stylegan_core.networks import ops


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(0)


def test_unfused_upsampling_is_repeating_and_correlating() -> None:
    x, weight = torch.randn(2, 5, 6, 6), torch.randn(7, 5, 3, 3)
    plain = F.conv2d(ops.upsample_nearest(x), weight, padding=1)
    assert torch.allclose(ops.upsample_conv(x, weight, fused=False), plain, atol=1e-4)


def test_fused_upsampling_uses_the_flipped_kernel() -> None:
    x, weight = torch.randn(2, 5, 6, 6), torch.randn(7, 5, 3, 3)
    flipped = F.conv2d(ops.upsample_nearest(x), weight.flip(2, 3), padding=1)
    assert torch.allclose(ops.upsample_conv(x, weight, fused=True), flipped, atol=1e-4)


def test_downsampling_is_convolving_and_averaging() -> None:
    x, weight, bias = torch.randn(2, 5, 8, 8), torch.randn(7, 5, 3, 3), torch.randn(7)
    plain = F.avg_pool2d(F.conv2d(x, weight, bias, padding=1), 2)
    assert torch.allclose(ops.conv_downsample(x, weight, bias), plain, atol=1e-4)


def test_blur_keeps_flat_areas_and_spreads_a_point() -> None:
    x = torch.zeros(1, 1, 5, 5)
    x[0, 0, 2, 2] = 16
    expected = torch.tensor([[1.0, 2, 1], [2, 4, 2], [1, 2, 1]])
    assert torch.equal(ops.blur(x)[0, 0, 1:4, 1:4], expected)


def test_the_blur_filter_is_cached_and_serves_training_after_inference() -> None:
    with torch.inference_mode():
        cached = ops.blur_kernel(2, torch.ones(1, dtype=torch.float64))
    assert ops.blur_kernel(5, torch.ones(1, dtype=torch.float64)).data_ptr() == cached.data_ptr()
    x = torch.randn(1, 3, 4, 4, dtype=torch.float64, requires_grad=True)
    ops.blur(x).sum().backward()  # type: ignore[no-untyped-call]
    assert x.grad is not None


def test_adain_gives_each_map_the_mean_and_deviation_of_its_style() -> None:
    x = 5 + 3 * torch.randn(2, 4, 8, 8)
    y = ops.adaptive_instance_norm(x, torch.cat([torch.ones(2, 4), torch.full((2, 4), 7.0)], 1))
    assert torch.allclose(y.mean(dim=(2, 3)), torch.full((2, 4), 7.0), atol=1e-5)
    assert torch.allclose(y.std(dim=(2, 3), correction=0), torch.full((2, 4), 2.0), atol=1e-5)


def test_equal_samples_have_no_minibatch_deviation() -> None:
    x = torch.randn(1, 6, 4, 4).repeat(4, 1, 1, 1)
    assert ops.minibatch_stddev(x, 4)[:, 6:].abs().max() < 1.1e-4  # the root of eps


def test_each_minibatch_feature_belongs_to_a_part_of_the_channels() -> None:
    x = torch.randn(8, 6, 4, 4)
    together = ops.minibatch_stddev(x, 4, features=3)
    assert together.shape == (8, 9, 4, 4)
    for part in range(3):
        alone = ops.minibatch_stddev(x[:, 2 * part : 2 * part + 2], 4)
        assert torch.allclose(together[:, 6 + part], alone[:, 2])


def test_a_group_size_that_does_not_divide_the_batch_becomes_smaller() -> None:
    """Seven samples cannot make groups of four: each is its own group, without deviation."""
    features = ops.minibatch_stddev(torch.randn(7, 3, 4, 4), 4)[:, 3]
    assert torch.allclose(features, torch.full_like(features, 1e-4))
