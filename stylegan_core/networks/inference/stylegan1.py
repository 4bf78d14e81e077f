"""StyleGAN's generator for inference: whatever is the same for all images is computed once.

Weights are scaled and laid out, biases moved into the convolution before them, nearest upsampling
and its 3 x 3 convolution are one transposed convolution, and the operations after it work in place.
Channels lie last, the faster layout on a CPU at most sizes (docs/performance.md).
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from typing import NamedTuple, cast

import torch
import torch.nn.functional as F
from torch import Tensor

from stylegan_core.networks import ops
from stylegan_core.networks.inference.base import (
    InferenceBase,
    activate_into,
    check_full_resolution,
    laid_out,
    reduced_kernel,
    rows_at_once,
)
from stylegan_core.networks.inference.faster_form import faster_form
from stylegan_core.networks.stylegan1 import Generator, SynthesisLayer


class State(NamedTuple):
    """Features [N, C, h, w] after one half of a layer."""

    x: Tensor
    is_finished: bool = True  # after the second half


class InferenceStyleGAN1(InferenceBase):
    """A generator whose style acts in a layer's second half."""

    style_first = False
    reduces = True

    def __init__(self, generator: Generator, dtype: torch.dtype = torch.float32) -> None:
        super().__init__(generator, dtype)
        with torch.no_grad():
            layers = cast("Iterable[SynthesisLayer]", generator.synthesis_layers)
            to_rgb = cast("Iterable[ops.EqualConv2d]", generator.to_rgb)
            self._layers = [
                _Layer(layer, info.resolution, dtype)
                for layer, info in zip(layers, generator.layers, strict=True)
            ]
            self._start = generator.const + self._layers[0].bias.view(1, -1, 1, 1)
            self._to_rgb = [
                (laid_out(conv.scaled_weight(), dtype), cast("Tensor", conv.bias).to(dtype))
                for conv in to_rgb
            ]

    def reduced(self, size: int) -> InferenceStyleGAN1:
        """Return a copy whose layers above `size` px run at that size; see the contract."""
        network = copy(self)
        network.resolution = size
        network._layers = [
            layer.reduced(info.resolution // size, size) if info.resolution > size else layer
            for layer, info in zip(self._layers, self.layers, strict=True)
        ]
        network._to_rgb = self._to_rgb[-1:] * len(self._to_rgb)
        return network

    def start(self, n: int, lod: float = 0.0, transform: Tensor | None = None) -> State:
        """Return the constant with the first layer's bias. ValueError for a transform or a lod."""
        check_full_resolution(self.config, lod, transform)
        start = laid_out(self._start.expand(n, -1, -1, -1), self.dtype)
        return State(start, is_finished=False)

    def convolve(self, i: int, state: State, w: Tensor | None) -> State:
        """Run the convolution of layer i, which in StyleGAN 1 does not depend on the style."""
        return State(self._layers[i].convolve(state.x), is_finished=False) if i else state

    def finish(self, i: int, state: State, w: Tensor | None, noise: Tensor | None) -> State:
        """Run noise, leaky ReLU and AdaIN of layer i, with noise [N or 1, 1, h, w] or None."""
        assert w is not None
        return State(self._layers[i].finish(state.x, w, noise))

    def to_image(self, state: State, w_next: Tensor | None = None) -> Tensor | None:
        """Return the picture at the state's resolution, [N, 3, h, w], or None inside a layer."""
        if not state.is_finished:
            return None
        weight, bias = self._to_rgb[state.x.shape[-1].bit_length() - 3]
        return F.conv2d(state.x, weight, bias).float()


class _Layer:
    """The weights of one layer as they are applied. Its features are `size` pixels wide."""

    def __init__(self, layer: SynthesisLayer, size: int, dtype: torch.dtype) -> None:
        channels = len(layer.bias)
        self.up = layer.up
        self.bias = layer.bias.to(dtype)
        strength = layer.noise_strength
        self.noise_strength = None if strength is None else strength.view(1, -1, 1, 1)
        style_offset = torch.cat([torch.ones(channels), torch.zeros(channels)])  # y_s is 1 more
        self.style_weight = layer.affine.weight * layer.affine.scale
        self.style_bias = layer.affine.bias * layer.affine.lr_multiplier
        self.style_bias = self.style_bias + style_offset.to(self.style_bias.device)
        self.norm_epsilon = layer.norm_epsilon
        self.bias_before_blur = self.bias if layer.bias_before_blur else None
        self.bias_after_blur = None if layer.bias_before_blur else self.bias
        self._source = layer
        if layer.conv is not None:
            weight = layer.conv.scaled_weight()
            if layer.up:
                weight = ops.upsample_kernel(weight, layer.fused).transpose(0, 1)
            self._take_kernel(weight, size // 2 if layer.up else size, dtype)
        if layer.up:
            self.blur_kernel = laid_out(ops.blur_kernel(channels, self.bias), dtype)

    def _take_kernel(self, weight: Tensor, size: int, dtype: torch.dtype) -> None:
        """Take the form of the convolution that is the fastest for features of `size` px."""
        self.tiled = faster_form(weight.to(dtype), size, doubles=self.up)
        if self.tiled is None:
            self.kernel = laid_out(weight.transpose(0, 1) if self.up else weight, dtype)

    def reduced(self, scale: int, size: int) -> _Layer:
        """Return the layer for features of `size` px, which are `scale` times smaller."""
        source = self._source
        assert source.conv is not None
        weight = source.conv.scaled_weight()
        if source.fused:
            weight = weight.flip(2, 3)
        layer = copy(self)
        layer.up = False
        layer._take_kernel(reduced_kernel(weight, scale), size, self.bias.dtype)
        return layer

    def convolve(self, x: Tensor) -> Tensor:  # [N, I, h, w] -> [N, O, h', w']
        bias = self.bias_before_blur if self.up else self.bias
        if self.tiled is not None:
            x = self.tiled(x, bias)
        elif self.up:
            x = F.conv_transpose2d(x, self.kernel, bias, stride=2, padding=1)
        else:
            x = F.conv2d(x, self.kernel, bias, padding=1)
        if not self.up:
            return x
        return F.conv2d(x, self.blur_kernel, self.bias_after_blur, padding=1, groups=x.shape[1])

    def finish(self, x: Tensor, w: Tensor, noise: Tensor | None) -> Tensor:
        style = F.linear(w, self.style_weight, self.style_bias).unsqueeze(2).unsqueeze(3)
        y_s, y_b = style.chunk(2, dim=1)  # [N, C, 1, 1] each
        out, mean, variance = self._activate(x, noise)
        scale = torch.rsqrt(variance + self.norm_epsilon).mul_(y_s)
        return torch.addcmul(y_b.addcmul(mean, scale, value=-1), out, scale, out=out)

    def _activate(self, x: Tensor, noise: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        """Apply noise and leaky ReLU: a new tensor, its mean and its biased variance [N, C, 1, 1].

        Each block of rows goes through all steps while the cache holds it. The variance of the
        whole is the mean of the blocks' variances plus the variance of their means.
        """
        out = torch.empty_like(x)
        rows = rows_at_once(x)
        spare = torch.empty_like(x[:, :, :rows], dtype=torch.float32)
        means, variances = [], []
        for top in range(0, x.shape[2], rows):
            part = slice(top, top + rows)
            block = out[:, :, part]
            noise_part = None if noise is None else noise[:, :, part]
            activate_into(block, x[:, :, part], self.noise_strength, noise_part)
            mean = block.mean(dim=(2, 3), keepdim=True, dtype=torch.float32)
            torch.sub(block, mean, out=spare)
            means.append(mean)
            variances.append(spare.square_().mean(dim=(2, 3), keepdim=True))
        if len(means) == 1:
            return out, means[0], variances[0]
        between, mean = torch.var_mean(torch.stack(means), dim=0, correction=0)
        return out, mean, torch.stack(variances).mean(dim=0) + between
