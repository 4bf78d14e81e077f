"""Convolutions by tiles: the algorithms in closed form, and layers against `conv2d`."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from stylegan_core.networks import ops
from stylegan_core.networks.inference import tiled_convolution
from stylegan_core.networks.inference.minimal_filtering import (
    F_2_3,
    F_4_3,
    NEAREST,
    TWO_F_4_2,
    Algorithm,
)
from stylegan_core.networks.inference.tiled_convolution import TiledConvolution

PLAIN = {"F(4, 3)": F_4_3, "F(2, 3)": F_2_3}
DOUBLING = {"two F(4, 2)": TWO_F_4_2, "nearest": NEAREST}


def along_one_axis(algorithm: Algorithm, pixels: Tensor, taps: Tensor) -> Tensor:
    return algorithm.output @ ((algorithm.kernel @ taps) * (algorithm.tile @ pixels))


def assert_nearly_equal(actual: Tensor, expected: Tensor) -> None:
    torch.testing.assert_close(actual, expected, atol=1e-4, rtol=1e-5)


@pytest.mark.parametrize("algorithm", PLAIN.values(), ids=PLAIN)
def test_a_tile_is_correlated(algorithm: Algorithm) -> None:
    torch.manual_seed(0)
    pixels, taps = torch.randn(algorithm.step + 2).double(), torch.randn(3).double()
    expected = F.conv1d(pixels[None, None], taps[None, None])[0, 0]
    torch.testing.assert_close(along_one_axis(algorithm, pixels, taps), expected)
    assert len(algorithm.tile) == algorithm.step + 2, "as few products as Winograd proves possible"
    assert algorithm.scale == 1


@pytest.mark.parametrize("algorithm", DOUBLING.values(), ids=DOUBLING)
def test_a_tile_is_doubled(algorithm: Algorithm) -> None:
    torch.manual_seed(0)
    pixels, three = torch.randn(algorithm.step + 2).double(), torch.randn(3).double()
    taps = F.pad(three, (1, 0)) + F.pad(three, (0, 1))  # after nearest upsampling
    whole = F.conv_transpose1d(pixels[None, None], taps[None, None], stride=2)[0, 0]
    expected = whole[3:-3]  # its pixels without those that border on the tile
    torch.testing.assert_close(along_one_axis(algorithm, pixels, taps), expected)
    assert algorithm.scale == 2


@pytest.mark.parametrize("algorithm", PLAIN.values(), ids=PLAIN)
@pytest.mark.parametrize("block", [1, 2**12, 2**20], ids=["rows", "some rows", "all images"])
@pytest.mark.parametrize(("n", "height", "width"), [(1, 4, 4), (3, 16, 8), (2, 32, 32)])
def test_a_plain_layer_agrees_with_conv2d(
    monkeypatch: pytest.MonkeyPatch,
    algorithm: Algorithm,
    block: int,
    n: int,
    height: int,
    width: int,
) -> None:
    monkeypatch.setattr(tiled_convolution, "BLOCK_ELEMENTS", block)
    torch.manual_seed(0)
    x, weight, bias = torch.randn(n, 6, height, width), torch.randn(10, 6, 3, 3), torch.randn(10)
    scale_in, scale_out = torch.randn(n, 6), torch.randn(n, 10)
    source, convolution = x.clone(), TiledConvolution(algorithm, weight)
    assert_nearly_equal(convolution(x), F.conv2d(x, weight, padding=1))
    assert_nearly_equal(convolution(x, bias), F.conv2d(x, weight, bias, padding=1))
    scaled = F.conv2d(x * scale_in[:, :, None, None], weight, padding=1)
    scaled = scaled * scale_out[:, :, None, None]
    assert_nearly_equal(convolution(x, None, scale_in, scale_out), scaled)
    both = convolution(x, bias, scale_in, scale_out)
    assert_nearly_equal(both, scaled + bias[:, None, None])
    assert both.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(x, source)


@pytest.mark.parametrize(("size", "padding"), [(5, 0), (6, 1), (1, 2), (34, 2)])
def test_any_size_and_padding_will_do(size: int, padding: int) -> None:
    torch.manual_seed(0)
    x, weight, bias = torch.randn(2, 6, size, size + 3), torch.randn(10, 6, 3, 3), torch.randn(10)
    convolution = TiledConvolution(F_4_3, weight, padding)
    expected = F.conv2d(x, weight, bias, padding=padding)
    assert_nearly_equal(convolution(x, bias), expected)


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("fused", [True, False])
@pytest.mark.parametrize("algorithm", DOUBLING.values(), ids=DOUBLING)
def test_a_doubling_layer_agrees_with_conv_transpose2d(
    algorithm: Algorithm, fused: bool, layout: torch.memory_format
) -> None:
    torch.manual_seed(0)
    x = torch.randn(2, 6, 8, 8).contiguous(memory_format=layout)
    bias, kernel = torch.randn(10), ops.upsample_kernel(torch.randn(10, 6, 3, 3), fused)
    expected = F.conv_transpose2d(x, kernel, bias, stride=2, padding=1)
    convolution = TiledConvolution(algorithm, kernel.transpose(0, 1))
    assert_nearly_equal(convolution(x, bias), expected)


def test_a_wide_layer_is_nearly_as_exact_as_conv2d() -> None:
    """The points around 1 keep the error small: with 0, 1, -1, 2, -2 it is four times as large."""
    torch.manual_seed(0)
    x, weight = torch.randn(1, 256, 16, 16), torch.randn(64, 256, 3, 3)
    exact = F.conv2d(x.double(), weight.double(), padding=1)
    error = (TiledConvolution(F_4_3, weight)(x) - exact).norm() / exact.norm()
    assert error < 3e-6
