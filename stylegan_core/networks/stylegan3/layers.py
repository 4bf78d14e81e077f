"""The input and the layers of StyleGAN 3: Karras et al., "Alias-Free Generative Adversarial
Networks", NeurIPS 2021 (figure 4b).
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stylegan_core.networks import ops
from stylegan_core.networks.ops import SQRT2
from stylegan_core.networks.stylegan3 import alias_free
from stylegan_core.networks.stylegan3.geometry import LayerSpec

BLOCK_CHANNELS = 32
"""Feature maps that a CPU upsamples at a time, few enough for its cache to hold the result."""

EPSILON = 1e-8  # of demodulation


class FourierInput(nn.Module):
    """Waves across an endless plane (section 3.1), from which a transform cuts the picture.

    Row 0 of W+ gives the network's own turn and shift; the user's transform is applied first.
    """

    frequencies: Tensor
    phases: Tensor
    transform: Tensor

    def __init__(self, layer: LayerSpec, w_dim: int) -> None:
        super().__init__()
        channels = layer.channels_in
        self.size = layer.size_in
        self.rate = layer.rate_in
        self.bandwidth = layer.cutoff_in
        self.weight = nn.Parameter(torch.randn(channels, channels))
        self.affine = ops.EqualLinear(w_dim, 4, gain=1.0)
        nn.init.zeros_(self.affine.weight)
        with torch.no_grad():
            self.affine.bias.copy_(torch.tensor([1.0, 0.0, 0.0, 0.0]))
        # Drawn even under `weightless`, because it is computed with: hence the explicit device.
        waves = torch.randn(channels, 2, device="cpu")
        radii = waves.square().sum(dim=1, keepdim=True).sqrt()
        waves = waves / (radii * radii.square().exp().pow(0.25))  # uniform over the disc
        self.register_buffer("frequencies", waves * self.bandwidth)  # [C, 2]
        self.register_buffer("phases", torch.rand(channels) - 0.5)
        self.register_buffer("transform", torch.eye(3))

    def forward(self, w: Tensor, transform: Tensor) -> Tensor:
        """Return features [N, C, size, size] for w [N, D] and transforms [1 or N, 3, 3].

        Phases are in double precision if the device has it, because every layer would inherit their
        errors. Waves above the bandwidth fade out, down to zero at half the sampling rate.
        """
        precise = torch.float32 if w.device.type == "mps" else torch.float64
        combined = self._learned_transform(w.to(precise)) @ transform.to(precise)  # [N, 3, 3]
        waves = self.frequencies.to(precise)
        frequencies = waves @ combined[:, :2, :2]  # [N, C, 2]
        shifts = waves @ combined[:, :2, 2:]  # [N, C, 1]
        cycles = self._grid(waves) @ frequencies.mT + (shifts.mT + self.phases)  # [N, size^2, C]
        excess = (frequencies.norm(dim=2) - self.bandwidth) / (self.rate / 2 - self.bandwidth)
        x = torch.sin(2 * math.pi * cycles) * (1 - excess).clamp(0, 1).unsqueeze(1)
        x = F.linear(x.to(w.dtype), self.weight / math.sqrt(len(self.weight)))  # [N, size^2, C]
        return x.view(len(x), self.size, self.size, -1).permute(0, 3, 1, 2)

    def _learned_transform(self, w: Tensor) -> Tensor:
        """Return the turn and shift that w [N, D] gives, times the stored transform: [N, 3, 3]."""
        t = F.linear(w, self.affine.weight.to(w) * self.affine.scale, self.affine.bias.to(w))
        return _turn_and_shift(t) @ self.transform.to(w)

    def _grid(self, like: Tensor) -> Tensor:
        """Return x and y of each sample, [size^2, 2], in picture widths from the centre."""
        steps = torch.arange(self.size, device=like.device, dtype=like.dtype)
        steps = (steps + (1 - self.size) / 2) / self.rate
        y, x = torch.meshgrid(steps, steps, indexing="ij")
        return torch.stack([x, y], dim=2).flatten(0, 1)


def _turn_and_shift(t: Tensor) -> Tensor:
    """Make a shift by -t, then a turn (appendix F): (r_c, r_s, t_x, t_y) [N, 4] -> [N, 3, 3]."""
    t = t / t[:, :2].norm(dim=1, keepdim=True)
    r_c, r_s, t_x, t_y = t.unbind(dim=1)
    zero, one = torch.zeros_like(r_c), torch.ones_like(r_c)
    turn = torch.stack([r_c, -r_s, zero, r_s, r_c, zero, zero, zero, one], dim=1)
    shift = torch.stack([one, zero, -t_x, zero, one, -t_y, zero, zero, one], dim=1)
    return turn.view(-1, 3, 3) @ shift.view(-1, 3, 3)


class SynthesisLayer(nn.Module):
    """One layer of figure 4b: a modulated convolution, then the filtered leaky ReLU."""

    up_filter: Tensor | None
    down_filter: Tensor | None
    magnitude_ema: Tensor

    def __init__(self, spec: LayerSpec, w_dim: int) -> None:
        super().__init__()
        self.spec = spec
        self.weight = nn.Parameter(
            torch.randn(spec.channels, spec.channels_in, spec.kernel, spec.kernel)
        )
        self.bias = nn.Parameter(torch.zeros(spec.channels))
        self.affine = ops.EqualLinear(w_dim, spec.channels_in, gain=1.0)
        nn.init.ones_(self.affine.bias)
        self.register_buffer("magnitude_ema", torch.ones(()))
        self.register_buffer("up_filter", _up_filter(spec))
        self.register_buffer("down_filter", _down_filter(spec))

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        x = self._convolved(x, self.affine(w))
        if self.spec.to_rgb:
            return self._clamped(x)
        return self.activated(x)

    def _convolved(self, x: Tensor, style: Tensor) -> Tensor:
        """Convolve x [N, I, h, w] with style [N, I]: [N, O, h + k - 1, w + k - 1], bias and gain.

        Weights are the same for all samples: the style scales the input, demodulation the output.
        `magnitude_ema`, an average from training, brings inputs to unit variance. The gain of the
        leaky ReLU is applied here, before it.
        """
        spec, gain = self.spec, torch.rsqrt(self.magnitude_ema)
        if spec.to_rgb:
            style = style * (gain / math.sqrt(self.weight[0].numel()))
            return F.conv2d(
                x * style[:, :, None, None], self.weight, self.bias, padding=spec.kernel - 1
            )
        weight = self.normalized_weight()
        power = style.square() @ weight.square().sum(dim=(2, 3)).T  # [N, O]
        x = F.conv2d(x * (style * gain)[:, :, None, None], weight, padding=spec.kernel - 1)
        scale = SQRT2 * torch.rsqrt(power + EPSILON)[:, :, None, None]
        return torch.addcmul(SQRT2 * self.bias.view(1, -1, 1, 1), x, scale)

    def normalized_weight(self) -> Tensor:
        """Return the weight with a mean square of 1 for each output, [O, I, k, k]."""
        return self.weight * torch.rsqrt(self.weight.square().mean(dim=(1, 2, 3), keepdim=True))

    def activated(self, x: Tensor) -> Tensor:
        """Apply the filtered leaky ReLU (figure 4b), at a rate that keeps it free of aliases.

        x, [N, O, h, w], may change.
        """
        maps = BLOCK_CHANNELS if x.device.type == "cpu" else x.shape[1]
        blocks = [self._activated_block(block) for block in torch.split(x, maps, dim=1)]
        return blocks[0] if len(blocks) == 1 else torch.cat(blocks, dim=1)

    def _activated_block(self, x: Tensor) -> Tensor:
        x = alias_free.upsample(x, self.up_filter, self.spec.up, self.spec.padding)
        x = self._clamped(F.leaky_relu_(x, ops.LEAK))
        return alias_free.downsample(x, self.down_filter, self.spec.down)

    def _clamped(self, x: Tensor) -> Tensor:
        """Clamp x, in place unless a gradient needs its former values."""
        limit = self.spec.clamp
        if limit is None:
            return x
        return x.clamp(-limit, limit) if x.requires_grad else x.clamp_(-limit, limit)


def _up_filter(spec: LayerSpec) -> Tensor | None:
    if spec.up_taps == 1:
        return None
    return alias_free.low_pass(spec.up_taps, spec.cutoff_in, spec.half_width_in, spec.rate_inside)


def _down_filter(spec: LayerSpec) -> Tensor | None:
    if spec.down_taps == 1:
        return None
    return alias_free.low_pass(
        spec.down_taps, spec.cutoff, spec.half_width, spec.rate_inside, spec.radial
    )
