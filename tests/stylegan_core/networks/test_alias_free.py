"""StyleGAN 3's filters and resampling agree with their definitions."""

import math

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from stylegan_core.networks.stylegan3 import alias_free


def response(taps: Tensor, frequency: float, rate: float) -> float:
    """Return the share of a wave along x that a filter lets through."""
    line = taps.double() if taps.ndim == 1 else taps.double().sum(dim=0)
    at = torch.arange(len(line), dtype=torch.float64) - (len(line) - 1) / 2
    return float((line * torch.cos(2 * math.pi * frequency / rate * at)).sum())


@pytest.mark.parametrize("radial", [False, True])
def test_low_pass_lets_low_frequencies_through(radial: bool) -> None:
    taps = alias_free.low_pass(48, cutoff=8, half_width=4, rate=64, radial=radial)
    assert taps.shape == ((48, 48) if radial else (48,))
    assert taps.sum().item() == pytest.approx(1, abs=1e-6)
    assert response(taps, 3, 64) == pytest.approx(1, abs=0.02)
    assert response(taps, 8, 64) == pytest.approx(0.5, abs=0.05)
    assert abs(response(taps, 13, 64)) < 0.02


def test_a_radial_filter_treats_all_directions_alike() -> None:
    taps = alias_free.low_pass(24, cutoff=6, half_width=6, rate=64, radial=True)
    for turned in (taps.flip(0), taps.T, taps.rot90()):
        assert torch.allclose(taps, turned)
    line = alias_free.low_pass(24, cutoff=6, half_width=6, rate=64)
    assert not torch.allclose(taps, line * line[:, None], atol=1e-4)


def test_an_odd_radial_filter_has_its_largest_tap_in_the_middle() -> None:
    taps = alias_free.low_pass(25, cutoff=6, half_width=6, rate=64, radial=True)
    assert taps.isfinite().all()
    assert taps[12, 12] == taps.max()
    assert taps[12, 12] < 1.1 * taps[12, 13]


@pytest.mark.parametrize("factor", [2, 4])
@pytest.mark.parametrize("padding", [(0, 0), (9, 8), (-6, -9), (20, 3)])
def test_upsampling_is_zeros_between_samples_then_a_filter(
    factor: int, padding: tuple[int, int]
) -> None:
    x, taps = torch.randn(2, 3, 13, 13), torch.randn(7)
    stuffed = torch.zeros(2, 3, 13, factor, 13, factor)
    stuffed[:, :, :, 0, :, 0] = x
    padded = F.pad(stuffed.flatten(4).flatten(2, 3), padding * 2)
    kernel = (taps * taps[:, None]).flip(0, 1) * factor**2
    plain = F.conv2d(padded, kernel.expand(3, 1, 7, 7), groups=3)
    upsampled = alias_free.upsample(x, taps, factor, padding)
    torch.testing.assert_close(upsampled, plain, atol=1e-4, rtol=1e-4)


def test_downsampling_is_a_filter_that_keeps_every_second_sample() -> None:
    x, taps = torch.randn(2, 3, 20, 20), torch.randn(6)
    kernel = taps * taps[:, None]
    plain = F.conv2d(x, kernel.flip(0, 1).expand(3, 1, 6, 6), groups=3)[:, :, ::2, ::2]
    torch.testing.assert_close(alias_free.downsample(x, taps, 2), plain, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(alias_free.downsample(x, kernel, 2), plain, atol=1e-4, rtol=1e-4)


def test_resampling_without_a_filter_changes_nothing() -> None:
    x = torch.randn(1, 2, 5, 5)
    assert torch.equal(alias_free.downsample(alias_free.upsample(x, None, 1, (0, 0)), None, 1), x)
