"""Alias-free signal processing: Kaiser low-pass filters, resampling, the filtered non-linearity.

Karras et al., "Alias-Free Generative Adversarial Networks", NeurIPS 2021 (section 2.1 and
appendices B, C). Frequencies are in cycles per picture width, rates in samples per width.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor


def low_pass(
    taps: int, cutoff: float, half_width: float, rate: float, radial: bool = False
) -> Tensor:
    """Make a Kaiser low-pass filter of unit sum, [taps], or [taps, taps] if it is radial.

    `half_width` is half the transition band, `rate` the sampling rate of the signal. The window
    follows from length and transition band (appendix B.3). A radial filter is the jinc, which is
    the sinc of the plane, times the window along both axes (equation 9).
    """
    at = (torch.arange(taps, dtype=torch.float64) - (taps - 1) / 2) / rate
    window = torch.kaiser_window(
        taps, periodic=False, beta=kaiser_beta(taps, half_width, rate), dtype=torch.float64
    )
    if radial:
        r = torch.hypot(at, at[:, None])
        jinc = torch.special.bessel_j1(2 * math.pi * cutoff * r) / (math.pi * r)
        values = torch.where(r > 0, jinc, cutoff) * window * window[:, None]
    else:
        values = torch.sinc(2 * cutoff * at) * window
    return (values / values.sum()).float()


def kaiser_beta(taps: int, half_width: float, rate: float) -> float:
    """Return the window's shape for a length and a transition band, by Kaiser's approximation."""
    attenuation = 2.285 * (taps - 1) * math.pi * (4 * half_width / rate) + 7.95
    if attenuation > 50:
        return 0.1102 * (attenuation - 8.7)
    if attenuation > 21:
        return float(0.5842 * (attenuation - 21) ** 0.4 + 0.07886 * (attenuation - 21))
    return 0.0


def upsample(x: Tensor, taps: Tensor | None, factor: int, padding: tuple[int, int]) -> Tensor:
    """Put zeros between the samples of x [N, C, H, W], pad or crop, and filter; the mean stays.

    `padding` counts output samples before and after, along both axes. The result is [N, C, H', W']
    with H' = factor H + sum(padding) - taps + 1. Without taps x is only padded.
    """
    low, high = padding
    if taps is None:
        return _padded(x, low, high)
    c, k = x.shape[1], len(taps)
    row = (taps * factor).view(1, 1, 1, k).expand(c, 1, 1, k)
    x = F.conv_transpose2d(x, row, stride=(1, factor), groups=c)
    x = F.conv_transpose2d(x, row.transpose(2, 3), stride=(factor, 1), groups=c)
    return _padded(x, low - (k - 1), high - (k - factor))  # the filter has widened x by k - 1


def downsample(x: Tensor, taps: Tensor | None, factor: int) -> Tensor:
    """Filter x [N, C, H, W] with taps [k] or [k, k], and keep every `factor`-th sample."""
    if taps is None:
        return x
    c, k = x.shape[1], len(taps)
    taps = taps.flip(tuple(range(taps.ndim)))
    if taps.ndim == 2:
        return F.conv2d(x, taps.expand(c, 1, k, k), stride=factor, groups=c)
    row = taps.view(1, 1, 1, k).expand(c, 1, 1, k)
    x = F.conv2d(x, row.transpose(2, 3), stride=(factor, 1), groups=c)
    return F.conv2d(x, row, stride=(1, factor), groups=c)


def _padded(x: Tensor, low: int, high: int) -> Tensor:
    """Put zeros around x [N, C, H, W], or crop it where the numbers are negative."""
    return F.pad(x, (low, high, low, high)) if low or high else x
