"""Resampling with a short filter: StyleGAN 2's way to double and halve sizes (Karras et al. 2020).

The taps, a symmetric row of even length, are the filter along one axis. It is applied along both
axes, and scaled so that a flat area keeps its value.
"""

from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor

Taps = tuple[float, ...]


def upsample(x: Tensor, taps: Taps) -> Tensor:
    """Put zeros between the pixels, then filter: [N, C, H, W] -> [N, C, 2H, 2W]."""
    weight = kernel(taps, x, gain=4)
    return F.conv_transpose2d(x, weight, stride=2, padding=len(taps) // 2 - 1, groups=x.shape[1])


def downsample(x: Tensor, taps: Taps) -> Tensor:
    """Filter, then keep every second pixel: [N, C, H, W] -> [N, C, H/2, W/2].

    On a CPU it always runs in float32: in bfloat16 the gradient takes ten times as long there.
    """
    if x.device.type == "cpu" and torch.is_autocast_enabled("cpu"):
        with torch.autocast("cpu", enabled=False):
            return downsample(x.float(), taps).to(x.dtype)
    weight = kernel(taps, x)
    return F.conv2d(x, weight, stride=2, padding=len(taps) // 2 - 1, groups=x.shape[1])


def upsample_conv(x: Tensor, weight: Tensor, taps: Taps) -> Tensor:
    """Double the size and convolve: x [N, I, H, W], weight [O, I, 3, 3] -> [N, O, 2H, 2W].

    Each pixel is scattered with the kernel, then the filter smooths the result.
    """
    x = F.conv_transpose2d(x, weight.transpose(0, 1), stride=2)  # [N, O, 2H + 1, 2W + 1]
    smooth = kernel(taps, x, gain=4)
    return F.conv2d(x, smooth, padding=len(taps) // 2 - 1, groups=x.shape[1])


def conv_downsample(x: Tensor, weight: Tensor, bias: Tensor, taps: Taps) -> Tensor:
    """Smooth, then convolve every second pixel: [N, I, H, W], [O, I, 3, 3] -> [N, O, H/2, W/2]."""
    smooth = kernel(taps, x)
    x = F.conv2d(x, smooth, padding=len(taps) // 2, groups=x.shape[1])  # [N, I, H + 1, W + 1]
    return F.conv2d(x, weight, bias, stride=2)


def kernel(taps: Taps, like: Tensor, gain: float = 1) -> Tensor:
    """Return the filter for each channel of a tensor, [C, 1, T, T], of its type and device."""
    return _square(taps, gain, like.dtype, like.device).expand(like.shape[1], 1, -1, -1)


@lru_cache(maxsize=64)
def _square(taps: Taps, gain: float, dtype: torch.dtype, device: torch.device) -> Tensor:
    with torch.inference_mode(False):  # the cached tensor may serve training too
        line = torch.tensor(taps, dtype=dtype, device=device)
        line = line / line.sum()
        return (line[:, None] * line * gain)[None, None]
