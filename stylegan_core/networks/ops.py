"""Building blocks of the networks: equalised learning rate, resampling, statistics.

Karras et al., "Progressive Growing of GANs", 2018 (sections 3, 4.1) and "A Style-Based Generator
Architecture for Generative Adversarial Networks", 2019 (section 2).
"""

import math
from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor, nn

LEAK = 0.2
SQRT2 = math.sqrt(2)


def leaky_relu(x: Tensor) -> Tensor:
    """Apply StyleGAN's only activation, leaky ReLU of slope 0.2."""
    return F.leaky_relu(x, LEAK)


def normalize_2nd_moment(x: Tensor, eps: float = 1e-8) -> Tensor:
    """Scale x [N, D, ...] to unit mean square over D."""
    return x * torch.rsqrt(x.square().mean(dim=1, keepdim=True) + eps)


class EqualLinear(nn.Module):
    """A dense layer with equalised learning rate: weights of deviation 1 / lr_multiplier, scaled.

    `lr_multiplier` scales the learning rate of weights and biases.
    """

    def __init__(self, fan_in: int, fan_out: int, gain: float, lr_multiplier: float = 1.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(fan_out, fan_in) / lr_multiplier)
        self.bias = nn.Parameter(torch.zeros(fan_out))
        self.scale = gain / math.sqrt(fan_in) * lr_multiplier
        self.lr_multiplier = lr_multiplier

    def forward(self, x: Tensor) -> Tensor:  # [N, fan_in] -> [N, fan_out]
        return F.linear(x, self.weight * self.scale, self.bias * self.lr_multiplier)


class EqualConv2d(nn.Module):
    """A convolution with equalised learning rate; padding keeps the size. The bias is optional."""

    def __init__(
        self, channels_in: int, channels_out: int, kernel: int, gain: float, bias: bool = True
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(channels_out, channels_in, kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(channels_out)) if bias else None
        self.scale = gain / math.sqrt(channels_in * kernel * kernel)
        self.padding = kernel // 2

    def scaled_weight(self) -> Tensor:
        """Return the weight as it is applied, [C_out, C_in, k, k]."""
        return self.weight * self.scale

    def forward(self, x: Tensor) -> Tensor:  # [N, C_in, H, W] -> [N, C_out, H, W]
        return F.conv2d(x, self.scaled_weight(), self.bias, padding=self.padding)


def doubled_kernel(weight: Tensor) -> Tensor:
    """Sum the four shifts of a kernel by one pixel: [.., 3, 3] -> [.., 4, 4].

    Convolving with it at stride 2 is a 3 x 3 convolution together with a 2 x 2 box filter.
    """
    return F.avg_pool2d(weight, 2, stride=1, padding=1) * 4


def upsample_conv(x: Tensor, weight: Tensor, fused: bool) -> Tensor:
    """Double the size and convolve: x [N, I, H, W], weight [O, I, 3, 3] -> [N, O, 2H, 2W].

    The paper's networks repeat each pixel and correlate with the kernel. At high resolutions,
    `fused`, they scatter each pixel with the kernel's four shifts, which flips the kernel.
    Both are one transposed convolution here: a pixel repeated 2 x 2 and correlated with 3 x 3
    weights is that pixel scattered with the flipped 4 x 4 sum, at 4/9 of the arithmetic.
    """
    return F.conv_transpose2d(x, upsample_kernel(weight, fused), stride=2, padding=1)


def upsample_kernel(weight: Tensor, fused: bool) -> Tensor:
    """Return the transposed convolution of `upsample_conv`: [O, I, 3, 3] -> [I, O, 4, 4]."""
    return doubled_kernel(weight if fused else weight.flip(2, 3)).transpose(0, 1)


def conv_downsample(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Convolve, then average 2 x 2: x [N, I, H, W], weight [O, I, 3, 3] -> [N, O, H/2, W/2]."""
    return F.conv2d(x, doubled_kernel(weight) / 4, bias, stride=2, padding=1)


def blur(x: Tensor) -> Tensor:
    """Filter each channel by the binomial [1 2 1] x [1 2 1] / 16, with zeros outside."""
    return F.conv2d(x, blur_kernel(x.shape[1], x), padding=1, groups=x.shape[1])


def blur_kernel(channels: int, like: Tensor) -> Tensor:
    """Return the filter of `blur` as weights [channels, 1, 3, 3], of a tensor's type and device."""
    return _binomial(like.dtype, like.device).expand(channels, 1, 3, 3)


@lru_cache(maxsize=64)
def _binomial(dtype: torch.dtype, device: torch.device) -> Tensor:
    with torch.inference_mode(False):  # the cached tensor may serve training too
        taps = torch.tensor([1.0, 2.0, 1.0], dtype=dtype, device=device)
        return taps[:, None] * taps / 16


def upsample_nearest(x: Tensor) -> Tensor:
    """Repeat each pixel: [N, C, H, W] -> [N, C, 2H, 2W]."""
    return F.interpolate(x, scale_factor=2, mode="nearest")


def downsample_mean(x: Tensor) -> Tensor:
    """Average each 2 x 2 square: [N, C, H, W] -> [N, C, H/2, W/2]."""
    return F.avg_pool2d(x, 2)


def adaptive_instance_norm(x: Tensor, style: Tensor, eps: float = 1e-8) -> Tensor:
    """Normalise each map of x [N, C, H, W], then scale and shift it by the style (equation 1).

    `style` [N, 2C] holds (y_s - 1, y_b); the variance is the biased one.
    """
    y_s, y_b = style.unsqueeze(2).unsqueeze(3).chunk(2, dim=1)  # [N, C, 1, 1] each
    centred = x - x.mean(dim=(2, 3), keepdim=True)  # faster than var_mean where channels come last
    variance = centred.square().mean(dim=(2, 3), keepdim=True)
    return torch.addcmul(y_b, centred, torch.rsqrt(variance + eps) * (y_s + 1))


def group_of(n: int, group_size: int) -> int:
    """Return the size of the groups that `minibatch_stddev` makes in a batch of n."""
    return next(size for size in range(min(group_size, n), 0, -1) if n % size == 0)


def minibatch_stddev(x: Tensor, group_size: int, features: int = 1, eps: float = 1e-8) -> Tensor:
    """Append the minibatch standard deviation (ProGAN section 3) as the last channels.

    x [N, C, H, W] -> [N, C + F, H, W]: one mean for each of F equal parts of the channels. With M
    groups, sample i belongs to group i mod M. If `group_size` does not divide N, the next smaller
    size that does is used.
    """
    n, c, h, w = x.shape
    group = group_of(n, group_size)
    grouped = x.reshape(group, n // group, features, c // features, h, w)
    deviation = (grouped.var(dim=0, correction=0) + eps).sqrt()  # [M, F, C / F, H, W]
    means = deviation.mean(dim=(2, 3, 4)).repeat(group, 1)  # [N, F]
    return torch.cat([x, means.view(n, features, 1, 1).expand(-1, -1, h, w)], dim=1)
